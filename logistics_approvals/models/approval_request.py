"""A request for a decision: what somebody asks for, about which document, and how far it has come.

This file is the record itself: fields, what may be written when, and its place among logistics documents. The verbs
live beside it: ``_ask``, ``_decide``, ``_routing`` (who is asked), ``_clock`` (deadlines), ``_snapshot`` (what a
decision binds to), ``_execution`` (carrying it out), ``_buttons``, and one ``approval_kind_*`` per family of decisions.

Nobody writes a state: methods do, along ``core/transitions.py``; ``_guards`` holds for the superuser too.
"""

from odoo import _, api, fields, models

from odoo.addons.logistics_orchestration.models.automation.ir_actions_server import APPROVAL_KINDS


class ApprovalRequest(models.Model):
    _name = "logistics.approval.request"
    _description = "Approval Request"
    _inherit = ["logistics.source", "logistics.work.item", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _mail_post_access = "read"

    name = fields.Char(string="Number", readonly=True, copy=False, default=lambda self: _("New"), index="trigram")
    kind = fields.Selection(APPROVAL_KINDS, string="Decision", required=True, readonly=True, index=True)
    state = fields.Selection(
        [
            ("draft", "Incomplete"),
            ("requested", "Waiting"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("expired", "Expired"),
            ("superseded", "Superseded"),
            ("cancelled", "Cancelled"),
            ("not_required", "Not Required"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
        group_expand="_group_expand_state",
    )
    mode = fields.Selection(
        [("enforce", "Enforced"), ("observe", "Observed")],
        readonly=True,
        copy=False,
        help="Observed: approvals were not switched on for this company, warehouse or customer. What the policy would "
        "have asked is recorded, and the change was made with the requester's own rights, as without approvals.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    subject_model = fields.Char(string="Document Model", required=True, readonly=True)
    subject_id = fields.Many2oneReference(
        string="Document ID", model_field="subject_model", required=True, readonly=True
    )
    subject_name = fields.Char(string="Document", readonly=True, help="As it was called when the request was made.")
    sale_order_id = fields.Many2one(
        "sale.order", string="Sales Order", readonly=True, index="btree_not_null", ondelete="set null"
    )
    partner_id = fields.Many2one("res.partner", string="Customer or Supplier", readonly=True, ondelete="set null")
    summary = fields.Char(readonly=True, help="What is asked for, in one sentence.")
    reason = fields.Text(required=True, help="Why the requester wants it. Approvers read this first.")
    requested_by_id = fields.Many2one(
        "res.users", required=True, readonly=True, index=True, default=lambda self: self.env.user
    )
    requested_at = fields.Datetime(readonly=True, copy=False)
    beneficiary_id = fields.Many2one(
        "res.partner",
        ondelete="restrict",
        help="Who gains from it. Neither the beneficiary nor anybody of the same company may decide.",
    )
    responsible_id = fields.Many2one(
        "res.users", string="Document's Responsible", readonly=True, help="Salesperson or buyer of the document."
    )
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.company.currency_id)
    amount = fields.Monetary(help="What it costs: extra freight, order value, difference in stock value.")
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    amount_company = fields.Monetary(
        string="Amount (Company Currency)",
        compute="_compute_amount_company",
        store=True,
        currency_field="company_currency_id",
    )
    carrier_id = fields.Many2one(
        "delivery.carrier", string="New Delivery Method", ondelete="restrict", help="What the delivery changes to."
    )
    value_cap = fields.Monetary(help="The release holds up to this order value. 0: no cap.")
    valid_until = fields.Datetime(help="The release holds until then. Empty: no end.")
    payload = fields.Json(copy=False, help="Further details of what is to be done.")
    policy_id = fields.Many2one("logistics.approval.policy", readonly=True, copy=False, ondelete="restrict", index=True)
    policy_version = fields.Integer(readonly=True, copy=False)
    policy_why = fields.Char(string="Why a Decision", readonly=True, copy=False)
    step_id = fields.Many2one("logistics.approval.policy.step", readonly=True, copy=False, ondelete="set null")
    approver_ids = fields.Many2many(
        "res.users",
        "logistics_approval_request_approver_rel",
        "request_id",
        "user_id",
        string="Waits For",
        readonly=True,
        copy=False,
        help="People who are asked now: approvers of the step, their deputies, or the escalation group.",
    )
    remind_at = fields.Datetime(readonly=True, copy=False)
    due_at = fields.Datetime(string="Deadline", readonly=True, copy=False, help="Then the request escalates.")
    expires_at = fields.Datetime(readonly=True, copy=False, help="Then the request expires; silence never approves.")
    reminded_at = fields.Datetime(readonly=True, copy=False)
    rerouted_at = fields.Datetime(readonly=True, copy=False, help="When too few of the step were there to decide.")
    escalated_at = fields.Datetime(readonly=True, copy=False, help="When the deadline passed unanswered.")
    next_action_at = fields.Datetime(readonly=True, copy=False, help="When the clock looks at this request again.")
    decision_ids = fields.One2many("logistics.approval.decision", "request_id", string="Answers", readonly=True)
    decided_at = fields.Datetime(readonly=True, copy=False)
    snapshot = fields.Json(readonly=True, copy=False)
    snapshot_hash = fields.Char(readonly=True, copy=False, help="SHA-256 of the snapshot a decision binds to.")
    executed_at = fields.Datetime(string="Carried Out At", readonly=True, copy=False)
    execution_error = fields.Text(readonly=True, copy=False)
    execution_state = fields.Selection(
        [
            ("none", "Nothing to Do"),
            ("by_hand", "By Hand"),
            ("waiting", "To Do"),
            ("failed", "Failed"),
            ("done", "Done"),
        ],
        string="Carried Out",
        compute="_compute_execution_state",
        store=True,
    )

    def init(self):
        super().init()
        # one open question per document and decision, also when two people ask at the same instant
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_approval_request_open_idx ON logistics_approval_request"
            " (subject_model, subject_id, kind) WHERE state IN ('draft', 'requested')"
        )
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_approval_request_clock_idx ON logistics_approval_request"
            " (next_action_at) WHERE state = 'requested'"
        )
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_approval_request_subject_idx ON logistics_approval_request"
            " (subject_model, subject_id)"
        )

    @api.model
    def _group_expand_state(self, states, domain, order):
        return [state for state, _label in self._fields["state"].selection if state != "draft"]

    @api.depends("amount", "currency_id", "company_id")
    def _compute_amount_company(self):
        today = fields.Date.context_today(self)
        for request in self:
            own = request.currency_id or request.company_currency_id
            request.amount_company = own._convert(
                request.amount, request.company_currency_id, request.company_id, request.requested_at or today
            )

    @api.depends("state", "kind", "executed_at", "execution_error")
    def _compute_execution_state(self):
        for request in self:
            if request.executed_at:
                request.execution_state = "done"
            elif request.state != "approved":
                request.execution_state = "none"
            elif not request._can_carry_out(request.kind):
                request.execution_state = "by_hand"
            else:
                request.execution_state = "failed" if request.execution_error else "waiting"

    # -- among logistics documents ----------------------------------------------------------------------------

    def _subject(self):
        """The document the request is about; empty when it is gone."""
        self.ensure_one()
        if self.subject_model not in self.env:
            return self.browse()
        return self.env[self.subject_model].with_company(self.company_id).browse(self.subject_id).exists()

    @api.model
    def _order_of(self, subject):
        """The sales order behind a document, or an empty recordset."""
        subject = subject.sudo()  # sudo: which order it is about is no secret to whoever sees the document
        order = self.env["sale.order"].sudo()
        if not subject or subject._name == "sale.order":
            return order.browse(subject.ids)
        if isinstance(subject, self.env.registry["logistics.source"]):
            root = subject._logistics_root()
            if root._name == "sale.order":
                return order.browse(root.ids)
        return order

    def _logistics_root(self):
        """Facts of a request are told in order with those of its document."""
        subject = self.sudo()._subject()  # sudo: the document's key, whoever acts
        if subject and subject._name != self._name and isinstance(subject, self.env.registry["logistics.source"]):
            return subject._logistics_root()
        return self

    def _logistics_scope(self):
        subject = self.sudo()._subject()  # sudo: the scope follows the document, whoever acts
        if subject and isinstance(subject, self.env.registry["logistics.source"]):
            return subject._logistics_scope()
        return {"company": self.company_id or self.env.company, "warehouse": None, "partner": None}

    def _logistics_subject(self):
        return self.name

    def _logistics_data(self, type_name):
        return {
            "request": self.name,
            "kind": self.kind,
            "subject": self.subject_name or "",
            "subject_model": self.subject_model,
            "subject_id": self.subject_id,
            "order": self.sale_order_id.name or "",
            "summary": self.summary or "",
            "reason": self.reason or "",
            "amount": self.amount,
            "currency": self.currency_id.name,
            "requested_by": self.requested_by_id.name,
            "approvers": self.approver_ids.mapped("name"),
            "due_at": self.due_at.isoformat() + "Z" if self.due_at else None,
            "state": self.state,
        }
