"""What each decision does when it is carried out."""

from odoo import fields
from odoo.tests.common import tagged

from .common import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalKinds(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.enforce("approvals")

    # -- emergency procurement --------------------------------------------------------------------------------

    def purchase(self, qty=30):
        return self.env["purchase.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    (0, 0, {"product_id": self.product.id, "product_qty": qty, "price_unit": 100.0, "taxes_id": False})
                ],
            }
        )

    def test_emergency_purchase_is_confirmed_without_a_purchase_role(self):
        self.company.write({"po_double_validation": "two_step", "po_double_validation_amount": 10.0})
        purchase = self.purchase()
        request = self.ask(purchase, kind="emergency_procurement")
        self.assertEqual((request.state, request.amount), ("requested", 3000.0))
        self.decide(request)
        self.assertEqual(request.execution_error, False)
        self.assertEqual(purchase.state, "purchase")
        self.assertTrue(purchase.picking_ids)

    def test_a_decision_counts_for_the_purchase_as_it_was(self):
        self.company.write({"po_double_validation": "two_step", "po_double_validation_amount": 10.0})
        purchase = self.purchase()
        request = self.ask(purchase, kind="emergency_procurement")
        buyer = self.make_user("buyer", "group_user")
        buyer.groups_id |= self.env.ref("purchase.group_purchase_user")
        self.assertFalse(purchase.with_user(buyer)._approval_allowed())
        self.assertEqual(request.state, "requested")
        self.decide(request)
        other = self.purchase(60)
        other.with_user(buyer).button_confirm()
        self.assertEqual(other.state, "to approve")

    def test_a_small_purchase_is_within_policy(self):
        purchase = self.purchase(5)
        self.assertEqual(self.ask(purchase, kind="emergency_procurement").state, "not_required")
        self.assertEqual(purchase.state, "purchase")

    def test_a_changed_purchase_supersedes(self):
        purchase = self.purchase()
        request = self.ask(purchase, kind="emergency_procurement")
        purchase.order_line.price_unit = 200.0
        self.decide(request)
        self.assertEqual((request.state, purchase.state), ("superseded", "draft"))

    # -- inventory override -----------------------------------------------------------------------------------

    def counted(self, quantity):
        quant = self.env["stock.quant"].search(
            [("product_id", "=", self.product.id), ("location_id", "=", self.warehouse.lot_stock_id.id)]
        )
        self.product.standard_price = 60.0
        quant.with_context(inventory_mode=True).inventory_quantity = quantity
        return quant

    def test_a_count_is_applied(self):
        quant = self.counted(80)
        request = self.ask(quant, kind="inventory_override", reason="Recounted twice")
        self.assertEqual((request.state, request.amount), ("requested", 1200.0))
        self.decide(request)
        self.assertFalse(request.execution_error)
        self.assertEqual(quant.quantity, 80)
        move = self.env["stock.move"].search(
            [("product_id", "=", self.product.id), ("is_inventory", "=", True)], limit=1
        )
        self.assertIn(request.name, move.reference or move.name)

    def test_a_quantity_that_moved_supersedes(self):
        quant = self.counted(80)
        request = self.ask(quant, kind="inventory_override")
        self.env["stock.quant"]._update_available_quantity(self.product, self.warehouse.lot_stock_id, -5)
        self.decide(request)
        self.assertEqual((request.state, quant.quantity), ("superseded", 95))

    def test_nothing_counted_nothing_to_apply(self):
        quant = self.env["stock.quant"].search([("product_id", "=", self.product.id)], limit=1)
        with self.refuses("counted quantity"):
            self.ask(quant, kind="inventory_override")

    # -- split shipment ---------------------------------------------------------------------------------------

    def order_in_two_places(self):
        """(order, product, second warehouse): three are here, two there, and the customer wants all five at once."""
        self.enforce("release", "allocation")
        other = self.env["stock.warehouse"].create({"name": "Second", "code": "SEC"})
        self.customer.logistics_ship_complete = True
        lamp = self.make_product("LAMP", "Lamp", 3)
        self.env["stock.quant"]._update_available_quantity(lamp, other.lot_stock_id, 2)
        return self.make_order(qty=5, product=lamp), lamp, other

    def test_an_order_may_be_split(self):
        order = self.make_order(qty=150, picking_policy="one")
        transfer = order.picking_ids
        self.assertEqual((transfer.move_type, transfer.state), ("one", "confirmed"))
        request = self.ask(order, kind="split_shipment")
        self.assertEqual(request.state, "requested")
        self.decide(request)
        self.assertEqual((order.picking_policy, transfer.move_type), ("direct", "direct"))
        self.assertEqual(transfer.state, "assigned", "what is there may go")
        with self.refuses("already"):
            self.ask(order, kind="split_shipment")

    def test_a_split_over_warehouses_is_decided_by_approval(self):
        order, _lamp, _other = self.order_in_two_places()
        hold = order.logistics_hold_ids.filtered(lambda hold: hold.state == "active")
        self.assertEqual(hold.type_id.code, "split_warehouses")
        request = self.Request.search([("subject_model", "=", "sale.order"), ("subject_id", "=", order.id)])
        self.assertEqual((request.kind, request.state), ("split_shipment", "requested"))
        self.decide(request)
        self.assertFalse(request.execution_error)
        self.assertEqual((hold.state, order.logistics_release_state), ("released", "released"))
        shipped = {p.picking_type_id.warehouse_id.code: p.move_ids.product_uom_qty for p in order.picking_ids}
        self.assertEqual(shipped, {self.warehouse.code: 3, "SEC": 2})

    def test_lines_for_later_are_decided_by_approval(self):
        self.enforce("release")
        self.env.ref("logistics_orchestration.gate_stock").effect = "split"
        self.customer.logistics_ship_complete = True
        lamp = self.make_product("LAMP", "Lamp", 0)
        order = self.make_order(confirm=False)
        order.order_line = [(0, 0, {"product_id": lamp.id, "product_uom_qty": 3})]
        order.action_confirm()
        order.action_logistics_evaluate()
        question = order.logistics_hold_ids.filtered(lambda hold: hold.state == "active" and hold.split)
        self.assertEqual(question.split_line_ids.product_id, lamp)
        request = self.Request.search([("subject_model", "=", "sale.order"), ("subject_id", "=", order.id)])
        self.assertEqual((request.kind, request.state), ("split_shipment", "requested"))
        self.decide(request)
        self.assertFalse(request.execution_error)
        self.assertEqual((question.state, order.logistics_release_state), ("released", "partial"))
        order.action_logistics_evaluate()
        self.assertFalse(order.logistics_hold_ids.filtered(lambda hold: hold.state == "active" and hold.split))

    def test_a_split_that_changed_since_is_not_carried_out(self):
        order, lamp, other = self.order_in_two_places()
        request = self.Request.search([("subject_model", "=", "sale.order"), ("subject_id", "=", order.id)])
        self.env["stock.quant"]._update_available_quantity(lamp, other.lot_stock_id, 9)
        order._logistics_allocate("receipt")
        self.assertEqual(order.logistics_ships_from, "SEC")
        self.decide(request)
        self.assertEqual(request.state, "superseded")
        self.assertEqual(order.logistics_ships_from, "SEC")

    # -- holds ------------------------------------------------------------------------------------------------

    def hold(self, order, code):
        types = self.env["logistics.hold.type"]
        hold_type = types.search([("code", "=", code)], limit=1) or types.create(
            {"name": code.capitalize(), "code": code, "release_group_id": self.env.ref("base.group_system").id}
        )
        return self.env["logistics.hold"].create({"order_id": order.id, "type_id": hold_type.id, "reason": "Checks"})

    def test_a_credit_hold_is_lifted_within_limits(self):
        self.company.logistics_value_tolerance = 20
        order = self.make_order()
        hold = self.hold(order, "credit")
        until = fields.Datetime.add(fields.Datetime.now(), days=2).replace(microsecond=0)
        request = self.ask(hold, kind="credit_release", value_cap=210.0, valid_until=until)
        self.assertEqual((request.state, request.sale_order_id), ("requested", order))
        self.decide(request)
        self.assertFalse(request.execution_error)
        self.assertEqual(hold.state, "released")
        self.assertIn(request.name, hold.release_reason)
        self.assertEqual(order._logistics_decided_limits(), (210.0, until))
        order._logistics_do_release("Test", manual=False)
        self.assertEqual((order.logistics_value_cap, order.logistics_valid_until), (210.0, until))

    def test_a_cap_below_the_order_value_is_refused(self):
        hold = self.hold(self.make_order(), "credit")
        with self.refuses("below the order value"):
            self.ask(hold, kind="credit_release", value_cap=10.0)
        hold = self.hold(self.make_order(), "credit")
        past = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        with self.refuses("later end"):
            self.ask(hold, kind="credit_release", valid_until=past)

    def test_only_that_hold_is_lifted(self):
        order = self.make_order()
        credit, quality = self.hold(order, "credit"), self.hold(order, "quality")
        self.decide(self.ask(quality, kind="shipment_hold"))
        self.assertEqual((credit.state, quality.state), ("active", "released"))

    def test_a_credit_hold_is_not_lifted_through_the_laxer_kind(self):
        hold = self.hold(self.make_order(), "credit")
        with self.refuses("Credit release"):
            self.ask(hold, kind="shipment_hold")

    def test_a_rule_on_the_order_asks_for_each_of_its_holds(self):
        order = self.make_order()
        hold = self.hold(order, "credit")
        requests = order._logistics_request_approval("credit_release", "Paid meanwhile")
        self.assertEqual(requests.mapped("subject_id"), hold.ids)

    def test_where_there_is_nothing_to_decide_a_person_is_asked(self):
        order = self.make_order()
        order._logistics_request_approval("credit_release", "Paid meanwhile")
        self.assertTrue(order.activity_ids.filtered(lambda a: "credit release" in a.summary))

    def test_the_button_on_a_hold_asks_for_the_right_kind(self):
        order = self.make_order()
        for code, kind in (("credit", "credit_release"), ("quality", "shipment_hold")):
            action = self.hold(order, code).with_user(self.worker).action_logistics_ask()
            self.assertEqual(action["context"]["default_kind"], kind)

    # -- billing waiver ---------------------------------------------------------------------------------------

    def test_a_blocked_invoice_is_waived_for_what_it_is_now(self):
        self.enforce("billing")
        order = self.make_order()
        order.picking_ids.move_ids.write({"quantity": 2, "picked": True})
        order.picking_ids._action_done()
        line = order.order_line
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [
                    (0, 0, dict(line._prepare_invoice_line(), quantity=2, sale_line_ids=[(6, 0, line.ids)]))
                ],
            }
        )
        clerk = self.make_user("clerk", "group_user")
        clerk.groups_id |= self.env.ref("account.group_account_invoice")
        request = self.ask(move, kind="billing_waiver", user=clerk)
        self.assertEqual((request.state, request.sale_order_id), ("requested", order))
        with self.refuses("blocked"):
            move.action_post()
        self.decide(request)
        self.assertFalse(request.execution_error)
        self.assertEqual(move.logistics_billing_state, "waived")
        self.assertIn(request.name, move.logistics_waive_reason)
        move.action_post()
        with self.refuses("nothing to waive"):
            self.ask(move, kind="billing_waiver", user=clerk)
