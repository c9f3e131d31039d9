"""One thing a carrier wants to know of an account: a key, a password, a customer number. No secret is read back."""

from odoo import _, api, fields, models

from odoo.addons.logistics_orchestration.models.backbone.secret_mixin import SecretMixin


class CarrierCredential(models.Model):
    _name = "logistics.carrier.credential"
    _description = "Carrier Credential"
    _inherit = ["logistics.secret.mixin"]
    _order = "account_id, sequence, id"

    _secret_fields = {"secret": "secret_enc"}

    account_id = fields.Many2one("logistics.carrier.account", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, help="The carrier package's own name of it.")
    label = fields.Char(string="What", required=True)
    required = fields.Boolean(help="Without it the carrier cannot be called.")
    is_secret = fields.Boolean(default=True)
    value = fields.Char(help="Shown to whoever sees the account.")
    secret = SecretMixin._secret_field(
        "Secret Value", help="Written only: it is stored encrypted and never shown again."
    )
    secret_enc = fields.Char(groups=fields.NO_ACCESS, copy=False)
    state = fields.Selection([("set", "Set"), ("missing", "Missing"), ("open", "Not given")], compute="_compute_state")

    _sql_constraints = [
        ("name_unique", "UNIQUE(account_id, name)", "This account has this credential already."),
    ]

    @api.depends("value", "secret_enc", "required", "is_secret")
    def _compute_state(self):
        for credential in self:
            # sudo: only whether a secret is there is told, never the secret
            given = credential.sudo().secret_enc if credential.is_secret else credential.value
            credential.state = "set" if given else "missing" if credential.required else "open"

    def _compute_display_name(self):
        for credential in self:
            credential.display_name = _(
                "%(what)s of %(account)s", what=credential.label, account=credential.account_id.name
            )

    def _plain(self):
        """{name: text} of what is given. For the carrier alone, never for display."""
        return {
            credential.name: credential._get_secret("secret") if credential.is_secret else credential.value or ""
            for credential in self
        }
