"""A supplier's other price is decided line by line, by whoever may; what waited for it is closed, and it is told."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .replenishment_common import ReplenishmentCase


@tagged("-at_install", "post_install")
class TestSupplierPrice(ReplenishmentCase):
    def setUp(self):
        super().setUp()
        self.system = self.make_system("supplier", supplier_ids=[(6, 0, self.supplier.ids)])
        values = {"product_id": self.product.id, "product_qty": 50, "price_unit": 30, "date_planned": self.in_days(40)}
        self.order = self.env["purchase.order"].create(
            {
                "partner_id": self.supplier.id,
                "user_id": self.env.ref("base.user_admin").id,
                "order_line": [(0, 0, values)],
            }
        )
        self.line = self.order.order_line
        self.company.logistics_price_tolerance = 5
        self.enforce("replenishment")
        self.order.button_confirm()

    def offer(self, price, **envelope):
        lines = [{"line": self.line.id, "code": "IP", "price": price}]
        data = {"purchase": self.order.name, "lines": lines}
        return self.receive(envelope.pop("system", self.system), "purchase.acknowledged", data, **envelope)

    def todo(self):
        return self.order.activity_ids.filtered(lambda activity: "Price changed" in (activity.summary or ""))

    def test_accepted_the_line_takes_it(self):
        self.offer(33)
        self.assertEqual((self.line.logistics_price_state, self.line.price_unit), ("open", 30))
        self.assertEqual((self.line.logistics_price_gap, self.line.logistics_price_cost), (10, 150))
        self.assertTrue(self.line.logistics_price_decidable)
        self.assertTrue(self.todo())
        self.line.action_logistics_accept_price()
        self.assertEqual((self.line.logistics_price_state, self.line.price_unit), ("accepted", 33))
        self.assertEqual((self.line.product_qty, self.line.date_planned), (50, self.in_days(40)))
        self.assertEqual(self.order.amount_untaxed, 1650)
        self.assertFalse(self.todo())
        event = self.events("purchase.price_decided", self.order)
        self.assertEqual(len(event), 1)
        self.assertIn('"decision":"accepted"', str(event.body).replace(" ", ""))
        self.assertEqual(self.order.logistics_ack_state, "confirmed")

    def test_refused_the_supplier_is_awaited_again(self):
        self.offer(33)
        self.assertEqual(self.order.logistics_ack_state, "confirmed")
        asked = self.line.action_logistics_refuse_price()
        self.assertEqual(asked["res_model"], "logistics.reason.wizard")
        self.line.action_logistics_refuse_price(reason="The contract says 30")
        self.assertEqual((self.line.logistics_price_state, self.line.price_unit), ("refused", 30))
        self.assertEqual(self.order.logistics_ack_state, "due")
        self.assertTrue(self.order.logistics_ack_next_at)
        self.assertFalse(self.todo())
        self.assertIn("The contract says 30", str(self.events("purchase.price_decided", self.order).body))
        self.offer(30)
        self.assertEqual((self.line.logistics_price_state, self.order.logistics_ack_state), (False, "confirmed"))

    def test_given_again_it_is_decided_again(self):
        self.offer(33)
        self.line.action_logistics_refuse_price(reason="no")
        self.offer(33)
        self.assertEqual(self.line.logistics_price_state, "open")
        self.assertTrue(self.todo())
        self.offer(31)
        self.assertEqual(self.line.logistics_price_state, "within")
        self.assertFalse(self.todo())
        self.line.action_logistics_accept_price()
        self.assertEqual(self.line.price_unit, 31)

    def test_written_by_hand_it_is_accepted(self):
        self.offer(33)
        self.line.price_unit = 32
        self.assertEqual(self.line.logistics_price_state, "open")
        self.line.price_unit = 33
        self.assertEqual(self.line.logistics_price_state, "accepted")
        self.assertFalse(self.todo())

    def test_only_buyers_and_planners_decide(self):
        self.offer(33)
        for login, group, allowed in (
            ("price_worker", "stock.group_stock_user", False),
            ("price_auditor", "logistics_orchestration.group_auditor", False),
            ("price_planner", "logistics_orchestration.group_planner", True),
            ("price_buyer", "purchase.group_purchase_user", True),
        ):
            line = self.line.with_user(new_test_user(self.env, login, groups=f"base.group_user,{group}"))
            with self.subTest(login=login):
                self.assertEqual(line.logistics_price_decidable, allowed)
                if not allowed:
                    for decide in (line.action_logistics_accept_price, line.action_logistics_refuse_price):
                        with self.assertRaises(AccessError):
                            decide()
        line.action_logistics_refuse_price(reason="Too dear")
        self.offer(33)
        planner = self.env["res.users"].search([("login", "=", "price_planner")])
        self.line.with_user(planner).action_logistics_accept_price()
        self.assertEqual(self.line.price_unit, 33)

    def test_where_nothing_can_be_decided(self):
        with self.assertRaises(UserError):
            self.line.action_logistics_accept_price()
        self.offer(33)
        self.order.button_done()
        self.assertFalse(self.line.logistics_price_decidable)
        with self.assertRaises(UserError):
            self.line.action_logistics_accept_price()
        self.order.button_unlock()
        self.receive_goods(self.order)
        self.order.action_create_invoice()
        self.assertFalse(self.line.logistics_price_decidable)
        with self.assertRaises(UserError):
            self.line.action_logistics_refuse_price(reason="late")

    def test_what_another_says_is_a_discrepancy_until_decided(self):
        other = self.make_system("middleware", supplier_ids=[(6, 0, self.supplier.ids)])
        self.assertEqual(self.offer(33, system=other).state, "processed")
        self.assertFalse(self.line.logistics_price_state)
        found = self.env["logistics.discrepancy"].search([("key", "=", f"{self.line.id}.price")])
        self.assertEqual((found.state, found.own_value, found.stated_value), ("open", "30.00", "33.00"))
        self.offer(33)
        self.line.action_logistics_accept_price()
        self.assertEqual(found.state, "accepted")

    def test_while_observing_no_supplier_is_told(self):
        self.env["logistics.switch"].search([("capability", "=", "replenishment")]).mode = "observe"
        self.offer(33)
        self.assertEqual(self.line.logistics_price_state, "open")
        self.assertFalse(self.todo())
        self.line.action_logistics_accept_price()
        self.assertEqual(self.line.price_unit, 33)
        self.assertFalse(self.events("purchase.price_decided", self.order))

    def test_windows_open(self):
        self.offer(33)
        action = self.env.ref("logistics_orchestration.action_supplier_price")
        self.assertTrue(action.help)
        self.env["purchase.order.line"].get_views([(action.view_id.id, "tree"), (action.search_view_id.id, "search")])
        self.assertEqual(self.line.action_logistics_open_order()["res_id"], self.order.id)
        Form(self.order)
