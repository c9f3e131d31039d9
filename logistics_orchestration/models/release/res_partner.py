"""An address that was completed, or terms that changed, may free the orders held for them."""

from odoo import models

from ..gate.release_gate_address import ADDRESS_FIELDS

# what other gates look at on a customer
TERM_FIELDS = {
    "credit_limit",
    "use_partner_credit_limit",
    "logistics_ship_complete",
    "logistics_max_shipments",
    "logistics_eori",
    "vat",
    "category_id",
}


class Partner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        if ADDRESS_FIELDS & set(vals) and self.ids:
            Recheck = self.env["logistics.release.recheck"]
            if Recheck._is_worth_it([("partner_shipping_id", "child_of", self.ids)]):
                Recheck._enqueue("address", partner_ids=self.ids)
        if TERM_FIELDS & set(vals) and self.ids:
            # the terms of a company count for all of its contacts
            customers = self.commercial_partner_id.ids
            self.env["logistics.release.recheck"]._enqueue_held(
                "limit", [("order_id.partner_id.commercial_partner_id", "in", customers)]
            )
        return result
