"""One action on many orders: evaluated, released, split, given to other warehouses, each with its result."""

from odoo.exceptions import AccessError, UserError

from .allocation_common import AllocationCase


class TestMassActions(AllocationCase):
    def setUp(self):
        super().setUp()
        self.enforce("release", "allocation")
        self.stock(self.warehouse, 500)

    def orders(self, count, qty=1):
        """So many confirmed orders."""
        return self.env["sale.order"].union(*[self.order(qty) for _number in range(count)])

    def mass(self, action, user=None):
        """The job an action opened."""
        self.assertEqual(action["res_model"], "logistics.mass.action")
        return self.env["logistics.mass.action"].with_user(user or self.user).browse(action["res_id"])

    def result(self, mass, record):
        """(state, words) of a document."""
        line = mass.line_ids.filtered(lambda line: line.res_id == record.id)
        return line.state, line.words or ""

    def test_few_are_evaluated_at_once_each_with_its_result(self):
        orders = self.orders(2)
        self.gate()
        held = self.order(2)
        self.Gate.search([("name", "=", "Test gate")]).pass_domain = f"[('id', '!=', {held.id})]"
        orders._logistics_withdraw_release()
        orders._logistics_update_release_state()
        held._logistics_withdraw_release()
        mass = self.mass((orders | held).with_user(self.user).action_logistics_evaluate_many())
        self.assertEqual((mass.state, mass.done_count, mass.progress), ("done", 3, 100))
        self.assertEqual([self.result(mass, order)[1] for order in orders], ["Released", "Released"])
        self.assertEqual(held.logistics_release_state, "held")
        self.assertIn("Over the limit", self.result(mass, held)[1])
        self.assertIn(self.customer.display_name, mass.line_ids[0].about)

    def test_many_are_evaluated_by_the_worker(self):
        orders = self.orders(12)
        orders._logistics_withdraw_release()
        orders._logistics_update_release_state()
        mass = self.mass(orders.with_user(self.user).action_logistics_evaluate_many())
        self.assertEqual((mass.state, mass.left_count), ("draft", 12), "many are asked about first")
        mass.action_start()
        self.assertEqual((mass.state, mass.under_way, mass.done_count), ("running", True, 0))
        self.env["logistics.mass.action.line"]._cron_run()
        self.assertEqual((mass.state, mass.done_count, mass.left_count), ("done", 12, 0))
        self.assertEqual(set(orders.mapped("logistics_release_state")), {"released"})

    def test_many_are_released_with_a_reason_and_the_rights_of_the_user(self):
        orders = self.orders(3)
        for order in orders[:2]:
            self.place(order)
        self.place(orders[1], "credit", self.approver)
        mass = self.mass(orders.with_user(self.user).action_logistics_ask_release())
        with self.assertRaisesRegex(UserError, "Reason"):
            mass.action_start()
        mass.reason = "Agreed with the customer"
        mass.action_start()
        self.assertEqual((mass.state, mass.done_count, mass.refused_count), ("done", 1, 2))
        self.assertEqual(orders[0].logistics_release_reason, "Agreed with the customer")
        self.assertEqual(orders[0].logistics_released_by_id, self.user)
        self.assertIn("May be lifted by", self.result(mass, orders[1])[1].replace("may be", "May be"))
        self.assertIn("released already", self.result(mass, orders[2])[1])
        self.assertEqual(orders[1].logistics_release_state, "held")

    def test_whoever_may_not_gets_that_as_the_result(self):
        orders = self.orders(2)
        for order in orders:
            self.place(order)
        with self.assertRaises(AccessError):
            orders.with_user(self.salesman).action_logistics_split("Go")
        with self.assertRaisesRegex(AccessError, "up to Logistics Users"):
            orders.with_user(self.salesman).action_logistics_evaluate_many()
        mass = self.mass(orders.with_user(self.user).action_logistics_ask_split())
        mass.reason = "Go"
        mass.action_start()
        self.assertEqual((mass.done_count, mass.refused_count), (0, 2))
        self.assertIn("no split to decide", self.result(mass, orders[0])[1])

    def test_many_are_split_by_those_who_may(self):
        self.customer.logistics_ship_complete = True
        self.stock(self.warehouse, 6)
        self.stock(self.liege, 4)
        orders = self.orders(2, 5)
        second = orders.filtered(lambda order: order.logistics_allocation_state == "proposed")
        self.assertTrue(second)
        self.assertFalse(second.with_user(self.planner).logistics_can_split)
        self.assertTrue(second.with_user(self.manager).logistics_can_split)
        action = orders.with_user(self.manager).action_logistics_ask_split()
        mass = self.mass(action, self.manager)
        mass.reason = "The customer agreed by phone"
        mass.action_start()
        self.assertEqual(mass.done_count, len(second))
        self.assertTrue(all(second.mapped("logistics_split_approved")))
        self.assertFalse(any(second.with_user(self.manager).mapped("logistics_can_split")))

    def test_warehouses_of_many_are_compared(self):
        orders = self.orders(2)
        lost = self.make_order(1, self.lamp, self.carrier, confirm=False)
        lost._action_cancel()
        mass = self.mass((orders | lost).with_user(self.user).action_logistics_allocate_many())
        self.assertEqual((mass.state, mass.done_count, mass.refused_count), ("done", 2, 1))
        self.assertIn("Ships from WH", self.result(mass, orders[0])[1])
        self.assertIn("no choice of warehouses", self.result(mass, lost)[1])
        again = self.mass(mass.action_again())
        self.assertEqual(again.line_ids.mapped("res_id"), lost.ids)

    def test_what_runs_can_be_stopped(self):
        orders = self.orders(11)
        mass = self.mass(orders.with_user(self.user).action_logistics_allocate_many())
        mass.action_start()
        with self.assertRaisesRegex(UserError, "may stop"):
            mass.with_user(self.planner).action_stop()
        mass.action_stop()
        self.env["logistics.mass.action.line"]._cron_run()
        self.assertEqual((mass.state, mass.done_count, mass.refused_count), ("done", 0, 11))
        self.assertIn("Stopped by", self.result(mass, orders[0])[1])

    def test_one_order_needs_no_job(self):
        order = self.orders(1)
        order._logistics_withdraw_release()
        order._logistics_update_release_state()
        self.assertIs(order.with_user(self.user).action_logistics_evaluate_many(), True)
        self.assertEqual(order.logistics_release_state, "released")


class TestFlowStep(AllocationCase):
    def setUp(self):
        super().setUp()
        self.enforce("release", "allocation", "fulfillment")

    def step(self, order):
        """The warehouse step of the flow page; None where there is none."""
        return next((step for step in order.logistics_flow()["steps"] if step["key"] == "allocation"), None)

    def test_which_warehouse_and_why(self):
        self.stock(self.liege, 9)
        order = self.order()
        step = self.step(order.with_user(self.salesman))
        self.assertEqual((step["state"], step["records"][0]["id"]), ("done", order.logistics_allocation_id.id))
        self.assertIn("Ships from LIE", step["summary"])
        self.assertIn("best score", step["summary"])
        keys = [each["key"] for each in order.logistics_flow()["steps"]]
        self.assertEqual(keys[:3], ["order", "allocation", "release"])

    def test_moved_from_where(self):
        self.make_system("warehouse")
        self.stock(self.warehouse, 9)
        self.stock(self.liege, 9)
        order = self.order()
        first = order.logistics_fulfillment_ids
        self.receive(first.system_id, "fulfillment.rejected", {"fulfillment": first.name, "reason": "No capacity"})
        step = self.step(order)
        self.assertIn("Ships from LIE", step["summary"])
        self.assertIn(f"{first.name} was moved from WH", step["summary"])
        self.assertIn("No capacity", step["summary"])

    def test_who_has_to_decide(self):
        self.customer.logistics_ship_complete = True
        self.stock(self.warehouse, 3)
        self.stock(self.liege, 2)
        step = self.step(self.order())
        self.assertEqual((step["state"], step["action"]["method"]), ("current", "action_ask_release"))
        self.assertTrue(step["owner"])

    def test_no_choice_no_step(self):
        (self.liege | self.paris).active = False
        self.stock(self.warehouse, 9)
        self.assertIsNone(self.step(self.order()))
