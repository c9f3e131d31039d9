"""The sales order as something that is released: its facts, its release state, confirming and cancelling."""

from odoo import _, api, fields, models

from .wire import wire_time

RELEASE_STATES = [
    ("none", "Not Watched"),
    ("pending", "To Evaluate"),
    ("held", "On Hold"),
    ("partial", "Partially Released"),
    ("released", "Released"),
    ("cancelled", "Cancelled"),
]
# In these something may be held: the choke points look for holds only then.
WATCHED = ("pending", "held", "partial")
# A change of these on a confirmed order is told, and its release looked at again.
CHANGE_FIELDS = {"partner_shipping_id", "commitment_date", "warehouse_id", "picking_policy", "carrier_id"}


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "logistics.source"]

    logistics_release_state = fields.Selection(
        RELEASE_STATES,
        string="Release",
        default="none",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        help="Where the order stands on its way to the warehouse. Not Watched: release is only observed here.",
    )
    logistics_hold_ids = fields.One2many("logistics.hold", "order_id", string="Holds", readonly=True)
    logistics_hold_count = fields.Integer(compute="_compute_logistics_holds", string="Active Holds", compute_sudo=True)
    logistics_hold_summary = fields.Char(compute="_compute_logistics_holds", string="Held By", compute_sudo=True)
    logistics_hold_words = fields.Text(
        compute="_compute_logistics_holds", string="Why It Is Held", compute_sudo=True, help="Each hold and its reason."
    )
    logistics_hold_due = fields.Datetime(compute="_compute_logistics_holds", string="Hold Due", compute_sudo=True)
    logistics_hold_overdue = fields.Boolean(compute="_compute_logistics_holds", compute_sudo=True)
    logistics_evaluation_ids = fields.One2many(
        "logistics.release.evaluation", "order_id", string="Release Evaluations", readonly=True
    )
    logistics_verdict = fields.Selection(
        [("pass", "Pass"), ("warn", "Pass with warnings"), ("hold", "Hold")],
        compute="_compute_logistics_last_evaluation",
        string="Last Verdict",
        compute_sudo=True,
    )
    logistics_verdict_words = fields.Text(compute="_compute_logistics_last_evaluation", string="Why", compute_sudo=True)
    logistics_verdict_observed = fields.Boolean(compute="_compute_logistics_last_evaluation", compute_sudo=True)
    logistics_result_ids = fields.Many2many(
        "logistics.release.evaluation.result",
        compute="_compute_logistics_last_evaluation",
        string="Gate Results",
        compute_sudo=True,
    )
    logistics_value_cap = fields.Monetary(
        string="Released Up To",
        readonly=True,
        copy=False,
        help="The release stands while the order's value stays below.",
    )
    logistics_valid_until = fields.Datetime(
        string="Release Valid Until", readonly=True, copy=False, help="After this the order is evaluated again."
    )
    logistics_released_at = fields.Datetime(string="Released At", readonly=True, copy=False)
    logistics_released_by_id = fields.Many2one(
        "res.users", string="Released By", readonly=True, copy=False, ondelete="set null"
    )
    logistics_release_manual = fields.Boolean(string="Released by Hand", readonly=True, copy=False)
    logistics_release_reason = fields.Char(string="Reason for Release", readonly=True, copy=False)
    logistics_fulfillment_ids = fields.One2many(
        "logistics.fulfillment", "order_id", string="Fulfilment Requests", readonly=True
    )
    logistics_fulfillment_count = fields.Integer(
        compute="_compute_logistics_fulfillment_count", string="Requests to Warehouses", compute_sudo=True
    )

    # -- computes ----------------------------------------------------------------------------------------------

    @api.depends(
        "logistics_hold_ids.state",
        "logistics_hold_ids.due_at",
        "logistics_hold_ids.type_id",
        "logistics_hold_ids.reason",
    )
    def _compute_logistics_holds(self):
        now = fields.Datetime.now()
        for order in self:
            holds = order.logistics_hold_ids.filtered(lambda hold: hold.state == "active")
            dues = [due for due in holds.mapped("due_at") if due]
            order.logistics_hold_count = len(holds)
            order.logistics_hold_summary = ", ".join(dict.fromkeys(holds.type_id.mapped("name")))
            order.logistics_hold_words = "\n".join(
                # a type that is a question needs no second mark
                _("%(type)s: %(reason)s", type=hold.type_id.name.rstrip("? "), reason=hold.reason)
                for hold in holds
            )
            order.logistics_hold_due = min(dues, default=False)
            order.logistics_hold_overdue = bool(dues) and min(dues) < now

    @api.depends("logistics_evaluation_ids")
    def _compute_logistics_last_evaluation(self):
        Evaluation = self.env["logistics.release.evaluation"]
        last = Evaluation._latest(self)
        for order in self:
            evaluation = last.get(order.id, Evaluation)
            order.logistics_verdict = evaluation.verdict
            order.logistics_verdict_words = evaluation.words
            order.logistics_verdict_observed = evaluation.mode == "observe"
            order.logistics_result_ids = evaluation.result_ids

    @api.depends("logistics_fulfillment_ids")
    def _compute_logistics_fulfillment_count(self):
        for order in self:
            order.logistics_fulfillment_count = len(order.logistics_fulfillment_ids)

    # -- hooks of logistics.source -----------------------------------------------------------------------------

    def _logistics_scope(self):
        self.ensure_one()
        return {"company": self.company_id, "warehouse": self.warehouse_id, "partner": self.partner_id}

    def _logistics_subject(self):
        return self.name

    def _logistics_data(self, type_name):
        self.ensure_one()
        data = {
            "order": self.name,
            "order_id": self.id,
            "customer": self.partner_id.display_name,
            "client_reference": self.client_order_ref or "",
            "warehouse": self.warehouse_id.code or "",
            "amount_total": self.amount_total,
            "currency": self.currency_id.name,
            "lines": [
                {
                    "line": line.id,
                    "sku": line.product_id.default_code or "",
                    "product": line.product_id.name or line.name,
                    "quantity": line.product_uom_qty,
                    "uom": line.product_uom.name or "",
                }
                for line in self.order_line
                if not line.display_type
            ],
        }
        if type_name == "logistics.order.released":
            data.update(
                valid_until=wire_time(self.logistics_valid_until),
                value_cap=self.logistics_value_cap,
                manual=self.logistics_release_manual,
                reason=self.logistics_release_reason or "",
            )
        return data

    # -- choke points ------------------------------------------------------------------------------------------

    def _action_confirm(self):
        with self.env["logistics.event"]._business_call():
            # sudo: salespeople and portal customers confirm without any logistics role; the bookkeeping is ours
            orders = self.sudo()
            watched = orders.filtered(lambda order: order._logistics_enforced("release"))
            watched._logistics_hold_procurement()
            result = super()._action_confirm()
            (
                watched | orders.filtered(lambda order: order.logistics_release_state != "none")
            )._logistics_update_release_state()
            orders._logistics_emit("logistics.order.confirmed")
        return result

    def _action_cancel(self):
        with self.env["logistics.event"]._business_call():
            reason = _("The order was cancelled")
            # sudo: as in _action_confirm; first, so that the reason told is this one and not the transfers'
            waiting = self.sudo()._logistics_cancel_later(reason)
            orders = self - waiting.with_env(self.env)
            if self and not orders:
                return True  # each is cancelled when its warehouse has let go
            confirmed = orders.filtered(lambda order: order.state == "sale")
            orders.sudo().logistics_fulfillment_ids._withdraw(reason)  # sudo: as above
            result = super(SaleOrder, orders)._action_cancel()
            orders.sudo()._logistics_after_cancel(reason)  # sudo: as above
            confirmed.sudo()._logistics_emit("logistics.order.cancelled")  # sudo: as above
        return result

    def _logistics_after_cancel(self, reason):
        """Settle what stood against the order."""
        self.logistics_hold_ids.filtered(lambda hold: hold.state == "active")._release(
            reason, auto=True, resume=False, evaluate=False
        )
        self._logistics_withdraw_release()
        self._logistics_update_release_state()

    def action_draft(self):
        result = super().action_draft()
        # sudo: as in _action_confirm
        self.sudo()._logistics_update_release_state()
        return result

    def write(self, vals):
        if not (CHANGE_FIELDS & set(vals) or "order_line" in vals):
            return super().write(vals)
        with self.env["logistics.event"]._business_call():
            before = {order.id: order._logistics_snapshot() for order in self if order.state == "sale"}
            # the lines that are written on the way leave the telling to us: one change of an order is one fact
            result = super(SaleOrder, self.with_context(logistics_order_write=True)).write(vals)
            for order in self.filtered(lambda order: order.state == "sale" and order.id in before):
                now = order._logistics_snapshot()
                changed = sorted(key for key in now if now[key] != before[order.id][key])
                if changed:
                    order.sudo()._logistics_carry_change(before[order.id])  # sudo: as in _action_confirm
                    order.sudo()._logistics_changed(changed)  # sudo: as above
        return result

    def _logistics_snapshot(self):
        """What of a confirmed order partners rely on."""
        self.ensure_one()
        snapshot = {field: self[field] for field in CHANGE_FIELDS}
        snapshot["lines"] = [line._logistics_snapshot() for line in self.order_line]
        return snapshot

    def _logistics_changed(self, what):
        """Tell that confirmed orders changed and renew what was asked of warehouses.

        :param list what: names of what changed
        """
        for order in self:
            order._logistics_emit(
                "logistics.order.changed", dict(order._logistics_data("logistics.order.changed"), changed=what)
            )
            order._logistics_renew_requests()

    # -- release state -----------------------------------------------------------------------------------------

    def _logistics_ships(self):
        """Whether anything of this order goes through the warehouse."""
        self.ensure_one()
        return any(line.product_id.type in ("product", "consu") for line in self.order_line if not line.display_type)

    def _logistics_release_valid(self):
        """Whether the order was released and that still stands: not grown beyond the cap, not expired."""
        self.ensure_one()
        return bool(
            self.logistics_released_at
            and self.currency_id.compare_amounts(self.amount_total, self.logistics_value_cap) <= 0
            and (not self.logistics_valid_until or self.logistics_valid_until >= fields.Datetime.now())
        )

    def _logistics_release_expired(self):
        """Whether the time of the release has passed; a warehouse's own report is not refused for that."""
        self.ensure_one()
        return bool(
            self.logistics_release_state in ("released", "partial")
            and self.logistics_valid_until
            and self.logistics_valid_until < fields.Datetime.now()
            and not self.env.context.get("logistics_by_warehouse")
        )

    def _logistics_withdraw_release(self):
        """A release does not stand any more (held, cancelled, outgrown)."""
        self.filtered("logistics_released_at").write(
            {
                "logistics_released_at": False,
                "logistics_released_by_id": False,
                "logistics_release_manual": False,
                "logistics_release_reason": False,
                "logistics_value_cap": False,
                "logistics_valid_until": False,
            }
        )

    def _logistics_update_release_state(self):
        """Write the release state that follows from the order, its holds and its release."""
        for order in self:
            state = order._logistics_state_of(order._logistics_standing())
            if order.logistics_release_state != state:
                order.logistics_release_state = state

    def _logistics_standing(self):
        """The holds of this order that count now."""
        self.ensure_one()
        return self.logistics_hold_ids.filtered(lambda hold: hold.state == "active")._in_effect()

    def _logistics_state_of(self, holds):
        self.ensure_one()
        if self.state == "cancel":
            return "none" if self.logistics_release_state == "none" else "cancelled"
        if any(not hold.line_ids for hold in holds):
            return "held"
        if holds:
            return "partial" if self.logistics_released_at else "held"
        if self.logistics_released_at:
            return "released"
        if self.state == "sale" and self._logistics_enforced("release"):
            return "pending"
        return "none"
