"""What time does to a case: it grows more urgent, and past its deadline a manager is asked."""

from odoo import _, api, fields, models

BATCH = 200


class ExceptionCase(models.Model):
    _inherit = "logistics.exception"

    is_overdue = fields.Boolean(compute="_compute_is_overdue", search="_search_is_overdue", string="Overdue")

    @api.depends("due_at", "is_open")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for case in self:
            case.is_overdue = bool(case.is_open and case.due_at and case.due_at < now)

    @api.model
    def _search_is_overdue(self, operator, value):
        domain = [("is_open", "=", True), ("due_at", "<", fields.Datetime.now())]
        if (operator == "=") == bool(value):
            return domain
        return ["!", "&", *domain]

    @api.model
    def _cron_clock(self):
        """Scheduled action: escalate what is overdue and score anew what has aged, a batch at a time."""
        now = fields.Datetime.now()
        late = self.search([*self._late_domain(now)], limit=BATCH, order="priority desc, due_at, id")
        for case in late:
            case._escalate(now)
        aged_domain = [("is_open", "=", True), ("scored_at", "<", fields.Datetime.subtract(now, minutes=55))]
        aged = self.search(aged_domain, limit=BATCH * 5, order="scored_at, id")
        self.env.add_to_compute(self._fields["priority"], aged)
        aged.flush_recordset()
        if self.search(self._late_domain(now), limit=1) or self.search(aged_domain, limit=1):
            self.env.ref("logistics_exceptions.cron_exception_clock")._trigger()  # more than one batch: go on at once

    @api.model
    def _late_domain(self, now):
        return [("is_open", "=", True), ("due_at", "<", now), ("escalated_at", "=", False)]

    def _escalate(self, now):
        """Ask the manager, once per deadline."""
        self.ensure_one()
        manager = self._escalation_user()
        self._logistics_activity(
            _("Overdue: %(title)s", title=self.title),
            _(
                "Deadline %(due)s has passed; owner: %(owner)s.",
                due=self.due_at,
                owner=self.owner_id.name or _("nobody"),
            ),
            user=manager,
        )
        self.write({"escalated_at": now})
        self.message_post(body=_("Escalated to %(user)s: the deadline has passed.", user=manager.name))

    def _escalation_user(self):
        """Who is asked: the type's manager, else a Logistics Manager of the company who is a person at work."""
        if self.type_id.manager_id.active:
            return self.type_id.manager_id
        managers = self.env.ref("logistics_orchestration.group_manager").users.filtered(
            lambda user: user.active
            and not user.share
            and not user._is_superuser()
            and self.company_id in user.company_ids
            and user != self.owner_id
        )
        return managers.sorted("id")[:1] or self.env.ref("base.user_admin")
