"""A shortage: one episode of a product running below its minimum in a warehouse.

One is open per company, product, warehouse and week of need (a partial unique index says so), so the same need is told
and bought once. It does not buy: Odoo's reordering rules do, observed or not. It records what they saw, follows what
was ordered, and closes itself when the stock is back (``shortage_follow``).
"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

STATES = [
    ("open", "Open"),
    ("covered", "Covered"),
    ("resolved", "Resolved"),
    ("cancelled", "Cancelled"),
]
ACTIVE = ("open", "covered")
# (from, to, who, event): docs/states.md is held to this table.
TRANSITIONS = [
    ("open", "covered", "Odoo", "enough is on order"),
    ("covered", "open", "Odoo", "an order was cancelled or reduced, or demand grew"),
    ("open", "resolved", "Odoo, planner", "the forecast is back above the minimum"),
    ("covered", "resolved", "Odoo, planner", "what was ordered has arrived, or the demand is gone"),
    ("open", "cancelled", "Odoo, planner", "the reordering rule is gone, or a person says why"),
    ("covered", "cancelled", "Odoo, planner", "the reordering rule is gone, or a person says why"),
]


class Shortage(models.Model):
    _name = "logistics.shortage"
    _description = "Shortage"
    _inherit = ["logistics.source", "mail.thread", "mail.activity.mixin"]
    _order = "state_sequence, projected_stockout_date, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False, default=lambda self: _("New"))
    state = fields.Selection(
        STATES,
        default="open",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
        group_expand="_expand_states",
    )
    state_sequence = fields.Integer(compute="_compute_state_sequence", store=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, index=True, ondelete="restrict", check_company=True
    )
    product_categ_id = fields.Many2one(related="product_id.categ_id", store=True)
    product_uom_id = fields.Many2one(related="product_id.uom_id", string="Unit of Measure")
    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, readonly=True, index=True, ondelete="restrict", check_company=True
    )
    orderpoint_id = fields.Many2one(
        "stock.warehouse.orderpoint",
        string="Reordering Rule",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        check_company=True,
        help="The rule that saw the need first.",
    )
    bucket = fields.Char(
        string="Week of Need", required=True, readonly=True, help="ISO week in which the stock runs out."
    )
    projected_stockout_date = fields.Date(
        string="Projected Stock-out", readonly=True, tracking=True, help="First day the known demand cannot be met."
    )
    stockout_basis = fields.Selection(
        [("known", "Dated demand"), ("estimated", "Average consumption"), ("none", "No demand known")],
        string="Known From",
        readonly=True,
    )
    supply_date = fields.Date(readonly=True, help="When something ordered on the day of the check could be picked.")
    demand_at_risk = fields.Float(
        digits="Product Unit of Measure",
        readonly=True,
        help="Known demand that cannot be met before new supply could be here.",
    )
    on_hand = fields.Float(digits="Product Unit of Measure", readonly=True)
    forecast = fields.Float(
        digits="Product Unit of Measure", readonly=True, help="With requests for quotation and orders on their way."
    )
    minimum = fields.Float(digits="Product Unit of Measure", readonly=True)
    maximum = fields.Float(digits="Product Unit of Measure", readonly=True)
    quantity_to_order = fields.Float(digits="Product Unit of Measure", readonly=True)
    supplier_id = fields.Many2one(
        "res.partner", string="Usual Supplier", readonly=True, ondelete="set null", help="First vendor of the product."
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    demand_ids = fields.One2many("logistics.shortage.demand", "shortage_id", string="Who Waits", readonly=True)
    order_count = fields.Integer(string="Orders at Risk", readonly=True, copy=False)
    customer_count = fields.Integer(string="Customers at Risk", readonly=True, copy=False)
    value_at_risk = fields.Monetary(
        readonly=True, copy=False, help="Order value of what cannot be delivered before new supply could be here."
    )
    stable_count = fields.Integer(
        string="Scans Above Minimum", readonly=True, copy=False, help="In a row; enough of them end the episode."
    )
    occurrence_count = fields.Integer(
        string="Times Below Minimum",
        default=1,
        readonly=True,
        help="How often the rule had to order. 0: seen by a scan, still above it.",
    )
    purchase_line_ids = fields.Many2many(
        "purchase.order.line",
        "logistics_shortage_purchase_line_rel",
        "shortage_id",
        "purchase_line_id",
        string="Ordered With",
        readonly=True,
        copy=False,
    )
    purchase_count = fields.Integer(compute="_compute_purchase")
    expected_date = fields.Date(
        compute="_compute_purchase", string="Supply Expected", help="Latest planned arrival of what is still to come."
    )
    is_late = fields.Boolean(compute="_compute_purchase", help="Supply is expected after the stock has run out.")
    user_id = fields.Many2one("res.users", string="Responsible", tracking=True, index="btree_not_null")
    checked_at = fields.Datetime(string="Last Checked", readonly=True, copy=False)
    closed_at = fields.Datetime(string="Closed On", readonly=True, copy=False)
    close_reason = fields.Char(readonly=True, copy=False)
    can_replenish = fields.Boolean(compute="_compute_can_replenish")
    at_risk_told = fields.Boolean(readonly=True, copy=False)

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_shortage_open_idx"
            " ON logistics_shortage (company_id, product_id, warehouse_id, bucket) WHERE state IN ('open', 'covered')"
        )
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_shortage_check_idx"
            " ON logistics_shortage (checked_at, id) WHERE state IN ('open', 'covered')"
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", _("New")) == _("New"):
                company = vals.get("company_id") or self.env.company.id
                vals["name"] = self.env["ir.sequence"].with_company(company).next_by_code("logistics.shortage")
        return super().create(vals_list)

    def write(self, vals):
        allowed = {(before, after) for before, after, _who, _event in TRANSITIONS}
        for shortage in self if "state" in vals else ():
            if vals["state"] != shortage.state and (shortage.state, vals["state"]) not in allowed:
                raise UserError(
                    _("Shortage %(name)s is %(state)s and stays so; a new need opens a new one.",
                      name=shortage.name, state=shortage.state)
                )  # fmt: skip
        return super().write(vals)

    @api.model
    def _expand_states(self, states, domain, order):
        return [state for state, _label in STATES if state in ACTIVE or state in states]

    @api.depends("state")
    def _compute_state_sequence(self):
        order = {state: number for number, (state, _label) in enumerate(STATES)}
        for shortage in self:
            shortage.state_sequence = order.get(shortage.state, 0)

    @api.depends("name", "product_id")
    def _compute_display_name(self):
        for shortage in self:
            shortage.display_name = f"{shortage.name} {shortage.product_id.display_name or ''}".strip()

    @api.depends("purchase_line_ids.date_planned", "purchase_line_ids.state", "purchase_line_ids.qty_received")
    def _compute_purchase(self):
        for shortage in self:
            # sudo: a figure for whoever may read the shortage; no line is shown
            lines = shortage.sudo().purchase_line_ids
            shortage.purchase_count = len(lines.order_id)
            dates = lines._logistics_outstanding().mapped("date_planned")
            shortage.expected_date = max(dates).date() if dates else False
            shortage.is_late = bool(
                shortage.state in ACTIVE
                and shortage.expected_date
                and shortage.projected_stockout_date
                and shortage.expected_date > shortage.projected_stockout_date
            )

    @api.depends_context("uid")
    @api.depends("state", "orderpoint_id.qty_to_order")
    def _compute_can_replenish(self):
        may = any(
            self.env.user.has_group(group)
            for group in ("logistics_orchestration.group_planner", "purchase.group_purchase_user")
        )
        for shortage in self:
            # sudo: a figure of the rule; ordering itself runs with the user's own rights
            rule = shortage.sudo().orderpoint_id
            shortage.can_replenish = may and shortage.state == "open" and rule.active and rule.qty_to_order > 0

    # -- logistics.source -------------------------------------------------------------------------------------

    def _logistics_root(self):
        """Stock facts are told in order per product and place: that is what a reordering rule is."""
        return self.orderpoint_id or self

    def _logistics_scope(self):
        return {"company": self.company_id, "warehouse": self.warehouse_id, "partner": None}

    def _logistics_data(self, type_name):
        self.ensure_one()
        rule = self.orderpoint_id
        data = {
            "shortage": self.name,
            "product": self.product_id.display_name,
            "sku": self.product_id.default_code or "",
            "warehouse": self.warehouse_id.code,
            "location": rule.location_id.complete_name or self.warehouse_id.lot_stock_id.complete_name,
            "on_hand": self.on_hand,
            "forecast": self.forecast,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "quantity_to_order": self.quantity_to_order,
            "uom": self.product_uom_id.name,
        }
        if type_name == "logistics.stock.shortage_detected":
            stockout = self.projected_stockout_date
            data.update(
                demand_at_risk=self.demand_at_risk,
                projected_stockout=stockout.isoformat() if stockout else None,
                supply_date=self.supply_date.isoformat() if self.supply_date else None,
            )
        return data

    # -- what people do ---------------------------------------------------------------------------------------

    def action_check(self):
        """Look again now."""
        # sudo: reads stock and rules of the company and writes only the outcome, which is not the user's to choose
        self.sudo()._refresh()
        self.sudo()._weigh()  # sudo: as above

    def action_replenish(self):
        """Order what the rule asks for, as its own button does."""
        self.ensure_one()
        rule = self.orderpoint_id
        if not rule:
            raise UserError(
                _("Shortage %(name)s has no reordering rule any more. Create one, or buy by hand.", name=self.name)
            )
        if rule.qty_to_order <= 0:
            raise UserError(
                _(
                    "%(rule)s has nothing to order: what is on hand, on its way or requested reaches the minimum.",
                    rule=rule.display_name,
                )
            )
        return rule.action_replenish()

    def action_resolve(self, reason=None):
        """A person says it is over.

        :param str reason: asked for when not given
        """
        return self._close_by_hand("resolved", "action_resolve", reason)

    def action_cancel(self, reason=None):
        """A person says it is no shortage.

        :param str reason: asked for when not given
        """
        return self._close_by_hand("cancelled", "action_cancel", reason)

    def _close_by_hand(self, state, method, reason):
        if wrong := self.filtered(lambda s: s.state not in ACTIVE):
            raise UserError(_("Shortage %(name)s is closed already.", name=wrong[0].name))
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, method, _("Why is it closed?"))
        self._close(state, reason)
        return True

    def action_open_purchases(self):
        """The orders that cover this shortage."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("purchase.purchase_rfq")
        return dict(action, domain=[("id", "in", self.purchase_line_ids.order_id.ids)], context={})

    def action_open_orderpoint(self):
        """The reordering rule behind it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "stock.warehouse.orderpoint",
            "res_id": self.orderpoint_id.id,
            "views": [[self.env.ref("stock.view_warehouse_orderpoint_form").id, "form"]],
        }
