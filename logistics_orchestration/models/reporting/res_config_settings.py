"""The figures of on time and in full in the settings."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    logistics_otif_early_days = fields.Integer(related="company_id.logistics_otif_early_days", readonly=False)
    logistics_otif_late_days = fields.Integer(related="company_id.logistics_otif_late_days", readonly=False)
    logistics_otif_tolerance = fields.Float(related="company_id.logistics_otif_tolerance", readonly=False)
