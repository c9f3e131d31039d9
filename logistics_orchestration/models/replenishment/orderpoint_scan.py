"""What the scan sees in reordering rules: shortages to come, also where nothing is to be bought yet.

Two looks. The first dismisses a whole batch with one statement: whatever is on hand less everything that is to leave is
above the minimum, and lasts by average consumption beyond any lead time there is. Only what is left is looked at as
Odoo's scheduler would (lead time by supplier and route, forecast at that day), which costs a hundred times as much.
"""

import logging

import psycopg2

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY
from odoo.tools import SQL

from .projection import DEMAND_DAYS, runs_out_within
from .shortage import ACTIVE

_logger = logging.getLogger(__name__)

# The lateral parts read by product, so each rule costs what its own product moves and no more.
FIRST_LOOK = """
WITH batch AS (
    SELECT rule.id, rule.product_id, rule.warehouse_id, rule.product_min_qty, place.parent_path, item.product_tmpl_id
      FROM stock_warehouse_orderpoint rule
      JOIN stock_location place ON place.id = rule.location_id
      JOIN product_product item ON item.id = rule.product_id
     WHERE rule.active AND rule.company_id = %(company)s AND rule.id > %(after)s AND rule.id <= %(upto)s
     ORDER BY rule.id
     LIMIT %(size)s
)
SELECT batch.id,
       stock.quantity - leaving.owed < batch.product_min_qty
       OR (leaving.used > 0
           AND (stock.quantity - leaving.owed) / (leaving.used / %(window)s) <= %(days)s + COALESCE(lead.days, 0))
       OR EXISTS (SELECT 1 FROM logistics_shortage open
                   WHERE open.product_id = batch.product_id AND open.warehouse_id = batch.warehouse_id
                     AND open.state IN ('open', 'covered'))
  FROM batch
  CROSS JOIN LATERAL (
      SELECT COALESCE(SUM(quant.quantity), 0) AS quantity
        FROM stock_quant quant JOIN stock_location spot ON spot.id = quant.location_id
       WHERE quant.product_id = batch.product_id AND STARTS_WITH(spot.parent_path, batch.parent_path)
  ) AS stock
  CROSS JOIN LATERAL (
      SELECT COALESCE(SUM(move.product_qty) FILTER (WHERE move.state <> 'done'), 0) AS owed,
             COALESCE(SUM(move.product_qty) FILTER (WHERE move.state = 'done'), 0) AS used
        FROM stock_move move
        JOIN stock_location source ON source.id = move.location_id
        JOIN stock_location goal ON goal.id = move.location_dest_id
       WHERE move.product_id = batch.product_id
         AND (move.state IN ('waiting', 'confirmed', 'assigned', 'partially_available')
              OR (move.state = 'done' AND move.date >= %(since)s))
         AND STARTS_WITH(source.parent_path, batch.parent_path)
         AND NOT STARTS_WITH(goal.parent_path, batch.parent_path)
  ) AS leaving
  LEFT JOIN LATERAL (
      SELECT MAX(seller.delay) AS days FROM product_supplierinfo seller
       WHERE seller.product_tmpl_id = batch.product_tmpl_id
  ) AS lead ON TRUE
 ORDER BY batch.id
"""


class Orderpoint(models.Model):
    _inherit = "stock.warehouse.orderpoint"

    logistics_scanned_at = fields.Datetime(
        string="Found Short",
        readonly=True,
        copy=False,
        help="When a scan last found this rule, or its neighbour, short.",
    )

    @api.model
    def _logistics_first_look(self, company, after, upto, size):
        """A batch of a company's rules by id, and those of them that may be short.

        :returns: (number of rules, id of the last of them, ids to look at closely)
        """
        self.env.flush_all()
        today = fields.Date.context_today(self)
        self.env.cr.execute(
            SQL(
                FIRST_LOOK,
                company=company.id,
                after=after,
                upto=upto,
                size=size,
                window=float(DEMAND_DAYS),
                since=fields.Date.subtract(today, days=DEMAND_DAYS),
                days=self._logistics_longest_wait(company),
            )
        )
        rows = self.env.cr.fetchall()
        return len(rows), rows[-1][0] if rows else upto, [rule for rule, suspect in rows if suspect]

    @api.model
    def _logistics_longest_wait(self, company):
        """Days beyond a supplier's own that any route of the company may take: an upper bound, for the first look."""
        groups = self.env["stock.rule"]._read_group([("company_id", "in", (company.id, False))], [], ["delay:sum"])
        days = company.logistics_cover_days + (groups[0][0] or 0)
        for name in ("po_lead", "days_to_purchase", "manufacturing_lead"):
            days += company[name] if name in company._fields else 0
        if "mrp.bom" in self.env:
            boms = self.env["mrp.bom"].sudo()  # sudo: a figure of the company's
            longest = boms._read_group([], [], ["produce_delay:max", "days_to_prepare_mo:max"])[0]
            days += sum(longest_days or 0 for longest_days in longest)
        return days

    def _logistics_scan(self):
        """Look closely: open, bring up to date or close the shortages of these rules.

        One rule that cannot be looked at (a product without a unit, a route that loops) keeps no other from it.

        :returns: {"opened": count, "closed": count, "errors": [texts]}
        """
        found = {"opened": 0, "closed": 0, "errors": []}
        if not self:
            return found
        try:
            with self.env.cr.savepoint():
                self._logistics_scan_rules(found)
        except Exception as error:
            self._logistics_raise_conflict(error)
            self.env.invalidate_all()
            found.update(opened=0, closed=0)
            for rule in self:
                try:
                    with self.env.cr.savepoint():
                        rule._logistics_scan_rules(found)
                except Exception as one:
                    self._logistics_raise_conflict(one)
                    _logger.warning("Scan: rule %s cannot be looked at", rule.id, exc_info=True)
                    found["errors"].append(f"{rule.id}: {type(one).__name__}: {one}")
        return found

    @staticmethod
    def _logistics_raise_conflict(error):
        """Somebody else changed the same rows: no fault of a rule, the batch is tried again."""
        if isinstance(error, psycopg2.Error) and error.pgcode in PG_CONCURRENCY_ERRORS_TO_RETRY:
            raise error

    def _logistics_scan_rules(self, found):
        with self.env["logistics.event"]._business_call():
            short = self._logistics_below_minimum() | self._logistics_early()
            if short:
                short._logistics_claim("logistics_scanned_at")
            before = self._logistics_active_shortages()
            shortages = short._logistics_record_shortages(buying=False)
            seen = self.env["logistics.shortage"].union(*shortages.values())
            (seen - before)._link_inbound()
            (before - seen)._refresh(scheduled=True)
            seen._refresh()
            (before | seen)._weigh()
        found["opened"] += len(seen - before)
        found["closed"] += len(before.filtered(lambda s: s.state not in ACTIVE))

    def _logistics_active_shortages(self):
        """Open and covered episodes of these rules' products and warehouses."""
        active = self.env["logistics.shortage"].search(
            [
                ("product_id", "in", self.product_id.ids),
                ("warehouse_id", "in", self.warehouse_id.ids),
                ("state", "in", ACTIVE),
            ]
        )
        scopes = {(rule.product_id, rule.warehouse_id) for rule in self}
        return active.filtered(lambda s: (s.product_id, s.warehouse_id) in scopes)

    def _logistics_early(self, margin=0.0, less=None):
        """Rules whose stock runs out within lead time and days to cover, requests for quotation counted as coming.

        :param float margin: see ``projection.runs_out_within``
        :param dict less: {rule: [(date, quantity)]} flows not to count on
        """
        today = fields.Date.context_today(self)
        positions = self._logistics_positions(requests=less is None, less=less)

        def early(rule):
            position = positions[rule]
            horizon = fields.Date.add(rule.lead_days_date or today, days=rule.company_id.logistics_cover_days)
            return runs_out_within(position["projected_stockout_date"], horizon, today, margin)

        return self.filtered(early)
