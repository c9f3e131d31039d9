"""Buttons of the request form and list. What they offer is computed by the same rules that the server checks."""

from odoo import _, models
from odoo.exceptions import UserError

from odoo.addons.logistics_orchestration.models.backbone.record_link import open_form


class ApprovalRequest(models.Model):
    _inherit = "logistics.approval.request"

    def action_submit(self):
        """Submit a completed draft."""
        for request in self:
            if not request.can_submit:
                raise UserError(
                    _(
                        "%(name)s cannot be submitted: it must be incomplete, and yours (or you a Logistics Manager).",
                        name=request.name,
                    )
                )
            locked = request.sudo()  # sudo: a row lock, and who submits is who asks
            locked._lock()
            locked.requested_by_id = self.env.user
            request._submit()
            request.sudo().activity_unlink(["mail.mail_activity_data_todo"])  # sudo: the to-do to complete it is done

    def action_approve(self):
        """Approve in the name of the acting user; several at once from the list."""
        notice = True
        for request in self:
            notice = request._decide("approved")
        return notice

    def action_reject(self, reason=None):
        """Reject with ``reason``; without one a dialog asks for it."""
        if not (reason or "").strip():
            return self._answer_dialog("rejected", _("Reject"))
        notice = True
        for request in self:
            notice = request._decide("rejected", reason)
        return notice

    def action_approve_with_note(self):
        """Approve and say something along with it."""
        return self._answer_dialog("approved", _("Approve"))

    def action_delegate(self):
        """Choose who decides instead."""
        return self._answer_dialog("delegate", _("Delegate"))

    def _answer_dialog(self, answer, name):
        for request in self:
            if why := request._why_not_decide(self.env.user):
                raise UserError(why)
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "logistics.approval.answer",
            "view_mode": "form",
            "target": "new",
            "context": {"default_request_ids": self.ids, "default_answer": answer},
        }

    def action_cancel(self):
        """Take the request back."""
        for request in self:
            if why := request.sudo()._why_not_cancel(self.env.user):  # sudo: the rule looks at other people's rights
                raise UserError(why)
            locked = request.sudo()  # sudo: requesters write no states; the rule was checked above
            locked._lock()
            if locked.state == "draft":
                locked.write({"state": "cancelled"})
                locked.activity_unlink(["mail.mail_activity_data_todo"])
            else:
                locked._close("cancelled", self.env.user)

    def action_carry_out(self):
        """Carry out what was approved, after the cause of an error was removed."""
        for request in self:
            if why := request.sudo()._why_not_carry_out(self.env.user):  # sudo: as in action_cancel
                raise UserError(why)
            request._carry_out()
        failed = self.filtered("execution_error")[:1]
        return self[:1]._notice(failed.execution_error or self[:1]._outcome(), "danger" if failed else "success")

    def action_ask_again(self):
        """A new request with the same wish, on what is true now."""
        self.ensure_one()
        if not self.can_ask_again:
            raise UserError(_("%(name)s is not closed: there is nothing to ask again.", name=self.name))
        subject = self._subject()
        if not subject:
            raise UserError(_("%(document)s does not exist any more.", document=self.subject_name))
        request = self._ask(
            subject,
            self.kind,
            self.reason,
            {
                "carrier_id": self.carrier_id.id,
                "amount": self.amount,
                "currency_id": self.currency_id.id,
                "value_cap": self.value_cap,
                "valid_until": self.valid_until,
                "beneficiary_id": self.beneficiary_id.id,
                "payload": self.payload,
            },
        )
        return request.action_open()

    def action_open(self):
        """The request's form."""
        self.ensure_one()
        return open_form(self)

    def action_open_subject(self):
        """The document the request is about."""
        self.ensure_one()
        if not self._subject():
            raise UserError(_("%(document)s does not exist any more.", document=self.subject_name))
        return open_form(self._subject())
