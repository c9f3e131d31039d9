"""How big a package is, where the warehouse measured it: carriers ask for it."""

from odoo import fields, models


class QuantPackage(models.Model):
    _inherit = "stock.quant.package"

    logistics_length_cm = fields.Float(string="Length (cm)")
    logistics_width_cm = fields.Float(string="Width (cm)")
    logistics_height_cm = fields.Float(string="Height (cm)")
