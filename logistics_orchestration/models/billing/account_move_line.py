"""Invoice lines know the disputes about them."""

from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    logistics_dispute_line_ids = fields.One2many("logistics.dispute.line", "move_line_id", readonly=True)
