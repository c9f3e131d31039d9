"""The warehouse's system is down: people pick in Odoo, and what it says when it is back is reconciled."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .fulfillment_common import FulfillmentCase


class TestByHand(FulfillmentCase):
    def silent(self, hours=3, qty=5):
        """An order whose request nobody answered, ``hours`` past its time."""
        order = self.make_order(qty=qty)
        request = order.logistics_fulfillment_ids
        request.answer_due_at = fields.Datetime.now() - timedelta(hours=hours)
        return order, request

    def taken_over(self, qty=5):
        """An order people pick in Odoo, its request having left before."""
        order, request = self.silent(qty=qty)
        with self.has_left():
            request.with_user(self.user).action_pick_by_hand()
        return order, request

    def test_offered_when_it_is_late_for_longer_than_the_time_set(self):
        self.company.logistics_manual_hours = 2
        _order, request = self.silent(hours=1)
        self.assertFalse(request.not_answering)
        self.assertFalse(request.manual_way, "not even timed out")
        with self.assertRaisesRegex(UserError, "the warehouse answers"):
            request.with_user(self.user).action_pick_by_hand()
        request.answer_due_at = fields.Datetime.now() - timedelta(hours=3)
        self.assertTrue(request.not_answering)
        self.assertTrue(request.manual_way)
        self.assertIn(request, request.search([("not_answering", "=", True)]))
        self.assertNotIn(request, request.search([("not_answering", "=", False)]))

    def test_offered_when_the_system_is_down(self):
        request = self.make_order().logistics_fulfillment_ids
        self.say("fulfillment.accepted", request)
        self.assertFalse(request.not_answering)
        self.wms.failing_since = fields.Datetime.now() - timedelta(minutes=30)
        self.assertFalse(request.not_answering, "a short trouble")
        self.wms.failing_since = fields.Datetime.now() - timedelta(hours=3)
        self.assertTrue(request.not_answering)
        self.wms.write({"failing_since": False, "state": "suspended"})
        self.assertTrue(request.manual_way)
        self.assertIn(request, request.search([("not_answering", "=", True)]))
        step = {s["key"]: s for s in request.order_id._get_logistics_flow_steps()}["fulfillment"]
        self.assertEqual((step["state"], step["action"]["method"]), ("stalled", "action_pick_by_hand"))

    def test_a_person_is_told_once(self):
        _order, request = self.silent()
        self.wms.user_id = self.planner
        for _run in range(2):
            self.env["logistics.fulfillment"]._cron_time_out()
        found = request.activity_ids.filtered(lambda a: "does not answer" in a.summary)
        self.assertEqual((len(found), found.user_id), (1, self.planner))

    def test_voids_what_was_not_sent_and_tells_nobody(self):
        _order, request = self.silent()
        action = request.with_user(self.user).action_pick_by_hand()
        self.assertEqual(
            (action["type"], action["report_name"]), ("ir.actions.report", "logistics_orchestration.report_pick_list")
        )
        self.assertEqual((request.state, request.picked_here, request.manual), ("accepted", True, True))
        self.assertFalse(self.events("fulfillment.cancel_requested", request))
        self.assertFalse(request.manual_way)

    def test_takes_back_what_was_sent_once(self):
        order, request = self.taken_over()
        self.assertEqual(len(self.events("fulfillment.cancel_requested", request)), 1)
        with self.has_left():
            order.picking_ids.with_user(self.worker).button_validate()
        self.assertEqual((request.state, request.manual), ("done", True))
        self.assertEqual(len(self.events("fulfillment.cancel_requested", request)), 1)

    def test_needs_a_logistics_role(self):
        _order, request = self.silent()
        with self.assertRaises(AccessError):
            request.with_user(self.worker).action_pick_by_hand()

    def test_pick_list_shows_the_first_open_step(self):
        self.warehouse.delivery_steps = "pick_ship"
        order, request = self.silent()
        rows = request._pick_list_rows()
        pick = order.picking_ids.filtered(lambda p: p.picking_type_id == self.warehouse.pick_type_id)
        self.assertEqual([(row["transfer"], row["quantity"]) for row in rows], [(pick.name, 5)])
        html, kind = self.env["ir.actions.report"]._render_qweb_html(
            "logistics_orchestration.report_pick_list", request.ids
        )
        self.assertEqual(kind, "html")
        self.assertIn(request.name, html.decode())
        self.assertIn("DESK", html.decode())

    def test_pick_list_of_what_is_not_reserved(self):
        order, request = self.silent()
        order.picking_ids.do_unreserve()
        self.assertEqual([row["quantity"] for row in request._pick_list_rows()], [5])

    def test_cancelling_needs_no_answer_any_more(self):
        order, request = self.taken_over()
        with self.has_left():
            order._action_cancel()
        self.assertEqual((order.state, request.state), ("cancel", "cancelled"))

    # -- the warehouse is back ---------------------------------------------------------------------------------

    def test_it_lets_go(self):
        _order, request = self.taken_over()
        message = self.say("fulfillment.cancelled", request)
        self.assertEqual((message.state, request.state, request.picked_here), ("processed", "accepted", True))
        self.assertEqual(self.say("fulfillment.accepted", request).state, "late")
        self.assertEqual(request.state, "accepted")

    def test_it_ships_too(self):
        _order, request = self.taken_over()
        self.say("fulfillment.cancel_rejected", request, reason="Gone at 8")
        self.assertIn("shipped by the warehouse too", ",".join(request.activity_ids.mapped("summary")))

    def test_it_has_picked_what_people_have_not_done_yet(self):
        order, request = self.taken_over()
        message = self.say("picking.completed", request, lines=self.lines_of(request))
        self.assertEqual((message.state, request.state, order.order_line.qty_delivered), ("processed", "done", 5))

    def test_it_says_what_people_did(self):
        order, request = self.taken_over()
        lines = self.lines_of(request)
        order.picking_ids.button_validate()
        message = self.say("picking.completed", request, lines=lines)
        self.assertEqual(message.state, "late")
        statement = self.env["logistics.statement"].search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        )
        self.assertEqual(statement.verdict, "same")
        self.assertEqual(order.order_line.qty_delivered, 5, "counted once")

    def test_it_says_something_else(self):
        order, request = self.taken_over()
        lines = self.lines_of(request, DESK=4)
        order.picking_ids.button_validate()
        message = self.say("picking.completed", request, lines=lines)
        self.assertEqual(message.state, "processed", message.reason or message.last_error)
        found = self.env["logistics.discrepancy"].search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        )
        self.assertEqual((found.own_value, found.stated_value, found.state), ("5", "4", "open"))
        self.assertEqual(order.order_line.qty_delivered, 5)
