"""How we prove to a partner who we are, whom we trust as its server, and which of its answers are final."""

from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...relay.certificates import CertificateProblem, check_pair, expiry, read_certificates, read_key
from ...relay.outcome import DEAD_AT_ONCE, parse_statuses
from ...relay.url_guard import UrlRefused, parse_url
from ..backbone.secret_mixin import SecretMixin

# A client certificate that ends within this time is warned of: partners take weeks to accept a new one.
WARN_DAYS = 30
_NEEDS_SECRET = ("basic", "bearer", "api_key", "oauth2")


class SystemAuth(models.Model):
    _inherit = "logistics.system"

    _secret_fields = {"auth_secret": "auth_secret_enc", "client_key": "client_key_enc"}

    auth_type = fields.Selection(
        [
            ("none", "None"),
            ("basic", "User and password"),
            ("bearer", "Bearer token"),
            ("api_key", "API key"),
            ("oauth2", "OAuth 2.0 (client credentials)"),
        ],
        string="Authentication",
        default="none",
        required=True,
    )
    auth_user = fields.Char(string="User", help="User name; with OAuth 2.0 the client ID.")
    auth_header = fields.Char(string="API Key Header", default="X-Api-Key")
    auth_secret = SecretMixin._secret_field("Password or Token")
    auth_secret_enc = fields.Char(groups=fields.NO_ACCESS, copy=False)
    auth_missing = fields.Char(compute="_compute_auth_missing", help="What the partner cannot be called without.")
    # -- OAuth 2.0 client credentials --
    oauth_token_url = fields.Char(string="Token URL", help="Where tokens are fetched; under the same rules as the URL.")
    oauth_scope = fields.Char(string="Scope", help="As the partner names it; several by spaces.")
    oauth_audience = fields.Char(string="Audience", help="Only where the partner asks for one.")
    oauth_method = fields.Selection(
        [("client_secret_basic", "In the header"), ("client_secret_post", "In the body")],
        string="Client Secret Goes",
        default="client_secret_basic",
        required=True,
        help="In the header is what every server must understand.",
    )
    # -- certificates --
    client_cert = fields.Text(
        string="Client Certificate", copy=False, help="PEM; certificates of the issuers may follow behind our own."
    )
    client_key = SecretMixin._secret_field("Private Key", fields.Text, help="PEM. Kept encrypted, never shown again.")
    client_key_enc = fields.Char(groups=fields.NO_ACCESS, copy=False)
    client_key_password = SecretMixin._secret_field(
        "Password of the Key", help="Needed once, to read the key that is entered with it; it is not kept."
    )
    client_cert_until = fields.Datetime(
        string="Certificate Valid Until", compute="_compute_client_cert_until", store=True
    )
    client_cert_state = fields.Selection(
        [("valid", "Valid"), ("soon", "Ends soon"), ("ended", "Ended")], compute="_compute_client_cert_state"
    )
    client_cert_warning = fields.Char(compute="_compute_client_cert_state")
    ca_bundle = fields.Text(
        string="CA Certificates",
        help="PEM: a private authority that signed the partner's certificate. Trusted besides the public ones, for "
        "this system only.",
    )
    # -- answers --
    dead_statuses = fields.Char(
        string="Permanent Refusals",
        default=", ".join(str(status) for status in sorted(DEAD_AT_ONCE)),
        help="HTTP statuses after which a message is given up at once, because the same bytes would be refused again. "
        "All others are tried again.",
    )

    @api.depends("auth_type", "client_cert")
    def _compute_auth_missing(self):
        for system in self:
            stored = system.sudo()  # sudo: only whether a secret is there is told, never the secret
            missing = []
            if system.auth_type in _NEEDS_SECRET and not stored.auth_secret_enc:
                missing.append(_("password, token or client secret"))
            if system.client_cert and not stored.client_key_enc:
                missing.append(_("private key of the client certificate"))
            system.auth_missing = ", ".join(missing)

    @api.depends("client_cert")
    def _compute_client_cert_until(self):
        for system in self:
            try:
                system.client_cert_until = expiry(system.client_cert) if system.client_cert else False
            except CertificateProblem:
                system.client_cert_until = False  # refused when it is saved

    @api.depends("client_cert_until")
    def _compute_client_cert_state(self):
        now = fields.Datetime.now()
        for system in self:
            until = system.client_cert_until
            system.client_cert_state = system.client_cert_warning = False
            if not until:
                continue
            days = {"days": (until - now).days, "day": fields.Date.to_string(until)}
            if until <= now:
                system.client_cert_state = "ended"
                system.client_cert_warning = _(
                    "The client certificate ended on %(day)s. Deliveries fail and wait until a new one is entered.",
                    **days,
                )
            elif until <= now + timedelta(days=WARN_DAYS):
                system.client_cert_state = "soon"
                system.client_cert_warning = _(
                    "The client certificate ends in %(days)s days, on %(day)s. Ask for a new one now: without it the "
                    "partner will turn every delivery away.",
                    **days,
                )
            else:
                system.client_cert_state = "valid"

    # -- checks -----------------------------------------------------------------------------------------------

    @api.constrains("auth_type", "auth_user", "oauth_token_url", "allow_http")
    def _check_oauth(self):
        for system in self.filtered(lambda system: system.auth_type == "oauth2"):
            if not system.auth_user:
                raise ValidationError(_("OAuth 2.0 of system %(name)s needs a client ID.", name=system.name))
            try:
                parse_url(system.oauth_token_url, system.allow_http)
            except UrlRefused as error:
                raise ValidationError(
                    _("Token URL of system %(name)s: %(error)s.", name=system.name, error=error)
                ) from error

    @api.constrains("ca_bundle")
    def _check_ca_bundle(self):
        for system in self.filtered("ca_bundle"):
            try:
                read_certificates(system.ca_bundle)
            except CertificateProblem as error:
                raise ValidationError(
                    _("CA certificates of system %(name)s: %(error)s.", name=system.name, error=error)
                ) from error

    @api.constrains("dead_statuses")
    def _check_dead_statuses(self):
        for system in self:
            try:
                parse_statuses(system.dead_statuses)
            except ValueError as error:
                raise ValidationError(
                    _("Permanent refusals of system %(name)s: %(error)s.", name=system.name, error=error)
                ) from error

    def _check_client_certificate(self):
        """Certificate and key must be a pair that works today; what is wrong is told before a delivery fails."""
        for system in self.filtered("client_cert"):
            try:
                if expiry(system.client_cert) <= fields.Datetime.now():
                    raise CertificateProblem(_("It ended on %(day)s", day=expiry(system.client_cert).date()))
                key = system._get_secret("client_key")
                if not key:
                    raise CertificateProblem(_("Enter its private key with it"))
                check_pair(system.client_cert, key)
            except CertificateProblem as error:
                raise ValidationError(
                    _("Client certificate of system %(name)s: %(error)s.", name=system.name, error=error)
                ) from error

    @api.model
    def _with_readable_key(self, vals):
        """Values whose private key needs no password any more: one secret to keep instead of two."""
        if "client_key_password" not in vals and not vals.get("client_key"):
            return vals
        vals = dict(vals)
        password = vals.pop("client_key_password", None)
        if vals.get("client_key"):
            try:
                vals["client_key"] = read_key(vals["client_key"], password or "")
            except CertificateProblem as error:
                raise ValidationError(_("%(error)s.", error=error)) from error
        return vals

    @api.model_create_multi
    def create(self, vals_list):
        systems = super().create([self._with_readable_key(vals) for vals in vals_list])
        systems._check_client_certificate()
        return systems

    def write(self, vals):
        vals = self._with_readable_key(vals)
        result = super().write(vals)
        if "client_cert" in vals and not vals["client_cert"]:
            # sudo: the right to write was checked just now; a key without its certificate is of no use
            super(SystemAuth, self.sudo()).write({"client_key_enc": False})
        elif vals.get("client_cert") or vals.get("client_key"):
            self._check_client_certificate()
        return result
