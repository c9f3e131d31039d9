"""What a carrier and the customs have to know about a product beyond weight, volume, HS code and origin."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

# a change of these may free orders that a carrier or the customs would not take
PRODUCT_FIELDS = {
    "weight",
    "volume",
    "hs_code",
    "country_of_origin",
    "logistics_hazmat",
    "logistics_length_cm",
    "standard_price",
}


class ProductTemplate(models.Model):
    _inherit = "product.template"

    logistics_hazmat = fields.Boolean(string="Dangerous Goods", help="Only shipping methods that take them may.")
    logistics_un_number = fields.Char(string="UN Number", help="Of the dangerous goods, e.g. UN3480.")
    logistics_length_cm = fields.Float(string="Longest Side (cm)", help="Of one piece, packed; 0: not known.")

    @api.constrains("logistics_length_cm")
    def _check_logistics_length(self):
        for product in self:
            if product.logistics_length_cm < 0:
                raise ValidationError(_("Longest Side of %(product)s: write 0 or more.", product=product.display_name))

    def write(self, vals):
        result = super().write(vals)
        if PRODUCT_FIELDS & set(vals) and self.ids:
            self.env["logistics.release.recheck"]._enqueue_held(
                "product", [("order_id.order_line.product_template_id", "in", self.ids)]
            )
        return result
