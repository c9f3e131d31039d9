"""Changes after dispatch to approve, in the settings."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    logistics_instruction_approval = fields.Selection(
        related="company_id.logistics_instruction_approval", readonly=False, required=True
    )
