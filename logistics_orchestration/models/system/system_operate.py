"""What people do to a line: pause it, perhaps until a time, resume it, switch it off, send again what failed."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..backbone.record_link import open_form


class SystemOperate(models.Model):
    _inherit = "logistics.system"

    pause_reason = fields.Char(readonly=True, copy=False)
    paused_at = fields.Datetime(readonly=True, copy=False)
    paused_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    resume_at = fields.Datetime(readonly=True, copy=False, help="Resumed by itself then; empty: by a person.")

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_system_resume_idx ON logistics_system (resume_at)"
            " WHERE state = 'paused' AND resume_at IS NOT NULL"
        )

    def action_ask_pause(self):
        """Ask why and until when, then pause."""
        return {
            "type": "ir.actions.act_window",
            "name": _("Pause"),
            "res_model": "logistics.system.pause",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_system_ids": self.ids},
        }

    def action_pause(self, reason=None, until=None):
        """Stop sending; messages wait.

        :param str reason: shown on the form, may be empty
        :param datetime until: naive UTC; resumed by itself then
        :raises UserError: ``until`` has passed
        """
        until = fields.Datetime.to_datetime(until) if until else False
        if until and until <= fields.Datetime.now():
            raise UserError(_("Until: choose a time to come, or leave it empty."))
        self.write(
            {
                "state": "paused",
                "pause_reason": reason or False,
                "paused_at": fields.Datetime.now(),
                "paused_by_id": self.env.uid,
                "resume_at": until,
            }
        )
        for system in self:
            words = _("Paused: %s", reason) if reason else _("Paused.")
            system.message_post(body=words + (" " + _("Resumes at %s UTC.", until) if until else ""))
        if until:
            # sudo: waking a scheduled action is not an administrator's right only
            self.env.ref("logistics_orchestration.cron_resume").sudo()._trigger(at=until)
        return True

    def action_resume(self):
        """Send again, breaker and pause forgotten."""
        self.write(
            {
                "state": "active",
                "paused_until": False,
                "breaker_state": "closed",
                "breaker_failures": 0,
                "breaker_until": False,
            }
        )
        for system in self:
            system.message_post(body=_("Resumed."))
        return True

    def action_disable(self):
        """Switch the line off in both directions; what is owed stays where it is."""
        self.write({"state": "disabled"})
        for system in self:
            system.message_post(body=_("Switched off: nothing goes out, nothing comes in."))
        return True

    def write(self, vals):
        if "state" in vals and vals["state"] != "paused":
            forgotten = {"pause_reason": False, "paused_at": False, "paused_by_id": False, "resume_at": False}
            vals = {**forgotten, **vals}
        return super().write(vals)

    @api.model
    def _cron_resume(self):
        """Scheduled action: resume what was paused until now."""
        for system in self.search([("state", "=", "paused"), ("resume_at", "<=", fields.Datetime.now())]):
            system.action_resume()

    def action_cancel_waiting(self):
        """A job that cancels everything this system is owed; counted first."""
        self.ensure_one()
        return self._make_replay("cancel", "range", with_waiting=True, with_held=True, with_dead=False)

    def action_make_replay(self):
        """A job that sends again what failed since; counted first."""
        self.ensure_one()
        since = self.failing_since or fields.Datetime.subtract(fields.Datetime.now(), days=1)
        return self._make_replay("replay", "failed_since", date_from=since)

    def _make_replay(self, operation, mode, **vals):
        """Window with a new replay job of this system."""
        job = self.env["logistics.replay"].create({"operation": operation, "mode": mode, "system_id": self.id, **vals})
        return dict(open_form(job), name=job.name)

    def action_open_replays(self):
        """Jobs about this system's messages."""
        return self._action_records("logistics_orchestration.action_replay", [])

    def _tell_replayed(self, mode, count, new_id, reason):
        """Record that deliveries to this system were sent again."""
        self.ensure_one()
        data = self._logistics_data("logistics.integration.replayed")
        data.update(mode=mode, count=count, new_id=new_id, reason=reason or "", by=self.env.user.name)
        self._logistics_emit("logistics.integration.replayed", data)
