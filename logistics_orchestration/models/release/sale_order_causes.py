"""Changes of a held order itself that may free it: another shipping method, the incoterm."""

from odoo import models

CAUSE_FIELDS = {"carrier_id", "incoterm", "team_id", "payment_term_id"}


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def write(self, vals):
        result = super().write(vals)
        if CAUSE_FIELDS & set(vals):
            held = self.filtered(lambda order: order.state == "sale" and order.logistics_release_state != "none")
            if held:
                self.env["logistics.release.recheck"]._enqueue_held("carrier", [("order_id", "in", held.ids)])
        return result
