"""What the delivery engine keeps on a system, and what follows from changing its settings."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...relay import notices
from ...relay.signature import SecretError, decode_secret
from ...relay.url_guard import UrlRefused, parse_networks, parse_url

# Mending one of these is a reason to try at once, not after the breaker's next wait.
_LINE = ("outbound_url", "signing", "secret_out", "auth_type", "auth_user", "auth_header", "auth_secret", "allow_http")
_LINE += ("allowed_networks", "timeout")
_LINE += ("oauth_token_url", "oauth_scope", "oauth_audience", "oauth_method", "client_cert", "client_key", "ca_bundle")
_CLOSED = {
    "breaker_state": "closed", "breaker_failures": 0, "breaker_until": False, "breaker_trips": 0, "breaker_ramp": 0,
    "breaker_window": False, "breaker_reason": False,
}  # fmt: skip
_HEALTHY = {**_CLOSED, "paused_until": False}


class SystemOutbox(models.Model):
    _inherit = "logistics.system"

    rate_next_at = fields.Datetime(compute="_compute_rate_next_at", help="Until when the rate limit is used up.")
    breaker_reason = fields.Char(string="Why It Opened", readonly=True, copy=False)
    breaker_trips = fields.Integer(
        string="Openings",
        readonly=True,
        copy=False,
        help="Openings since it was last well; the wait doubles with each.",
    )
    breaker_ramp = fields.Integer(
        string="Recovering: At Once",
        readonly=True,
        copy=False,
        help="Deliveries at once while it recovers, one more with every success; 0: as many as its limit allows.",
    )
    breaker_window = fields.Char(readonly=True, copy=False, help="Answers of the last minutes: minute:good:failed.")
    breaker_threshold = fields.Integer(
        string="Failures in a Row", default=5, required=True, help="So many failures in a row open the breaker."
    )
    breaker_percent = fields.Integer(
        string="Share of Failures (%)",
        default=70,
        required=True,
        help="This share of failures among the answers of five minutes opens the breaker; 0: never.",
    )
    breaker_answers = fields.Integer(
        string="Answers Needed",
        default=10,
        required=True,
        help="Fewer answers in five minutes than this say nothing about the share of failures.",
    )
    breaker_wait = fields.Integer(
        string="Pause (Seconds)",
        default=30,
        required=True,
        help="The breaker stays open this long, and twice as long each time the next try fails.",
    )
    breaker_longest_wait = fields.Integer(
        string="Longest Pause (Seconds)", default=900, required=True, help="But never longer than this."
    )
    failing_since = fields.Datetime(readonly=True, copy=False)
    suspended_at = fields.Datetime(readonly=True, copy=False)
    suspend_after_hours = fields.Integer(
        default=24, help="A system that fails for this long is suspended and somebody is told; 0: never."
    )

    @api.constrains("outbound_url", "allow_http", "allowed_networks")
    def _check_outbound_url(self):
        for system in self:
            try:
                parse_networks(system.allowed_networks)
                if system.outbound_url:
                    parse_url(system.outbound_url, system.allow_http)
            except UrlRefused as error:
                raise ValidationError(
                    _("Address of system %(name)s: %(error)s.", name=system.name, error=error)
                ) from error

    def _compute_rate_next_at(self):
        self.env.cr.execute(
            "SELECT system_id, next_at FROM logistics_relay_rate WHERE system_id = ANY(%s)", [self.ids]
        )
        found = dict(self.env.cr.fetchall())
        for system in self:
            system.rate_next_at = found.get(system._origin.id, False)

    @api.constrains("breaker_threshold", "breaker_percent", "breaker_answers", "breaker_wait", "breaker_longest_wait")
    def _check_breaker(self):
        for system in self:
            if system.breaker_threshold < 1 or system.breaker_answers < 1:
                raise ValidationError(
                    _("Breaker of %(name)s: failures in a row and answers needed are 1 or more.", name=system.name)
                )
            if not 0 <= system.breaker_percent <= 100:
                raise ValidationError(
                    _("Breaker of %(name)s: the share of failures is between 0 (never) and 100 %%.", name=system.name)
                )
            if not 1 <= system.breaker_wait <= system.breaker_longest_wait <= 86400:
                raise ValidationError(
                    _(
                        "Breaker of %(name)s: the pause is at least 1 second and at most the longest pause, which is "
                        "at most a day (86400).",
                        name=system.name,
                    )
                )

    @api.constrains("suspend_after_hours")
    def _check_suspend_after_hours(self):
        for system in self:
            if system.suspend_after_hours < 0:
                raise ValidationError(_("Suspend after hours of %(name)s: 0 (never) or more.", name=system.name))

    def _check_secret_out(self, vals_list):
        """A Standard Webhooks secret that no library could use is refused when it is entered."""
        for vals in vals_list:
            secret = vals.get("secret_out")
            signing = vals.get("signing") or (self[:1].signing if self else "standard_webhooks")
            if secret and signing == "standard_webhooks":
                try:
                    decode_secret(secret)
                except SecretError as error:
                    raise ValidationError(_("Signing secret: %(error)s.", error=error)) from error

    @api.model_create_multi
    def create(self, vals_list):
        self._check_secret_out(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_secret_out([vals])
        vals = dict(vals)
        if vals.get("state") == "active" and any(system.state != "active" for system in self):
            vals = {**_HEALTHY, "failing_since": False, "suspended_at": False, **vals}
        elif any(name in vals for name in _LINE):
            vals = {**_HEALTHY, "failing_since": False, **vals}
        elif vals.get("breaker_state") == "closed":
            vals = {**_CLOSED, **vals}
        closing = self if vals.get("breaker_state") == "closed" else self.browse()
        mended = closing.filtered(lambda system: system.breaker_state != "closed")
        held = self.filtered(lambda system: system.dead_policy == "hold")
        skipping = held if vals.get("dead_policy") == "skip" else self.browse()
        result = super().write(vals)
        if skipping:
            skipping._let_pass_dead()
        if mended:
            # who was told that it opened is told that it closed, also when a person closed it
            notices.leave(
                self.env.cr,
                [("circuit_closed", system.id, None, _("closed by %s", self.env.user.name)) for system in mended],
            )
        self.env["logistics.outbox.message"]._notify_relay_after_commit()
        return result

    def _let_pass_dead(self):
        """Dead messages that held their lanes do not any more."""
        self.env.cr.execute(
            "UPDATE logistics_outbox_message SET is_head = false"
            " WHERE system_id = ANY(%s) AND state = 'dead' AND is_head RETURNING system_id, lane",
            [self.ids],
        )
        self.env["logistics.outbox.pointer"]._leave_recheck(self.env.cr.fetchall())
        self.env["logistics.outbox.message"].invalidate_model(["is_head"])
