"""The release figures of the company in the settings."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    logistics_release_days = fields.Integer(related="company_id.logistics_release_days", readonly=False)
    logistics_value_tolerance = fields.Float(related="company_id.logistics_value_tolerance", readonly=False)
    logistics_answer_hours = fields.Float(related="company_id.logistics_answer_hours", readonly=False)
    logistics_manual_hours = fields.Float(related="company_id.logistics_manual_hours", readonly=False)
