"""Holds that block procurement: nothing is moved, bought or made until they are lifted; then everything is."""

from .release_common import ReleaseCase


class TestProcurement(ReleaseCase):
    def setUp(self):
        super().setUp()
        self.enforce("release")
        self.credit = self.gate("[('amount_total', '<', 1000)]", code="credit")
        self.supplier = self.env["res.partner"].create({"name": "Timber Works"})
        self.mto = self.env.ref("stock.route_warehouse0_mto")
        self.mto.active = True
        self.bought = self.make_product(
            "SHELF",
            "Shelf",
            seller_ids=[(0, 0, {"partner_id": self.supplier.id, "price": 10})],
            route_ids=[(6, 0, (self.mto | self.env.ref("purchase_stock.route_warehouse0_buy")).ids)],
        )

    def purchases(self, product):
        return self.env["purchase.order.line"].search([("product_id", "=", product.id)])

    def test_held_before_anything_starts(self):
        order = self.make_order(qty=20, product=self.bought)
        self.assertEqual((order.state, order.logistics_release_state), ("sale", "held"))
        self.assertEqual(order.logistics_hold_ids.mapped("type_id.code"), ["credit", "stock_short"])
        self.assertFalse(order.picking_ids)
        self.assertFalse(self.purchases(self.bought))
        self.assertFalse(order.procurement_group_id)

    def test_orders_within_the_limit_start_as_ever(self):
        order = self.make_order(qty=2, product=self.bought)
        self.assertTrue(order.picking_ids)
        self.assertEqual(sum(self.purchases(self.bought).mapped("product_qty")), 2)

    def test_lifting_starts_it(self):
        order = self.make_order(qty=20)
        self.assertFalse(order.picking_ids)
        order.logistics_hold_ids.with_user(self.approver).action_release("Prepaid")
        self.assertEqual(order.picking_ids.state, "assigned")
        self.assertEqual(order.logistics_release_state, "released")
        self.assertEqual(order.picking_ids.move_ids.product_uom_qty, 20)

    def test_lifting_buys(self):
        order = self.make_order(qty=20, product=self.bought)
        hold = order.logistics_hold_ids.filtered(lambda h: h.type_id.code == "credit")
        hold.with_user(self.approver).action_release("Prepaid")
        self.assertEqual(sum(self.purchases(self.bought).mapped("product_qty")), 20)
        self.assertEqual(order.logistics_release_state, "held", "the goods are not there yet")

    def test_lifting_starts_locked_orders_too(self):
        self.env.user.groups_id |= self.env.ref("sale.group_auto_done_setting")
        order = self.make_order(qty=20)
        self.assertTrue(order.locked)
        order.logistics_hold_ids.with_user(self.approver).action_release("Prepaid")
        self.assertEqual(order.picking_ids.state, "assigned")
        self.assertTrue(order.locked)

    def test_more_of_a_held_order_starts_nothing(self):
        order = self.make_order(qty=20)
        order.order_line.product_uom_qty = 25
        self.assertFalse(order.picking_ids)
        order.logistics_hold_ids.with_user(self.approver).action_release("Prepaid")
        self.assertEqual(order.picking_ids.move_ids.product_uom_qty, 25)

    def test_a_second_hold_keeps_it_back(self):
        order = self.make_order(qty=20)
        embargo = self.place(order, "embargo", self.manager)
        order.logistics_hold_ids.filtered(lambda h: h.type_id.code == "credit").with_user(self.approver).action_release(
            "Prepaid"
        )
        self.assertFalse(order.picking_ids)
        embargo.with_user(self.manager).action_release("Cleared")
        self.assertTrue(order.picking_ids)

    def test_a_hold_on_the_quotation_counts_at_confirmation(self):
        order = self.make_order(qty=1, confirm=False)
        self.place(order, "embargo", self.manager)
        order.action_confirm()
        self.assertFalse(order.picking_ids)

    def test_held_lines_wait_while_the_others_start(self):
        lines = [(0, 0, {"product_id": p.id, "product_uom_qty": 1}) for p in (self.product, self.bought)]
        order = self.make_order(order_line=lines, confirm=False)
        self.place(order, "embargo", self.manager, line_ids=[(6, 0, order.order_line[1].ids)])
        order.action_confirm()
        self.assertEqual(order.picking_ids.move_ids.product_id, self.product)
        self.assertFalse(self.purchases(self.bought))

    def test_services_bought_for_the_order_wait_too(self):
        service = self.env["product.product"].create(
            {
                "name": "Assembly",
                "type": "service",
                "list_price": 2000,
                "service_to_purchase": True,
                "seller_ids": [(0, 0, {"partner_id": self.supplier.id, "price": 10})],
            }
        )
        order = self.make_order(qty=1, product=service)
        self.assertFalse(self.purchases(service))
        order.logistics_hold_ids.with_user(self.approver).action_release("Prepaid")
        self.assertEqual(len(self.purchases(service)), 1)

    def test_self_lifting_hold_starts_it(self):
        self.hold_type("credit").auto_release = True
        order = self.make_order(qty=20)
        self.credit.pass_domain = "[('amount_total', '<', 100000)]"
        order.action_logistics_evaluate()
        self.assertEqual(order.logistics_release_state, "released")
        self.assertTrue(order.picking_ids)

    def test_manual_release_starts_it(self):
        order = self.make_order(qty=20)
        order.with_user(self.approver).action_logistics_release("Prepaid")
        self.assertEqual(order.picking_ids.state, "assigned")
        self.assertEqual(order.logistics_release_state, "released")

    def test_the_evaluation_before_procurement_is_kept(self):
        order = self.make_order(qty=20)
        self.assertEqual(order.logistics_evaluation_ids.mapped("stage"), ["release", "procurement"])

    def test_observed_gates_block_no_procurement(self):
        self.env["logistics.switch"].search([]).mode = "observe"
        order = self.make_order(qty=20)
        self.assertTrue(order.picking_ids)
        self.assertFalse(order.logistics_hold_ids)

    def test_rolled_back_lifting_starts_nothing(self):
        order = self.make_order(qty=20)
        with self.assertRaises(ZeroDivisionError), self.cr.savepoint():
            order.logistics_hold_ids.with_user(self.approver).action_release("Prepaid")
            self.assertTrue(order.picking_ids)
            raise ZeroDivisionError
        self.assertFalse(order.picking_ids)
        self.assertEqual(order.logistics_hold_ids.mapped("state"), ["active"])
