"""Lines of a receipt that a supplier's ship notice filled in."""

from odoo import fields, models


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    logistics_notice_id = fields.Many2one(
        "logistics.ship.notice",
        string="Ship Notice",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
