"""Who is asked, who may decide, and who has to be told.

``approver_ids`` is who is *asked*: present, not barred, with an activity. Who *may* decide is computed anew each time
(``_deciders``), because delegations begin and end and people leave while a request waits.
"""

from odoo import _, api, fields, models

from ..core import duties

_ACTIVITY = "logistics_approvals.activity_type_approval"


class ApprovalRequest(models.Model):
    _inherit = "logistics.approval.request"

    can_submit = fields.Boolean(compute="_compute_can")
    can_decide = fields.Boolean(compute="_compute_can", help="The server will accept your decision.")
    can_delegate = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")
    can_carry_out = fields.Boolean(compute="_compute_can")
    can_ask_again = fields.Boolean(compute="_compute_can")
    why_not = fields.Char(string="Why You Cannot Decide", compute="_compute_can")

    @api.depends("state", "approver_ids", "requested_by_id", "beneficiary_id", "executed_at", "step_id", "decision_ids")
    @api.depends_context("uid")
    def _compute_can(self):
        user = self.env.user
        manager = user.has_group("logistics_orchestration.group_manager")
        acts = user.has_group("logistics_orchestration.group_user")
        for own in self:
            request = own.sudo()  # sudo: who may do what is not limited by what the user may read
            mine = request.requested_by_id == user
            why = request._why_not_decide(user)
            own.why_not = why if request.state == "requested" else False
            own.can_decide = not why
            own.can_delegate = not why and request._deciders().get(user.id) == user.id
            own.can_submit = request.state == "draft" and (mine or manager)
            own.can_cancel = acts and not request._why_not_cancel(user)
            own.can_carry_out = acts and not request._why_not_carry_out(user)
            own.can_ask_again = acts and request.state in ("rejected", "expired", "superseded", "cancelled")

    # -- separation of duties ---------------------------------------------------------------------------------

    def _requesters(self):
        """Ids of who asked: a manager may complete and submit what a colleague drafted, then both asked."""
        return {self.requested_by_id.id, self.create_uid.id} - {False}

    def _beneficiary_users(self):
        """Users who gain from the request: the beneficiary, and everybody of the beneficiary's company but our own."""
        self.ensure_one()
        beneficiary = self.beneficiary_id
        if not beneficiary:
            return self.env["res.users"]
        domain = [("partner_id", "=", beneficiary.id)]
        group = beneficiary.commercial_partner_id
        if not group.ref_company_ids:
            domain = ["|", *domain, ("partner_id.commercial_partner_id", "=", group.id)]
        # sudo: users of other companies count as well
        return self.env["res.users"].sudo().search(domain)

    def _decided_users(self):
        """Ids of people who said yes already on this snapshot, themselves or through a deputy."""
        counting = self.decision_ids.filtered(
            lambda d: d.decision == "approved" and d.snapshot_hash == self.snapshot_hash
        )
        return set(counting.mapped("approver_id")) | set(counting.mapped("principal_id")) - {0}

    def _barred(self):
        """Ids of users who may not decide on this request, whatever their role."""
        self.ensure_one()
        barred = {duties.ROBOT_ID, *self._requesters(), *self._beneficiary_users().ids, *self._decided_users()}
        if self.policy_id.exclude_responsible:
            barred.add(self.responsible_id.id)
        return barred - {False}

    def _principals(self):
        """Approvers of the current step; with the escalation group when it was escalated."""
        step = self.step_id
        if not step:
            return self.env["res.users"]
        users = step._principals(self.requested_by_id, self.company_id)
        if self.escalated_at or self.rerouted_at:
            users |= step._escalation_users(self.company_id)
        return users

    def _deciders(self):
        """Who may decide now, and for whom: ``{user id: id of the approver they act for}``."""
        self.ensure_one()
        principals = self._principals()
        pairs = self.env["logistics.approval.delegation"]._pairs(self, principals)
        return duties.deciders(principals.ids, pairs, self._barred())

    def _why_not_decide(self, user):
        """Words for why ``user`` cannot decide on this request now, or an empty string when they can."""
        self.ensure_one()
        request = self.sudo()  # sudo: the rules look at more than the user may read
        if request.state != "requested":
            labels = dict(self._fields["state"]._description_selection(self.env))
            return _(
                "%(name)s is not waiting for a decision: it is %(state)s.",
                name=request.name,
                state=labels[request.state],
            )
        code = duties.why_not_decide(
            user.id,
            active=user.active,
            requesters=request._requesters(),
            beneficiaries=request._beneficiary_users().ids,
            responsible=request.policy_id.exclude_responsible and request.responsible_id.id,
            decided=request._decided_users(),
            deciders=request._deciders(),
        )
        names = ", ".join(request.approver_ids.mapped("name")) or _("nobody yet")
        words = {
            None: "",
            duties.ROBOT: _("%(name)s needs a person's decision: log in as one of %(names)s."),
            duties.INACTIVE: _("%(user)s is archived and decides nothing."),
            duties.REQUESTER: _("You asked for %(name)s yourself: somebody else decides (%(names)s)."),
            duties.BENEFICIARY: _("You gain from %(name)s: somebody else decides (%(names)s)."),
            duties.RESPONSIBLE: _("You are responsible for %(document)s: somebody else decides (%(names)s)."),
            duties.DECIDED: _("You decided on %(name)s already; another person has to (%(names)s)."),
            duties.NOT_ASKED: _("%(name)s waits for %(names)s. Ask one of them to delegate it to you."),
        }[code]
        return words % {"name": request.name, "names": names, "user": user.name, "document": request.subject_name}

    # -- asking people ----------------------------------------------------------------------------------------

    @api.model
    def _absent(self, users):
        """Those of ``users`` who are on leave right now (their time off in the resource calendar)."""
        now = fields.Datetime.now()
        domain = [
            ("resource_id.user_id", "in", users.ids),
            ("date_from", "<=", now),
            ("date_to", ">", now),
            ("time_type", "=", "leave"),
        ]
        # sudo: that a colleague is away matters, why does not
        return self.env["resource.calendar.leaves"].sudo().search(domain).resource_id.user_id & users

    def _present_deciders(self):
        """{user id: principal id} of those who can be asked now."""
        deciders = self._deciders()
        absent = self._absent(self.env["res.users"].browse(deciders)).ids
        return {user: principal for user, principal in deciders.items() if user not in absent}

    def _route(self):
        """Ask who has to be asked now; where too few are there, the escalation group as well, at once."""
        for request in self.filtered(lambda r: r.state == "requested"):
            asked = request._present_deciders()
            if request._too_few(asked) and request.step_id and not (request.rerouted_at or request.escalated_at):
                request.rerouted_at = fields.Datetime.now()
                asked = request._present_deciders()
                request._ask_people(asked)
                request._tell_escalated(
                    "absent", _("Too few of step %(step)s are there to decide.", step=request.step_id.name)
                )
                continue
            request._ask_people(asked)

    def _too_few(self, asked):
        given = len(self.decision_ids._counts_for(self.step_id, self.snapshot_hash))
        return len(set(asked.values())) < self.step_id.min_approvals - given

    def _ask_people(self, asked):
        """Activities for those newly asked, none for those who are not asked any more."""
        self.ensure_one()
        users = self.env["res.users"].browse(asked)
        new = users - self.approver_ids
        if users != self.approver_ids:
            self.approver_ids = users
        open_ones = self.activity_ids.filtered(lambda a: a.activity_type_id == self.env.ref(_ACTIVITY))
        told = open_ones.user_id & users
        open_ones.filtered(lambda a: a.user_id not in users).unlink()
        for user in users - told:
            principal = self.env["res.users"].browse(asked[user.id])
            note = self.reason
            if principal != user:
                note = _("For %(principal)s. %(reason)s", principal=principal.name, reason=self.reason)
            self.activity_schedule(
                _ACTIVITY,
                date_deadline=fields.Date.to_date(self.due_at) if self.due_at else None,
                summary=self.summary,
                note=note,
                user_id=user.id,
            )
        for user in new.filtered(lambda u: asked[u.id] != u.id):
            self._tell_delegated(self.env["res.users"].browse(asked[user.id]), user)
        if not users:
            self._logistics_activity(
                _("Nobody can decide on %(name)s", name=self.name),
                _("Give somebody the Approver role, or change the policy. Requester and beneficiary never decide."),
                user=self.requested_by_id,
            )

    def _tell_delegated(self, principal, deputy):
        self.message_post(
            body=_("%(deputy)s may decide for %(principal)s.", deputy=deputy.name, principal=principal.name)
        )
        self._logistics_emit(
            "logistics.approval.delegated",
            dict(self._logistics_data("logistics.approval.delegated"), delegator=principal.name, delegate=deputy.name),
        )

    def _stop_asking(self):
        """The request waits for nobody any more."""
        self.activity_unlink([_ACTIVITY])
        self.write({"approver_ids": [(5,)], "next_action_at": False})
