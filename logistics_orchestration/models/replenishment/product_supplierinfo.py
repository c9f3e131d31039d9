"""Which vendor prices count today."""

from odoo import fields, models


class SupplierInfo(models.Model):
    _inherit = "product.supplierinfo"

    def _logistics_valid_for(self, product, company):
        """Prices of active vendors for a product in a company, today."""
        today = fields.Date.context_today(self)
        return self.filtered(
            lambda seller: seller.partner_id.active
            and (not seller.company_id or seller.company_id == company)
            and (not seller.product_id or seller.product_id == product)
            and (not seller.date_start or seller.date_start <= today)
            and (not seller.date_end or seller.date_end >= today)
        )
