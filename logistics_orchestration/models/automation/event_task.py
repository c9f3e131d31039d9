"""One automation rule owed to one event: *later* handlers, and those that failed at the first try."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError


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
        self.automation_id.with_env(env)._logistics_run_actions(record, self.event)
        self.write({"state": "done", "last_error": False})

    def _work_dead(self, error):
        self.write({"state": "dead"})
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=_("Rule '%(rule)s' failed for good", rule=self.automation_id.name),
            note=error,
            user_id=self.env.ref("base.user_admin").id,
        )

    def action_retry(self):
        """Try again now."""
        if wrong := self.filtered(lambda task: task.state == "done"):
            raise UserError(_("%(name)s was done already.", name=wrong[0].display_name))
        self.write({"state": "pending", "attempt_count": 0, "next_attempt_at": fields.Datetime.now()})
        self._wake()
        return True

    @api.model
    def _wake(self):
        """Let the worker run as soon as this transaction is committed."""
        # sudo: waking a scheduled action is not an administrator's right only
        self.env.ref("logistics_orchestration.cron_event_tasks").sudo()._trigger()

    @api.model
    def _cron_run(self):
        """Scheduled action: run what is due."""
        self._work_cron("logistics_orchestration.cron_event_tasks")
