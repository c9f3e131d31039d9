"""What counts as an alarm, who is told and how: data an administrator can change.

Every kind has a check (``_check_<kind>``, in the alert_check_*.py files) that says what is wrong now. This model turns
findings into alarms: one open alarm per rule and thing, told once, closed by itself when the cause is gone.

Nothing of it goes through the outbox: what tells of a broken line must not go through that line.
"""

import logging
from typing import Any, NamedTuple

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..backbone.testing import in_test

_logger = logging.getLogger(__name__)

# kind, label, unit of its threshold
KINDS = [
    ("relay_stopped", "Relay stopped", "minutes"),
    ("oldest_waiting", "Deliveries wait", "minutes"),
    ("dead_letters", "Dead letters", "messages"),
    ("breaker_open", "Breaker open", "minutes"),
    ("system_suspended", "System suspended", ""),
    ("switched_off", "Subscription switched off by the partner", ""),
    ("auth_failures", "Refused inbound requests", "in an hour"),
    ("feed_silent", "Feed silent", ""),
    ("inbox_backlog", "Inbox not processed", "minutes"),
    ("inbox_quarantined", "Inbox: in quarantine", "messages"),
    ("inbox_dead", "Inbox: could not be processed", "messages"),
    ("tasks_dead", "Rules that failed for good", "tasks"),
    ("schema_failures", "Facts that do not fit their schema", "in an hour"),
    ("discrepancy_open", "Discrepancy not settled", "hours"),
    ("gate_errors", "Release gate cannot be evaluated", ""),
    ("cron_late", "Scheduled action late", "minutes"),
    ("bloat", "Database cannot clean up", "dead rows"),
]
SEVERITIES = [("info", "Information"), ("warning", "Warning"), ("critical", "Critical")]


class Finding(NamedTuple):
    """One thing that is wrong now.

    ``key`` says which thing (one alarm each), ``news`` is a text that grows when something new of the same thing
    happens: an alarm that somebody has acknowledged is told again then.
    """

    key: str
    summary: str
    text: str
    system: Any = None
    company: Any = None
    news: str = ""


class AlertRule(models.Model):
    _name = "logistics.alert.rule"
    _description = "Alert Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection([(key, label) for key, label, _unit in KINDS], required=True)
    threshold = fields.Float(digits=(12, 1), help="From when on it is an alarm; see the unit.")
    unit = fields.Char(compute="_compute_unit")
    system_ids = fields.Many2many("logistics.system", string="Only These Systems", help="Empty: all of them.")
    severity = fields.Selection(SEVERITIES, required=True, default="warning")
    notify = fields.Selection(
        [
            ("responsible", "The system's responsible, else the integration administrators"),
            ("group", "A group"),
            ("user", "One person"),
        ],
        string="Tell",
        required=True,
        default="responsible",
    )
    group_id = fields.Many2one("res.groups", ondelete="restrict")
    user_id = fields.Many2one("res.users", string="Person", ondelete="restrict")
    make_activity = fields.Boolean(string="To-do", default=True, help="A to-do on the system, else on the alarm.")
    send_mail = fields.Boolean(string="Mail")
    repeat_hours = fields.Integer(
        string="Tell Again After (Hours)", default=24, help="While it is open and nobody acknowledged it; 0: never."
    )
    calm_minutes = fields.Integer(
        string="Close After (Minutes)",
        default=0,
        help="The cause must be gone for this long before the alarm closes. What comes and goes stays one alarm.",
    )
    alert_ids = fields.One2many("logistics.alert", "rule_id")
    open_count = fields.Integer(compute="_compute_open_count", string="Open")
    last_error = fields.Text(readonly=True, copy=False, help="Why the rule could not be checked the last time.")
    company_id = fields.Many2one("res.company", help="Only systems of this company; empty: of all companies.")

    @api.depends("kind")
    def _compute_unit(self):
        units = {key: unit for key, _label, unit in KINDS}
        for rule in self:
            rule.unit = units.get(rule.kind, "")

    def _compute_open_count(self):
        counts = dict(
            self.env["logistics.alert"]._read_group(
                [("rule_id", "in", self.ids), ("state", "!=", "closed")], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.open_count = counts.get(rule, 0)

    @api.constrains("threshold", "repeat_hours", "calm_minutes")
    def _check_numbers(self):
        for rule in self:
            if min(rule.threshold, rule.repeat_hours, rule.calm_minutes) < 0:
                raise ValidationError(_("Alert rule %(name)s: numbers are 0 or more.", name=rule.name))

    @api.constrains("notify", "group_id", "user_id")
    def _check_who(self):
        for rule in self:
            if (rule.notify == "group" and not rule.group_id) or (rule.notify == "user" and not rule.user_id):
                raise ValidationError(_("Alert rule %(name)s: choose who is told.", name=rule.name))

    # -- checking ---------------------------------------------------------------------------------------------

    @api.model
    def _run_all(self):
        """Check every active rule; one that fails says so on itself and stops no other."""
        self.env["logistics.alert"].search([("state", "!=", "closed"), ("rule_id.active", "=", False)])._close(
            _("The rule was switched off.")
        )
        for rule in self.search([]):
            try:
                with self.env.cr.savepoint():
                    rule._run()
                error = False
            except Exception as problem:
                _logger.exception("Alert rule %s could not be checked", rule.name)
                error = f"{type(problem).__name__}: {problem}"
            if (rule.last_error or False) != error:
                rule.last_error = error
            if not in_test():
                # each rule by itself: what is found is told although a later rule fails
                self.env.cr.commit()  # pylint: disable=invalid-commit

    def _run(self):
        """Compare what is wrong now with the open alarms of this rule."""
        self.ensure_one()
        findings = {
            finding.key: finding for finding in getattr(self, f"_check_{self.kind}")() if self._concerns(finding)
        }
        known = {alert.key: alert for alert in self.alert_ids.filtered(lambda alert: alert.state != "closed")}
        for key, finding in findings.items():
            if key in known:
                known[key]._seen(finding)
            else:
                self.env["logistics.alert"]._raise(self, finding)
        now = fields.Datetime.now()
        for key, alert in known.items():
            if key not in findings and alert.last_seen <= fields.Datetime.subtract(now, minutes=self.calm_minutes):
                alert._close(_("The cause is gone."))

    def _concerns(self, finding):
        """Whether this rule is about what was found."""
        if self.system_ids and finding.system not in self.system_ids:
            return False
        company = finding.company or (finding.system and finding.system.company_id)
        return not self.company_id or company == self.company_id

    def _minutes_ago(self, minutes=None):
        return fields.Datetime.subtract(fields.Datetime.now(), minutes=self.threshold if minutes is None else minutes)

    # -- telling ----------------------------------------------------------------------------------------------

    def _recipients(self, system, company):
        """Users who are told: internal, active, and allowed in the company concerned."""
        self.ensure_one()
        if self.notify == "user":
            users = self.user_id
        elif self.notify == "group":
            users = self.group_id.users
        else:
            users = system.user_id if system else self.env["res.users"]
            users = users or self.env.ref("logistics_orchestration.group_integration_admin").users
        users = users.filtered(
            lambda user: user.active and not user.share and (not company or company in user.company_ids)
        )
        return users or self.env.ref("base.user_admin")

    def action_open_alerts(self):
        """The alarms this rule has raised."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_alert")
        return dict(action, domain=[("rule_id", "in", self.ids)], context={})
