"""Fulfilment requests: asking, answering by hand, taking back, and people who are faster than the warehouse."""

import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .fulfillment_common import FulfillmentCase


class TestRequests(FulfillmentCase):
    def data(self, type_name, record):
        return json.loads(self.events(type_name, record)[-1].body)["data"]

    def test_a_released_order_is_asked_for_once(self):
        order = self.make_order(qty=2, carrier=self.carrier)
        request = order.logistics_fulfillment_ids
        self.assertRegex(request.name, r"^FUL/\d+$")
        self.assertEqual(
            (request.state, request.system_id, request.warehouse_id), ("requested", self.wms, self.warehouse)
        )
        self.assertEqual(request.picking_ids, order.picking_ids)
        self.assertFalse(order._logistics_request_fulfillment(), "asking twice asks once")
        data = self.data("fulfillment.requested", request)
        self.assertEqual(data["consignee"]["city"], "Antwerp")
        self.assertEqual(data["consignee"]["country"], "BE")
        self.assertEqual(data["carrier"]["name"], "Ground")
        self.assertEqual(data["transfer"], order.picking_ids.name)
        [line] = data["lines"]
        self.assertEqual((line["line"], line["sku"], line["quantity"]), (order.picking_ids.move_ids.id, "DESK", 2.0))
        event = self.events("fulfillment.requested", request)
        self.assertEqual(event.ordering_key, f"sale.order/{order.id}")

    def test_held_orders_are_not_asked_for(self):
        order = self.make_order(qty=110)
        self.assertFalse(order.logistics_fulfillment_ids)
        with self.assertRaisesRegex(UserError, "not released: Stock short"):
            order.with_user(self.user).action_logistics_request_fulfillment()

    def test_observing_asks_nobody(self):
        self.env["logistics.switch"].search([("capability", "=", "fulfillment")]).mode = "observe"
        order = self.make_order()
        self.run_tasks()
        self.assertEqual(order.logistics_release_state, "released")
        self.assertFalse(order.logistics_fulfillment_ids)
        self.assertTrue(
            self.env["logistics.observation"].search_count(
                [("capability", "=", "fulfillment"), ("res_id", "=", order.id)]
            )
        )

    def test_our_own_warehouse_is_shown_the_work_and_told_nothing(self):
        self.wms.warehouse_ids = False
        order = self.make_order()
        request = order.logistics_fulfillment_ids
        self.assertEqual((request.state, request.system_id.id), ("accepted", False))
        self.assertFalse(self.events("fulfillment.requested", request))
        order.picking_ids.button_validate()
        self.assertEqual((request.state, request.manual), ("done", False))

    def test_the_last_step_of_a_chain_is_asked_for(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        order = self.make_order()
        move = order.logistics_fulfillment_ids.move_ids
        self.assertEqual(move.location_dest_id.usage, "customer")

    def test_two_warehouses_two_requests(self):
        other = self.env["stock.warehouse"].create({"name": "Second", "code": "SEC"})
        self.env["stock.quant"]._update_available_quantity(self.product, other.lot_stock_id, 10)
        rule = {
            "name": "From the second warehouse",
            "action": "pull",
            "location_src_id": other.lot_stock_id.id,
            "location_dest_id": self.env.ref("stock.stock_location_customers").id,
            "picking_type_id": other.out_type_id.id,
        }
        route = self.env["stock.route"].create({"name": "Second", "sale_selectable": True, "rule_ids": [(0, 0, rule)]})
        lines = [
            (0, 0, {"product_id": self.product.id, "product_uom_qty": 1}),
            (0, 0, {"product_id": self.product.id, "product_uom_qty": 2, "route_id": route.id}),
        ]
        order = self.make_order(order_line=lines)
        requests = order.logistics_fulfillment_ids
        self.assertEqual(requests.warehouse_id, self.warehouse | other)
        self.assertEqual(sorted(requests.mapped("state")), ["accepted", "requested"])

    def test_time_to_answer_comes_from_the_warehouse_then_the_company(self):
        self.company.logistics_answer_hours = 8
        first = self.make_order().logistics_fulfillment_ids
        self.warehouse.logistics_answer_hours = 1
        second = self.make_order().logistics_fulfillment_ids
        self.assertAlmostEqual((first.answer_due_at - first.requested_at).total_seconds(), 8 * 3600, delta=5)
        self.assertAlmostEqual((second.answer_due_at - second.requested_at).total_seconds(), 3600, delta=5)

    def test_no_answer_in_time(self):
        order = self.make_order()
        request = order.logistics_fulfillment_ids
        self.env["logistics.fulfillment"]._cron_time_out()
        self.assertEqual(request.state, "requested")
        request.answer_due_at = fields.Datetime.now() - timedelta(minutes=1)
        self.assertTrue(request.overdue)
        self.env["logistics.fulfillment"]._cron_time_out()
        self.assertEqual(request.state, "timed_out")
        self.assertEqual(len(request.activity_ids), 1)
        self.assertEqual(len(self.events("fulfillment.timed_out", request)), 1)
        self.env["logistics.fulfillment"]._cron_time_out()
        self.assertEqual(len(self.events("fulfillment.timed_out", request)), 1)
        request.with_user(self.user).action_request_again()
        self.assertEqual((request.state, request.manual), ("requested", False))
        self.assertFalse(request.activity_ids)
        self.assertEqual(len(self.events("fulfillment.requested", request)), 2)

    # -- by hand -----------------------------------------------------------------------------------------------

    def test_answers_by_hand_are_recorded_as_such(self):
        request = self.make_order().logistics_fulfillment_ids
        self.assertIs(request.with_user(self.user).action_accept("By phone, Mr Jones"), True)
        self.assertEqual((request.state, request.manual), ("accepted", True))
        self.assertTrue(request.accepted_at)
        with self.assertRaisesRegex(UserError, "Reason"):
            request.with_user(self.user).action_reject()
        request.with_user(self.user).action_reject("No people today")
        self.assertEqual((request.state, request.reason), ("rejected", "No people today"))
        request.with_user(self.user).action_request_again()
        self.assertEqual(request.state, "requested")
        request.with_user(self.user).action_mark_done("Went out with the other lorry")
        self.assertEqual((request.state, request.manual), ("done", True))
        with self.assertRaisesRegex(UserError, "is done and cannot become requested"):
            request.with_user(self.user)._as_person()._transition("requested", "person")

    def test_needs_a_logistics_role(self):
        request = self.make_order().logistics_fulfillment_ids
        for user in (self.salesman, self.worker):
            for call in ("action_accept", "action_request_again"):
                with self.assertRaises(AccessError):
                    getattr(request.with_user(user), call)()

    def test_fields_are_changed_by_buttons_only(self):
        request = self.make_order().logistics_fulfillment_ids
        with self.assertRaisesRegex(UserError, "buttons"):
            request.with_user(self.user).write({"state": "done"})
        request.with_user(self.user).message_post(body="Called them")
        self.assertTrue(request.message_ids.filtered(lambda m: "Called them" in m.body))

    def test_asking_again_needs_something_to_ship_and_somebody_to_ask(self):
        order = self.make_order()
        request = order.logistics_fulfillment_ids
        request.with_user(self.user).action_reject("No")
        self.wms.warehouse_ids = False
        with self.assertRaisesRegex(UserError, "no system runs"):
            request.with_user(self.user).action_request_again()
        order.picking_ids.action_cancel()
        self.assertEqual(request.state, "cancelled")
        with self.assertRaisesRegex(UserError, "nothing is left"):
            request.with_user(self.user).action_request_again()

    # -- taken back --------------------------------------------------------------------------------------------

    def test_cancelled_before_it_left(self):
        order = self.make_order()
        order._action_cancel()
        request = order.logistics_fulfillment_ids
        self.assertEqual((request.state, request.reason), ("cancelled", "The order was cancelled"))
        self.assertFalse(self.events("fulfillment.cancel_requested", request))

    def test_cancelled_after_it_left_waits_for_the_warehouse(self):
        order = self.make_order()
        request = order.logistics_fulfillment_ids
        with self.has_left():
            order._action_cancel()
        self.assertEqual(request.state, "cancel_requested")
        self.assertEqual(
            self.data("fulfillment.cancel_requested", request),
            {
                "fulfillment": request.name,
                "order": order.name,
                "warehouse": self.warehouse.code,
                "system": self.wms.code,
                "reason": "The order was cancelled",
            },
        )
        self.assertEqual(self.say("fulfillment.rejected", request, code="cancelled").state, "processed")
        self.assertEqual(request.state, "cancelled")

    def test_warehouse_may_refuse_to_let_go(self):
        order = self.make_order()
        request = order.logistics_fulfillment_ids
        with self.has_left():
            request.with_user(self.user).action_cancel("Customer changed their mind")
        self.assertEqual(request.state, "cancel_requested")
        self.say("fulfillment.rejected", request, code="cancel_refused", reason="On the lorry")
        self.assertEqual(request.state, "accepted")
        self.assertTrue(request.activity_ids)

    def test_cancellation_confirmed_by_phone(self):
        request = self.make_order().logistics_fulfillment_ids
        with self.has_left():
            request.with_user(self.user).action_cancel("Mistake")
        request.with_user(self.user).action_cancel("Confirmed by phone")
        self.assertEqual(request.state, "cancelled")

    def test_cancelled_transfer_takes_its_request_back(self):
        order = self.make_order()
        order.picking_ids.action_cancel()
        self.assertEqual(order.logistics_fulfillment_ids.state, "cancelled")

    def test_a_hold_stops_the_warehouse_and_lifting_it_asks_again(self):
        order = self.make_order()
        first = order.logistics_fulfillment_ids
        hold = self.place(order)
        self.assertEqual(first.state, "cancelled")
        self.assertIn("On hold", first.reason)
        hold.with_user(self.user).action_release("Settled")
        second = order.logistics_fulfillment_ids - first
        self.assertEqual(second.state, "requested")

    def test_a_warehouse_that_has_it_must_let_go_before_it_is_asked_again(self):
        order = self.make_order()
        first = order.logistics_fulfillment_ids
        with self.has_left():
            hold = self.place(order)
        self.assertEqual(first.state, "cancel_requested")
        hold.with_user(self.user).action_release("Settled")
        self.assertEqual(order.logistics_fulfillment_ids, first, "it might have shipped already")
        self.say("fulfillment.rejected", first, code="cancelled")
        second = order.logistics_fulfillment_ids - first
        self.assertEqual((first.state, second.state), ("cancelled", "requested"))

    def test_a_changed_order_is_asked_for_anew(self):
        order = self.make_order(qty=5)
        first = order.logistics_fulfillment_ids
        order.order_line.product_uom_qty = 3
        second = order.logistics_fulfillment_ids - first
        self.assertEqual((first.state, second.state), ("cancelled", "requested"))
        self.assertEqual(second.asked[0]["quantity"], 3)
        order.order_line.product_uom_qty = 8
        third = order.logistics_fulfillment_ids - first - second
        self.assertEqual((second.state, third.asked[0]["quantity"]), ("cancelled", 8))

    def test_an_order_that_outgrows_its_release_is_not_asked_for(self):
        order = self.make_order(qty=5)
        order.order_line.product_uom_qty = 500
        self.assertEqual(order.logistics_release_state, "held")
        self.assertEqual(order.logistics_fulfillment_ids.state, "cancelled")

    def test_a_price_change_does_not_disturb_the_warehouse(self):
        order = self.make_order(qty=5)
        order.order_line.price_unit = 50
        self.assertEqual(order.logistics_fulfillment_ids.mapped("state"), ["requested"])

    def test_lines_whose_hold_is_lifted_later_are_asked_for_on_their_own(self):
        self.env.ref("logistics_orchestration.gate_stock").hold_scope = "lines"
        missing = self.make_product("LAMP", "Lamp")
        lines = [(0, 0, {"product_id": p.id, "product_uom_qty": 1}) for p in (self.product, missing)]
        order = self.make_order(order_line=lines)
        first = order.logistics_fulfillment_ids
        self.assertEqual([line["sku"] for line in first.asked], ["DESK"])
        self.env["stock.quant"]._update_available_quantity(missing, self.warehouse.lot_stock_id, 1)
        order.action_logistics_evaluate()
        second = order.logistics_fulfillment_ids - first
        self.assertEqual([line["sku"] for line in second.asked], ["LAMP"])
        self.assertEqual(self.data("fulfillment.split", second)["others"], [first.name])

    def test_a_line_held_later_is_taken_out_and_the_rest_goes_on(self):
        lamp = self.make_product("LAMP", "Lamp", 5)
        lines = [(0, 0, {"product_id": p.id, "product_uom_qty": 1}) for p in (self.product, lamp)]
        order = self.make_order(order_line=lines)
        first = order.logistics_fulfillment_ids
        self.place(order, line_ids=[(6, 0, order.order_line[1].ids)])
        second = order.logistics_fulfillment_ids - first
        self.assertEqual(first.state, "cancelled")
        self.assertEqual([line["sku"] for line in second.asked], ["DESK"])

    # -- people are faster -------------------------------------------------------------------------------------

    def test_done_by_hand_voids_what_was_not_sent(self):
        order = self.make_order()
        request = order.logistics_fulfillment_ids
        order.picking_ids.with_user(self.worker).button_validate()
        self.assertEqual((request.state, request.manual), ("done", True))
        self.assertIn("by hand", request.reason)
        self.assertFalse(self.events("fulfillment.cancel_requested", request))

    def test_done_by_hand_after_it_left_asks_the_warehouse_to_stop(self):
        order = self.make_order()
        request = order.logistics_fulfillment_ids
        self.say("fulfillment.accepted", request)
        with self.has_left():
            order.picking_ids.button_validate()
        self.assertEqual(request.state, "done")
        self.assertEqual(len(self.events("fulfillment.cancel_requested", request)), 1)
        late = self.say("picking.completed", request, lines=self.lines_of(request))
        self.assertEqual(late.state, "late")
        self.assertIn("by hand", late.reason)
        answer = self.say("fulfillment.rejected", request, code="cancelled")
        self.assertEqual((answer.state, request.state), ("late", "done"))

    def test_what_the_outbox_still_owes_is_cancelled_and_what_it_delivered_is_taken_back(self):
        event_type = self.env.ref("logistics_orchestration.event_type_fulfillment_requested")
        subscription = self.env["logistics.subscription"].create(
            {"name": "Requests", "system_id": self.wms.id, "event_type_ids": [(6, 0, event_type.ids)]}
        )
        for state, after, told in (("pending", "cancelled", 0), ("delivered", "delivered", 1)):
            order = self.make_order()
            request = order.logistics_fulfillment_ids
            message = self.env["logistics.outbox.message"].create(
                {
                    "event_id": self.events("fulfillment.requested", request).id,
                    "system_id": self.wms.id,
                    "subscription_id": subscription.id,
                    "company_id": self.company.id,
                    "state": state,
                }
            )
            order.picking_ids.button_validate()
            message.invalidate_recordset()
            self.assertEqual((message.state, request.state), (after, "done"))
            self.assertEqual(len(self.events("fulfillment.cancel_requested", request)), told)

    def test_part_of_it_by_hand(self):
        order = self.make_order(qty=5)
        request = order.logistics_fulfillment_ids
        order.picking_ids.move_ids.write({"quantity": 2, "picked": True})
        with self.has_left():
            order.picking_ids._action_done()
        self.assertEqual((request.state, request.manual), ("partially_done", True))
        self.assertEqual(len(request.picking_ids), 2)
        request.with_user(self.user).action_request_again()
        self.assertEqual(request.asked[0]["quantity"], 3)
        message = self.say("picking.completed", request, lines=self.lines_of(request))
        self.assertEqual((message.state, request.state), ("processed", "done"))

    def test_rolled_back_validation_leaves_the_request(self):
        order = self.make_order()
        request = order.logistics_fulfillment_ids
        with self.assertRaises(ZeroDivisionError), self.cr.savepoint():
            order.picking_ids.button_validate()
            raise ZeroDivisionError
        self.assertEqual(request.state, "requested")
        self.assertNotEqual(order.picking_ids.state, "done")
