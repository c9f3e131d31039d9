"""What the buyer asked for, beside what the line says now."""

from odoo import fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    logistics_buyer_line = fields.Char(string="Buyer's Line", readonly=True, copy=False)
    logistics_buyer_sku = fields.Char(string="Buyer's Code", readonly=True, copy=False)
    logistics_buyer_quantity = fields.Float(
        string="Buyer's Quantity", digits="Product Unit of Measure", readonly=True, copy=False
    )
    logistics_buyer_price = fields.Float(string="Buyer's Price", digits="Product Price", readonly=True, copy=False)
    logistics_buyer_priced = fields.Boolean(string="Buyer Named a Price", readonly=True, copy=False)

    def _logistics_list_price(self):
        """The price list's price, discounts included, in the order's currency and the line's unit."""
        self.ensure_one()
        return self.with_company(self.company_id)._get_pricelist_price()

    def _logistics_price_gap(self):
        """How far the buyer's price is from the price list's, in percent of the latter."""
        self.ensure_one()
        ours = self._logistics_list_price()
        if not ours:
            return 100.0 if self.logistics_buyer_price else 0.0
        return abs(self.logistics_buyer_price - ours) / abs(ours) * 100
