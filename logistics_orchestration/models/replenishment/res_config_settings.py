"""The replenishment figures of the company in the settings."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    logistics_cover_days = fields.Integer(related="company_id.logistics_cover_days", readonly=False)
    logistics_recovery_percent = fields.Float(related="company_id.logistics_recovery_percent", readonly=False)
    logistics_stable_scans = fields.Integer(related="company_id.logistics_stable_scans", readonly=False)
    logistics_dock_days = fields.Float(related="company_id.logistics_dock_days", readonly=False)
    logistics_transfer_days = fields.Float(related="company_id.logistics_transfer_days", readonly=False)
    logistics_delay_percent = fields.Float(related="company_id.logistics_delay_percent", readonly=False)
    logistics_uncovered_percent = fields.Float(related="company_id.logistics_uncovered_percent", readonly=False)
