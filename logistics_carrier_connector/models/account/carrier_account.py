"""A contract with a carrier: whom we call, as whom, in which words, and how it has been going.

The token is written and never read back (see ``logistics.secret.mixin``). What a call needs is gathered into plain
objects by `_adapter`, because calls are made when no transaction is open.
"""

import json

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.logistics_orchestration.models.backbone.secret_mixin import SecretMixin
from odoo.addons.logistics_orchestration.relay import url_guard

from ... import adapters


class CarrierAccount(models.Model):
    _name = "logistics.carrier.account"
    _description = "Carrier Account"
    _inherit = ["logistics.secret.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True

    _secret_fields = {"token": "token_enc"}

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        domain=[("share", "=", False)],
        help="Is told when the account is not let in.",
    )
    adapter = fields.Selection(
        selection=lambda self: adapters.choices(),
        required=True,
        default="rest_json",
        tracking=True,
        help="How this carrier is booked: over an interface, or by hand with a to-do that says what to tell it.",
    )
    automatic = fields.Boolean(compute="_compute_automatic", help="Whether bookings are made by calling the carrier.")
    environment = fields.Selection(
        [("live", "Live"), ("test", "Test")],
        required=True,
        default="test",
        tracking=True,
        help="Test: the carrier's rehearsal system. Labels say so and must not be shipped with.",
    )
    state = fields.Selection(
        [("active", "Active"), ("paused", "Paused")],
        required=True,
        default="active",
        tracking=True,
        copy=False,
        help="Paused: bookings wait. Nothing is lost.",
    )
    # -- the way there --
    base_url = fields.Char(
        string="Address", tracking=True, help="Where the carrier listens, e.g. https://api.carrier.example/v1"
    )
    token = SecretMixin._secret_field(
        "Bearer Token", help="Written only: it is stored encrypted and never shown again."
    )
    token_enc = fields.Char(groups=fields.NO_ACCESS, copy=False)
    token_state = fields.Char(compute="_compute_token_state")
    timeout = fields.Float(
        default=20.0, help="Seconds until a call without an answer is given up and tried again later."
    )
    allow_http = fields.Boolean(string="Allow Plain HTTP", help="Only for a carrier system inside your own network.")
    allowed_networks = fields.Char(help="Private networks it may live in, e.g. 10.1.0.0/16, 127.0.0.0/8.")
    vocabulary = fields.Text(
        string="Field Mapping",
        help="JSON that says where this carrier's words differ from ours; empty when they do not. See the README.",
    )
    # -- what is booked --
    service_ids = fields.One2many("logistics.carrier.service", "account_id", string="Service Map", copy=True)
    is_contract = fields.Boolean(string="Contract Prices", help="Its prices are agreed by contract.")
    label_format = fields.Selection([("pdf", "PDF"), ("zpl", "ZPL")], required=True, default="pdf")
    default_weight_kg = fields.Float(
        string="Default Weight (kg)", default=1.0, help="For a parcel nobody weighed and whose products have no weight."
    )
    system_id = fields.Many2one(
        "logistics.system",
        string="Tracking Feed",
        domain="[('kind', '=', 'carrier')]",
        check_company=True,
        help="The system in whose inbox this carrier's scans and proofs of delivery arrive.",
    )
    carrier_ids = fields.One2many("delivery.carrier", "logistics_account_id", string="Shipping Methods", readonly=True)
    booking_ids = fields.One2many("logistics.carrier.booking", "account_id")
    _sql_constraints = [
        ("name_company_unique", "UNIQUE(name, company_id)", "Another carrier account of this company has this name."),
    ]

    # -- computes -------------------------------------------------------------------------------------------------

    @api.depends("adapter")
    def _compute_automatic(self):
        for account in self:
            account.automatic = adapters.adapter_class(account.adapter).automatic if account.adapter else False

    def _compute_token_state(self):
        for account in self:
            # sudo: only whether a token is there is told, never the token
            account.token_state = _("Set") if account.sudo().token_enc else _("Missing")

    # -- checks ---------------------------------------------------------------------------------------------------

    @api.constrains("base_url", "adapter", "allow_http", "allowed_networks")
    def _check_address(self):
        for account in self:
            if not account.needs_url and not (account.many_carriers and account.base_url):
                continue
            try:
                url_guard.parse_url(account.base_url, allow_http=account.allow_http)
                url_guard.parse_networks(account.allowed_networks)
            except url_guard.UrlRefused as error:
                raise ValidationError(
                    _(
                        "Address %(url)s of carrier account %(name)s cannot be called: %(reason)s.",
                        url=account.base_url or "-",
                        name=account.name,
                        reason=str(error).rstrip("."),
                    )
                ) from error

    @api.constrains("vocabulary", "adapter")
    def _check_vocabulary(self):
        for account in self:
            try:
                adapters.adapter_class(account.adapter).check_vocabulary(account._vocabulary())
            except (ValueError, adapters.VocabularyError) as error:
                raise ValidationError(
                    _("Field mapping of carrier account %(name)s: %(reason)s", name=account.name, reason=error)
                ) from error

    @api.constrains("timeout", "default_weight_kg")
    def _check_limits(self):
        for account in self:
            if not 0.1 <= account.timeout <= 60:
                raise ValidationError(_("Timeout of %(name)s: between 0.1 and 60 seconds.", name=account.name))
            if account.default_weight_kg <= 0:
                raise ValidationError(_("Default weight of %(name)s: more than 0 kg.", name=account.name))

    # -- what a call needs ----------------------------------------------------------------------------------------

    def _vocabulary(self):
        """The field mapping as a dict.

        :raises ValueError: it is no JSON
        """
        return json.loads(self.vocabulary) if (self.vocabulary or "").strip() else {}

    def _adapter(self):
        """The adapter with everything it needs, independent of this database: usable when no transaction is open.

        :raises UserError: the account cannot be used as it is
        """
        self.ensure_one()
        try:
            adapter_class = adapters.adapter_class(self.adapter)
        except LookupError as error:
            raise UserError(_("Carrier account %(name)s: %(reason)s", name=self.name, reason=error)) from error
        if adapter_class.many_carriers:
            return self._carrier_adapter(adapter_class)
        settings = adapters.Settings(self.base_url or "", self._vocabulary(), self.label_format)
        if not adapter_class.needs_url:
            return adapter_class(settings)
        words = adapters.Vocabulary(settings.vocabulary)
        http = adapters.HttpClient(
            self.base_url,
            token=self._get_secret("token"),
            timeout=self.timeout,
            resolve=self._resolver(),
            headers=words.headers,
            **words.auth,
        )
        return adapter_class(settings, http)

    def _resolver(self):
        """Function that checks a URL just before it is called and gives the address to connect to."""
        allow_http, networks = self.allow_http, url_guard.parse_networks(self.allowed_networks)

        def resolve(url):
            target = url_guard.parse_url(url, allow_http=allow_http)
            return url_guard.vet(target.host, target.port, networks)[0]

        return resolve

    def _service_code(self, service):
        """The carrier's code for one of our service names; a name that is not mapped is taken for a code."""
        self.ensure_one()
        wanted = (service or "").strip()
        mapped = self.service_ids.filtered(lambda s: wanted.lower() in (s.name.lower(), s.code.lower()))[:1]
        return mapped.code or wanted

    # -- buttons --------------------------------------------------------------------------------------------------

    def action_test_connection(self):
        """Ask the carrier something harmless and say what came of it. Nothing is written before the answer is there."""
        self.ensure_one()
        adapter = self._adapter()
        try:
            adapter.check()
        except adapters.LookupUnsupported:
            return self._notify(
                "info", _("%(name)s is not asked anything: there is no harmless question.", name=self.name)
            )
        except adapters.CarrierError as error:
            self._failed(str(error))
            return self._notify("danger", str(error), sticky=True)
        self._succeeded()
        if not self.automatic:
            return self._notify(
                "info", _("%(name)s is booked by hand: there is nothing to connect to.", name=self.name)
            )
        self.env["logistics.carrier.booking"]._wake()
        return self._notify("success", _("%(name)s answers and lets us in.", name=self.name))

    def _notify(self, kind, message, sticky=False):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "title": self.name,
                "message": message,
                "sticky": sticky,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_pause(self):
        """Let bookings wait."""
        self.write({"state": "paused"})
        return True

    def action_resume(self):
        """Go on at once, pauses forgotten."""
        self.write({"state": "active", "hold_until": False, "failure_count": 0})
        self.env["logistics.carrier.booking"]._wake()
        return True

    def action_open_bookings(self):
        """The bookings of this account; the state to filter by is in the context."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_carrier_connector.action_carrier_booking")
        state = self.env.context.get("booking_state")
        domain = [("account_id", "=", self.id)] + ([("state", "=", state)] if state else [])
        return dict(action, domain=domain, context={})
