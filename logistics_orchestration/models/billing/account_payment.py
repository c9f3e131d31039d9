"""Payments a finance system told: known by the partner's reference, so that none is booked twice."""

from odoo import fields, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    logistics_reference = fields.Char(
        string="Partner's Payment Reference", readonly=True, copy=False, index="btree_not_null"
    )
    logistics_invoice_id = fields.Many2one(
        "account.move", string="Told For", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )
