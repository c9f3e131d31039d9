"""A product below its minimum: recorded once, bought once by Odoo, told once, and over when the stock is back."""

from unittest.mock import patch

from psycopg2.errors import SerializationFailure, UniqueViolation

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.replenishment.orderpoint import Orderpoint
from ..models.replenishment.projection import week_bucket
from .replenishment_common import ReplenishmentCase

ORDERPOINT = "odoo.addons.logistics_orchestration.models.replenishment.orderpoint"


@tagged("-at_install", "post_install")
class TestShortage(ReplenishmentCase):
    def sell_out(self):
        """Sell 95 of 100: five are left, the minimum is ten."""
        return self.make_order(95)

    def enter_test_mode(self):
        """From here on, cursors the code opens itself share the test's transaction."""
        self.registry.enter_test_mode(self.cr)
        self.addCleanup(self.registry.leave_test_mode)

    # -- once ---------------------------------------------------------------------------------------------------

    def test_a_confirmation_that_empties_the_shelf_is_recorded_bought_and_told_once(self):
        self.enforce("replenishment")
        self.sell_out()
        shortage = self.shortages()
        self.assertEqual(len(shortage), 1)
        self.assertEqual(shortage.state, "covered")
        line = self.purchase_lines()
        self.assertEqual((len(line), line.product_qty), (1, 35))
        self.assertEqual(shortage.purchase_line_ids, line)
        told = self.events("stock.below_threshold", shortage)
        self.assertEqual(len(told), 1)
        self.assertEqual(told.data["quantity_to_order"], 35)
        self.assertEqual(told.data["forecast"], 5)
        requested = self.events("purchase.requested", line.order_id)
        self.assertEqual(len(requested), 1)
        self.assertEqual(requested.certainty, "requested")
        self.assertEqual([(item["line"], item["quantity"]) for item in requested.data["lines"]], [(line.id, 35)])
        self.assertLess(told.id, requested.id)
        self.assertEqual(told.ordering_key, f"stock.warehouse.orderpoint/{self.rule.id}")
        self.assertEqual(requested.ordering_key, f"purchase.order/{line.order_id.id}")

    def test_a_second_run_does_nothing(self):
        self.enforce("replenishment")
        self.sell_out()
        before = (self.shortages(), self.purchase_lines(), len(self.events()))
        self.run_scheduler()
        self.run_scheduler()
        self.assertEqual((self.shortages(), self.purchase_lines(), len(self.events())), before)
        self.assertEqual(self.purchase_lines().product_qty, 35)
        self.assertEqual(self.shortages().occurrence_count, 1)

    def test_more_demand_increases_the_line_and_only_that_is_told_again(self):
        self.enforce("replenishment")
        other = self.make_product("CHAIR", "Chair", 20)
        self.make_rule(other)
        self.sell_out()
        self.make_order(15, product=other)
        order = self.purchase_lines().order_id
        self.assertEqual(self.purchase_lines(other).order_id, order, "Odoo collects both on one request")
        self.make_order(40)
        requests = self.events("purchase.requested", order)
        self.assertEqual(
            [[(item["sku"], item["quantity"]) for item in event.data["lines"]] for event in requests],
            [[("DESK", 35)], [("CHAIR", 35)], [("DESK", 75)]],
        )
        shortage = self.shortages()
        self.assertEqual((len(shortage), shortage.occurrence_count), (1, 2))
        self.assertEqual(len(self.events("stock.below_threshold", shortage)), 1)

    def test_the_database_refuses_a_second_open_episode(self):
        self.sell_out()
        shortage = self.shortages()
        vals = {
            "company_id": self.company.id,
            "product_id": self.product.id,
            "warehouse_id": self.warehouse.id,
            "bucket": shortage.bucket,
        }
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.env["logistics.shortage"].create(vals)
        shortage.action_resolve(reason="Found in the annex")
        self.env.flush_all()
        self.assertTrue(self.env["logistics.shortage"].create(vals))

    # -- what is recorded -----------------------------------------------------------------------------------------

    def test_demand_at_risk_is_told_once(self):
        self.make_order(130)
        shortage = self.shortages()
        self.assertEqual(shortage.demand_at_risk, 30)
        self.assertEqual(shortage.stockout_basis, "known")
        self.assertEqual(shortage.bucket, week_bucket(shortage.projected_stockout_date))
        self.assertEqual(len(self.events("stock.shortage_detected", shortage)), 1)
        self.make_order(40)
        self.assertEqual(self.shortages().demand_at_risk, 70)
        self.assertEqual(len(self.events("stock.shortage_detected", shortage)), 1)

    def test_without_a_supplier_the_shortage_stays_open_and_is_told_once(self):
        product = self.make_product("LAMP", "Lamp", 20)
        self.make_rule(product, supplier=False)
        self.make_order(15, product=product)
        self.run_scheduler()
        shortage = self.shortages(product)
        self.assertEqual((len(shortage), shortage.state), (1, "open"))
        self.assertFalse(self.purchase_lines(product))
        self.assertEqual(len(self.events("stock.below_threshold", shortage)), 1)
        self.assertTrue(product.product_tmpl_id.activity_ids, "Odoo's own warning is still there")

    def test_one_rule_without_a_supplier_does_not_keep_the_others_from_buying(self):
        lamp = self.make_product("LAMP", "Lamp", 0)
        self.make_rule(lamp, supplier=False)
        chair = self.make_product("CHAIR", "Chair", 0)
        self.make_rule(chair)
        self.run_scheduler()
        self.assertEqual(self.purchase_lines(chair).product_qty, 40)
        self.assertEqual(self.shortages(lamp).state, "open")
        self.assertEqual(self.shortages(chair).state, "covered")

    def test_the_button_raises_what_odoo_raises_and_leaves_nothing(self):
        product = self.make_product("LAMP", "Lamp", 0)
        rule = self.make_rule(product, supplier=False)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            rule._procure_orderpoint_confirm(company_id=self.company, raise_user_error=True)
        self.assertFalse(self.shortages(product))

    def test_the_schedulers_own_transactions_record_and_buy_too(self):
        chair = self.make_product("CHAIR", "Chair", 0)
        rule = self.make_rule(chair)
        self.env.flush_all()
        self.enter_test_mode()
        (rule | self.rule)._procure_orderpoint_confirm(
            use_new_cursor=True, company_id=self.company, raise_user_error=False
        )
        self.env.invalidate_all()
        self.assertEqual(self.purchase_lines(chair).product_qty, 40)
        self.assertEqual(self.shortages(chair).state, "covered")
        self.assertEqual(len(self.events("stock.below_threshold", self.shortages(chair))), 1)

    @mute_logger(ORDERPOINT)
    def test_a_batch_that_lost_against_another_buyer_starts_again(self):
        chair = self.make_product("CHAIR", "Chair", 0)
        rule = self.make_rule(chair)
        self.env.flush_all()
        self.enter_test_mode()
        claim = Orderpoint._logistics_claim
        tries = []

        def lost_once(rules):
            tries.append(rules)
            if len(tries) == 1:
                raise _Conflict()
            claim(rules)

        with patch.object(Orderpoint, "_logistics_claim", lost_once):
            rule._procure_orderpoint_confirm(use_new_cursor=True, company_id=self.company, raise_user_error=False)
        self.env.invalidate_all()
        self.assertEqual(len(tries), 2)
        self.assertEqual(self.purchase_lines(chair).product_qty, 40)

    @mute_logger(ORDERPOINT)
    def test_a_batch_that_always_loses_is_left_to_the_next_run(self):
        chair = self.make_product("CHAIR", "Chair", 0)
        rule = self.make_rule(chair)
        self.env.flush_all()
        self.enter_test_mode()
        with patch.object(Orderpoint, "_logistics_claim", side_effect=_Conflict()) as claim:
            rule._procure_orderpoint_confirm(use_new_cursor=True, company_id=self.company, raise_user_error=False)
        self.assertEqual(claim.call_count, 5)
        self.env.invalidate_all()
        self.assertFalse(self.purchase_lines(chair))

    def test_whoever_buys_marks_the_rule_and_its_neighbours(self):
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.warehouse.lot_stock_id.id})
        neighbour = self.rule.copy({"location_id": shelf.id, "product_min_qty": 0, "product_max_qty": 0})
        stranger = self.make_rule(self.make_product("CHAIR", "Chair", 50))
        self.sell_out()
        self.assertTrue(self.rule.logistics_bought_at)
        self.assertTrue(neighbour.logistics_bought_at)
        self.assertFalse(stranger.logistics_bought_at)

    # -- over -----------------------------------------------------------------------------------------------------

    def test_a_receipt_ends_it(self):
        self.sell_out()
        shortage = self.shortages()
        order = shortage.purchase_line_ids.order_id
        order.button_confirm()
        shortage.action_check()
        self.assertEqual(shortage.state, "covered", "what is only promised does not end it")
        self.assertEqual(shortage.expected_date, order.order_line.date_planned.date())
        self.receive_goods(order)
        self.assertEqual(shortage.state, "resolved")
        self.assertTrue(shortage.closed_at)
        self.assertIn("above the minimum", shortage.close_reason)

    def test_hysteresis_a_receipt_up_to_the_minimum_is_not_enough(self):
        self.sell_out()
        shortage = self.shortages()
        order = shortage.purchase_line_ids.order_id
        self.receive_goods(order, quantity=6)
        self.assertEqual(shortage.state, "covered", "eleven are there; thirteen are needed to be clear of the minimum")
        self.receive_goods(order, quantity=2)
        self.assertEqual(shortage.state, "resolved")

    def test_demand_that_goes_away_ends_it(self):
        sale = self.sell_out()
        shortage = self.shortages()
        sale._action_cancel()
        self.env["logistics.shortage"]._cron_refresh()
        self.assertEqual(shortage.state, "covered", "checked a moment ago")
        shortage.checked_at = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        self.env["logistics.shortage"]._cron_refresh()
        self.assertEqual(shortage.state, "resolved")

    def test_a_cancelled_order_covers_nothing(self):
        self.enforce("replenishment")
        self.sell_out()
        shortage = self.shortages()
        order = shortage.purchase_line_ids.order_id
        order.button_cancel()
        self.assertEqual(shortage.state, "open")
        self.run_scheduler()
        self.assertEqual(self.shortages(), shortage, "the same need, bought anew")
        self.assertEqual(shortage.state, "covered")
        self.assertEqual(len(shortage.purchase_line_ids.order_id), 2)
        self.assertEqual(len(self.events("stock.below_threshold", shortage)), 1)

    def test_without_its_rule_it_is_cancelled(self):
        self.sell_out()
        shortage = self.shortages()
        self.rule.active = False
        shortage.action_check()
        self.assertEqual(shortage.state, "cancelled")
        self.assertIn("rule", shortage.close_reason)

    def test_a_closed_episode_stays_closed_and_a_new_need_opens_another(self):
        self.sell_out()
        first = self.shortages()
        self.receive_goods(first.purchase_line_ids.order_id)
        with self.assertRaises(UserError):
            first.state = "open"
        with self.assertRaises(UserError):
            first.action_resolve(reason="again")
        self.make_order(35)
        self.assertEqual(len(self.shortages()), 2)
        self.assertEqual(len(self.events("stock.below_threshold")), 2)

    def test_closing_by_hand_asks_why(self):
        self.sell_out()
        shortage = self.shortages()
        action = shortage.action_cancel()
        self.assertEqual(action["res_model"], "logistics.reason.wizard")
        self.env["logistics.reason.wizard"].browse(action["res_id"]).write({"reason": "Model runs out"})
        self.env["logistics.reason.wizard"].browse(action["res_id"]).action_apply()
        self.assertEqual((shortage.state, shortage.close_reason), ("cancelled", "Model runs out"))

    def test_ordering_by_hand_is_odoos_own_button(self):
        product = self.make_product("LAMP", "Lamp", 0)
        rule = self.make_rule(product, supplier=False)
        self.run_scheduler()
        shortage = self.shortages(product)
        self.env["product.supplierinfo"].create(
            {"partner_id": self.supplier.id, "product_tmpl_id": product.product_tmpl_id.id, "price": 5.0}
        )
        shortage.action_replenish()
        self.assertEqual(self.purchase_lines(product).orderpoint_id, rule)
        self.assertEqual(shortage.state, "covered")
        with self.assertRaisesRegex(UserError, "nothing to order"):
            shortage.action_replenish()

    # -- observe --------------------------------------------------------------------------------------------------

    def test_observing_changes_nothing_but_notes_it(self):
        native = self.make_product("NATIVE", "Native", 100)
        self.make_rule(native)
        cls = type(self.env["stock.warehouse.orderpoint"])
        with (
            patch.object(cls, "_logistics_claim", lambda rules: None),
            patch.object(cls, "_logistics_record_shortages", lambda rules: {}),
            patch.object(cls, "_logistics_after_buying", lambda rules, shortages, before: None),
        ):
            self.make_order(95, product=native)
        self.make_order(95)
        compared = ("product_qty", "price_unit", "date_planned", "state", "product_uom")
        plain = self.purchase_lines(native)
        observed = self.purchase_lines()
        self.assertEqual([observed[name] for name in compared], [plain[name] for name in compared])
        self.assertEqual(observed.order_id, plain.order_id)
        self.assertEqual(self.shortages().state, "covered")
        self.assertFalse(self.shortages(native))
        self.assertFalse(self.events("purchase.requested"))
        note = self.env["logistics.observation"].search([("capability", "=", "replenishment")])
        self.assertEqual(len(note), 1)
        self.assertIn("Timber Works", note.summary)
        self.assertEqual(note.amount, 35 * 30)

    def test_a_seller_without_logistics_rights_sells_as_before(self):
        seller = self.env["res.users"].create(
            {
                "name": "Sela",
                "login": "sela@example.com",
                "groups_id": [(6, 0, [self.env.ref("sales_team.group_sale_salesman").id])],
            }
        )
        order = self.make_order(95, confirm=False, user_id=seller.id)
        order.with_user(seller).action_confirm()
        self.assertEqual(self.shortages().state, "covered")

    def test_smart_buttons_meet(self):
        self.sell_out()
        shortage = self.shortages()
        order = shortage.purchase_line_ids.order_id
        self.assertEqual(order.logistics_shortage_count, 1)
        self.assertEqual(self.env["logistics.shortage"].search(order.action_logistics_shortages()["domain"]), shortage)
        self.assertEqual(self.env["purchase.order"].search(shortage.action_open_purchases()["domain"]), order)
        self.assertEqual(self.rule.logistics_shortage_count, 1)
        self.assertEqual(
            self.env["logistics.shortage"].search(self.rule.action_logistics_shortages()["domain"]), shortage
        )


class _Conflict(SerializationFailure):
    """A serialization failure as PostgreSQL reports it."""

    pgcode = "40001"
