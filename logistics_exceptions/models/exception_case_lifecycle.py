"""How a case moves from state to state. Every change of state goes through ``_move``, also a plain write."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..core import allowed_verbs, find_transition

# What is told to partners when a case arrives in a state.
EVENT_OF_STATE = {"resolved": "resolved", "in_progress": "updated", "triaged": "updated", "waiting": "updated"}


class ExceptionCase(models.Model):
    _inherit = "logistics.exception"

    allowed_verbs = fields.Char(compute="_compute_allowed_verbs", help="What may be done now; buttons follow it.")

    @api.depends("state")
    def _compute_allowed_verbs(self):
        for case in self:
            case.allowed_verbs = " ".join(allowed_verbs(case.state))

    def write(self, vals):
        """A state is moved to, never just written; a new owner is told and asked."""
        vals = dict(vals)
        state = vals.pop("state", None)
        owners = {case: case.owner_id for case in self} if "owner_id" in vals else {}
        if "due_at" in vals:
            vals.setdefault("escalated_at", False)  # a new deadline can be missed anew
        if vals.get("type_id"):
            case_type = self.env["logistics.exception.type"].browse(vals["type_id"])
            for case in self.filtered("is_open"):
                self._refuse_twin(case.company_id, case_type, case.subject_model, case.subject_id, but=case)
        result = super().write(vals) if vals else True
        for case, owner in owners.items():
            if case.owner_id and case.owner_id != owner:
                case._logistics_emit("logistics.exception.assigned")
                case._ask_owner()
        if state:
            self._move(state)
        return result

    def _move(self, target, **vals):
        """Move cases to state ``target``: the one way to get there.

        :param vals: what is said with the move (see ``needs`` of the transition); may be on the case already
        :raises UserError: no such move from the case's state, or something that must be said is missing
        """
        now = fields.Datetime.now()
        labels = dict(self._fields["state"]._description_selection(self.env))
        for case in self:
            if case.state == target:
                continue
            move = find_transition(case.state, target)
            if not move:
                raise UserError(
                    _("%(name)s is %(before)s: it cannot become %(after)s. Possible now: %(verbs)s.",
                      name=case.name, before=labels[case.state], after=labels.get(target, target),
                      verbs=", ".join(allowed_verbs(case.state)))
                )  # fmt: skip
            missing = [name for name in move.needs if not (vals.get(name) or case[name])]
            if missing:
                raise UserError(
                    _("%(name)s: fill in %(fields)s first.", name=case.name,
                      fields=", ".join(case._fields[name]._description_string(case.env) for name in missing))
                )  # fmt: skip
            case._arrive(move, {**vals, "state": target}, now)

    def _arrive(self, move, vals, now):
        """Write one allowed move with what follows from it, and tell."""
        if move.verb == "resolve":
            vals["resolved_at"] = now
        elif move.verb in ("close", "dismiss"):
            vals["closed_at"] = now
        elif move.verb == "reopen":
            self._refuse_twin(self.company_id, self.type_id, self.subject_model, self.subject_id)
            vals.update(
                reopened_count=self.reopened_count + 1,
                resolved_at=False,
                closed_at=False,
                resolution_code=False,
                resolution=False,
                dismiss_reason=False,
                escalated_at=False,
                ended_by_itself=False,
                due_at=self.type_id._deadline(self.company_id, now),
            )
        if move.after != "waiting":
            vals["waiting_for"] = False
        with self.env["logistics.event"]._business_call():
            super().write(vals)
            event = "reopened" if move.verb == "reopen" else EVENT_OF_STATE.get(move.after)
            if event:
                self._logistics_emit(f"logistics.exception.{event}")
            if self.is_open:
                if move.verb == "reopen":
                    self._ask_owner()
            else:
                # sudo: the to-dos of the case are over, whoever they were for
                self.sudo().activity_feedback(["mail.mail_activity_data_todo"], feedback=_("The case is over."))

    def _trouble_taken_back(self, row):
        """Whoever told of the trouble takes it back: a case nobody began on is over, any other its owner decides.

        :param row: the logistics.milestone that takes it back
        """
        self.ensure_one()
        words = _("%(sender)s took back what it had told.", sender=row.system_name or _("The carrier"))
        if row.description:
            words = f"{words} {row.description}"
        if not self._end_by_itself(words) and self.owner_id:
            question = _("Is there still trouble? %(title)s", title=self.title)
            self._logistics_activity(question, words, user=self.owner_id)

    def _trouble_over(self, parcel, row):
        """The trouble is over by what was told since: a case nobody began on is over, on any other it is noted.

        :param parcel: the logistics.parcel that was in trouble
        :param row: the logistics.milestone that ended it
        """
        self.ensure_one()
        labels = dict(parcel._fields["milestone"]._description_selection(self.env))
        words = _(
            "%(sender)s tells of parcel %(parcel)s since: %(status)s.",
            sender=row.system_name or row.user_name or _("The carrier"),
            parcel=parcel.tracking_number or parcel.display_name,
            status=labels[parcel.milestone],
        )
        if parcel.exception_code:
            troubles = dict(parcel._fields["exception_code"]._description_selection(self.env))
            words = f"{words} {troubles[parcel.exception_code]}"
        self._end_by_itself(words)

    def _end_by_itself(self, words):
        """Resolve a case that only scans told of and nobody began on; only note the words on any other.

        :returns: whether it was resolved
        """
        self.ensure_one()
        if self.state == "new" and not self.told_otherwise:
            self._move("resolved", resolution_code="no_action", resolution=words, ended_by_itself=True)
            return True
        self.message_post(body=words)
        return False

    def _ask_owner(self):
        """Put the case on the owner's to-do list."""
        self.ensure_one()
        if self.owner_id and self.owner_id != self.env.user:
            self._logistics_activity(
                _("Exception: %(title)s", title=self.title),
                user=self.owner_id,
                deadline=self.due_at and fields.Datetime.context_timestamp(self, self.due_at).date(),
            )

    # -- buttons -----------------------------------------------------------------------------------------------

    def action_take(self):
        """The user takes the case over."""
        self.write({"owner_id": self.env.uid})

    def action_triage(self):
        """Type, severity and owner are right."""
        self._move("triaged")

    def action_start(self):
        """Work on it; whoever starts an unowned case owns it."""
        free = self.filtered(lambda case: not case.owner_id)
        if free and not self.env.user._is_superuser():
            free.write({"owner_id": self.env.uid})
        self._move("in_progress")

    def action_wait(self):
        """It goes on when somebody else has answered."""
        self._move("waiting")

    def action_resolve(self):
        """The trouble is over; how is on the case."""
        self._move("resolved")

    def action_close(self):
        """Nobody comes back to it."""
        self._move("closed")

    def action_reopen(self, reason=None):
        """It was not over.

        :param str reason: asked for when not given
        """
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, "action_reopen", _("Why is it reopened?"))
        for case in self:
            case.message_post(body=_("Reopened: %(reason)s", reason=reason))
        self._move("in_progress")
        return True

    def action_dismiss(self, reason=None):
        """It is no trouble.

        :param str reason: asked for when not given
        """
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, "action_dismiss", _("Why is it no exception?"))
        self._move("dismissed", dismiss_reason=reason)
        return True
