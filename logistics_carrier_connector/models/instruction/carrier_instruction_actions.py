"""What people do with a change after dispatch: agree to it, note the carrier's answer, try again, cancel."""

from odoo import _, fields, models
from odoo.exceptions import UserError

_ADDRESS_KINDS = ("redirect", "correct_address", "hold_at_point", "intercept")


class CarrierInstructionActions(models.Model):
    _inherit = "logistics.carrier.instruction"

    # -- agreeing ------------------------------------------------------------------------------------------------

    def _needs_approval(self):
        wanted = self.company_id.logistics_instruction_approval
        return wanted == "all" or (wanted == "address" and self.kind in _ADDRESS_KINDS)

    def _logistics_request_approval(self, kind, reason="", vals=None):
        """Ask an approver other than whoever wants it."""
        group = self.env.ref("logistics_orchestration.group_approver").sudo()  # sudo: who may decide, no secret
        users = group.users.filtered(
            lambda user: user.active and not user.share and user != self.user_id and self.company_id in user.company_ids
        )
        return self._logistics_activity(_("Decide: %(what)s", what=self._summary()), reason, user=users[:1])

    def action_approve(self):
        """Agree: the carrier is told.

        :raises UserError: whoever asked cannot agree to it as well
        """
        self.shipment_id._require_group("group_approver", _("Approve"))
        for one in self:
            one._check_decides()
            decided = one.sudo()  # sudo: the right was checked; its fields are set by the code alone
            decided.approved_by = self.env.user.name
            decided._close_activities(_("Approved"))
            decided._send()
        return True

    def action_reject(self, reason=None):
        """Do not agree.

        :param str reason: asked for when not given
        """
        self.shipment_id._require_group("group_approver", _("Reject"))
        for one in self:
            one._check_decides()
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, "action_reject", _("Why is it not approved?"))
        for one in self.sudo():  # sudo: as above
            one.write({"state": "rejected", "answer": reason})
            one._close_activities(reason)
            one.shipment_id._logistics_activity(
                _("Not approved: %(what)s", what=one._summary()), reason, user=one.user_id
            )
        return True

    def _check_decides(self):
        if self.state != "to_approve":
            raise UserError(_("%(name)s waits for no approval.", name=self.name))
        if self.user_id == self.env.user and not self.env.su:
            raise UserError(_("%(name)s was asked for by you: somebody else has to agree.", name=self.name))

    # -- by hand -------------------------------------------------------------------------------------------------

    def action_carrier_accepted(self, reason=None):
        """A person told the carrier, who does it.

        :param str reason: what the carrier said; asked for when not given
        """
        return self._answered_by_hand("action_carrier_accepted", reason, _("What did the carrier say?"), "_accepted")

    def action_carrier_refused(self, reason=None):
        """A person told the carrier, who does not do it.

        :param str reason: what the carrier said; asked for when not given
        """
        return self._answered_by_hand(
            "action_carrier_refused", reason, _("Why does the carrier not do it?"), "_refused"
        )

    def _answered_by_hand(self, method, words, question, effect):
        self.shipment_id._require_group("group_planner", _("Note the carrier's answer"))
        for one in self:
            if one.state != "by_hand":
                raise UserError(_("%(name)s is not told to the carrier by hand.", name=one.name))
        if not words:
            return self.env["logistics.reason.wizard"]._ask(self, method, question)
        for one in self.sudo():  # sudo: the right was checked; its fields are set by the code alone
            getattr(one, effect)(_("%(words)s (%(user)s)", words=words, user=self.env.user.name), by_hand=True)
        return True

    def action_cancel(self):
        """Not wanted any more; what the carrier has been asked already is not."""
        self.shipment_id._require_group("group_planner", _("Cancel"))
        for one in self.sudo():  # sudo: as above
            if one.state not in ("to_approve", "by_hand"):
                raise UserError(
                    _("%(name)s: the carrier is asked already, or has answered. Ask for another change.", name=one.name)
                )
            one.write({"state": "cancelled", "answered_at": fields.Datetime.now()})
            one._close_activities(_("Cancelled"))
        return True

    def action_open_shipment(self):
        """The shipment it changes."""
        return self.shipment_id.action_open()
