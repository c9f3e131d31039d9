"""A supplier's price that differs from the ordered one: a person accepts it into the line, or refuses it.

Nothing follows by itself: the ordered price stays until somebody decides. A buyer who writes the supplier's price into
the line by hand has accepted it too. A refused price is no confirmation: the supplier is awaited again.
"""

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import float_compare, float_repr

from ..backbone.record_link import open_form

PRICE_STATES = [
    ("open", "To Decide"),
    ("within", "Within Tolerance"),
    ("accepted", "Accepted"),
    ("refused", "Refused"),
]
# (from, to, who, event): docs/states.md is held to this table.
TRANSITIONS = [
    ("new", "open", "supplier", "its price is out of tolerance"),
    ("new", "within", "supplier", "its price differs, no more than the tolerance"),
    ("open", "accepted", "buyer, planner", "the line takes the price; also when it is written by hand"),
    ("open", "refused", "buyer, planner", "the ordered price stands, with a reason; the supplier is awaited again"),
    ("open", "within", "supplier", "it comes nearer"),
    ("within", "open", "supplier", "it goes further away"),
    ("within", "accepted", "buyer, planner", "the line takes the price"),
    ("within", "refused", "buyer, planner", "the ordered price stands, with a reason"),
    ("accepted", "open", "supplier", "it gives yet another price"),
    ("accepted", "within", "supplier", "it gives yet another price, near enough"),
    ("refused", "open", "supplier", "it gives the price again, or another one"),
    ("refused", "within", "supplier", "it comes nearer"),
]
UNDECIDED = ("open", "within")
DECIDERS = ("purchase.group_purchase_user", "logistics_orchestration.group_planner")


class PurchaseOrderLine(models.Model):
    _inherit = "purchase.order.line"

    logistics_offered_price = fields.Float(
        string="Supplier's Price", digits="Product Price", readonly=True, copy=False, help="As it answered last."
    )
    logistics_price_state = fields.Selection(
        PRICE_STATES, string="Price Decision", readonly=True, copy=False, index="btree_not_null"
    )
    logistics_price_gap = fields.Float(
        compute="_compute_logistics_price_gap", string="Difference %", help="Of the ordered price."
    )
    logistics_price_cost = fields.Monetary(
        compute="_compute_logistics_price_gap", string="Costs More", help="For the whole line; negative: costs less."
    )
    logistics_price_decidable = fields.Boolean(compute="_compute_logistics_price_decidable")

    @api.depends("logistics_offered_price", "logistics_price_state", "price_unit", "product_qty")
    def _compute_logistics_price_gap(self):
        for line in self:
            more = line.logistics_offered_price - line.price_unit if line.logistics_price_state in UNDECIDED else 0.0
            line.logistics_price_cost = more * line.product_qty
            line.logistics_price_gap = 100 * more / line.price_unit if line.price_unit else 0.0

    @api.depends("logistics_price_state", "order_id.state", "qty_invoiced")
    @api.depends_context("uid")
    def _compute_logistics_price_decidable(self):
        for line in self:
            line.logistics_price_decidable = not line._logistics_why_not_price()

    def _logistics_may_decide_price(self):
        return self.env.su or any(map(self.env.user.has_group, DECIDERS))

    def _logistics_why_not_price(self):
        """Why the price of this line cannot be decided by this user now, in words; empty when it can."""
        self.ensure_one()
        name = self.product_id.display_name
        if not self._logistics_may_decide_price():
            return _("Prices of suppliers are decided by buyers and planners. Ask one of them.")
        if self.logistics_price_state not in UNDECIDED:
            return _("%(product)s: there is no price of the supplier to decide on.", product=name)
        if self.order_id.state not in ("sent", "to approve", "purchase"):
            return _("%(order)s is not open any more: unlock it, or change it by hand.", order=self.order_id.name)
        if self.qty_invoiced:
            return _("%(product)s was billed already: settle the price on the bill.", product=name)
        return ""

    # -- what the supplier says -----------------------------------------------------------------------------------

    def _logistics_offer_price(self, price):
        """Keep the supplier's price beside ours, to be decided on where it differs.

        :param float price: in the order's currency, per unit of the line
        """
        self.ensure_one()
        digits = self.env["decimal.precision"].precision_get("Product Price")
        state = "within" if self._logistics_price_within(price) else "open"
        if not float_compare(price, self.price_unit, precision_digits=digits):
            state = "accepted" if self.logistics_price_state == "accepted" else False
        if self.logistics_price_state == "open" and state != "open":
            self._logistics_close_price(_("The supplier's price is near enough now."), "settled")
        self.write({"logistics_offered_price": price, "logistics_price_state": state})

    def write(self, vals):
        """The supplier's price written in by hand is accepted."""
        before = {}
        if "price_unit" in vals:
            before = {line: line.price_unit for line in self if line.logistics_price_state in UNDECIDED}
        result = super().write(vals)
        taken = {line: price for line, price in before.items() if line._logistics_is_price(line.price_unit)}
        self.browse(line.id for line in taken)._logistics_price_decided("accepted", taken, _("Written by hand."))
        return result

    def _logistics_is_price(self, price):
        """Whether ``price`` is what the supplier says."""
        digits = self.env["decimal.precision"].precision_get("Product Price")
        return not float_compare(price, self.logistics_offered_price, precision_digits=digits)

    # -- what a person decides ------------------------------------------------------------------------------------

    def action_logistics_accept_price(self):
        """Button, on one or many lines: the line takes the supplier's price."""
        self._logistics_check_price_decision()
        lines = self.sudo()  # sudo: a planner decides without the right to buy; checked above
        lines._logistics_price_decided("accepted", {line: line.price_unit for line in lines})
        for line in lines:
            line.price_unit = line.logistics_offered_price
        return True

    def action_logistics_refuse_price(self, reason=None):
        """Button, on one or many lines: the ordered price stands, and the supplier is awaited again.

        :param str reason: asked for when not given
        """
        self._logistics_check_price_decision()
        if not reason:
            wizard = self.env["logistics.reason.wizard"]
            return wizard._ask(self, "action_logistics_refuse_price", _("Why is the price refused?"))
        lines = self.sudo()  # sudo: as above
        lines._logistics_price_decided("refused", {line: line.price_unit for line in lines}, reason)
        # whoever confirmed at another price has not confirmed the order
        confirmed = lines.filtered(lambda line: line.logistics_answer_code != "IR")
        confirmed.write({"logistics_answer_code": False, "logistics_confirmed_quantity": 0.0})
        for order in lines.order_id.filtered(lambda order: order.state == "purchase"):
            order._logistics_start_clock()
        return True

    def action_logistics_open_order(self):
        """The order of this line."""
        self.ensure_one()
        return open_form(self.order_id)

    def _logistics_check_price_decision(self):
        """Refuse what cannot be decided, before anything is done."""
        if not self._logistics_may_decide_price():
            raise AccessError(_("Prices of suppliers are decided by buyers and planners. Ask one of them."))
        self.check_access_rights("read")
        self.check_access_rule("read")
        for line in self:
            if words := line._logistics_why_not_price():
                raise UserError(words)

    def _logistics_price_decided(self, state, before, reason=""):
        """Keep the decision, close what waited for it, and tell it, once per order.

        :param str state: accepted or refused
        :param dict before: {line: price as ordered}
        """
        digits = self.env["decimal.precision"].precision_get("Product Price")
        for line in self:
            line.logistics_price_state = state
            said = {
                "product": line.product_id.display_name,
                "new": float_repr(line.logistics_offered_price, digits),
                "old": float_repr(before[line], digits),
                "reason": reason,
            }
            if state == "accepted":
                words = _(
                    "%(product)s: the supplier's price %(new)s is accepted (ordered at %(old)s). %(reason)s", **said
                )
            else:
                words = _("%(product)s: the supplier's price %(new)s is refused, %(old)s stands. %(reason)s", **said)
            line._logistics_close_price(words.strip(), "accepted" if state == "accepted" else "rejected")
            line.order_id.message_post(body=words.strip())
        for order, lines in self.grouped("order_id").items():
            if order._logistics_enforced("replenishment"):
                order._logistics_emit(
                    "logistics.purchase.price_decided",
                    data={
                        "purchase": order.name,
                        "supplier": order.partner_id.display_name,
                        "currency": order.currency_id.name,
                        "decision": state,
                        "reason": reason,
                        "lines": [
                            {
                                **line._logistics_line_data(),
                                "price": line.logistics_offered_price if state == "accepted" else before[line],
                                "supplier_price": line.logistics_offered_price,
                            }
                            for line in lines
                        ],
                    },
                )

    def _logistics_close_price(self, words, resolution):
        """What waited for the decision is done: the buyer's to-do and an open discrepancy about this price."""
        self.ensure_one()
        summary = self._logistics_price_summary()
        # sudo: both may be somebody else's
        todo = self.order_id.sudo().activity_ids.filtered(lambda activity: activity.summary == summary)
        todo.action_feedback(feedback=words)
        # sudo: as above
        self.env["logistics.discrepancy"].sudo().search(
            [
                ("res_model", "=", "purchase.order"),
                ("res_id", "=", self.order_id.id),
                ("key", "=", self._logistics_price_key()),
                ("state", "=", "open"),
            ]
        )._close(resolution, words)

    def _logistics_price_summary(self):
        return _("Price changed: %(product)s", product=self.product_id.display_name)

    def _logistics_price_key(self):
        """What tells the point "price" of this line apart in discrepancies."""
        return f"{self.id}.price"
