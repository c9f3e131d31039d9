"""A warehouse's system that is back lets the orders go that waited for it."""

from odoo import models

CLOSED = "logistics.integration.circuit_closed"


class System(models.Model):
    _inherit = "logistics.system"

    def write(self, vals):
        result = super().write(vals)
        if {"state", "warehouse_ids", "breaker_state"} & set(vals):
            self._logistics_back()
        return result

    def _logistics_emit(self, type_name, data=None, certainty="actual", occurred_at=None, source=None):
        """The breaker is closed by the relay, which writes no record of Odoo's: that it is told is how we learn it."""
        uids = super()._logistics_emit(type_name, data, certainty=certainty, occurred_at=occurred_at, source=source)
        if type_name == CLOSED:
            self._logistics_back()
        return uids

    def _logistics_back(self):
        """Look again at the orders that are held because one of these systems was down."""
        back = self.filtered(lambda system: system.state != "active" or system.breaker_state != "open")
        if back.warehouse_ids:
            self.env["logistics.release.recheck"]._enqueue_held(
                "system", [("gate_id.kind", "=", "system"), ("warehouse_id", "in", back.warehouse_ids.ids)]
            )
