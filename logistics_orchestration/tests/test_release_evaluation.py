"""Evaluating and releasing: observe changes nothing, enforce holds or releases, a release stands while it is valid."""

import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .release_common import ReleaseCase


class TestObserve(ReleaseCase):
    def test_confirming_in_observe_changes_nothing_anybody_does(self):
        self.customer.street = False
        holds = self.rows("logistics.hold")
        order = self.make_order(qty=200)
        self.assertEqual(order.logistics_release_state, "none")
        self.assertFalse(order.logistics_evaluation_ids, "nothing is evaluated while somebody waits")
        self.run_tasks()
        self.assertEqual(order.logistics_release_state, "none")
        self.assertEqual(self.rows("logistics.hold"), holds)
        self.assertFalse(order.logistics_fulfillment_ids)
        self.assertFalse(order.activity_ids)
        self.assertEqual(order.picking_ids.state, "assigned", "reserves as ever")
        order.picking_ids.move_ids.write({"quantity": 200, "picked": True})
        order.picking_ids.button_validate()
        self.assertEqual(order.picking_ids.state, "done", "ships as ever")

    def test_observing_records_the_verdict_and_what_would_have_happened(self):
        self.customer.street = False
        order = self.make_order()
        self.run_tasks()
        evaluation = order.logistics_evaluation_ids
        self.assertEqual((evaluation.mode, evaluation.verdict), ("observe", "hold"))
        observed = self.env["logistics.observation"].search(
            [("res_model", "=", "sale.order"), ("res_id", "=", order.id)]
        )
        self.assertEqual(len(observed), 1)
        self.assertIn("Would have held", observed.summary)
        self.assertEqual(observed.amount, order.amount_total)
        self.assertFalse(self.events("order.held", order))
        self.assertFalse(self.events("order.released", order))
        data = json.loads(self.events("order.evaluated", order).body)["data"]
        self.assertEqual((data["verdict"], data["mode"]), ("hold", "observe"))

    def test_the_same_verdict_is_observed_once(self):
        self.customer.street = False
        order = self.make_order()
        self.run_tasks()
        order.action_logistics_evaluate()
        self.assertEqual(len(order.logistics_evaluation_ids), 2, "asked for: kept")
        self.assertEqual(self.env["logistics.observation"].search_count([("res_id", "=", order.id)]), 1)
        self.assertEqual(len(self.events("order.evaluated", order)), 1)

    def test_cancelling_in_observe_leaves_the_state_alone(self):
        order = self.make_order()
        order._action_cancel()
        self.assertEqual((order.state, order.logistics_release_state), ("cancel", "none"))
        self.assertEqual(len(self.events("order.cancelled", order)), 1)

    def test_a_quotation_that_is_cancelled_is_no_fact(self):
        order = self.make_order(confirm=False)
        order._action_cancel()
        self.assertFalse(self.events("order.cancelled", order))


class TestEnforce(ReleaseCase):
    def setUp(self):
        super().setUp()
        self.enforce("release")

    def test_passing_order_is_released_up_to_a_value_and_until_a_date(self):
        self.company.write({"logistics_release_days": 10, "logistics_value_tolerance": 5})
        order = self.make_order(qty=2)
        self.assertEqual(order.logistics_release_state, "released")
        self.assertAlmostEqual(order.logistics_value_cap, order.amount_total * 1.05)
        days = (order.logistics_valid_until - fields.Datetime.now()).days
        self.assertIn(days, (9, 10))
        self.assertFalse(order.logistics_release_manual)
        names = self.events(record=order).mapped("type_name")
        self.assertEqual(names, ["logistics.order.confirmed", "logistics.order.evaluated", "logistics.order.released"])
        data = json.loads(self.events("order.released", order).body)["data"]
        self.assertEqual(data["lines"][0]["sku"], "DESK")
        self.assertTrue(data["valid_until"].endswith("Z"))

    def test_failing_order_is_held_with_reason_owner_and_due_time(self):
        order = self.make_order(qty=110, user_id=self.salesman.id)
        self.assertEqual(order.logistics_release_state, "held")
        hold = order.logistics_hold_ids
        self.assertEqual((hold.type_id.code, hold.origin, hold.state), ("stock_short", "gate", "active"))
        self.assertIn("short 10 of 110", hold.reason)
        self.assertEqual(hold.owner_id, self.salesman)
        self.assertTrue(hold.due_at > fields.Datetime.now())
        self.assertEqual(hold.activity_ids.user_id, self.salesman)
        self.assertFalse(self.events("order.released", order))
        self.assertEqual(json.loads(self.events("order.held", order).body)["data"]["type"], "stock_short")

    def test_two_gates_fail_two_holds_both_have_to_go(self):
        self.customer.street = False
        order = self.make_order(qty=110)
        self.assertEqual(order.logistics_hold_ids.mapped("type_id.code"), ["stock_short", "address_incomplete"])
        self.customer.street = "Dock Street 5"
        order.action_logistics_evaluate()
        self.assertEqual(order.logistics_hold_count, 1)
        self.assertEqual(order.logistics_release_state, "held")
        self.env["stock.quant"]._update_available_quantity(self.product, self.warehouse.lot_stock_id, 50)
        order.action_logistics_evaluate()
        self.assertEqual(order.logistics_release_state, "released")
        self.assertTrue(all(order.logistics_hold_ids.mapped("auto_released")))

    def test_evaluating_again_keeps_one_hold_and_renews_its_reason(self):
        order = self.make_order(qty=110)
        self.env["stock.quant"]._update_available_quantity(self.product, self.warehouse.lot_stock_id, 4)
        order.action_logistics_evaluate()
        self.assertEqual(len(order.logistics_hold_ids), 1)
        self.assertIn("short 6 of 110", order.logistics_hold_ids.reason)

    def test_an_order_grown_beyond_its_cap_is_evaluated_again(self):
        order = self.make_order(qty=2)
        order.order_line.product_uom_qty = 300
        self.assertEqual(order.logistics_release_state, "held")
        self.assertFalse(order.logistics_released_at)
        self.assertEqual(len(self.events("order.changed", order)), 1)

    def test_a_released_order_within_its_cap_is_not_looked_at_again(self):
        order = self.make_order(qty=5)
        evaluations = order.logistics_evaluation_ids
        self.customer.street = False
        order.order_line.product_uom_qty = 4
        order.action_logistics_evaluate()
        self.assertEqual(order.logistics_evaluation_ids, evaluations)
        self.assertEqual(order.logistics_release_state, "released")

    def test_an_expired_release_is_evaluated_again(self):
        order = self.make_order(qty=5)
        order.logistics_valid_until = fields.Datetime.now() - timedelta(days=1)
        self.customer.street = False
        self.env["logistics.release.recheck"]._cron_periodic()
        self.recheck()
        self.assertEqual(order.logistics_release_state, "held")

    def test_one_write_of_several_lines_is_one_change(self):
        order = self.make_order(
            order_line=[(0, 0, {"product_id": self.product.id, "product_uom_qty": qty}) for qty in (1, 2)]
        )
        order.write({"order_line": [(1, line.id, {"product_uom_qty": 3}) for line in order.order_line]})
        self.assertEqual(len(self.events("order.changed", order)), 1)

    def test_a_new_delivery_address_is_a_change(self):
        order = self.make_order()
        order.partner_shipping_id = self.env["res.partner"].create({"name": "Elsewhere"})
        data = json.loads(self.events("order.changed", order).body)["data"]
        self.assertEqual(data["changed"], ["partner_shipping_id"])

    def test_cancelling_settles_holds_and_state(self):
        order = self.make_order(qty=110)
        order._action_cancel()
        self.assertEqual(order.logistics_release_state, "cancelled")
        self.assertEqual(order.logistics_hold_ids.state, "released")
        self.assertIn("cancelled", order.logistics_hold_ids.release_reason)
        order.action_draft()
        self.assertEqual(order.logistics_release_state, "none")

    def test_rolled_back_confirmation_leaves_nothing(self):
        order = self.make_order(qty=110, confirm=False)
        evaluations, holds = self.rows("logistics.release.evaluation"), self.rows("logistics.hold")
        with self.assertRaises(ZeroDivisionError), self.cr.savepoint():
            order.action_confirm()
            self.assertEqual(order.logistics_release_state, "held")
            raise ZeroDivisionError
        self.assertEqual((order.state, order.logistics_release_state), ("draft", "none"))
        self.assertEqual(self.rows("logistics.release.evaluation"), evaluations)
        self.assertEqual(self.rows("logistics.hold"), holds)
        self.assertFalse(self.events(record=order))

    def test_evaluations_are_append_only(self):
        evaluation = self.make_order().logistics_evaluation_ids
        with self.assertRaises(UserError):
            evaluation.verdict = "hold"
        with self.assertRaises(UserError):
            evaluation.result_ids.unlink()

    def test_deleting_a_cancelled_order_keeps_its_evaluations(self):
        order = self.make_order()
        evaluation, name = order.logistics_evaluation_ids, order.name
        order._action_cancel()
        order.unlink()
        self.assertEqual(evaluation.order_name, name)

    def test_many_orders_are_evaluated_together(self):
        orders = self.env["sale.order"].union(*(self.make_order(qty=110) for _index in range(3)))
        self.env["stock.quant"]._update_available_quantity(self.product, self.warehouse.lot_stock_id, 1000)
        orders.action_logistics_evaluate()
        self.assertEqual(set(orders.mapped("logistics_release_state")), {"released"})

    def test_quotations_are_not_evaluated(self):
        with self.assertRaisesRegex(UserError, "not confirmed"):
            self.make_order(confirm=False).action_logistics_evaluate()

    def test_switching_back_to_observe_frees_at_once(self):
        order = self.make_order(qty=110)
        self.env["logistics.switch"].search([("capability", "=", "release")]).mode = "observe"
        self.assertFalse(order.picking_ids.move_ids._logistics_holds("block_work"))
        self.env["logistics.release.recheck"]._cron_periodic()
        self.recheck()
        self.assertEqual(order.logistics_release_state, "none")
        self.assertEqual(order.logistics_hold_ids.state, "released")


class TestManualRelease(ReleaseCase):
    def setUp(self):
        super().setUp()
        self.enforce("release")

    def test_recorded_with_who_and_why(self):
        order = self.make_order(qty=110)
        self.assertIs(order.with_user(self.planner).action_logistics_release("Ship what there is"), True)
        self.assertEqual(order.logistics_release_state, "released")
        self.assertTrue(order.logistics_release_manual)
        self.assertEqual(order.logistics_released_by_id, self.planner)
        self.assertEqual(order.logistics_release_reason, "Ship what there is")
        self.assertEqual(order.logistics_hold_ids.released_by_id, self.planner)
        self.assertFalse(order.logistics_hold_ids.auto_released)
        self.assertTrue(json.loads(self.events("order.released", order).body)["data"]["manual"])

    def test_needs_a_logistics_role(self):
        order = self.make_order(qty=110)
        for user in (self.salesman, self.worker):
            with self.assertRaisesRegex(AccessError, "Logistics User"):
                order.with_user(user).action_logistics_release("Please")

    def test_needs_a_reason_where_something_speaks_against_it(self):
        order = self.make_order(qty=110)
        with self.assertRaisesRegex(UserError, "Reason: .*Stock short"):
            order.with_user(self.planner).action_logistics_release()
        action = order.with_user(self.planner).action_logistics_ask_release()
        self.assertEqual(action["res_model"], "logistics.reason.wizard")
        wizard = self.env["logistics.reason.wizard"].with_user(self.planner).browse(action["res_id"])
        wizard.reason = "Ship what there is"
        wizard.action_apply()
        self.assertEqual(order.logistics_release_state, "released")

    def test_refused_while_a_hold_stands_that_is_not_the_users_to_lift(self):
        order = self.make_order(qty=110)
        self.place(order, "credit", self.manager)
        with self.assertRaisesRegex(UserError, "Credit .*Approver"):
            order.with_user(self.planner).action_logistics_release("Hurry")
        self.assertEqual(order.logistics_hold_count, 2, "and nothing is lifted half way")

    def test_refused_for_quotations_and_for_what_is_released(self):
        with self.assertRaisesRegex(UserError, "not confirmed"):
            self.make_order(confirm=False).with_user(self.planner).action_logistics_release("x")
        with self.assertRaisesRegex(UserError, "released already"):
            self.make_order().with_user(self.planner).action_logistics_release("x")

    def test_released_up_to_a_value_until_a_date(self):
        order = self.make_order(qty=110)
        with self.assertRaisesRegex(UserError, "Released Up To"):
            order.with_user(self.planner).action_logistics_release("Go", value_cap=100)
        with self.assertRaisesRegex(UserError, "in the past"):
            order.with_user(self.planner).action_logistics_release("Go", valid_until="2020-01-01 00:00:00")
        order.with_user(self.planner).action_logistics_release("Go", 20000, "2040-01-01 00:00:00")
        self.assertEqual((order.logistics_value_cap, str(order.logistics_valid_until)), (20000, "2040-01-01 00:00:00"))
        order.order_line.product_uom_qty = 150
        self.assertEqual(order.logistics_release_state, "released")
        order.order_line.product_uom_qty = 250
        self.assertEqual(order.logistics_release_state, "held")

    def test_a_decided_gate_is_not_held_again(self):
        order = self.make_order(qty=110)
        order.logistics_hold_ids.with_user(self.planner).action_release("Ship what there is")
        self.assertEqual(order.logistics_release_state, "released", "evaluated anew, and the decision counts")
        self.assertEqual(len(order.logistics_hold_ids), 1)
        self.assertIn("waived", order.logistics_result_ids.mapped("verdict"))
        order.order_line.product_uom_qty = 200
        self.assertEqual(order.logistics_release_state, "held", "more than was decided about")


class TestRecheck(ReleaseCase):
    def setUp(self):
        super().setUp()
        self.enforce("release")

    def test_receipt_frees_the_orders_that_waited_for_it_in_a_later_step(self):
        order = self.make_order(qty=110)
        other = self.make_order(qty=1, product=self.make_product("NONE", "None"))
        self.receive_goods(self.product, 20)
        self.assertEqual(order.logistics_release_state, "held", "the receipt itself evaluates nothing")
        self.recheck()
        self.assertEqual(order.logistics_release_state, "released")
        self.assertEqual(other.logistics_release_state, "held")
        self.assertEqual(order.logistics_evaluation_ids[0].trigger, "receipt")

    def test_receipt_nobody_waits_for_leaves_no_note(self):
        self.receive_goods(self.product, 20)
        self.assertFalse(self.rows("logistics.release.recheck"))

    def test_completed_address_frees_its_orders(self):
        self.customer.street = False
        order = self.make_order()
        self.customer.street = "Dock Street 5"
        self.recheck()
        self.assertEqual(order.logistics_release_state, "released")

    def test_other_changes_of_a_partner_leave_no_note(self):
        self.customer.street = False
        self.make_order()
        self.customer.comment = "Nice people"
        self.assertFalse(self.rows("logistics.release.recheck"))

    def test_periodic_check_notices_what_no_document_told(self):
        order = self.make_order(qty=110)
        self.env["stock.quant"]._update_available_quantity(self.product, self.warehouse.lot_stock_id, 50)
        self.env["logistics.release.recheck"]._cron_periodic()
        self.recheck()
        self.assertEqual(order.logistics_release_state, "released")

    def test_periodic_check_that_finds_nothing_new_writes_nothing(self):
        order = self.make_order(qty=110)
        for _turn in range(2):
            self.env["logistics.release.recheck"]._cron_periodic()
            self.recheck()
        self.assertEqual(len(order.logistics_evaluation_ids), 1)
        self.assertEqual(len(self.events("order.evaluated", order)), 1)

    def test_holds_that_do_not_lift_themselves_stay(self):
        gate = self.gate("[('amount_total', '<', 500)]", code="approval")
        order = self.make_order(qty=9)
        gate.pass_domain = "[('amount_total', '<', 5000)]"
        order.action_logistics_evaluate()
        self.assertEqual(order.logistics_release_state, "held")
        order.logistics_hold_ids.with_user(self.approver).action_release("Fine with me")
        self.assertEqual(order.logistics_release_state, "released")
