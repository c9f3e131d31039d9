"""Deciding: the acting user's yes or no, and what ends the waiting otherwise (cancel, supersede, delegate).

Each verb takes the row lock first, so two people who press at the same instant come one after the other (the second is
retried by Odoo and then told that it is decided already).
"""

from odoo import _, fields, models
from odoo.exceptions import UserError

from ..core import transitions


class ApprovalRequest(models.Model):
    _inherit = "logistics.approval.request"

    def _lock(self):
        """Hold the rows until the end of the transaction, and read them afresh."""
        self.flush_recordset()
        self.env.cr.execute("SELECT id FROM logistics_approval_request WHERE id IN %s FOR UPDATE", [tuple(self.ids)])
        self.invalidate_recordset()

    def _decide(self, decision, reason="", channel="odoo"):
        """The acting user's decision. It binds to the snapshot: when the document changed, the request is superseded.

        :param str decision: approved or rejected
        :returns: a notification (client action) that says what came of it
        :raises UserError: the user may not decide; says who may
        """
        self.ensure_one()
        if decision not in ("approved", "rejected"):
            raise UserError(_("%(decision)s is no answer: approve or reject.", decision=decision))
        user = self.env.user
        request = self.sudo()  # sudo: approvers write no requests; every rule is checked right here
        with self.env["logistics.event"]._business_call():
            request._lock()
            if why := request._why_not_decide(user):
                raise UserError(why)
            if changed := request._changed():
                request._supersede(_("The document changed since the request was made."), changed)
                return request._notice(
                    _("%(name)s is superseded: %(document)s changed since. %(user)s was told to ask anew.",
                      name=request.name, document=request.subject_name, user=request.requested_by_id.name), "warning"
                )  # fmt: skip
            if request._refresh_policy() and (why := request._why_not_decide(user)):
                return request._notice(_("The policy changed meanwhile. %(why)s", why=why), "warning")
            request._record_decision(decision, user, reason, channel)
            if decision == "rejected":
                request._close("rejected", user, reason)
            elif step := request._next_step():
                request._start_step(step) if step != request.step_id else request._route()
            else:
                request._close("approved", user, reason)
                request._carry_out()
        return request._notice(request._outcome(), "danger" if request.execution_error else "success")

    def _record_decision(self, decision, user, reason, channel):
        principal = self.env["res.users"].browse(self._deciders().get(user.id, user.id))
        deputy = principal != user
        self.env["logistics.approval.decision"].create(
            {
                "request_id": self.id,
                "decision": decision,
                "approver_id": user.id,
                "approver_name": user.name,
                "principal_id": principal.id if deputy else False,
                "principal_name": principal.name if deputy else False,
                "reason": reason,
                "channel": channel,
                **self._decision_ground(),
            }
        )
        self.invalidate_recordset(["decision_ids"])

    def _decision_ground(self):
        return {
            "snapshot_hash": self.snapshot_hash,
            "policy_id": self.policy_id.id,
            "policy_name": self.policy_id.name,
            "policy_version": self.policy_version,
            "step_id": self.step_id.id,
            "step_name": self.step_id.name,
            "company_id": self.company_id.id,
        }

    def _refresh_policy(self):
        """Follow a policy that changed while the request waits; returns whether other people are asked now."""
        policy, asks, why = self.env["logistics.approval.policy"]._match(
            self.kind, self._subject(), self.amount, self.currency_id, self.company_id
        )
        if not asks or (policy == self.policy_id and policy.version == self.policy_version):
            return False
        self.write({"policy_id": policy.id, "policy_version": policy.version, "policy_why": why})
        step = self._next_step()
        if not step or step == self.step_id:
            self._route()
            return True
        self._start_step(step)
        return True

    def _close(self, state, user=None, reason=""):
        """End of the waiting: state, event, and word to the requester."""
        self.ensure_one()
        self._stop_asking()
        self.write({"state": state, "decided_at": fields.Datetime.now()})
        labels = dict(self._fields["state"]._description_selection(self.env))
        who = user.name if user else ""
        self.message_post(
            body=_("%(state)s by %(user)s. %(reason)s", state=labels[state], user=who, reason=reason or ""),
            partner_ids=self.requested_by_id.partner_id.ids,
        )
        data = dict(
            self._logistics_data("logistics.approval.decided"), decision=state, decided_by=who, comment=reason or ""
        )
        self._logistics_emit("logistics.approval.decided", data)

    def _outcome(self):
        if self.state == "requested":
            return _(
                "%(name)s now waits for %(names)s.", name=self.name, names=", ".join(self.approver_ids.mapped("name"))
            )
        if self.execution_error:
            return _("%(name)s is approved but could not be carried out: %(error)s",
                     name=self.name, error=self.execution_error)  # fmt: skip
        labels = dict(self._fields["state"]._description_selection(self.env))
        done = _(" and carried out") if self.executed_at else ""
        return _("%(name)s: %(state)s%(done)s.", name=self.name, state=labels[self.state], done=done)

    def _notice(self, text, kind="info"):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": text,
                "type": kind,
                "sticky": kind == "danger",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _supersede(self, why, differences=()):
        """What was decided about is no longer so; the requester is told to ask anew."""
        self.ensure_one()
        body = why
        if differences:
            body = self._html_table(self._difference_rows(differences), (why, _("When asked"), _("Now")))
        self._stop_asking()
        self.state = "superseded"
        self.message_post(body=body, partner_ids=self.requested_by_id.partner_id.ids)
        changed = [".".join(map(str, path)) for path, _old, _new in differences]
        data = dict(self._logistics_data("logistics.approval.superseded"), why=why, changed=changed)
        self._logistics_emit("logistics.approval.superseded", data)
        self._logistics_activity(_("%(name)s is superseded: ask anew", name=self.name), why, user=self.requested_by_id)

    def _why_not_cancel(self, user):
        self.ensure_one()
        if not transitions.can_move(self.state, "cancelled", executed=bool(self.executed_at)):
            return _("%(name)s is closed already.", name=self.name)
        if user == self.requested_by_id or user.has_group("logistics_orchestration.group_manager"):
            return ""
        return _(
            "Only %(user)s or a Logistics Manager can cancel %(name)s.", user=self.requested_by_id.name, name=self.name
        )

    def _delegate(self, deputy, reason=""):
        """Let ``deputy`` decide on this one request for the acting user. One hop: deputies cannot pass it on."""
        self.ensure_one()
        request = self.sudo()  # sudo: a delegation of one request, by an approver whose right is checked here
        request._lock()
        user = self.env.user
        if why := request._why_not_decide(user):
            raise UserError(why)
        if request._deciders().get(user.id) != user.id:
            raise UserError(_("You decide on %(name)s as a deputy yourself and cannot pass it on.", name=request.name))
        if deputy.id in request._barred():
            raise UserError(
                _("%(user)s cannot decide on %(name)s. Choose somebody who neither asked for it, gains from it nor "
                  "decided on it already.", user=deputy.name, name=request.name)
            )  # fmt: skip
        now = fields.Datetime.now()
        request.env["logistics.approval.delegation"].create(
            {
                "delegator_id": user.id,
                "delegate_id": deputy.id,
                "date_from": now,
                "date_to": max(request.expires_at or now, fields.Datetime.add(now, days=30)),
                "kind": request.kind,
                "request_id": request.id,
                "reason": reason,
                "company_id": request.company_id.id,
            }
        )
