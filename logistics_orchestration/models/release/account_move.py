"""What is posted to a customer's account changes how much they owe."""

from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft)
        # sudo: whoever posts leaves the note; only what lowers the debt can free an order
        lowering = posted.sudo().line_ids.filtered(lambda line: line.balance < 0)
        lowering._logistics_credit_changed()
        return posted
