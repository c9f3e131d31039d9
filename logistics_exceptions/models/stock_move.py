"""What goods on the way are worth."""

from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _logistics_sale_value(self, company, day):
        """Value of a move in the company's currency: as sold, else what the goods cost."""
        self.ensure_one()
        line = self.sale_line_id
        sold = line.product_uom._compute_quantity(line.product_uom_qty, self.product_id.uom_id) if line else 0.0
        if not sold:
            return self.product_qty * self.product_id.with_company(company).standard_price
        return line.currency_id._convert(
            line.price_subtotal * self.product_qty / sold, company.currency_id, company, day
        )
