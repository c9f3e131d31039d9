"""Lines of a purchase: the shortages they cover and what the supplier promised for them."""

from odoo import fields, models
from odoo.tools import float_compare

from .line_answer import CODES


class PurchaseOrderLine(models.Model):
    _inherit = "purchase.order.line"

    logistics_shortage_ids = fields.Many2many(
        "logistics.shortage",
        "logistics_shortage_purchase_line_rel",
        "purchase_line_id",
        "shortage_id",
        string="Shortages",
        copy=False,
        readonly=True,
    )
    logistics_promise_ids = fields.One2many("logistics.supplier.promise", "purchase_line_id", string="Promises")
    logistics_answer_ids = fields.One2many("logistics.supplier.answer", "purchase_line_id", string="Supplier Answers")
    logistics_answer_code = fields.Selection(CODES, string="Supplier's Answer", readonly=True, copy=False)
    logistics_confirmed_quantity = fields.Float(
        string="Confirmed",
        digits="Product Unit of Measure",
        readonly=True,
        copy=False,
        help="What the supplier's last answer gives a date for.",
    )
    logistics_first_promise_at = fields.Datetime(compute="_compute_logistics_slip", string="First Promise")
    logistics_last_promise_at = fields.Datetime(compute="_compute_logistics_slip", string="Last Promise")
    logistics_slip_days = fields.Integer(
        compute="_compute_logistics_slip", string="Slip (Days)", help="Last promise against the first."
    )
    logistics_slip_count = fields.Integer(
        compute="_compute_logistics_slip", string="Slips", help="How often a later date was given than before."
    )

    def _compute_logistics_slip(self):
        # sudo: figures for whoever sees the line; the promises open with the user's own rights
        promises = self.env["logistics.supplier.promise"].sudo()
        promises = promises.search([("purchase_line_id", "in", self.ids)], order="given_at, id")
        found = promises.grouped("purchase_line_id")
        for line in self:
            slip = found.get(line._origin, promises.browse())._slip()
            line.logistics_first_promise_at = slip["first"]
            line.logistics_last_promise_at = slip["last"]
            line.logistics_slip_days = slip["days"]
            line.logistics_slip_count = slip["count"]

    def _logistics_line_data(self):
        """What a supplier is told about one line."""
        self.ensure_one()
        return {
            "line": self.id,
            "sku": self.product_id.default_code or "",
            "product": self.product_id.display_name,
            "quantity": self.product_qty,
            "uom": self.product_uom.name,
            "planned_at": self.date_planned.isoformat(timespec="seconds") + "Z" if self.date_planned else None,
        }

    def _logistics_outstanding(self):
        """Lines of live orders of which something is still to come."""
        return self.filtered(
            lambda line: not line.display_type
            and line.state != "cancel"
            and float_compare(line.qty_received, line.product_qty, precision_rounding=line.product_uom.rounding) < 0
        )

    def _logistics_apply_promise(self, promised_at):
        """Plan the receipt, and its steps up to the shelf, for the promised date."""
        self.ensure_one()
        if self.date_planned != promised_at:
            self._update_date_planned(promised_at)
        # Odoo moves the deadlines only: forecasts and schedules would go on counting on the day that is over
        for move in self.move_ids | self._logistics_steps_to_shelf():
            if move.state not in ("done", "cancel") and move.date != promised_at:
                move.date = promised_at

    def _logistics_steps_to_shelf(self):
        """What brings the line's goods on from the dock."""
        steps, found = self.move_ids, self.env["stock.move"]
        while steps:
            steps = steps.move_dest_ids.filtered(lambda move: move.location_id._logistics_is_dock()) - found
            found |= steps
        return found

    def _logistics_give_up(self, quantity):
        """Take what the supplier refuses off the line, never below what has come. Price and date stay as they are."""
        self.ensure_one()
        left = max(self.qty_received, self.product_qty - quantity)
        if float_compare(left, self.product_qty, precision_rounding=self.product_uom.rounding) < 0:
            # Odoo would take price and date from the vendor's price list again when only the quantity is written
            self.write({"product_qty": left, "price_unit": self.price_unit, "date_planned": self.date_planned})

    def _logistics_price_within(self, price):
        """Whether a supplier's price is no more than the company's tolerance (percent) above or below the ordered."""
        self.ensure_one()
        most = abs(self.price_unit) * self.company_id.logistics_price_tolerance / 100
        return abs(price - self.price_unit) <= most + 1e-9

    def _logistics_settled(self):
        """Lines the supplier has answered for the whole quantity."""
        return self.filtered(
            lambda line: line.logistics_answer_code == "IR"
            or (
                line.logistics_answer_code
                and float_compare(
                    line.logistics_confirmed_quantity, line.product_qty, precision_rounding=line.product_uom.rounding
                )
                >= 0
            )
        )
