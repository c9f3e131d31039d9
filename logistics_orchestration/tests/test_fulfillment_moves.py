"""Goods changed or cancelled on the transfer itself, while a warehouse works on them."""

from .test_fulfillment_change import ChangeCase


class TestMovesChanged(ChangeCase):
    """What a person writes on the transfer itself reaches the warehouse too."""

    def goods(self, request):
        """What is on the request's open transfers."""
        return sum(request._open_moves().mapped("product_uom_qty"))

    def test_less_on_the_transfer_is_asked_for_when_the_warehouse_lets_go(self):
        order, first = self.accepted()
        with self.has_left():
            first.move_ids.with_user(self.worker).product_uom_qty = 3
        self.assertEqual((first.state, order.order_line.product_uom_qty), ("cancel_requested", 5))
        self.assertEqual(len(self.events("fulfillment.cancel_requested", first)), 1)
        self.say("fulfillment.cancelled", first)
        second = order.logistics_fulfillment_ids - first
        self.assertEqual((second.state, second.asked[0]["quantity"]), ("requested", 3))

    def test_refused_the_transfer_is_as_it_was(self):
        order, request = self.accepted()
        with self.has_left():
            request.move_ids.product_uom_qty = 3
        self.say("fulfillment.cancel_rejected", request, reason="Packed already")
        self.assertEqual((request.state, order.order_line.product_uom_qty, self.goods(request)), ("accepted", 5, 5))
        self.assertIn("5 again instead of 3", request.activity_ids.note)
        self.assertEqual(order.logistics_fulfillment_ids, request)
        self.say("picking.completed", request, lines=self.lines_of(request))
        self.assertEqual((request.state, order.order_line.qty_delivered), ("done", 5))

    def test_what_had_not_left_is_simply_asked_anew(self):
        order = self.make_order(qty=5)
        first = order.logistics_fulfillment_ids
        picking = order.picking_ids
        picking.write({"move_ids": [(1, move.id, {"product_uom_qty": 2}) for move in picking.move_ids]})
        second = order.logistics_fulfillment_ids - first
        self.assertEqual((first.state, second.state, second.asked[0]["quantity"]), ("cancelled", "requested", 2))

    def test_one_line_cancelled_by_hand(self):
        chair = self.make_product("STOOL", "Stool", on_hand=20)
        order = self.make_order(qty=5, confirm=False)
        order.write({"order_line": [(0, 0, {"product_id": chair.id, "product_uom_qty": 2})]})
        order.action_confirm()
        first = order.logistics_fulfillment_ids
        self.say("fulfillment.accepted", first)
        with self.has_left():
            first.move_ids.filtered(lambda move: move.product_id == chair)._action_cancel()
        self.assertEqual(first.state, "cancel_requested")
        self.say("fulfillment.cancelled", first)
        second = order.logistics_fulfillment_ids - first
        self.assertEqual([line["sku"] for line in second.asked], ["DESK"])

    def test_one_line_cancelled_by_hand_and_refused(self):
        chair = self.make_product("STOOL", "Stool", on_hand=20)
        order = self.make_order(qty=5, confirm=False)
        order.write({"order_line": [(0, 0, {"product_id": chair.id, "product_uom_qty": 2})]})
        order.action_confirm()
        request = order.logistics_fulfillment_ids
        self.say("fulfillment.accepted", request)
        lines = self.lines_of(request)
        with self.has_left():
            request.move_ids.filtered(lambda move: move.product_id == chair)._action_cancel()
        self.say("fulfillment.cancel_rejected", request)
        self.assertEqual(order.order_line.mapped("product_uom_qty"), [5, 2])
        message = self.say("picking.completed", request, lines=lines)
        self.assertEqual((message.state, order.order_line.mapped("qty_delivered")), ("processed", [5, 2]))

    def test_picked_as_asked_before_it_read_of_it(self):
        order, request = self.accepted()
        lines = self.lines_of(request)
        with self.has_left():
            request.move_ids.product_uom_qty = 3
        message = self.say("picking.completed", request, lines=lines)
        self.assertEqual(message.state, "processed", message.reason or message.last_error)
        self.assertEqual((order.order_line.product_uom_qty, order.order_line.qty_delivered), (5, 5))

    def test_an_order_s_own_change_asks_once(self):
        order, first = self.accepted()
        with self.has_left():
            order.order_line.product_uom_qty = 2
        self.assertEqual(len(self.events("fulfillment.cancel_requested", first)), 1)
        self.say("fulfillment.cancelled", first)
        self.assertEqual(len(order.logistics_fulfillment_ids), 2)

    def test_what_is_only_observed_is_left_alone(self):
        order, request = self.accepted()
        self.env["logistics.switch"].search([("capability", "=", "fulfillment")]).mode = "observe"
        request.move_ids.product_uom_qty = 3
        self.assertEqual((request.state, order.logistics_fulfillment_ids), ("accepted", request))
