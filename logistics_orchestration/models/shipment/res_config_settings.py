"""The company's rule for proofs of delivery, in the settings."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    logistics_pod_signer = fields.Boolean(related="company_id.logistics_pod_signer", readonly=False)
    logistics_pod_signature = fields.Boolean(related="company_id.logistics_pod_signature", readonly=False)
    logistics_pod_photo = fields.Boolean(related="company_id.logistics_pod_photo", readonly=False)
