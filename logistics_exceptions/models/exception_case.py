"""An exception case: what went wrong with which document, whose it is, until when, and what was done about it.

What it is; how it opens is in ``exception_case_open``, its states in ``exception_case_lifecycle``, the priority in
``exception_case_priority``, deadlines and escalation in ``exception_case_clock``.
"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.logistics_orchestration.models.backbone.record_link import open_form

from ..core import OPEN, STATES
from .exception_type import SEVERITIES

WAITING_FOR = [
    ("customer", "Customer"),
    ("supplier", "Supplier"),
    ("carrier", "Carrier"),
    ("approval", "Approval"),
    ("customs", "Customs"),
]
FAULT_PARTIES = [
    ("carrier", "Carrier"),
    ("supplier", "Supplier"),
    ("warehouse", "Warehouse"),
    ("customer", "Customer"),
    ("customs", "Customs"),
    ("us", "Ourselves"),
    ("nobody", "Nobody (weather, force majeure)"),
    ("unknown", "Not Known Yet"),
]
RESOLUTIONS = [
    ("replaced", "Replaced"),
    ("redelivered", "Delivered After All"),
    ("returned", "Returned to Us"),
    ("refunded", "Refunded or Credited"),
    ("repaired", "Repaired"),
    ("data_corrected", "Data Corrected"),
    ("substituted", "Substituted or Re-sourced"),
    ("accepted", "Accepted by the Customer"),
    ("no_action", "No Action Needed"),
    ("other", "Other"),
]


class ExceptionCase(models.Model):
    _name = "logistics.exception"
    _description = "Exception Case"
    _inherit = ["logistics.source", "mail.thread", "mail.activity.mixin"]
    _order = "is_open desc, priority desc, due_at, id desc"
    _check_company_auto = True

    # -- what --
    name = fields.Char(required=True, readonly=True, copy=False, index=True, default=lambda self: _("New"))
    title = fields.Char(required=True, tracking=True)
    type_id = fields.Many2one(
        "logistics.exception.type", required=True, index=True, tracking=True, check_company=True, ondelete="restrict"
    )
    severity = fields.Selection(
        SEVERITIES,
        compute="_compute_severity",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        tracking=True,
    )
    description = fields.Text()
    exception_code = fields.Char(readonly=True, help="The carrier's trouble in our code, where one told it.")
    # -- about what --
    subject_model = fields.Char(required=True, index=True)
    subject_id = fields.Many2oneReference(string="Document ID", model_field="subject_model", required=True)
    subject_name = fields.Char(string="Document", readonly=True)
    subject_ref = fields.Reference(
        selection="_selection_subject", string="About", compute="_compute_subject_ref", inverse="_inverse_subject_ref"
    )
    order_id = fields.Many2one("sale.order", string="Sales Order", index="btree_not_null", check_company=True)
    shipment_id = fields.Many2one("logistics.shipment", index="btree_not_null", check_company=True)
    purchase_id = fields.Many2one("purchase.order", string="Purchase Order", index="btree_not_null", check_company=True)
    partner_id = fields.Many2one("res.partner", string="Customer or Supplier", index="btree_not_null")
    warehouse_id = fields.Many2one("stock.warehouse", check_company=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    system_id = fields.Many2one("logistics.system", string="Reported By", readonly=True, ondelete="set null")
    external_reference = fields.Char(readonly=True, index="btree_not_null", help="The reporting system's own number.")
    event_uid = fields.Char(readonly=True, help="The event that opened it.")
    # -- whose, until when --
    state = fields.Selection(
        list(STATES), default="new", required=True, copy=False, tracking=True, index=True, group_expand="_expand_states"
    )
    is_open = fields.Boolean(compute="_compute_is_open", store=True, index=True)
    waiting_for = fields.Selection(WAITING_FOR, tracking=True, copy=False)
    owner_id = fields.Many2one(
        "res.users", tracking=True, index="btree_not_null", check_company=True,
        domain=[("share", "=", False)],
    )  # fmt: skip
    group_id = fields.Many2one("res.groups", string="Team", help="Whose worklist it is in while nobody owns it.")
    due_at = fields.Datetime(string="Deadline", tracking=True, copy=False, index=True)
    escalated_at = fields.Datetime(readonly=True, copy=False)
    # -- how it was --
    money_at_risk = fields.Monetary(help="Value of what it concerns; counts into the priority.")
    impact_amount = fields.Monetary(string="Impact", tracking=True, help="What it really cost.")
    fault_party = fields.Selection(FAULT_PARTIES, default="unknown", tracking=True)
    cause = fields.Text()
    resolution_code = fields.Selection(RESOLUTIONS, tracking=True, copy=False)
    resolution = fields.Text(copy=False)
    dismiss_reason = fields.Char(readonly=True, copy=False)
    resolved_at = fields.Datetime(readonly=True, copy=False)
    closed_at = fields.Datetime(readonly=True, copy=False)
    reopened_count = fields.Integer(readonly=True, copy=False)
    repeat_count = fields.Integer(readonly=True, copy=False, help="How often the same trouble was told again.")
    told_otherwise = fields.Boolean(
        readonly=True, copy=False, help="Somebody else than a carrier's scan told of it, too: no scan ends it."
    )
    ended_by_itself = fields.Boolean(
        readonly=True, copy=False, help="Resolved by what was told, with nobody at work: told again, it is a new case."
    )
    last_repeat_at = fields.Datetime(readonly=True, copy=False)
    claim_before = fields.Date(readonly=True, copy=False, help="Last day to file a claim.")
    # -- what is done --
    action_ids = fields.One2many("logistics.exception.action", "case_id", string="Playbook")
    action_todo_count = fields.Integer(compute="_compute_action_counts", string="Steps To Do")
    action_count = fields.Integer(compute="_compute_action_counts", string="Steps")
    cost = fields.Monetary(compute="_compute_action_counts", help="Sum of what the steps cost.")

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_exception_open_idx"
            " ON logistics_exception (company_id, type_id, subject_model, subject_id) WHERE is_open"
        )

    # -- computes ----------------------------------------------------------------------------------------------

    @api.model
    def _selection_subject(self):
        """Documents a case can be about: everything that tells logistics facts, but cases themselves."""
        source = self.env.registry["logistics.source"]
        return [
            (name, model._description)
            for name, model in sorted(self.env.registry.items(), key=lambda item: item[1]._description or "")
            if issubclass(model, source) and not model._abstract and name != self._name
        ]

    @api.model
    def _expand_states(self, states, domain, order):
        return [state for state, _label in STATES if state in OPEN or state in states]

    @api.depends("type_id")
    def _compute_severity(self):
        for case in self:
            case.severity = case.type_id.severity or "medium"

    @api.depends("state")
    def _compute_is_open(self):
        for case in self:
            case.is_open = case.state in OPEN

    @api.depends("subject_model", "subject_id")
    def _compute_subject_ref(self):
        for case in self:
            subject = case._subject()
            case.subject_ref = subject if subject else False

    def _inverse_subject_ref(self):
        for case in self:
            if case.subject_ref:
                case.subject_model, case.subject_id = case.subject_ref._name, case.subject_ref.id

    @api.depends("action_ids.state", "action_ids.cost")
    def _compute_action_counts(self):
        for case in self:
            case.action_count = len(case.action_ids)
            case.action_todo_count = len(case.action_ids.filtered(lambda a: a.state in ("todo", "failed")))
            case.cost = sum(case.action_ids.mapped("cost"))

    @api.depends("name", "title")
    def _compute_display_name(self):
        for case in self:
            case.display_name = f"{case.name} {case.title or ''}".strip()

    def _subject(self):
        """The document it is about, or None when that is gone."""
        self.ensure_one()
        if not self.subject_id or self.subject_model not in self.env:
            return None
        return self.env[self.subject_model].browse(self.subject_id).exists() or None

    # -- logistics.source --------------------------------------------------------------------------------------

    def _logistics_root(self):
        """Told in order with the flow it disturbs."""
        subject = self._subject()
        return self.order_id or self.purchase_id or (subject._logistics_root() if subject else self)

    def _logistics_scope(self):
        return {"company": self.company_id, "warehouse": self.warehouse_id, "partner": self.order_id.partner_id}

    def _logistics_subject(self):
        return self.name

    def _logistics_data(self, type_name):
        self.ensure_one()
        return {
            "case": self.name,
            "title": self.title,
            "type": self.type_id.code,
            "state": self.state,
            "severity": self.severity,
            "priority": self.priority,
            "owner": self.owner_id.name or "",
            "due_at": self.due_at.isoformat(timespec="seconds") + "Z" if self.due_at else None,
            "waiting_for": self.waiting_for or "",
            "subject_model": self.subject_model,
            "subject": self.subject_name or "",
            "order": self.order_id.name or "",
            "shipment": self.shipment_id.name or "",
            "purchase": self.purchase_id.name or "",
            "exception_code": self.exception_code or "",
            "repeats": self.repeat_count,
            "reference": self.external_reference or "",
            "resolution_code": self.resolution_code or "",
            "resolution": self.resolution or "",
        }

    # -- smart buttons -----------------------------------------------------------------------------------------

    def _action_open(self, record):
        return open_form(record)

    def action_open(self):
        """The case itself."""
        self.ensure_one()
        return self._action_open(self)

    def action_open_subject(self):
        """The document it is about."""
        self.ensure_one()
        subject = self._subject()
        if subject is None:
            raise UserError(_("%(name)s is gone.", name=self.subject_name or self.subject_model))
        return self._action_open(subject)

    def action_open_order(self):
        """The sales order."""
        self.ensure_one()
        return self._action_open(self.order_id)

    def action_open_shipment(self):
        """The shipment."""
        self.ensure_one()
        return self._action_open(self.shipment_id)

    def action_open_purchase(self):
        """The purchase order."""
        self.ensure_one()
        return self._action_open(self.purchase_id)
