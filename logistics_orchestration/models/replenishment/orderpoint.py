"""What a reordering rule sees becomes a shortage; what Odoo then buys becomes a request the supplier is told.

Odoo itself buys, here as without us: from the scheduler, at an order's confirmation, or by the button. Two buyers at
once would buy the same need twice, and waiting for each other is not enough: Odoo reads at REPEATABLE READ, so the one
that waited still does not see what the other has bought. Therefore the rules of one product and warehouse are locked as
rows AND marked by whoever buys. A lock on a row that was changed since one's own snapshot raises a serialization
failure, and Odoo's retry starts again with fresh eyes: it finds nothing left to order. (An advisory lock gives the
waiting without the failure, and a unique index on the shortage would fail without a retry; the row gives both.)
Odoo's own write of the rule's quantity to order queues the same transactions on the same rows, so nobody waits longer.
"""

import logging
from collections import defaultdict
from datetime import timedelta
from math import ceil

from psycopg2 import OperationalError

from odoo import fields, models, registry
from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY
from odoo.tools import SQL, float_compare, split_every

from .projection import DEMAND_DAYS, demand_at_risk, stockout, week_bucket
from .shortage import ACTIVE

_logger = logging.getLogger(__name__)

# Rules bought for in one transaction of the scheduler: few enough that a user's confirmation never waits long.
BATCH = 200
RETRIES = 5
# what is read of open receipts: few columns, they may be many
RECEIPT_FIELDS = ["product_id", "product_qty", "date", "location_id", "location_dest_id", "purchase_line_id",
                  "picking_id"]  # fmt: skip
RFQ_STATES = ("draft", "sent", "to approve")


class Orderpoint(models.Model):
    _inherit = "stock.warehouse.orderpoint"

    logistics_bought_at = fields.Datetime(
        string="Last Bought", readonly=True, copy=False, help="When this rule, or its neighbour, last ordered."
    )
    logistics_shortage_count = fields.Integer(compute="_compute_logistics_shortage_count", string="Open Shortages")

    def _compute_logistics_shortage_count(self):
        # sudo: a figure for everybody who sees the rule; the shortages open with the user's own rights
        shortages = self.env["logistics.shortage"].sudo()
        groups = shortages._read_group(
            [
                ("product_id", "in", self.product_id.ids),
                ("warehouse_id", "in", self.warehouse_id.ids),
                ("state", "in", ACTIVE),
            ],
            ["product_id", "warehouse_id"],
            ["__count"],
        )
        counts = {(product.id, warehouse.id): count for product, warehouse, count in groups}
        for rule in self:
            rule.logistics_shortage_count = counts.get((rule.product_id.id, rule.warehouse_id.id), 0)

    def action_logistics_shortages(self):
        """Smart button: episodes of this product and warehouse, past ones too."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_shortage")
        domain = [("product_id", "=", self.product_id.id), ("warehouse_id", "=", self.warehouse_id.id)]
        return dict(action, domain=domain, context={})

    # -- the choke point --------------------------------------------------------------------------------------

    def _procure_orderpoint_confirm(self, use_new_cursor=False, company_id=None, raise_user_error=True):
        """Record the shortages these rules see, let Odoo buy, and tell what it bought."""
        if use_new_cursor:
            return self._logistics_procure_batches(company_id, raise_user_error)
        rules = self.with_company(company_id)
        needs = rules.filtered(
            lambda r: float_compare(r.qty_to_order, 0.0, precision_rounding=r.product_uom.rounding) == 1
        )
        if not needs:
            return super()._procure_orderpoint_confirm(company_id=company_id, raise_user_error=raise_user_error)
        with self.env["logistics.event"]._business_call():
            # sudo: a sale confirmed by whoever sells may run a product low; what is recorded is the company's
            needs = needs.sudo()
            needs._logistics_claim()
            before = needs._logistics_requested_quantities()
            shortages = needs._logistics_record_shortages()
            result = super()._procure_orderpoint_confirm(company_id=company_id, raise_user_error=raise_user_error)
            needs._logistics_after_buying(shortages, before)
        return result

    def _logistics_procure_batches(self, company_id, raise_user_error):
        """The scheduler's way: a transaction of its own per batch, started again when somebody else bought meanwhile.

        Odoo's own loop opens the cursor inside, after the point where rules must be claimed, and repeats for ever.
        """
        for batch_ids in split_every(BATCH, self.ids):
            for attempt in range(1, RETRIES + 1):
                cr = registry(self.env.cr.dbname).cursor()
                try:
                    batch = self.with_env(self.env(cr=cr)).browse(batch_ids)
                    batch._procure_orderpoint_confirm(company_id=company_id, raise_user_error=raise_user_error)
                    cr.commit()  # pylint: disable=invalid-commit  # each batch stands by itself, as in Odoo's loop
                    break
                except OperationalError as error:
                    cr.rollback()  # pylint: disable=invalid-commit  # a fresh snapshot for the next attempt
                    if error.pgcode not in PG_CONCURRENCY_ERRORS_TO_RETRY:
                        raise
                    if attempt == RETRIES:
                        _logger.error("Rules %s are left to the next run: %s", batch_ids[:10], error)
                finally:
                    cr.close()
        return {}

    def _logistics_claim(self, mark="logistics_bought_at"):
        """Make sure that nobody else buys for these products and warehouses, nor has since we looked (see above).

        :param str mark: what is written: that somebody buys, or that a scan found them short
        """
        neighbours = self.with_context(active_test=False).search(
            [("product_id", "in", self.product_id.ids), ("warehouse_id", "in", self.warehouse_id.ids)]
        )
        pairs = {(rule.product_id, rule.warehouse_id) for rule in self}
        neighbours = (neighbours | self).filtered(lambda r: (r.product_id, r.warehouse_id) in pairs)
        neighbours.flush_recordset()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM stock_warehouse_orderpoint WHERE id IN %s ORDER BY id FOR NO KEY UPDATE",
                tuple(neighbours.ids),
            )
        )
        neighbours.write({mark: fields.Datetime.now()})

    # -- before buying: what is short -------------------------------------------------------------------------

    def _logistics_below_minimum(self):
        """Rules whose forecast, requests for quotation included, is below their minimum."""
        return self.filtered(
            lambda r: float_compare(r.qty_forecast, r.product_min_qty, precision_rounding=r.product_uom.rounding) < 0
        )

    def _logistics_record_shortages(self, buying=True):
        """Find or open the episode of each rule below its minimum; a new one is told once.

        :param bool buying: these rules order now. False: a scan looks, and takes all of ``self``, also what is not
            below its minimum yet but will run out; that is told when it gets there.
        :returns: {rule: shortage}
        """
        positions = self._logistics_positions()
        below = self._logistics_below_minimum()
        shortages = {}
        for rule in below if buying else self:
            shortage = rule._logistics_find_shortage(positions[rule]["bucket"])
            vals = rule._prepare_logistics_shortage_vals(positions[rule])
            times = shortage.occurrence_count
            vals["occurrence_count"] = times + 1 if buying else max(times, int(rule in below))
            if shortage:
                vals.pop("user_id")
                shortage.write(vals)
            else:
                shortage = self.env["logistics.shortage"].with_context(mail_create_nosubscribe=True).create(vals)
            if vals["occurrence_count"] and not times:
                shortage._logistics_emit("logistics.stock.below_threshold")
            shortage._tell_at_risk()
            shortages[rule] = shortage
        return shortages

    def _logistics_find_shortage(self, bucket):
        """The episode a need in week ``bucket`` belongs to.

        That week's; else one that nothing was ordered for yet, or whose day of need was only a guess: it gets the day.
        """
        active = self.env["logistics.shortage"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("product_id", "=", self.product_id.id),
                ("warehouse_id", "=", self.warehouse_id.id),
                ("state", "in", ACTIVE),
            ]
        )
        return (
            active.filtered(lambda s: s.bucket == bucket)[:1]
            or active.filtered(lambda s: s.state == "open" or s.stockout_basis != "known")[:1]
        )

    def _prepare_logistics_shortage_vals(self, position):
        """Values of an episode as this rule sees it now."""
        return {
            "company_id": self.company_id.id,
            "product_id": self.product_id.id,
            "warehouse_id": self.warehouse_id.id,
            "orderpoint_id": self.id,
            "on_hand": self.qty_on_hand,
            "forecast": self.qty_forecast,
            "minimum": self.product_min_qty,
            "maximum": self.product_max_qty,
            "quantity_to_order": self.qty_to_order,
            "supplier_id": self._logistics_usual_supplier().id,
            "user_id": self._logistics_responsible().id,
            "checked_at": fields.Datetime.now(),
            "stable_count": 0,
            **position,
        }

    def _logistics_usual_supplier(self):
        """The vendor named on the rule, else the product's first for this company."""
        sellers = self.supplier_id or self.product_id.seller_ids.filtered(
            lambda seller: seller.company_id in (seller.company_id.browse(), self.company_id)
            and seller.product_id in (seller.product_id.browse(), self.product_id)
        )
        return sellers[:1].partner_id

    def _logistics_responsible(self):
        """Who looks after the product, when that is a person at work."""
        user = self.product_id.with_company(self.company_id).responsible_id
        return user.filtered(lambda u: u.active and not u.share and not u._is_superuser())

    def _logistics_positions(self, requests=False, less=None):
        """How the stock of each rule runs down: {rule: values of a shortage}.

        :param bool requests: count requests for quotation as coming when something ordered today would
        :param dict less: {rule: [(date, quantity)]} receipts not to count on
        """
        today = fields.Date.context_today(self)
        flows, demand = self._logistics_flows(today)
        asked = self._quantity_in_progress() if requests else {}
        result, dock_days = {}, {}
        for rule in self:
            supply_date = rule._logistics_supply_date(today, dock_days)
            key = (rule.location_id, rule.product_id)
            dated = flows[key]
            if requests or less:
                dated = [*dated, (supply_date, asked.get(rule.id, 0.0))]
                dated += [(day, -quantity) for day, quantity in (less or {}).get(rule, ())]
            day, basis = stockout(rule.qty_on_hand, dated, today, demand[key])
            result[rule] = {
                "bucket": week_bucket(day or supply_date),
                "projected_stockout_date": day,
                "stockout_basis": basis,
                "supply_date": supply_date,
                "demand_at_risk": demand_at_risk(rule.qty_on_hand, flows[key], today, supply_date),
            }
        return result

    def _logistics_supply_date(self, today, dock_days):
        """When something ordered today could be picked: after the lead time, and dock to stock of what is bought.

        :param dict dock_days: {(warehouse, supplier): days} as far as known; what is asked for is added
        """
        self.ensure_one()
        arrives_on = self.lead_days_date or today
        if "buy" not in self.rule_ids.mapped("action"):
            return arrives_on
        key = (self.warehouse_id, self._logistics_usual_supplier())
        if key not in dock_days:
            dock_days[key] = self.warehouse_id._logistics_dock_days(key[1])
        return arrives_on + timedelta(days=ceil(dock_days[key]))

    def _logistics_flows(self, today):
        """Open receipts by the day they can be picked, dated demand, and average daily consumption.

        :returns: ({(location, product): [(date, signed quantity)]}, {(location, product): a day's consumption})
        """
        move = self.env["stock.move"]
        flows, demand = defaultdict(list), defaultdict(float)
        waiting = [("state", "in", ("waiting", "confirmed", "assigned", "partially_available"))]
        since = [("state", "=", "done"), ("date", ">=", fields.Date.subtract(today, days=DEMAND_DAYS))]
        for location, rules in self.grouped("location_id").items():
            products = rules.product_id
            of_products = [("product_id", "in", products.ids)]
            _quants, incoming, outgoing = products._get_domain_locations_new(location.ids)
            receipts = move.search_fetch(of_products + waiting + incoming, RECEIPT_FIELDS)
            for receipt, day in receipts._logistics_usable_on().items():
                flows[location, receipt.product_id].append((day, receipt.product_qty))
            for product, day, quantity in move._read_group(
                of_products + waiting + outgoing, ["product_id", "date:day"], ["product_qty:sum"]
            ):
                flows[location, product].append((day.date(), -quantity))
            for product, quantity in move._read_group(
                of_products + since + outgoing, ["product_id"], ["product_qty:sum"]
            ):
                demand[location, product] = quantity / DEMAND_DAYS
        return flows, demand

    # -- after buying: what was ordered -----------------------------------------------------------------------

    def _logistics_request_lines(self):
        return self.env["purchase.order.line"].search(
            [("product_id", "in", self.product_id.ids), ("state", "in", RFQ_STATES), ("display_type", "=", False)]
        )

    def _logistics_requested_quantities(self):
        """Quantity on each request for quotation for these products, before Odoo buys."""
        return {line.id: line.product_qty for line in self._logistics_request_lines()}

    def _logistics_after_buying(self, shortages, before):
        """Link what was bought to its shortage and tell the supplier of new and increased lines, per order.

        :param dict shortages: {rule: shortage}
        :param dict before: {line id: quantity} as of before
        """
        lines = self._logistics_request_lines().filtered(
            lambda line: line.orderpoint_id in self
            and float_compare(line.product_qty, before.get(line.id, 0.0), precision_rounding=line.product_uom.rounding)
            > 0
        )
        by_rule = lines.grouped("orderpoint_id")
        for rule, shortage in shortages.items():
            bought = by_rule.get(rule, lines.browse()) - shortage.purchase_line_ids
            if bought:
                shortage.purchase_line_ids = [fields.Command.link(line.id) for line in bought]
        for order, of_order in lines.grouped("order_id").items():
            order._logistics_request(of_order)
        if shortages:
            self.env["logistics.shortage"].union(*shortages.values())._refresh()
