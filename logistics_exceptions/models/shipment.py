"""Shipments whose parcels are heard of again: the cases about their silence are resolved."""

from odoo import _, models

from ..core import OPEN

STALE = "tracking_stale"


class Shipment(models.Model):
    _inherit = "logistics.shipment"

    def _logistics_end_silence(self):
        """Resolve the open cases about the silence of these shipments; other trouble stays open."""
        # sudo: follows from the scan, whoever told it
        cases = self.env["logistics.exception"].sudo()
        domain = [("shipment_id", "in", self.ids), ("exception_code", "=", STALE), ("state", "in", OPEN)]
        for case in cases.search(domain):
            case._move("resolved", resolution_code="no_action", resolution=_("The carrier was heard of again."))
