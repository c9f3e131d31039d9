"""One alarm: what is wrong, since when, how to mend it. Raised and closed by its rule (alert_rule.py)."""

from markupsafe import Markup

from odoo import _, api, fields, models, modules
from odoo.exceptions import UserError

from ..backbone.record_link import open_form
from .alert_rule import KINDS, SEVERITIES

TRANSITIONS = [
    ("new", "open", "watchdog", "a rule found something wrong"),
    ("open", "acknowledged", "administrator", "somebody looks after it"),
    ("acknowledged", "open", "watchdog", "something new of the same kind happened"),
    ("open", "closed", "watchdog", "the cause is gone, or its rule was switched off"),
    ("acknowledged", "closed", "watchdog", "the cause is gone, or its rule was switched off"),
]


class Alert(models.Model):
    _name = "logistics.alert"
    _description = "Alarm"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "summary"

    rule_id = fields.Many2one("logistics.alert.rule", required=True, readonly=True, ondelete="restrict", index=True)
    kind = fields.Selection([(key, label) for key, label, _unit in KINDS], readonly=True, required=True)
    key = fields.Char(required=True, readonly=True, help="Which thing it is about; one open alarm per rule and thing.")
    system_id = fields.Many2one("logistics.system", readonly=True, ondelete="cascade", index="btree_not_null")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    severity = fields.Selection(SEVERITIES, required=True, readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("acknowledged", "Acknowledged"), ("closed", "Closed")],
        default="open",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    summary = fields.Char(required=True, readonly=True)
    text = fields.Text(string="What to Do", readonly=True)
    since = fields.Datetime(readonly=True, default=fields.Datetime.now)
    last_seen = fields.Datetime(readonly=True, default=fields.Datetime.now)
    told_at = fields.Datetime(string="Told", readonly=True)
    told_count = fields.Integer(string="Times Told", readonly=True)
    closed_at = fields.Datetime(string="Closed", readonly=True)
    close_reason = fields.Char(readonly=True)
    acknowledged_by = fields.Many2one("res.users", readonly=True, ondelete="set null")
    news = fields.Char(readonly=True)
    todo_ids = fields.Many2many("mail.activity", "logistics_alert_activity_rel", readonly=True)
    help_url = fields.Char(string="How to Recover", compute="_compute_help_url")

    def init(self):
        super().init()
        # one open alarm per rule and thing, whoever runs the check
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_alert_open_idx ON logistics_alert (rule_id, key)"
            " WHERE state <> 'closed'"
        )

    def _compute_help_url(self):
        # sudo: a plain address, for installations that keep the documents elsewhere
        base = self.env["ir.config_parameter"].sudo().get_param("logistics.operations_url")
        base = base or f"{modules.get_manifest('logistics_orchestration')['website']}/blob/main/docs/operations.md"
        for alert in self:
            alert.help_url = f"{base}#{(alert.kind or '').replace('_', '-')}"

    # -- the rule's side --------------------------------------------------------------------------------------

    @api.model
    def _raise(self, rule, finding):
        """A new alarm, and people told of it."""
        system = finding.system
        company = finding.company or (system and system.company_id)
        alert = self.create(
            {
                "rule_id": rule.id,
                "kind": rule.kind,
                "key": finding.key,
                "system_id": system.id if system else False,
                "company_id": company.id if company else False,
                "severity": rule.severity,
                "summary": finding.summary,
                "text": finding.text,
                "news": finding.news,
            }
        )
        alert._tell()
        return alert

    def _seen(self, finding):
        """The cause is still there: keep the words up to date, tell again where that is due."""
        self.ensure_one()
        now = fields.Datetime.now()
        fresh = finding.news > (self.news or "")
        vals = {"last_seen": now}
        if finding.summary != self.summary or finding.text != self.text:
            vals.update(summary=finding.summary, text=finding.text)
        if fresh:
            vals["news"] = finding.news
        again = self.state == "acknowledged" and fresh
        if again:
            vals.update(state="open", acknowledged_by=False)
        self.write(vals)
        hours = self.rule_id.repeat_hours
        due = hours and self.told_at and self.told_at <= fields.Datetime.subtract(now, hours=hours)
        if again or (self.state == "open" and due):
            self._tell()

    def _close(self, reason):
        """Over: the to-dos are done, the alarm stays as history."""
        for alert in self:
            alert.write({"state": "closed", "closed_at": fields.Datetime.now(), "close_reason": reason})
            # the record of a to-do may be gone with its system
            alert.todo_ids.exists().action_feedback(feedback=reason)

    def _tell(self):
        """To-do and mail, as the rule says; no second to-do beside one that is open."""
        self.ensure_one()
        rule = self.rule_id
        users = rule._recipients(self.system_id, self.company_id)
        if rule.make_activity:
            self._make_todos(users)
        if rule.send_mail:
            template = self.env.ref("logistics_orchestration.mail_template_alert", raise_if_not_found=False)
            partners = users.partner_id.filtered("email")
            if template and partners:
                # queued: Odoo's own mail worker sends it after this transaction
                template.send_mail(self.id, email_values={"recipient_ids": [(6, 0, partners.ids)]})
        self.write({"told_at": fields.Datetime.now(), "told_count": self.told_count + 1})

    def _make_todos(self, users):
        record = self.system_id or self
        todo = self.env.ref("mail.mail_activity_data_todo")
        open_for = self.todo_ids.exists().user_id
        note = Markup("<p>%s</p><p><a href='%s'>%s</a></p>") % (self.text, self.help_url, _("How to recover"))
        for user in users - open_for:
            self.todo_ids |= record.activity_schedule(
                activity_type_id=todo.id, summary=self.summary, note=note, user_id=user.id
            )

    # -- people's side ----------------------------------------------------------------------------------------

    def action_acknowledge(self):
        """Somebody looks after it: it is not told again until something new happens."""
        if wrong := self.filtered(lambda alert: alert.state == "closed"):
            raise UserError(_("'%(name)s' is closed already.", name=wrong[0].summary))
        self.write({"state": "acknowledged", "acknowledged_by": self.env.user.id})
        return True

    def action_help(self):
        """The recovery procedure of this kind of alarm."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self.help_url, "target": "new"}

    def action_open_system(self):
        """The system it is about."""
        self.ensure_one()
        return open_form(self.system_id)
