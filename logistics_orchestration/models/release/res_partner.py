"""An address that was completed may free the orders held for it."""

from odoo import models

from .release_gate_address import ADDRESS_FIELDS


class Partner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        if ADDRESS_FIELDS & set(vals) and self.ids:
            Recheck = self.env["logistics.release.recheck"]
            if Recheck._is_worth_it([("partner_shipping_id", "child_of", self.ids)]):
                Recheck._enqueue("address", partner_ids=self.ids)
        return result
