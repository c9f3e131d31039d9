"""What the warehouse picked short may still be found; the transfer has the date the warehouse says."""

import json
from datetime import timedelta

from odoo import fields

from .fulfillment_common import FulfillmentCase


class TestShortPicks(FulfillmentCase):
    def test_nothing_picked_of_one_line_leaves_the_others_open(self):
        lamp = self.make_product("LAMP", "Lamp", 5)
        order = self.make_order(
            order_line=[(0, 0, {"product_id": p.id, "product_uom_qty": 1}) for p in (self.product, lamp)]
        )
        request = order.logistics_fulfillment_ids
        self.assertEqual(self.say("picking.short", request, lines=[{"sku": "LAMP", "picked": 0}]).state, "processed")
        self.assertEqual(request.state, "accepted", "the warehouse is at the other line")
        self.assertTrue(request.activity_ids)
        self.say("picking.completed", request, lines=[{"sku": "DESK", "quantity": 1}])
        self.assertEqual((request.state, order.order_line.mapped("qty_delivered")), ("partially_done", [1, 0]))
        self.say("picking.completed", request, lines=[{"sku": "LAMP", "quantity": 1}])
        self.assertEqual((request.state, order.order_line.mapped("qty_delivered")), ("done", [1, 1]))

    def test_the_rest_of_a_short_pick_is_found(self):
        order = self.make_order(qty=5)
        request = order.logistics_fulfillment_ids
        line = request.asked[0]["line"]
        self.say("picking.short", request, lines=[{"line": line, "sku": "DESK", "ordered": 5, "picked": 4}])
        rest = self.say("picking.completed", request, lines=[{"line": line, "sku": "DESK", "quantity": 1}])
        self.assertEqual(rest.state, "processed", rest.reason)
        self.assertEqual((request.state, order.order_line.qty_delivered), ("done", 5))
        self.assertFalse(request.activity_ids)

    def test_found_after_nothing_was(self):
        order = self.make_order(qty=5)
        request = order.logistics_fulfillment_ids
        line = request.asked[0]["line"]
        self.say("picking.short", request, lines=[{"line": line, "sku": "DESK", "picked": 0}])
        self.assertTrue(request.found_short)
        found = self.say("picking.completed", request, lines=self.lines_of(request))
        self.assertEqual(found.state, "processed", found.reason)
        self.assertEqual((request.state, order.order_line.qty_delivered), ("done", 5))

    def test_found_after_somebody_else_was_asked(self):
        order = self.make_order(qty=5)
        request = order.logistics_fulfillment_ids
        line = request.asked[0]["line"]
        self.say("picking.short", request, lines=[{"line": line, "sku": "DESK", "picked": 0}])
        other = request.copy({"state": "requested", "move_ids": [(6, 0, request.move_ids.ids)]})
        self.assertEqual(self.say("picking.completed", request, lines=self.lines_of(request)).state, "quarantined")
        self.assertEqual((request.state, other.state), ("rejected", "requested"))

    def test_a_rejected_request_is_not_picked(self):
        request = self.make_order(qty=5).logistics_fulfillment_ids
        self.say("fulfillment.rejected", request, reason="Full")
        self.assertEqual(self.say("picking.completed", request, lines=self.lines_of(request)).state, "quarantined")

    def test_the_transfer_is_dated_as_the_warehouse_says(self):
        order = self.make_order(qty=5)
        request = order.logistics_fulfillment_ids
        asked_at = request.requested_at - timedelta(hours=3)
        request.requested_at = asked_at
        moment = asked_at + timedelta(hours=2)
        said = moment.isoformat() + "Z"
        self.say("picking.completed", request, lines=self.lines_of(request), completed_at=said)
        picking = order.picking_ids
        self.assertEqual(picking.date_done, moment)
        self.assertEqual(set(picking.move_ids.mapped("date") + picking.move_line_ids.mapped("date")), {moment})
        self.assertEqual(json.loads(self.events("picking.completed", picking).body)["data"]["done_at"], said)

    def test_a_time_that_cannot_be_is_noted_and_not_taken(self):
        for said, why in (("2001-01-01T00:00:00Z", "before"), ("2101-01-01T00:00:00Z", "future"), ("soon", "no time")):
            with self.subTest(why):
                order = self.make_order(qty=1)
                request = order.logistics_fulfillment_ids
                before = fields.Datetime.now()
                message = self.say("picking.completed", request, lines=self.lines_of(request), completed_at=said)
                self.assertEqual((message.state, request.state), ("processed", "done"))
                self.assertGreaterEqual(order.picking_ids.date_done, before)
                self.assertIn(said, "".join(request.message_ids.mapped("body")))
