"""Orders changed and cancelled after release: the warehouse is asked first, and Odoo follows its answer."""

import json

from odoo.exceptions import UserError
from odoo.tests.common import Form

from .fulfillment_common import FulfillmentCase


class ChangeCase(FulfillmentCase):
    def accepted(self, qty=5, **vals):
        """An order and its request, accepted by the warehouse."""
        order = self.make_order(qty=qty, **vals)
        request = order.logistics_fulfillment_ids
        self.say("fulfillment.accepted", request)
        return order, request

    def data(self, type_name, record):
        return json.loads(self.events(type_name, record)[-1].body)["data"]


class TestCancelled(ChangeCase):
    def test_the_order_is_cancelled_when_the_warehouse_lets_go(self):
        order, request = self.accepted()
        with self.has_left():
            order._action_cancel()
        self.assertEqual((order.state, order.logistics_cancel_pending), ("sale", True))
        self.assertEqual((request.state, order.picking_ids.state), ("cancel_requested", "assigned"))
        self.assertFalse(self.events("order.cancelled", order))
        with self.assertRaisesRegex(UserError, "about to be cancelled"):
            order.with_user(self.user).action_logistics_request_fulfillment()
        message = self.say("fulfillment.cancelled", request)
        self.assertEqual(message.state, "processed", message.reason or message.last_error)
        self.assertEqual((order.state, order.logistics_cancel_pending), ("cancel", False))
        self.assertEqual((request.state, order.picking_ids.state), ("cancelled", "cancel"))
        self.assertEqual(len(self.events("order.cancelled", order)), 1)

    def test_the_button_says_that_it_waits(self):
        order, _request = self.accepted()
        with self.has_left():
            action = order.with_context(disable_cancel_warning=True).action_cancel()
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn(order.name, action["params"]["message"])
        self.assertTrue(order.message_ids.filtered(lambda m: "asked to stop" in (m.body or "")))

    def test_refused_the_order_stays_and_ships(self):
        order, request = self.accepted()
        with self.has_left():
            order._action_cancel()
            order._action_cancel()
        self.assertEqual(len(self.events("fulfillment.cancel_requested", request)), 1, "asked once")
        message = self.say("fulfillment.cancel_rejected", request, reason="On the lorry")
        self.assertEqual(message.state, "processed", message.reason or message.last_error)
        self.assertEqual((order.state, order.logistics_cancel_pending), ("sale", False))
        self.assertEqual((request.state, request.cancel_order), ("accepted", False))
        self.assertEqual(len(self.events("fulfillment.cancel_rejected", request)), 1)
        self.assertIn("stays confirmed", request.activity_ids.note)
        self.say("picking.completed", request, lines=self.lines_of(request))
        self.assertEqual((request.state, order.order_line.qty_delivered), ("done", 5))

    def test_picked_before_it_read_the_cancellation(self):
        order, request = self.accepted()
        with self.has_left():
            order._action_cancel()
        self.say("picking.completed", request, lines=self.lines_of(request))
        self.assertEqual((request.state, order.order_line.qty_delivered), ("done", 5))
        self.assertEqual((order.state, order.logistics_cancel_pending), ("sale", False))
        self.assertTrue(request.activity_ids)

    def test_picked_in_part_then_it_lets_go_of_the_rest(self):
        order, request = self.accepted()
        with self.has_left():
            order._action_cancel()
        self.say("picking.completed", request, lines=self.lines_of(request, DESK=2))
        self.assertEqual((request.state, order.logistics_cancel_pending), ("partially_done", True))
        message = self.say("fulfillment.cancelled", request)
        self.assertEqual((message.state, request.state), ("processed", "cancelled"))
        self.assertEqual((order.state, order.logistics_cancel_pending), ("sale", False), "some of it was shipped")
        self.assertEqual(set(order.picking_ids.mapped("state")), {"done", "cancel"})

    def test_cancelled_after_it_was_shipped_in_part(self):
        order, request = self.accepted()
        self.say("picking.completed", request, lines=self.lines_of(request, DESK=2))
        with self.has_left():
            order._action_cancel()
        self.assertEqual((request.state, order.logistics_cancel_pending), ("cancel_requested", True))
        self.say("fulfillment.cancelled", request)
        self.assertEqual((order.state, order.logistics_cancel_pending), ("sale", False))
        self.assertEqual(set(order.picking_ids.mapped("state")), {"done", "cancel"})

    def test_confirmed_by_phone(self):
        order, request = self.accepted()
        with self.has_left():
            order._action_cancel()
        request.with_user(self.user).action_cancel("Mr Jones says they stopped")
        self.assertEqual((order.state, request.state, request.manual), ("cancel", "cancelled", True))

    def test_not_sent_yet_is_cancelled_at_once(self):
        order, request = self.accepted()
        order._action_cancel()
        self.assertEqual((order.state, request.state), ("cancel", "cancelled"))

    def test_observed_only_nothing_waits(self):
        order, request = self.accepted()
        self.env["logistics.switch"].search([("capability", "=", "fulfillment")]).mode = "observe"
        with self.has_left():
            order._action_cancel()
        self.assertEqual((order.state, request.state), ("cancel", "cancel_requested"))

    def test_several_orders_only_those_at_a_warehouse_wait(self):
        order, _request = self.accepted()
        draft = self.make_order(confirm=False)
        with self.has_left():
            (order | draft)._action_cancel()
        self.assertEqual((order.state, draft.state), ("sale", "cancel"))

    def test_a_transfer_waits_for_the_warehouse_too(self):
        order, request = self.accepted()
        with self.has_left():
            order.picking_ids.action_cancel()
        self.assertEqual((order.picking_ids.state, request.state), ("assigned", "cancel_requested"))
        self.say("fulfillment.cancelled", request)
        self.assertEqual((order.picking_ids.state, order.state), ("cancel", "sale"))

    def test_a_transfer_the_warehouse_does_not_let_go_of(self):
        order, request = self.accepted()
        with self.has_left():
            order.picking_ids.action_cancel()
        self.say("fulfillment.cancel_rejected", request)
        self.assertEqual(
            (order.picking_ids.state, request.state, request.cancel_transfers), ("assigned", "accepted", False)
        )

    def test_a_transfer_at_a_warehouse_is_not_deleted(self):
        order, _request = self.accepted()
        with self.assertRaisesRegex(UserError, "works on it"):
            order.picking_ids.unlink()

    def test_no_answer_to_the_cancellation_is_told_once(self):
        order, request = self.accepted()
        with self.has_left():
            order._action_cancel()
        request.answer_due_at = "2026-01-01 00:00:00"
        self.assertTrue(request.overdue)
        self.assertIn(request, request.search([("overdue", "=", True)]))
        for _run in range(2):
            self.env["logistics.fulfillment"]._cron_time_out()
        found = request.activity_ids.filtered(lambda a: "No answer to the cancellation" in a.summary)
        self.assertEqual(len(found), 1)
        self.assertEqual(request.state, "cancel_requested")

    def test_two_warehouses_one_lets_go_one_ships(self):
        lamp = self.make_product("LAMP", "Lamp", 5)
        lines = [(0, 0, {"product_id": p.id, "product_uom_qty": 1}) for p in (self.product, lamp)]
        order = self.make_order(order_line=lines)
        first = order.logistics_fulfillment_ids
        # the lamp is asked for on its own, as another warehouse would be
        lamps = first.move_ids.filtered(lambda move: move.product_id == lamp)
        first.move_ids -= lamps
        first.asked = first._asked_lines(first.move_ids)
        second = self.env["logistics.fulfillment"]._request(order, self.warehouse, lamps)
        with self.has_left():
            order._action_cancel()
        self.assertEqual((first | second).mapped("state"), ["cancel_requested"] * 2)
        self.say("fulfillment.cancelled", first)
        self.assertEqual(order.state, "sale", "the other has yet to answer")
        self.say("fulfillment.cancel_rejected", second)
        self.assertEqual((order.state, order.logistics_cancel_pending), ("sale", False))
        self.assertEqual(
            {m.product_id: m.state for m in order.order_line.move_ids}, {self.product: "cancel", lamp: "assigned"}
        )


class TestChanged(ChangeCase):
    def test_less_is_asked_for_when_the_warehouse_lets_go(self):
        order, first = self.accepted()
        with self.has_left():
            order.order_line.product_uom_qty = 3
        self.assertEqual((first.state, len(order.logistics_fulfillment_ids)), ("cancel_requested", 1))
        self.assertEqual(len(self.events("order.changed", order)), 1)
        self.say("fulfillment.cancelled", first)
        second = order.logistics_fulfillment_ids - first
        self.assertEqual((first.state, second.state, second.asked[0]["quantity"]), ("cancelled", "requested", 3))

    def test_refused_the_old_quantity_stays(self):
        order, request = self.accepted()
        with self.has_left():
            order.order_line.product_uom_qty = 3
        self.say("fulfillment.cancel_rejected", request, reason="Packed already")
        self.assertEqual(order.order_line.product_uom_qty, 5)
        self.assertEqual((request.state, sum(request._open_moves().mapped("product_uom_qty"))), ("accepted", 5))
        self.assertEqual(order.logistics_fulfillment_ids, request)
        self.assertIn("5 again instead of 3", request.activity_ids.note)
        self.say("picking.completed", request, lines=self.lines_of(request))
        self.assertEqual((request.state, order.order_line.qty_delivered), ("done", 5))

    def test_refused_a_line_that_was_emptied_comes_back(self):
        order, request = self.accepted()
        lines = self.lines_of(request)
        with self.has_left():
            order.order_line.product_uom_qty = 0
        self.say("fulfillment.cancel_rejected", request)
        self.assertEqual(order.order_line.product_uom_qty, 5)
        message = self.say("picking.completed", request, lines=lines)
        self.assertEqual((message.state, order.order_line.qty_delivered), ("processed", 5), message.reason)

    def test_picked_as_asked_before_it_read_of_the_change(self):
        order, request = self.accepted()
        lines = self.lines_of(request)
        with self.has_left():
            order.order_line.product_uom_qty = 3
        message = self.say("picking.completed", request, lines=lines)
        self.assertEqual(message.state, "processed", message.reason or message.last_error)
        self.assertEqual((order.order_line.product_uom_qty, order.order_line.qty_delivered), (5, 5))
        self.assertTrue(request.activity_ids)

    def test_picked_as_changed_is_just_that(self):
        order, request = self.accepted()
        lines = self.lines_of(request, DESK=3)
        with self.has_left():
            order.order_line.product_uom_qty = 3
        self.say("picking.completed", request, lines=lines)
        self.assertEqual((order.order_line.product_uom_qty, order.order_line.qty_delivered), (3, 3))
        self.assertEqual(request.state, "done")

    def test_more_that_is_refused_is_asked_for_on_its_own(self):
        order, request = self.accepted()
        with self.has_left():
            order.order_line.product_uom_qty = 8
        self.say("fulfillment.cancel_rejected", request)
        rest = order.logistics_fulfillment_ids - request
        self.assertEqual((request.state, rest.state), ("accepted", "requested"))
        self.assertEqual(rest.asked[0]["quantity"], 3)
        self.assertEqual(sum(request._open_moves().mapped("product_uom_qty")), 5)
        self.say("picking.completed", request, lines=self.lines_of(request))
        self.say("picking.completed", rest, lines=self.lines_of(rest))
        self.assertEqual((request.state, rest.state, order.order_line.qty_delivered), ("done", "done", 8))

    def test_the_rest_of_what_was_shipped_in_part_is_taken_back(self):
        order, request = self.accepted()
        self.say("picking.completed", request, lines=self.lines_of(request, DESK=2))
        with self.has_left():
            order.order_line.price_unit = 90
            self.assertEqual(request.state, "partially_done", "nothing the warehouse has to know")
            order.order_line.product_uom_qty = 3
        self.assertEqual(request.state, "cancel_requested")
        self.say("fulfillment.cancelled", request)
        second = order.logistics_fulfillment_ids - request
        self.assertEqual((request.state, second.asked[0]["quantity"]), ("cancelled", 1))

    def test_the_new_address_goes_to_the_warehouse(self):
        order, first = self.accepted()
        other = self.customer.copy({"name": "Northwind South", "city": "Ghent"})
        order.partner_shipping_id = other
        self.assertEqual(order.picking_ids.partner_id, other)
        second = order.logistics_fulfillment_ids - first
        self.assertEqual((first.state, second.state), ("cancelled", "requested"))
        self.assertEqual(self.data("fulfillment.requested", second)["consignee"]["city"], "Ghent")
        self.assertEqual(self.data("order.changed", order)["changed"], ["partner_shipping_id"])

    def test_refused_it_goes_to_the_old_address(self):
        order, request = self.accepted()
        other = self.customer.copy({"name": "Northwind South", "city": "Ghent"})
        with self.has_left():
            order.partner_shipping_id = other
        self.assertEqual(request.state, "cancel_requested")
        self.say("fulfillment.cancel_rejected", request)
        self.assertEqual(order.picking_ids.partner_id, self.customer)
        self.assertIn("Northwind Retail again", request.activity_ids.note)
        self.assertEqual(order.logistics_fulfillment_ids, request)

    def test_an_address_a_person_wrote_on_the_transfer_stays(self):
        order, first = self.accepted()
        own, other = (self.customer.copy({"name": name}) for name in ("Own", "Other"))
        order.picking_ids.partner_id = own
        second = order.logistics_fulfillment_ids - first
        self.assertEqual((first.state, second.state), ("cancelled", "requested"), "the transfer changed")
        order.partner_shipping_id = other
        self.assertEqual(order.picking_ids.partner_id, own)

    def test_carrier_and_date_are_told_anew(self):
        order, first = self.accepted(carrier=self.carrier)
        fast = self.make_carrier("Air", 90.0)
        order.carrier_id = fast
        second = order.logistics_fulfillment_ids - first
        self.assertEqual(order.picking_ids.carrier_id, fast)
        self.assertEqual(self.data("fulfillment.requested", second)["carrier"]["name"], "Air")
        order.commitment_date = "2030-05-06 10:00:00"
        third = order.logistics_fulfillment_ids - first - second
        self.assertEqual((second.state, third.state), ("cancelled", "requested"))
        self.assertEqual(str(third.requested_ship_at), "2030-05-06 10:00:00")

    def test_observed_only_transfers_stay_as_they_are(self):
        self.env["logistics.switch"].search([]).mode = "observe"
        order = self.make_order()
        order.partner_shipping_id = self.customer.copy({"name": "Northwind South"})
        self.assertEqual(order.picking_ids.partner_id, self.customer)

    def test_changed_in_a_chain_of_steps(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        order, request = self.accepted()
        with self.has_left():
            order.order_line.product_uom_qty = 2
        self.say("fulfillment.cancel_rejected", request)
        self.say("picking.completed", request, lines=self.lines_of(request))
        self.assertEqual((request.state, order.order_line.qty_delivered), ("done", 5))


class TestNewest(ChangeCase):
    def test_worklist_form_opens(self):
        order, request = self.accepted()
        with self.has_left():
            order._action_cancel()
        with Form(request) as form:
            self.assertTrue(form.cancel_order)
        self.assertIn(request, request.search([("cancel_order", "=", True), ("state", "=", "cancel_requested")]))
