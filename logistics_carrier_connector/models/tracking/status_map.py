"""Each sender of tracking messages speaks a list of codes of its own, and only that one."""

from odoo import api, models

from ...tracking import SENDERS

# A shop speaks of its fulfilments in words of its own, whatever else its adapter reads.
_SOURCES = {**{code: sender.source for code, sender in SENDERS.items()}, "shopify": "shopify"}


class StatusMap(models.Model):
    _inherit = "logistics.status.map"

    @api.model
    def _sources(self, system):
        if not system.status_source and system.inbound_adapter in _SOURCES:
            return [_SOURCES[system.inbound_adapter]]
        return super()._sources(system)
