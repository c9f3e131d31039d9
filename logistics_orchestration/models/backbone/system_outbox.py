"""What the delivery engine keeps on a system, and what follows from changing its settings."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...relay.signature import SecretError, decode_secret
from ...relay.url_guard import UrlRefused, parse_networks, parse_url

# Mending one of these is a reason to try at once, not after the breaker's next wait.
_LINE = ("outbound_url", "signing", "secret_out", "auth_type", "auth_user", "auth_header", "auth_secret", "allow_http")
_LINE += ("allowed_networks", "timeout")
_HEALTHY = {"breaker_state": "closed", "breaker_failures": 0, "breaker_until": False, "paused_until": False}


class SystemOutbox(models.Model):
    _inherit = "logistics.system"

    rate_next_at = fields.Datetime(readonly=True, copy=False, help="Until when the rate limit is used up.")
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
        held = self.filtered(lambda system: system.dead_policy == "hold")
        skipping = held if vals.get("dead_policy") == "skip" else self.browse()
        result = super().write(vals)
        if skipping:
            skipping._let_pass_dead()
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

    def _outbox_todo(self, summary, note):
        """A to-do for the responsible, else for the integration administrators; one of a name at a time."""
        todo = self.env.ref("mail.mail_activity_data_todo")
        admins = self.env.ref("logistics_orchestration.group_integration_admin").users
        for system in self:
            if system.activity_ids.filtered(lambda activity: activity.summary == summary):
                continue
            users = system.user_id or admins.filtered(
                lambda user, company=system.company_id: user.active and not user.share and company in user.company_ids
            )
            for user in users or self.env.ref("base.user_admin"):
                system.activity_schedule(activity_type_id=todo.id, summary=summary, note=note, user_id=user.id)
