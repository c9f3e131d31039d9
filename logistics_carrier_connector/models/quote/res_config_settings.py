"""The planned parcel, in the settings."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    logistics_planned_parcel_kg = fields.Float(related="company_id.logistics_planned_parcel_kg", readonly=False)
