"""An external system: one record per partner, both directions."""

import secrets

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...relay.signature import generate_secret
from ..backbone.secret_mixin import SecretMixin

KINDS = [
    ("warehouse", "Warehouse system"),
    ("carrier", "Carrier"),
    ("finance", "Finance system"),
    ("crm", "CRM"),
    ("planning", "Planning"),
    ("supplier", "Supplier"),
    ("middleware", "Middleware (n8n and the like)"),
    ("channel", "Sales channel (shop, marketplace, EDI)"),
]
# A dead message of these systems holds what comes behind it: skipping would ship or bill out of order.
HOLDING_KINDS = ("warehouse", "finance")
# Who ships goods has to know to whom; everybody else gets facts without people in them.
PERSONAL_KINDS = ("warehouse", "carrier")
DEFAULT_SCHEDULE = "5,30,120,300,900,3600,10800,21600,43200,86400"


class System(models.Model):
    _name = "logistics.system"
    _description = "External System"
    _inherit = ["logistics.secret.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "sequence, name"
    _check_company_auto = True

    _secret_fields = {
        "secret_out": "secret_out_enc",
        "secret_in": "secret_in_enc",
    }

    # -- who --
    name = fields.Char(required=True, tracking=True)
    code = fields.Char(required=True, help="Short code, unique per company; stands in URLs and events.")
    sequence = fields.Integer(default=10)
    kind = fields.Selection(KINDS, required=True, default="warehouse", tracking=True)
    state = fields.Selection(
        [("active", "Active"), ("paused", "Paused"), ("suspended", "Suspended"), ("disabled", "Disabled")],
        default="active",
        required=True,
        tracking=True,
        help="Paused and suspended: messages wait. Disabled: nothing goes out and nothing comes in.",
    )
    environment = fields.Selection([("live", "Live"), ("test", "Test")], default="live", required=True, tracking=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    user_id = fields.Many2one("res.users", string="Responsible", help="Is told when messages die or wait too long.")
    warehouse_ids = fields.Many2many(
        "stock.warehouse", string="Warehouses", check_company=True, help="Warehouses this system runs."
    )
    note = fields.Html()
    # -- what we send --
    outbound_url = fields.Char(string="URL", tracking=True, help="Events are posted here. Empty: nothing is sent.")
    signing = fields.Selection(
        [("standard_webhooks", "Standard Webhooks"), ("hmac_sha256", "HMAC-SHA256"), ("none", "None")],
        default="standard_webhooks",
        required=True,
    )
    secret_out = SecretMixin._secret_field("Signing Secret", help="What we sign with: whsec_… for Standard Webhooks.")
    secret_out_enc = fields.Char(groups=fields.NO_ACCESS, copy=False)
    secret_out_prev_enc = fields.Char(groups=fields.NO_ACCESS, copy=False)
    secret_out_prev_until = fields.Datetime(readonly=True, copy=False)
    content_type = fields.Selection(
        [("application/json", "application/json"), ("application/cloudevents+json", "application/cloudevents+json")],
        default="application/json",
        required=True,
    )
    subscription_ids = fields.One2many("logistics.subscription", "system_id")
    personal_data = fields.Boolean(
        string="Needs Personal Data",
        compute="_compute_personal_data",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Gets names, streets, phone numbers and mail addresses. Otherwise only where a subscription's field list "
        "names them.",
    )
    # -- how we send --
    timeout = fields.Float(default=15.0, help="Seconds until an unanswered delivery counts as failed.")
    max_in_flight = fields.Integer(default=4, help="Deliveries under way at once.")
    rate_per_second = fields.Float(help="At most this many deliveries per second; 0 is no limit.")
    ordering = fields.Selection([("key", "In order per document"), ("none", "No order")], default="key", required=True)
    dead_policy = fields.Selection(
        [("hold", "Hold what comes behind it"), ("skip", "Go on without it")],
        string="After a Dead Message",
        compute="_compute_dead_policy",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    retry_schedule = fields.Char(default=DEFAULT_SCHEDULE, required=True, help="Seconds between attempts, by commas.")
    allow_http = fields.Boolean(string="Allow Plain HTTP", help="Only for a system inside your own network.")
    allowed_networks = fields.Char(help="Private networks it may live in, e.g. 10.1.0.0/16, 127.0.0.0/8.")
    paused_until = fields.Datetime(readonly=True, copy=False)
    breaker_state = fields.Selection(
        [("closed", "Closed"), ("open", "Open"), ("half_open", "Trying one")],
        default="closed",
        required=True,
        readonly=True,
        copy=False,
    )
    breaker_failures = fields.Integer(readonly=True, copy=False)
    breaker_until = fields.Datetime(readonly=True, copy=False)
    # -- what it sends us --
    inbound_slug = fields.Char(
        required=True, readonly=True, copy=False, default=lambda self: secrets.token_urlsafe(18), index=True
    )
    inbound_url = fields.Char(string="Inbound URL", compute="_compute_inbound_url")
    inbound_scheme = fields.Selection(
        [("standard_webhooks", "Standard Webhooks"), ("hmac_sha256", "HMAC-SHA256")],
        default="standard_webhooks",
        required=True,
    )
    secret_in = SecretMixin._secret_field("Verification Secret", help="What the partner signs with.")
    secret_in_enc = fields.Char(groups=fields.NO_ACCESS, copy=False)
    inbound_adapter = fields.Selection(
        [("native", "Logistics envelope (CloudEvents)")], default="native", required=True
    )
    secret_state = fields.Char(compute="_compute_secret_state", string="Secrets")
    has_secrets = fields.Boolean(compute="_compute_secret_state", help="Both directions have one.")

    _sql_constraints = [
        ("code_unique", "UNIQUE(code, company_id)", "Another system of this company has this code."),
        ("slug_unique", "UNIQUE(inbound_slug)", "Another system has this inbound address."),
    ]

    @api.depends("kind")
    def _compute_dead_policy(self):
        for system in self:
            system.dead_policy = "hold" if system.kind in HOLDING_KINDS else "skip"

    @api.depends("kind")
    def _compute_personal_data(self):
        for system in self:
            system.personal_data = system.kind in PERSONAL_KINDS

    @api.depends("inbound_slug")
    def _compute_inbound_url(self):
        base = self.get_base_url() if self else ""
        for system in self:
            system.inbound_url = f"{base}/logistics/inbox/{system.inbound_slug}"

    @api.depends("signing", "inbound_scheme")
    def _compute_secret_state(self):
        for system in self:
            stored = system.sudo()  # sudo: only whether a secret is there is told, never the secret
            missing = [
                label
                for label, column in ((_("signing"), "secret_out_enc"), (_("verification"), "secret_in_enc"))
                if not stored[column]
            ]
            system.has_secrets = not missing
            system.secret_state = _("Missing: %(list)s", list=", ".join(missing)) if missing else _("Set")

    @api.constrains("code")
    def _check_code(self):
        for system in self:
            if not system.code.replace("_", "").replace("-", "").isalnum() or not system.code.isascii():
                raise ValidationError(
                    _(
                        "Code %(code)s of %(name)s: use letters, digits, - and _ only.",
                        code=system.code,
                        name=system.name,
                    )
                )

    @api.constrains("retry_schedule")
    def _check_retry_schedule(self):
        for system in self:
            try:
                delays = [int(part) for part in system.retry_schedule.split(",")]
            except ValueError:
                delays = []
            if not delays or min(delays) < 1:
                raise ValidationError(
                    _(
                        "Retry schedule %(value)s of %(name)s: write whole seconds by commas, e.g. 5,30,120.",
                        value=system.retry_schedule,
                        name=system.name,
                    )
                )

    @api.constrains("timeout", "max_in_flight", "rate_per_second")
    def _check_limits(self):
        for system in self:
            if not 0.1 <= system.timeout <= 60:
                raise ValidationError(_("Timeout of %(name)s: between 0.1 and 60 seconds.", name=system.name))
            if not 1 <= system.max_in_flight <= 64:
                raise ValidationError(_("Deliveries at once of %(name)s: between 1 and 64.", name=system.name))
            if system.rate_per_second < 0:
                raise ValidationError(_("Rate of %(name)s: 0 (no limit) or more per second.", name=system.name))

    # -- business ---------------------------------------------------------------------------------------------

    @api.model
    def _for_warehouse(self, warehouse):
        """The system that runs ``warehouse``, or an empty record: then people do."""
        return self.search(
            [("kind", "=", "warehouse"), ("warehouse_ids", "in", warehouse.ids), ("state", "!=", "disabled")], limit=1
        )

    def action_generate_secrets(self):
        """Make new secrets for both directions and show them once, to be handed to the partner."""
        self.ensure_one()
        made = {"secret_out": generate_secret(), "secret_in": generate_secret()}
        self.write(made)
        self.message_post(body=_("New signing and verification secrets were generated."))
        return self.env["logistics.secret.show"]._show(self, made)

    def _action_records(self, xmlid, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        return dict(action, domain=[("system_id", "in", self.ids), *domain], context={})

    def action_open_outbox(self):
        """Deliveries to this system."""
        return self._action_records("logistics_orchestration.action_outbox_message", [])

    def action_open_dead(self):
        """Deliveries that were given up."""
        return self._action_records("logistics_orchestration.action_outbox_message", [("state", "=", "dead")])

    def action_open_inbox(self):
        """What this system said."""
        return self._action_records("logistics_orchestration.action_inbox_message", [])

    def action_open_quarantine(self):
        """What this system said and nobody understood."""
        return self._action_records("logistics_orchestration.action_inbox_message", [("state", "=", "quarantined")])
