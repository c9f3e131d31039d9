"""Choosing an option: held against the facts, decided on where that is asked for, and carried out once.

Who decides is a hook: without the approvals app a Logistics Manager other than the one who chose does, where approvals
are enforced; the app asks by its own policies instead.
"""

from odoo import _, fields, models
from odoo.exceptions import UserError

from .shortage import ACTIVE
from .shortage_option import DECISIONS

_CHOOSERS = ("logistics_orchestration.group_planner", "purchase.group_purchase_user")


class ShortageOption(models.Model):
    _inherit = "logistics.shortage.option"

    def _why_not_choose(self):
        """Why the user cannot choose this option; empty when they can."""
        self.ensure_one()
        if self.state != "proposed" or self.shortage_id.state not in ACTIVE:
            return _("%(option)s is no open proposal any more.", option=self.words)
        if not any(self.env.user.has_group(group) for group in _CHOOSERS):
            return _("A planner or a buyer chooses what is done about a shortage.")
        if waiting := self.shortage_id.option_ids.filtered(lambda option: option.state == "requested"):
            return _("%(option)s waits for a decision: withdraw it first.", option=waiting[0].words)
        decided = self.kind in DECISIONS and self._logistics_enforced("approvals")
        needed = {"alternate": "purchase.order", "transfer": "stock.picking"}.get(self.kind)
        if needed and not decided and not self.env[needed].check_access_rights("create", raise_exception=False):
            return _("You may not create what this option needs. Ask a colleague who may.")
        return ""

    def action_choose(self, reason=None):
        """Choose this option.

        :param str reason: asked for when not given
        :raises UserError: it cannot be chosen; the text says why
        """
        self.ensure_one()
        if why := self._why_not_choose():
            raise UserError(why)
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, "action_choose", _("Why this option?"))
        with self.env["logistics.event"]._business_call():
            option = self.sudo()  # sudo: choosers write no options; every rule is checked right here
            option._lock()
            if why := self._why_not_choose():
                raise UserError(why)
            if option._changed(option._fresh()):
                option.shortage_id.action_price()
                return self._notice(_("It changed since it was priced. Look at the new figures first."), "warning")
            option.write(
                {
                    "state": "requested",
                    "snapshot": option._facts(),
                    "reason": reason,
                    "requested_by_id": self.env.user.id,
                    "requested_at": fields.Datetime.now(),
                }
            )
            kind = DECISIONS.get(self.kind)
            if not kind or not self._logistics_decide_choice(kind, reason):
                self._carry_out()
        return self._notice(self._outcome_words())

    def _logistics_decide_choice(self, kind, reason):
        """Whether somebody else decides on this choice (or has decided); override where policies say so.

        :param str kind: one of APPROVAL_KINDS
        """
        if not self._logistics_enforced("approvals"):
            words = _("Would have asked a manager: %(option)s", option=self.words)
            self._logistics_observe("approvals", words, self.cost)
            return False
        if self.env.user.has_group("logistics_orchestration.group_manager"):
            return False
        manager = self._deciders()[:1]
        if not manager:
            raise UserError(_("Nobody could decide: no other Logistics Manager is there."))
        self._logistics_activity(_("Decide: %(option)s", option=self.words), reason, user=manager)
        return True

    def _deciders(self):
        """Logistics Managers of the company except the one who chose."""
        group = self.env.ref("logistics_orchestration.group_manager")
        return group.sudo().users.filtered(  # sudo: who is a manager is no secret to whoever asks them
            lambda user: user.active
            and not user._is_superuser()
            and user != self.requested_by_id
            and self.company_id in user.company_ids
        )

    def _logistics_decided_elsewhere(self):
        """Whether a request of another room decides on this choice; override."""
        return False

    def _why_not_decide(self):
        self.ensure_one()
        if self.state != "requested" or self._logistics_decided_elsewhere():
            return _("There is nothing to decide on here.")
        if not self.env.user.has_group("logistics_orchestration.group_manager"):
            return _("A Logistics Manager decides on it.")
        if self.requested_by_id == self.env.user:
            return _("You chose it yourself: another Logistics Manager decides.")
        return ""

    def action_approve(self):
        """A manager says yes: it is carried out, if it still is what was chosen."""
        self.ensure_one()
        option = self.sudo()  # sudo: as in action_choose; the decision stands in for rights on what is made
        option._lock()
        if why := self._why_not_decide():
            raise UserError(why)
        option.decided_by_id = self.env.user
        with self.env["logistics.event"]._business_call():
            if changed := option._changed(option._fresh()):
                option._supersede(_("It changed since it was chosen: %(facts)s", facts=", ".join(changed)))
            else:
                option._carry_out()
        return self._notice(self._outcome_words())

    def action_refuse(self, reason=None):
        """A manager says no.

        :param str reason: asked for when not given
        """
        self.ensure_one()
        if why := self._why_not_decide():
            raise UserError(why)
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, "action_refuse", _("Why not?"))
        option = self.sudo()  # sudo: as in action_choose
        option._lock()
        if why := self._why_not_decide():
            raise UserError(why)
        option.decided_by_id = self.env.user
        option._refuse(reason)
        return self._notice(self._outcome_words())

    def action_withdraw(self):
        """Who chose it takes the choice back."""
        self.ensure_one()
        if self.state != "requested" or (
            self.requested_by_id != self.env.user
            and not self.env.user.has_group("logistics_orchestration.group_manager")
        ):
            raise UserError(_("Who chose it, or a Logistics Manager, takes a choice back while it waits."))
        option = self.sudo()  # sudo: as in action_choose
        option._lock()
        option._supersede(_("Taken back by %(user)s", user=self.env.user.name))

    def _lock(self):
        """Hold the rows until the end of the transaction, and read them afresh."""
        self.flush_recordset()
        self.env.cr.execute("SELECT id FROM logistics_shortage_option WHERE id IN %s FOR UPDATE", [tuple(self.ids)])
        self.invalidate_recordset()

    def _hold_against(self, vals):
        """A fresh look while the choice waits: what changed materially supersedes it."""
        if changed := self._changed(vals):
            self._supersede(_("It changed since it was chosen: %(facts)s", facts=", ".join(changed)))

    def _refuse(self, why):
        self.write({"state": "rejected", "outcome": why})
        self._tell_chooser(_("Refused: %(option)s", option=self.words), why)

    def _supersede(self, why):
        """The choice is void; who made it is told to look again."""
        self.write({"state": "superseded", "outcome": why})
        self._logistics_withdraw_choice(why)
        self._tell_chooser(_("Look again: %(option)s", option=self.words), why)

    def _logistics_withdraw_choice(self, why):
        """The choice is void: take back what was asked of others; override."""
        self._done_deciding()

    def _done_deciding(self):
        summary = _("Decide: %(option)s", option=self.words)
        self.shortage_id.sudo().activity_ids.filtered(  # sudo: somebody else's to-do, and it is over
            lambda activity: activity.summary == summary
        ).unlink()

    def _tell_chooser(self, summary, note):
        self._done_deciding()
        self.shortage_id.message_post(body=_("%(summary)s. %(note)s", summary=summary, note=note))
        if self.requested_by_id and self.requested_by_id != self.env.user:
            self._logistics_activity(summary, note, user=self.requested_by_id)

    def _outcome_words(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        words = f"{self.words}: {labels[self.state]}"
        return f"{words}. {self.outcome}" if self.outcome else words

    def _notice(self, text, kind="info"):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": text, "type": kind, "next": {"type": "ir.actions.client", "tag": "soft_reload"}},
        }
