"""Somebody decides for somebody else for a while. One hop: what was delegated to you, you cannot pass on."""

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.logistics_orchestration.models.automation.ir_actions_server import APPROVAL_KINDS


class ApprovalDelegation(models.Model):
    _name = "logistics.approval.delegation"
    _description = "Approval Delegation"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"

    delegator_id = fields.Many2one(
        "res.users",
        string="Approver",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        default=lambda self: self.env.user,
        help="Whose decisions are taken by somebody else.",
    )
    delegate_id = fields.Many2one(
        "res.users",
        string="Deputy",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        domain=[("share", "=", False)],
        help="Decides instead. Never on requests of their own, and cannot pass the right on.",
    )
    date_from = fields.Datetime(string="From", required=True, default=fields.Datetime.now, tracking=True)
    date_to = fields.Datetime(string="Until", required=True, tracking=True)
    kind = fields.Selection(APPROVAL_KINDS, string="Only For", tracking=True, help="Empty: every kind of decision.")
    request_id = fields.Many2one(
        "logistics.approval.request", string="Only Request", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    reason = fields.Char()
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, help="Empty: every company.")
    in_force = fields.Boolean(compute="_compute_in_force", search="_search_in_force")

    _sql_constraints = [
        ("two_people", "CHECK(delegator_id <> delegate_id)", "Choose a deputy: nobody can stand in for themselves."),
        ("period", "CHECK(date_to > date_from)", "The delegation must end after it begins."),
    ]

    @api.depends("delegator_id", "delegate_id")
    def _compute_display_name(self):
        for delegation in self:
            delegation.display_name = f"{delegation.delegator_id.name} → {delegation.delegate_id.name}"

    @api.depends("date_from", "date_to", "active")
    def _compute_in_force(self):
        now = fields.Datetime.now()
        for delegation in self:
            begun = delegation.date_from and delegation.date_from <= now
            delegation.in_force = bool(delegation.active and begun and delegation.date_to and now < delegation.date_to)

    def _search_in_force(self, operator, value):
        now = fields.Datetime.now()
        inside = [("active", "=", True), ("date_from", "<=", now), ("date_to", ">", now)]
        wanted = bool(value) if operator == "=" else not value
        return inside if wanted else ["!", "&", "&", *inside]

    @api.constrains("delegator_id", "delegate_id")
    def _check_people(self):
        for delegation in self:
            if delegation.delegate_id.share or not delegation.delegate_id.has_group(
                "logistics_orchestration.group_approver"
            ):
                raise ValidationError(
                    _(
                        "Deputy %(user)s lacks the Approver role. Choose somebody who has it.",
                        user=delegation.delegate_id.name,
                    )
                )
            if delegation.request_id.requested_by_id == delegation.delegate_id:
                raise ValidationError(
                    _(
                        "%(user)s asked for %(request)s and cannot decide on it. Choose another deputy.",
                        user=delegation.delegate_id.name,
                        request=delegation.request_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        delegations = super().create(vals_list)
        delegations._check_owner()
        delegations._reroute()
        return delegations

    def write(self, vals):
        self._check_owner()
        result = super().write(vals)
        self._check_owner()
        self._reroute()
        return result

    def _check_owner(self):
        """Only the approver, or a manager, gives an approver's decisions away."""
        if self.env.su or self.env.user.has_group("logistics_orchestration.group_manager"):
            return
        for delegation in self:
            if delegation.delegator_id != self.env.user:
                raise AccessError(
                    _(
                        "Only %(user)s or a Logistics Manager can delegate these decisions.",
                        user=delegation.delegator_id.name,
                    )
                )

    def _reroute(self):
        """Open requests that wait for these people are asked anew, so that deputies see them at once."""
        # sudo: who is asked follows from policy and delegation, whoever may write requests
        self.env["logistics.approval.request"].sudo().search(
            [("state", "=", "requested"), ("approver_ids", "in", (self.delegator_id | self.delegate_id).ids)]
        )._route()

    @api.model
    def _pairs(self, request, principals):
        """(delegator id, delegate id) in force now for ``request``, for these principals."""
        now = fields.Datetime.now()
        # sudo: what colleagues delegated counts, whoever looks
        found = self.sudo().search(
            [
                ("delegator_id", "in", principals.ids),
                ("date_from", "<=", now),
                ("date_to", ">", now),
                ("kind", "in", (False, request.kind)),
                ("request_id", "in", (False, request.id)),
                ("company_id", "in", (False, request.company_id.id)),
                ("delegate_id.active", "=", True),
            ],
            order="id",
        )
        company = request.company_id
        return [
            (pair.delegator_id.id, pair.delegate_id.id) for pair in found if company in pair.delegate_id.company_ids
        ]
