"""A payment that settles what a customer owes may free the orders held for their credit."""

from odoo import api, models


class PartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        made = super().create(vals_list)
        # sudo: whoever registers a payment leaves the note
        made.sudo().debit_move_id._logistics_credit_changed()
        return made
