"""Approvals on a transfer."""

from odoo import models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _logistics_approval_subjects(self, kind):
        if kind in ("shipment_hold", "credit_release"):
            request = self.env["logistics.approval.request"]
            held = [("state", "=", "active"), "|", ("picking_id", "=", self.id), ("order_id", "in", self.sale_id.ids)]
            return self.env["logistics.hold"].search(held).filtered(lambda hold: request._kind_for_hold(hold) == kind)
        if kind == "split_shipment":
            return self.sale_id
        return super()._logistics_approval_subjects(kind)

    def action_logistics_request_expedite(self):
        """Button: a faster delivery for this transfer."""
        self.ensure_one()
        return self.env["logistics.approval.ask"]._open(self, "expedite")
