"""Asking: from "I need this" to a request that waits, or that is carried out because nobody has to decide.

Three ends of ``_submit``:

* approvals are enforced and a policy asks: the request waits (``requested``);
* enforced and within policy: carried out at once, on the policy's authority (``not_required``);
* approvals only observe here, or no policy speaks: carried out at once with the requester's OWN rights, exactly as
  without this app; what the policy would have asked is kept as an observation (``not_required``, mode ``observe``).
"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..core import snapshot, transitions
from ..core.kinds import SUBJECTS


class ApprovalRequest(models.Model):
    _inherit = "logistics.approval.request"

    @api.model
    def _kind_subjects(self):
        """{kind: technical names of the models it can be about}; extend when adding a kind."""
        return SUBJECTS

    @api.model
    def _ask(self, subject, kind, reason, vals=None, automatic=False):
        """Ask for a decision about one document.

        Below every threshold, or where approvals only observe, it is carried out at once; else it waits.

        :param subject: the document, one record
        :param str kind: one of APPROVAL_KINDS
        :param str reason: why; mandatory for people
        :param dict vals: what exactly is asked (``carrier_id``, ``amount``, ``value_cap``, ``valid_until``, ...)
        :param bool automatic: asked by a rule: an open request is returned as it is, and what is missing is left to a
            person (state draft) instead of failing the rule
        :returns: the request
        :raises UserError: naming what is missing or wrong
        """
        subject.ensure_one()
        self._check_subject(subject, kind)
        if not automatic and not (reason or "").strip():
            raise UserError(
                _("Say why %(document)s needs it: approvers decide on the reason.", document=subject.display_name)
            )
        # sudo: an open request counts, also one the user may not see
        pending = self.sudo().search(
            [("subject_model", "=", subject._name), ("subject_id", "=", subject.id), ("kind", "=", kind),
             ("state", "in", transitions.OPEN)], limit=1
        )  # fmt: skip
        if pending and automatic:
            return self.browse(pending.ids)
        if pending:
            raise UserError(
                _(
                    "%(name)s for %(document)s is open already, asked by %(user)s. Wait for the decision, or have it "
                    "cancelled and ask anew.",
                    name=pending.name,
                    document=subject.display_name,
                    user=pending.requested_by_id.name,
                )
            )
        # sudo: read access was checked
        company = ("company_id" in subject._fields and subject.sudo().company_id) or self.env.company
        request = self.with_company(company).create(
            {
                **(vals or {}),
                "kind": kind,
                "subject_model": subject._name,
                "subject_id": subject.id,
                "company_id": company.id,
                "reason": reason or _("Asked by an automation rule."),
            }
        )
        request._submit(automatic=automatic)
        return request

    @api.model
    def _check_subject(self, subject, kind):
        allowed = self._kind_subjects().get(kind)
        if allowed is None:
            raise UserError(
                _(
                    "%(kind)s is no kind of approval. Known: %(kinds)s.",
                    kind=kind,
                    kinds=", ".join(self._kind_subjects()),
                )
            )
        if subject._name not in allowed:
            raise UserError(
                _(
                    "%(document)s: a decision of kind %(kind)s is about %(models)s, not about %(model)s.",
                    document=subject.display_name,
                    kind=kind,
                    models=", ".join(allowed),
                    model=subject._name,
                )
            )
        subject.check_access_rights("read")
        subject.check_access_rule("read")

    def _complete(self):
        """Fill in what follows from the document: names, people, the amount as far as it is known."""
        self.ensure_one()
        subject = self._subject()
        if not subject:
            raise UserError(_("The document of %(name)s does not exist any more.", name=self.name))
        order = self._order_of(subject)
        partner = (
            (order or subject).partner_id if "partner_id" in (order or subject)._fields else self.env["res.partner"]
        )
        vals = {
            "subject_name": subject.display_name,
            "sale_order_id": order.id,
            "partner_id": partner.id,
            "beneficiary_id": self.beneficiary_id.id or partner.commercial_partner_id.id,
            "responsible_id": self._responsible_of(order or subject).id,
        }
        hook = self._kind_hook("_amount")
        if hook:
            amount, currency = hook(subject)
            vals |= {"amount": amount, "currency_id": currency.id}
        self.write(vals)
        hook = self._kind_hook("_summary")
        self.summary = hook(subject) if hook else f"{self._kind_label()}: {subject.display_name}"

    def _kind_label(self):
        return dict(self._fields["kind"]._description_selection(self.env))[self.kind]

    @api.model
    def _responsible_of(self, document):
        for name in ("user_id", "invoice_user_id"):
            if name in document._fields and document._fields[name].comodel_name == "res.users":
                return document[name]
        return self.env["res.users"]

    def _submit(self, automatic=False):
        """Take the snapshot, ask the policy, and wait or carry out."""
        self.ensure_one()
        request = self.sudo()  # sudo: state and snapshot are written by this method alone, after its checks
        request._complete()
        hook = request._kind_hook("_missing")
        if missing := hook(request._subject()) if hook else "":
            if not automatic:
                raise UserError(missing)
            request._logistics_activity(
                _("Complete %(name)s", name=request.name), missing, user=request.requested_by_id
            )
            return
        shot = request._make_snapshot()
        policy, asks, why = self.env["logistics.approval.policy"]._match(
            request.kind, request._subject(), request.amount, request.currency_id, request.company_id
        )
        enforced = request._logistics_enforced("approvals")
        if asks and enforced and not policy.step_ids:
            raise UserError(_("Policy %(name)s has no step: nobody could decide. Add one.", name=policy.name))
        request.write(
            {
                "state": "requested" if asks and enforced else "not_required",
                "mode": "enforce" if enforced else "observe",
                "requested_at": fields.Datetime.now(),
                "change_rows": [list(row) for row in request._change_rows()],
                "snapshot": shot,
                "snapshot_hash": snapshot.digest(shot),
                "policy_id": policy.id,
                "policy_version": policy.version,
                "policy_why": why,
            }
        )
        with self.env["logistics.event"]._business_call():
            if request.state == "requested":
                request._check_two_people()
                request._start_step(request._next_step())
                request._logistics_emit("logistics.approval.requested")
                return
            if asks:
                words = _("Would have asked for a decision: %(summary)s. %(why)s", summary=request.summary, why=why)
                request._logistics_observe("approvals", words, request.amount_company)
            self._carry_out(keep_error=False)

    def _check_two_people(self):
        if self.requested_by_id in self._beneficiary_users():
            raise ValidationError(
                _(
                    "%(user)s gains from %(name)s and cannot ask for it. Let a colleague ask, or name who gains.",
                    user=self.requested_by_id.name,
                    name=self.name,
                )
            )

    def _next_step(self):
        """First step of the policy that lacks approvals on this snapshot; empty when there is none left."""
        self.ensure_one()
        request = self.sudo()  # sudo: steps and decisions, whoever looks
        for step in request.policy_id.step_ids.sorted(lambda s: (s.sequence, s.id)):
            if len(request.decision_ids._counts_for(step, request.snapshot_hash)) < step.min_approvals:
                return step
        return request.step_id.browse()

    def _forecast(self):
        """What submitting this (possibly unsaved) request would do: (whether it waits, one sentence)."""
        self.ensure_one()
        subject = self._subject()
        hook = self._kind_hook("_amount")
        amount, currency = hook(subject) if hook else (self.amount, self.currency_id)
        policy, asks, why = self.env["logistics.approval.policy"]._match(
            self.kind, subject, amount, currency, self.company_id
        )
        step = policy.step_ids.sorted(lambda s: (s.sequence, s.id))[:1]
        if not self._logistics_enforced("approvals"):
            words = _("Carried out at once with your own rights: approvals only observe here.")
            return False, f"{words} {_('It would have asked: %(why)s', why=why)}" if asks else words
        if asks:
            return True, _("%(why)s It waits for: %(step)s.", why=why, step=step.name)
        return False, _("%(why)s Carried out at once.", why=why)
