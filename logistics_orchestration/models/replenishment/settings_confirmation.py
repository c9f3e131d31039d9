"""The supplier confirmation figures of the company in the settings."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    logistics_ack_hours = fields.Float(related="company_id.logistics_ack_hours", readonly=False)
    logistics_ack_remind_hours = fields.Float(related="company_id.logistics_ack_remind_hours", readonly=False)
    logistics_ack_reminders = fields.Integer(related="company_id.logistics_ack_reminders", readonly=False)
    logistics_reconfirm_days = fields.Integer(related="company_id.logistics_reconfirm_days", readonly=False)
    logistics_price_tolerance = fields.Float(related="company_id.logistics_price_tolerance", readonly=False)
    logistics_link_days = fields.Integer(related="company_id.logistics_link_days", readonly=False)
