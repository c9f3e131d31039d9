"""One automation rule owed to one event: *later* handlers, and those that failed at the first try."""

import logging

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..backbone import cron_wake
from ..backbone.record_link import open_form, open_record

_logger = logging.getLogger(__name__)


class EventTask(models.Model):
    _name = "logistics.event.task"
    _description = "Handler to Run"
    _inherit = ["logistics.work.item", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "event_type"
    _work_cron_id = "logistics_orchestration.cron_event_tasks"

    automation_id = fields.Many2one("base.automation", required=True, readonly=True, ondelete="cascade")
    event = fields.Json(readonly=True)
    event_uid = fields.Char(readonly=True, index=True)
    event_type = fields.Char(readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True, string="Record ID")
    user_id = fields.Many2one("res.users", string="On Behalf Of", readonly=True, ondelete="set null")
    company_id = fields.Many2one("res.company", readonly=True, required=True, ondelete="cascade")
    state = fields.Selection(
        [("pending", "Pending"), ("done", "Done"), ("dead", "Dead"), ("cancelled", "Cancelled")],
        default="pending",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )

    _sql_constraints = [
        ("once", "UNIQUE(automation_id, event_uid)", "A rule is owed to an event once."),
    ]

    def _work_domain(self):
        return [("state", "=", "pending"), ("next_attempt_at", "<=", fields.Datetime.now())]

    def _work_one(self):
        user = self.user_id if self.user_id.active else self.env.ref("base.user_root")
        company = self.company_id
        env = self.env(user=user.id, context={"allowed_company_ids": company.ids}, su=True)
        record = env[self.res_model].browse(self.res_id)
        if not record.exists():
            self.write({"state": "cancelled", "last_error": _("The record is gone.")})
            return
        event = {**self.event, "occurred_at": fields.Datetime.to_datetime(self.event["occurred_at"])}
        self.automation_id.with_env(env)._logistics_run_actions(record, event)
        self.write({"state": "done", "last_error": False})

    def _work_dead(self, error):
        self.write({"state": "dead"})
        self._tell(_("Rule '%(rule)s' failed for good", rule=self.automation_id.name), error)

    def _tell_loop(self):
        """A rule was stopped because it causes itself: a to-do, one per rule while it is open."""
        self.ensure_one()
        summary = _("Rule '%(rule)s' goes round in circles", rule=self.automation_id.name)
        # sudo: whoever set off the loop need not see the rules' tasks
        told = self.sudo().search([("automation_id", "=", self.automation_id.id), ("id", "!=", self.id)])
        if not told.activity_ids.filtered(lambda activity: activity.summary == summary):
            self._tell(summary, self.last_error)

    def _tell(self, summary, note):
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=summary,
            note=note,
            user_id=self.env.ref("base.user_admin").id,
        )

    def action_retry(self):
        """Try again now."""
        if wrong := self.filtered(lambda task: task.state == "done"):
            raise UserError(_("%(name)s was done already.", name=wrong[0].display_name))
        self.write({"state": "pending", "attempt_count": 0, "next_attempt_at": fields.Datetime.now()})
        self._wake()
        return True

    def action_open_event(self):
        """The fact this rule is owed to."""
        self.ensure_one()
        event = self.env["logistics.event"].search([("uid", "=", self.event_uid)], limit=1)
        if not event:
            raise UserError(_("The event is not kept any more."))
        return open_form(event)

    def action_open_record(self):
        """The document the rule is to act on."""
        return open_record(self)

    @api.model
    def _wake(self):
        """Let the worker run as soon as this transaction is committed; once, however many rules it owes."""
        cr = self.env.cr
        if not cr.postcommit.data.get("logistics.tasks"):
            cr.postcommit.data["logistics.tasks"] = True
            cr.postcommit.add(self._wake_now)

    def _wake_now(self):
        """After commit, on a connection of its own: the scheduled action is due."""
        try:
            cron_id = self.env["ir.model.data"]._xmlid_to_res_id(self._work_cron_id)
            if cron_wake.covered(self.env.cr.dbname, cron_id):
                return  # not even a connection: whoever confirms orders one after the other waits for each of these
            with self.env.registry.cursor() as cr:
                cron = api.Environment(cr, api.SUPERUSER_ID, {})["ir.cron"].browse(cron_id)
                cron_wake.wake(cron, share=True)
        except Exception as error:
            # the transaction is committed: what happens here must not look like its failure, and a minute is no harm
            _logger.warning("The worker of rules could not be woken and will look by itself: %s", type(error).__name__)

    @api.model
    def _cron_run(self):
        """Scheduled action: run what is due."""
        self._work_cron("logistics_orchestration.cron_event_tasks")
