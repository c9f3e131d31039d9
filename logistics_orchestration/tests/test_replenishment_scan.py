"""The scan: shortages are seen before they hurt, do not flap, and say who waits; the run goes on where it stopped."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.replenishment import shortage_scan
from ..models.replenishment.orderpoint import Orderpoint
from .replenishment_common import ReplenishmentCase


@tagged("-at_install", "post_install")
class TestShortageScan(ReplenishmentCase):
    def scan(self):
        """A whole run, begun anew."""
        scans = self.env["logistics.shortage.scan"]
        before = scans.search([])
        self.assertTrue(scans._begin(again_after_minutes=0))
        scans._work(60)
        return scans.search([]) - before

    def consume(self, product, quantity):
        """Goods that left over the last weeks: what the average consumption is made of."""
        move = self.env["stock.move"].create(
            {
                "name": "used",
                "product_id": product.id,
                "product_uom_qty": quantity,
                "quantity": quantity,
                "picked": True,
                "location_id": self.warehouse.lot_stock_id.id,
                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
            }
        )
        move._action_confirm()
        move._action_done()

    def later_order(self, quantity, days, product=None):
        """A sale whose goods leave in so many days."""
        return self.make_order(quantity, product=product, commitment_date=self.in_days(days))

    # -- before it hurts ------------------------------------------------------------------------------------------

    def test_a_healthy_rule_is_dismissed_at_the_first_look(self):
        parts = self.scan()
        self.assertGreaterEqual(sum(parts.mapped("rule_count")), 1)
        _count, _last, close = self.env["stock.warehouse.orderpoint"]._logistics_first_look(
            self.company, self.rule.id - 1, self.rule.id, 10
        )
        self.assertEqual(close, [])
        self.assertFalse(self.shortages())

    def test_demand_beyond_the_schedulers_horizon_is_seen(self):
        """Odoo's scheduler looks ahead by the lead time (7 days) only: 110 in 12 days would be bought too late."""
        self.later_order(110, 12)
        self.run_scheduler()
        self.assertFalse(self.purchase_lines())
        self.scan()
        shortage = self.shortages()
        self.assertEqual((len(shortage), shortage.state, shortage.occurrence_count), (1, "open", 0))
        self.assertEqual(shortage.projected_stockout_date, self.in_days(12).date())
        self.assertFalse(self.events("stock.below_threshold"), "it is not below its minimum yet")
        self.scan()
        self.assertEqual(self.shortages(), shortage, "the same need, once")

    # -- over the dock --------------------------------------------------------------------------------------------

    def expect(self, days, quantity=100):
        """A confirmed order of a buyer's, planned to be here in so many days."""
        line = {
            "product_id": self.product.id,
            "product_qty": quantity,
            "price_unit": 1,
            "date_planned": self.in_days(days),
        }
        order = self.env["purchase.order"].create({"partner_id": self.supplier.id, "order_line": [(0, 0, line)]})
        order.button_confirm()
        return order.order_line

    def runs_out_on(self):
        self.env.invalidate_all()
        return self.rule._logistics_positions()[self.rule]["projected_stockout_date"]

    def test_a_receipt_counts_when_it_can_be_picked(self):
        """100 on the shelf, 130 leave in 5 days; 100 come to the dock the day before."""
        self.later_order(130, 5)
        line = self.expect(4)
        day = line.move_ids._logistics_usable_on()[line.move_ids]
        self.company.logistics_dock_days = 1
        self.assertEqual(line.move_ids._logistics_usable_on()[line.move_ids], self.in_days(5).date())
        self.assertEqual(day, self.in_days(5).date(), "a day is the company's figure")
        self.assertFalse(self.runs_out_on())
        self.warehouse.logistics_dock_days = 3
        self.assertEqual(self.runs_out_on(), self.in_days(5).date())
        line.move_ids.picking_id.logistics_arrived_at = self.in_days(0)
        self.assertFalse(self.runs_out_on(), "it is at the dock already")

    def test_the_way_counts_where_the_supplier_promises_when_it_ships(self):
        self.supplier.logistics_transit_days = 4
        line = self.expect(4)
        self.assertEqual(line.move_ids._logistics_usable_on()[line.move_ids], self.in_days(9).date())
        line.move_ids.date = self.in_days(6)  # a ship notice says when it is here
        self.assertEqual(line.move_ids._logistics_usable_on()[line.move_ids], self.in_days(7).date())

    def test_in_several_steps_the_receipt_counts(self):
        self.warehouse.reception_steps = "two_steps"
        line = self.expect(4)
        step = line.move_ids.move_dest_ids
        self.assertEqual(step.state, "waiting")
        self.warehouse.logistics_dock_days = 3
        self.assertEqual(step._logistics_usable_on()[step], self.in_days(7).date())
        line._logistics_apply_promise(self.in_days(20))
        self.assertEqual((line.move_ids.date, step.date), (self.in_days(20), self.in_days(20)))
        self.assertEqual(step._logistics_usable_on()[step], self.in_days(23).date())

    def test_what_does_not_come_over_the_dock_counts_at_its_date(self):
        self.warehouse.logistics_dock_days = 3
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.warehouse.view_location_id.id})
        move = self.env["stock.move"].create(
            {
                "name": "back",
                "product_id": self.product.id,
                "product_uom_qty": 1,
                "date": self.in_days(4),
                "location_id": shelf.id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
            }
        )
        self.assertEqual(move._logistics_usable_on()[move], self.in_days(4).date())

    def test_demand_beyond_lead_time_and_cover_is_not_a_shortage_yet(self):
        self.later_order(110, 40)
        self.scan()
        self.assertFalse(self.shortages())

    def test_average_consumption_counts_where_no_order_does(self):
        product = self.make_product("SOAP", "Soap", 1000)
        rule = self.make_rule(product, minimum=5, maximum=50)
        self.consume(product, 900)  # ten a day: 100 left last ten days, lead time and cover are 14
        self.scan()
        shortage = self.shortages(product)
        self.assertEqual((shortage.orderpoint_id, shortage.stockout_basis), (rule, "estimated"))

    def test_a_rule_that_never_buys_is_seen_too(self):
        self.rule.trigger = "manual"
        self.make_order(95)
        self.assertFalse(self.shortages())
        self.scan()
        shortage = self.shortages()
        self.assertEqual((shortage.state, shortage.occurrence_count), ("open", 1))
        self.assertEqual(len(self.events("stock.below_threshold", shortage)), 1)
        self.scan()
        self.assertEqual(len(self.events("stock.below_threshold", shortage)), 1)
        self.assertEqual(shortage.occurrence_count, 1, "looking is not ordering")

    def test_below_the_minimum_later_on_is_told_once_when_it_gets_there(self):
        self.later_order(110, 12)
        self.scan()
        shortage = self.shortages()
        self.make_order(95)
        self.assertIn(shortage, self.shortages())
        self.assertEqual(len(self.events("stock.below_threshold")), 1)

    def test_what_is_ordered_by_hand_covers_it(self):
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.supplier.id,
                "order_line": [(0, 0, {"product_id": self.product.id, "product_qty": 50, "price_unit": 30,
                                       "date_planned": self.in_days(13)})],
            }
        )  # fmt: skip
        order.button_confirm()
        self.later_order(110, 10)
        self.scan()
        shortage = self.shortages()
        self.assertEqual((shortage.state, shortage.purchase_line_ids), ("covered", order.order_line))

    # -- no flapping ----------------------------------------------------------------------------------------------

    def test_it_closes_with_a_margin_or_after_enough_quiet_scans(self):
        self.rule.trigger = "manual"
        self.make_order(95)
        self.scan()
        shortage = self.shortages()
        stock = self.warehouse.lot_stock_id
        self.env["stock.quant"]._update_available_quantity(self.product, stock, 6)  # 11: the minimum is 10
        self.env.invalidate_all()
        for expected in (1, 2):
            self.scan()
            self.assertEqual((shortage.stable_count, shortage.state), (expected, "covered"))
        self.env["stock.quant"]._update_available_quantity(self.product, stock, -3)
        self.env.invalidate_all()
        self.scan()
        self.assertEqual((shortage.stable_count, shortage.state), (0, "open"))
        self.env["stock.quant"]._update_available_quantity(self.product, stock, 3)
        self.env.invalidate_all()
        for _each in range(3):
            self.scan()
        self.assertEqual(shortage.state, "resolved")
        self.assertEqual(len(self.shortages()), 1)

    def test_the_margin_is_a_setting(self):
        self.company.logistics_recovery_percent = 50
        self.company.logistics_stable_scans = 0
        self.rule.trigger = "manual"
        self.make_order(95)
        self.scan()
        self.env["stock.quant"]._update_available_quantity(self.product, self.warehouse.lot_stock_id, 15)
        self.env.invalidate_all()
        for _each in range(4):
            self.scan()
        self.assertEqual(self.shortages().state, "covered", "twenty are there, 25 are asked for")
        self.env["stock.quant"]._update_available_quantity(self.product, self.warehouse.lot_stock_id, 5)
        self.env.invalidate_all()
        self.scan()
        self.assertEqual(self.shortages().state, "resolved")
        with self.assertRaisesRegex(ValidationError, "0 or more"):
            self.company.logistics_cover_days = -1

    # -- who waits ------------------------------------------------------------------------------------------------

    def test_who_waits_and_what_it_is_worth(self):
        self.rule.trigger = "manual"
        first = self.make_order(80)
        second = self.make_order(50)
        self.scan()
        shortage = self.shortages()
        line = shortage.demand_ids
        self.assertEqual((line.sale_order_id, line.kind, line.missing, line.quantity), (second, "sale", 30, 50))
        self.assertEqual((line.value, shortage.value_at_risk, shortage.order_count), (3000, 3000, 1))
        self.assertEqual((line.partner_id, shortage.customer_count), (self.customer, 1))
        self.assertEqual(line.action_open()["res_id"], second.id)
        first._action_cancel()
        self.scan()
        self.assertFalse(shortage.demand_ids, "fifty of a hundred are there")
        self.assertEqual((shortage.value_at_risk, shortage.order_count), (0, 0))

    def test_lines_that_stay_are_kept(self):
        self.rule.trigger = "manual"
        self.make_order(130)
        self.scan()
        line = self.shortages().demand_ids
        self.make_order(10)
        self.scan()
        self.assertIn(line, self.shortages().demand_ids)
        self.assertEqual(self.shortages().order_count, 2)

    # -- the run --------------------------------------------------------------------------------------------------

    def test_a_run_goes_on_where_it_stopped(self):
        rules = self.rule
        for number in range(12):
            rules |= self.make_rule(self.make_product(f"P{number}", f"P{number}", 0))
        rules.trigger = "manual"
        scans = self.env["logistics.shortage.scan"]
        scans._begin(again_after_minutes=0)
        with patch.object(shortage_scan, "BATCH", 1):
            part = scans.search([("company_id", "=", self.company.id), ("slice", "=", 1)], order="id desc", limit=1)
            self.assertTrue(scans._work_batch(part.id))
            self.assertEqual((part.rule_count, part.state), (1, "waiting"))
            at = part.cursor_id
            scans._work(60)
        self.assertGreater(part.cursor_id, at)
        self.assertFalse(scans.search([("state", "=", "waiting")]))
        run = scans.search([("company_id", "=", self.company.id), ("started_at", "=", part.started_at)])
        self.assertEqual(
            sum(run.mapped("rule_count")),
            self.env["stock.warehouse.orderpoint"].search_count([("company_id", "=", self.company.id)]),
        )
        self.assertEqual(part.progress, 100)
        self.assertEqual(len(self.env["logistics.shortage"].search([("orderpoint_id", "in", rules.ids)])), 12)

    def test_one_run_at_a_time(self):
        scans = self.env["logistics.shortage.scan"]
        self.assertTrue(scans._begin(again_after_minutes=0))
        count = scans.search_count([])
        self.assertTrue(scans._begin(again_after_minutes=0), "there is something to work on")
        self.assertEqual(scans.search_count([]), count)
        scans._work(60)
        self.assertFalse(scans._begin(), "a moment ago")

    @mute_logger("odoo.addons.logistics_orchestration.models.replenishment.orderpoint_scan")
    def test_a_rule_that_cannot_be_looked_at_keeps_no_other_from_it(self):
        chair = self.make_product("CHAIR", "Chair", 0)
        bad = self.make_rule(chair)
        lamp = self.make_product("LAMP", "Lamp", 0)
        self.make_rule(lamp)
        positions = Orderpoint._logistics_positions

        def broken(rules, *args, **kwargs):
            if bad in rules:
                raise ValueError("a route that loops")
            return positions(rules, *args, **kwargs)

        with patch.object(Orderpoint, "_logistics_positions", broken):
            parts = self.scan()
        self.assertFalse(self.shortages(chair))
        self.assertTrue(self.shortages(lamp))
        self.assertEqual(sum(parts.mapped("failed_count")), 1)
        self.assertIn("a route that loops", "".join(text for text in parts.mapped("last_error") if text))

    def test_it_buys_nothing(self):
        self.rule.trigger = "manual"
        self.make_order(130)
        self.scan()
        self.assertFalse(self.purchase_lines())
        self.assertFalse(self.rule.logistics_bought_at)
        self.assertTrue(self.rule.logistics_scanned_at)

    def test_old_runs_go(self):
        old = self.scan()
        old.started_at = fields.Datetime.subtract(fields.Datetime.now(), days=40)
        self.scan()
        self.assertFalse(old.exists())
