"""Splits beyond what customer and policy allow: asked for, agreed to by a manager on the hold, or left waiting."""

from odoo.exceptions import AccessError

from .allocation_common import AllocationCase


class TestSplit(AllocationCase):
    def setUp(self):
        super().setUp()
        self.enforce("release", "allocation", "fulfillment")
        self.customer.logistics_ship_complete = True
        self.stock(self.warehouse, 3)
        self.stock(self.liege, 2)

    def hold(self, order):
        """The order's standing hold."""
        return order.logistics_hold_ids.filtered(lambda hold: hold.state == "active")

    def test_it_waits_on_a_hold_before_anything_is_procured(self):
        order = self.order()
        self.assertEqual(order.logistics_allocation_state, "proposed")
        self.assertEqual(self.hold(order).type_id.code, "split_warehouses")
        self.assertIn("from WH, LIE, 2 shipment", self.hold(order).reason)
        self.assertIn("cost $", self.hold(order).reason.replace("\N{NO-BREAK SPACE}", " "))
        self.assertFalse(order.picking_ids, "nothing is bought or reserved in the wrong place")

    def test_a_manager_agrees_by_lifting_the_hold(self):
        order = self.order()
        with self.assertRaises(AccessError):
            self.hold(order).with_user(self.planner).action_release("Go")
        self.hold(order).with_user(self.manager).action_release("The customer agreed by phone")
        self.assertEqual(self.at_sites(order), {"WH": 3, "LIE": 2})
        self.assertEqual(order.logistics_release_state, "released")
        self.assertEqual(order.logistics_allocation_id.chosen_by, "person")
        self.assertTrue(order.logistics_split_approved)
        self.assertEqual(len(order.logistics_fulfillment_ids), 2, "one request per warehouse")

    def test_a_planner_asks_and_a_manager_chooses(self):
        order = self.order()
        split = order.logistics_candidate_ids.filtered(lambda c: c.shipments == 2)
        split.with_user(self.planner).action_choose()
        self.assertEqual(order.logistics_allocation_state, "proposed", "a planner only asks")
        split.with_user(self.manager).action_choose()
        self.assertEqual(self.at_sites(order), {"WH": 3, "LIE": 2})
        self.assertFalse(self.hold(order))

    def test_goods_that_arrive_settle_it_without_a_split(self):
        order = self.order()
        self.stock(self.liege, 9)
        order._logistics_allocate("receipt")
        self.assertEqual(order.logistics_allocation_state, "in_force")
        self.assertFalse(self.hold(order))
        self.assertEqual(self.at_sites(order), {"LIE": 5})

    def test_the_account_manager_of_an_important_customer_is_told(self):
        tag = self.env["res.partner.category"].create({"name": "Tier A"})
        self.policy.priority_tag_ids = tag
        other = self.order(user_id=self.salesman.id)
        self.customer.category_id = tag
        order = self.order(user_id=self.salesman.id)
        told = order.activity_ids.filtered(lambda a: "Split shipment to decide" in (a.summary or ""))
        self.assertEqual(told.user_id, self.salesman)
        self.assertFalse(other.activity_ids.filtered(lambda a: "Split shipment to decide" in (a.summary or "")))
