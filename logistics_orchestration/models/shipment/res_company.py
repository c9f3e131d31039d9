"""What makes a proof of delivery complete, by default."""

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    logistics_pod_signer = fields.Boolean(
        string="Proof Names the Signer", default=True, help="Who signed, and when, has to be told."
    )
    logistics_pod_signature = fields.Boolean(
        string="Proof Needs a Signature", default=True, help="A drawn signature or a signed document."
    )
    logistics_pod_photo = fields.Boolean(string="Proof Needs a Photo", help="A photo of the delivered goods.")
