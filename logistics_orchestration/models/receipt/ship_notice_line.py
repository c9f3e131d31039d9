"""Goods on a ship notice: how many of what, of which lot, in which package."""

from odoo import fields, models


class ShipNoticeLine(models.Model):
    _name = "logistics.ship.notice.line"
    _description = "Ship Notice Goods"
    _order = "id"

    notice_id = fields.Many2one("logistics.ship.notice", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="notice_id.company_id", store=True)
    purchase_line_id = fields.Many2one(
        "purchase.order.line", required=True, readonly=True, ondelete="cascade", index=True
    )
    product_id = fields.Many2one(related="purchase_line_id.product_id", store=True)
    quantity = fields.Float(digits="Product Unit of Measure", readonly=True, help="In the unit of the order line.")
    product_uom_id = fields.Many2one(related="purchase_line_id.product_uom", string="Unit")
    lot = fields.Char(string="Lot or Serial", readonly=True)
    sscc = fields.Char(string="Package", readonly=True, help="SSCC, or the supplier's own number of the package.")
    weight_kg = fields.Float(string="Weight (kg)", readonly=True, help="Of the whole package.")
