"""Carrying out what was decided: once, on the ground it was decided on, and never silently not.

On whose authority? An approval carries its own, and so does an enforced policy that lets small things pass: then the
change is made with full rights, whoever asked. Without either (approvals only observe, or no policy speaks) it is made
with the rights of who asked, so this app never lets anybody do what they could not do before.
"""

import logging

import psycopg2

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY

_logger = logging.getLogger(__name__)


class ApprovalRequest(models.Model):
    _inherit = "logistics.approval.request"

    @api.model
    def _can_carry_out(self, kind):
        """Whether decisions of this kind are carried out by Odoo; others are decision only and done by hand."""
        return hasattr(type(self), f"_execute_{kind}")

    def _carry_out(self, keep_error=True):
        """Carry out an approved or not required request, exactly once.

        :param bool keep_error: keep an error on the request and tell its requester, instead of raising it
        """
        self.ensure_one()
        request = self.sudo()  # sudo: see the module's docstring; the effect itself runs with ``actor``
        request._lock()
        if request.executed_at or request.state not in ("approved", "not_required"):
            return
        if request.state == "approved" and not request._still_holds():
            return
        if not self._can_carry_out(request.kind):
            if request.state == "approved":
                request._logistics_activity(
                    _("%(name)s is approved: do it by hand", name=request.name),
                    request.summary,
                    user=request.requested_by_id,
                )
            return
        authority = request.state == "approved" or (request.mode == "enforce" and request.policy_id)
        actor = (request if authority else self).with_company(request.company_id).with_context(logistics_asked=True)
        try:
            with self.env.cr.savepoint():
                actor._kind_hook("_execute")()
                request.write({"executed_at": fields.Datetime.now(), "execution_error": False})
        except Exception as error:
            concurrent = isinstance(error, psycopg2.Error) and error.pgcode in PG_CONCURRENCY_ERRORS_TO_RETRY
            if not keep_error or concurrent:
                raise
            request._keep_error(error)
            return
        request.message_post(body=_("Carried out: %(summary)s", summary=request.summary))

    def _still_holds(self):
        """Snapshot and policy looked at again just before the effect; what does not hold any more is superseded."""
        if changed := self._changed():
            self._supersede(_("The document changed after the decision; nothing was carried out."), changed)
            return False
        policy, asks, _why = self.env["logistics.approval.policy"]._match(
            self.kind, self._subject(), self.amount, self.currency_id, self.company_id
        )
        if asks and (policy != self.policy_id or policy.version != self.policy_version):
            self.write({"policy_id": policy.id, "policy_version": policy.version})
            if self._next_step():
                self._supersede(_("The policy changed after the decision and asks for more; nothing was carried out."))
                return False
        return True

    def _keep_error(self, error):
        self.invalidate_recordset()
        text = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
        if not isinstance(error, UserError):
            _logger.warning("approval request %s could not be carried out", self.name, exc_info=True)
        self.execution_error = text
        self.message_post(body=_("Approved, but could not be carried out: %(error)s", error=text))
        self._logistics_activity(
            _("%(name)s could not be carried out", name=self.name),
            _("Remove the cause, then press Carry Out Again. %(error)s", error=text),
            user=self.requested_by_id,
        )

    def _why_not_carry_out(self, user):
        self.ensure_one()
        if self.state != "approved" or self.executed_at:
            return _("There is nothing to carry out for %(name)s.", name=self.name)
        if not self._can_carry_out(self.kind):
            return _("%(name)s is carried out by hand; the decision is the proof.", name=self.name)
        concerned = user == self.requested_by_id or user.id in self._decided_users()
        if concerned or user.has_group("logistics_orchestration.group_manager"):
            return ""
        return _("Only requester, approver or a Logistics Manager can carry out %(name)s.", name=self.name)

    def _tell_document(self, document, text):
        """A line in the document's chatter that names this request."""
        if "message_ids" in document._fields:
            document.message_post(body=_("%(text)s (%(request)s)", text=text, request=self.name))
