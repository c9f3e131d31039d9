"""Deadlines of a waiting request, in the company's working hours. The clock reminds, escalates and expires.

It never approves: there is no code path from time to ``approved``. The same scheduled look also notices what changed
meanwhile (document, policy, who is there), so that nobody decides on stale ground or waits for somebody who left.
"""

from datetime import timedelta

from odoo import _, fields, models

from ..core import deadline, duties

_LOOK_AGAIN = timedelta(hours=1)


class ApprovalRequest(models.Model):
    _inherit = "logistics.approval.request"

    attempt_count = fields.Integer(default=0)  # stored as 0, not as NULL: the clock searches for fewer than the limit

    def _plan(self, start, hours):
        """``hours`` working hours after ``start`` in the company's calendar (leaves pause the clock)."""
        calendar = self.company_id.resource_calendar_id
        end = calendar and calendar.plan_hours(hours, start, compute_leaves=True)
        return (end or start + timedelta(hours=hours)).replace(microsecond=0)

    def _start_step(self, step):
        """Begin a step: its deadlines from now, its people asked."""
        self.ensure_one()
        now = fields.Datetime.now()
        self.write(
            {
                "step_id": step.id,
                "remind_at": self._plan(now, step.deadline_hours / 2),
                "due_at": self._plan(now, step.deadline_hours),
                "expires_at": self._plan(now, step.deadline_hours + step.expire_hours),
                "reminded_at": False,
                "rerouted_at": False,
                "escalated_at": False,
                "attempt_count": 0,
                "next_attempt_at": now,
            }
        )
        self._set_next_look()
        self._route()

    def _clock(self):
        return {
            "remind_at": self.remind_at,
            "due_at": self.due_at,
            "expires_at": self.expires_at,
            "reminded": bool(self.reminded_at),
            "escalated": bool(self.escalated_at),
        }

    def _set_next_look(self):
        times = [fields.Datetime.now() + _LOOK_AGAIN]
        if look := deadline.next_look(**self._clock()):
            times.append(look)
        self.next_action_at = min(times)

    # -- scheduled work (see logistics.work.item) -------------------------------------------------------------

    def _work_domain(self):
        now = fields.Datetime.now()
        return [
            ("state", "=", "requested"),
            ("next_action_at", "<=", now),
            ("next_attempt_at", "<=", now),
            ("attempt_count", "<", self._work_max_attempts),
        ]

    def _work_one(self):
        """Look at one waiting request: is its ground still true, is the right person asked, what does the clock say."""
        with self.env["logistics.event"]._business_call():
            if changed := self._changed():
                self._supersede(_("The document changed since the request was made."), changed)
                return
            if not self._refresh_policy():
                self._route()
            what = deadline.due(fields.Datetime.now(), **self._clock())
            if what == deadline.REMIND:
                self._remind()
            elif what == deadline.ESCALATE:
                self._escalate()
            elif what == deadline.EXPIRE:
                self._expire()
            if self.state == "requested":
                self._set_next_look()
            self.attempt_count = 0

    def _work_dead(self, error):
        self._logistics_activity(
            _("The clock of %(name)s stopped", name=self.name),
            _("Decide or cancel it by hand; deadlines are not watched any more. %(error)s", error=error),
            user=self.requested_by_id,
        )

    def _remind(self):
        self.reminded_at = fields.Datetime.now()
        self.message_post(
            body=_("Still waiting for a decision: %(summary)s", summary=self.summary),
            partner_ids=self.approver_ids.partner_id.ids,
        )
        self._logistics_emit("logistics.approval.reminded")

    def _escalate(self):
        """Deadline passed: the escalation group is asked too, and gets its own time from now."""
        now = fields.Datetime.now()
        self.write({"escalated_at": now, "expires_at": self._plan(now, self.step_id.expire_hours or 1)})
        self._route()
        self._tell_escalated("deadline", _("Nobody decided within the deadline."))

    def _tell_escalated(self, code, why):
        names = ", ".join(self.approver_ids.mapped("name"))
        self.message_post(
            body=_("%(why)s Escalated; now waits for: %(names)s", why=why, names=names or _("nobody")),
            partner_ids=self.approver_ids.partner_id.ids,
        )
        self._logistics_emit(
            "logistics.approval.escalated",
            dict(self._logistics_data("logistics.approval.escalated"), why=code),
        )

    def _expire(self):
        """Nobody answered at all: the answer is no."""
        self.env["logistics.approval.decision"].create(
            {
                "request_id": self.id,
                "decision": "expired",
                "approver_id": duties.ROBOT_ID,
                "approver_name": _("Nobody"),
                "reason": _("No decision until %(date)s.", date=fields.Datetime.to_string(self.expires_at)),
                **self._decision_ground(),
            }
        )
        self._stop_asking()
        self.write({"state": "expired", "decided_at": fields.Datetime.now()})
        self.message_post(
            body=_("Expired: nobody decided in time, which counts as a rejection."),
            partner_ids=self.requested_by_id.partner_id.ids,
        )
        self._logistics_emit("logistics.approval.expired")
        self._logistics_activity(
            _("%(name)s expired without a decision", name=self.name), self.summary, user=self.requested_by_id
        )
