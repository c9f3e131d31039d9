"""One way to ship an order: from where how much, what it costs, how it scores, and what speaks against it."""

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import float_repr

from ...scoring.plans import EXTRA_COST, INCOMPLETE, REFUSED, SHIP_COMPLETE, TOO_MANY


class AllocationCandidate(models.Model):
    _name = "logistics.allocation.candidate"
    _description = "Allocation Candidate"
    _order = "allocation_id desc, rank, id"

    allocation_id = fields.Many2one(
        "logistics.allocation", required=True, readonly=True, ondelete="cascade", index=True
    )
    order_id = fields.Many2one(related="allocation_id.order_id")
    company_id = fields.Many2one(related="allocation_id.company_id", store=True)
    currency_id = fields.Many2one(related="allocation_id.currency_id")
    rank = fields.Integer(readonly=True)
    name = fields.Char(string="Warehouses", required=True, readonly=True)
    warehouse_ids = fields.Many2many(
        "stock.warehouse", "logistics_allocation_candidate_warehouse_rel", string="Ships From", readonly=True
    )
    shares = fields.Json(readonly=True, help="[line, warehouse, quantity in the product's unit] of each part.")
    words = fields.Text(string="Quantities", readonly=True)
    coverage = fields.Float(string="In Stock (%)", readonly=True, group_operator="avg")
    shipments = fields.Integer(readonly=True)
    cost = fields.Monetary(readonly=True)
    cost_words = fields.Char(string="Cost Is Made Of", readonly=True)
    distance = fields.Float(string="Distance (km)", readonly=True, group_operator="avg")
    distance_basis = fields.Selection(
        [("coordinates", "Measured"), ("postcode", "Postcodes"), ("country", "Countries"), ("unknown", "Unknown")],
        readonly=True,
        help="Measured: along the earth's surface between coordinates. Else a rough figure from the addresses.",
    )
    score = fields.Float(readonly=True, digits=(5, 1), group_operator="avg")
    part_cost = fields.Float(string="Cost Part", readonly=True, digits=(5, 2), group_operator="avg")
    part_distance = fields.Float(string="Distance Part", readonly=True, digits=(5, 2), group_operator="avg")
    part_coverage = fields.Float(string="Stock Part", readonly=True, digits=(5, 2), group_operator="avg")
    part_shipments = fields.Float(string="Shipments Part", readonly=True, digits=(5, 2), group_operator="avg")
    parts_words = fields.Text(string="Score Is Made Of", compute="_compute_parts_words", help="1 is the best.")
    why_codes = fields.Json(readonly=True)
    why_not = fields.Text(string="What Speaks Against It", readonly=True)
    is_chosen = fields.Boolean(compute="_compute_is_chosen")
    can_choose = fields.Boolean(compute="_compute_can_choose")

    @api.depends("allocation_id.chosen_id")
    def _compute_is_chosen(self):
        for candidate in self:
            candidate.is_chosen = candidate.allocation_id.chosen_id == candidate

    @api.depends("part_cost", "part_distance", "part_coverage", "part_shipments", "distance_basis")
    def _compute_parts_words(self):
        labels = dict(self._fields["distance_basis"]._description_selection(self.env))
        for candidate in self:
            candidate.parts_words = _(
                "cost %(cost).2f\ndistance %(distance).2f (%(basis)s)\nstock %(stock).2f\nshipments %(shipments).2f",
                cost=candidate.part_cost,
                distance=candidate.part_distance,
                basis=labels.get(candidate.distance_basis, "-").lower(),
                stock=candidate.part_coverage,
                shipments=candidate.part_shipments,
            )

    @api.depends("allocation_id.state", "allocation_id.chosen_id", "order_id.state")
    @api.depends_context("uid")
    def _compute_can_choose(self):
        planner = self.env.user.has_group("logistics_orchestration.group_planner")
        for candidate in self:
            allocation = candidate.allocation_id
            in_force = allocation.state == "in_force" and candidate.is_chosen
            candidate.can_choose = bool(
                planner
                and allocation.state != "superseded"
                and not in_force
                and candidate.coverage > 0
                and allocation.order_id.state == "sale"
            )

    @api.model
    def _words_against(self, code, allocation, terms):
        """What a code of ``scoring.plans`` means, in words of this order."""
        if code == INCOMPLETE:
            return _("not everything is there")
        if code == SHIP_COMPLETE:
            return _("the customer takes complete deliveries only")
        if code == TOO_MANY:
            limit = min(filter(None, (terms.policy_max, terms.customer_max)))
            return _("more than %(limit)s shipment(s) per order", limit=limit)
        if code == EXTRA_COST:
            return _("costs more than %(limit)s beside a single shipment", limit=float_repr(terms.max_extra_cost, 2))
        if code == REFUSED:
            reasons = allocation.get("refused") or {}
            return ", ".join(dict.fromkeys(reasons.values())) or _("refused")
        return code

    def _shares_by_line(self):
        """{line id: {warehouse id: quantity}}, in the product's unit."""
        shares = {}
        for line, warehouse, quantity in self.shares or []:
            shares.setdefault(line, {})[warehouse] = quantity
        return shares

    def _needs_approval(self):
        """Whether it goes beyond what customer and policy allow."""
        self.ensure_one()
        return bool({SHIP_COMPLETE, TOO_MANY, EXTRA_COST} & set(self.why_codes or []))

    def action_choose(self):
        """Button: ship the order this way.

        A split beyond the customer's terms or the policy is a manager's to choose; others ask for the approval.

        :returns: True
        :raises AccessError: the user is no planner
        :raises UserError: overtaken by another look, or work has begun
        """
        self.ensure_one()
        if not self.env.su and not self.env.user.has_group("logistics_orchestration.group_planner"):
            raise AccessError(_("Which warehouse ships is up to Transport Planners. Ask one of them."))
        self.check_access_rule("read")
        candidate = self.sudo()  # sudo: the right is checked above; allocations are ours to write
        order = candidate.order_id
        if candidate.allocation_id.state == "superseded":
            raise UserError(_("%(order)s was looked at again since: choose from the newer list.", order=order.name))
        with self.env["logistics.event"]._business_call():
            manager = self.env.su or self.env.user.has_group("logistics_orchestration.group_manager")
            if candidate._needs_approval() and not manager and not order.logistics_split_approved:
                words = _("%(user)s wants to ship %(how)s", user=self.env.user.name, how=candidate._in_words())
                order._logistics_ask_warehouses(candidate, words)
            else:
                if candidate._needs_approval():
                    order.logistics_split_approved = True
                order._logistics_decide_allocation(candidate)
        return True

    def _in_words(self):
        """The candidate in one line: from where, in how many shipments, at what cost."""
        self.ensure_one()
        return _(
            "from %(warehouses)s, %(shipments)s shipment(s), cost %(cost)s",
            warehouses=self.name,
            shipments=self.shipments,
            cost=self.currency_id.format(self.cost),
        )
