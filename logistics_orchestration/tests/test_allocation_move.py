"""Warehouses that reject, stay silent, accept too late or cannot stop any more."""

import json
from datetime import timedelta

from odoo import fields

from .allocation_common import AllocationCase


class TestMove(AllocationCase):
    def setUp(self):
        super().setUp()
        self.enforce("release", "allocation", "fulfillment")
        self.wms = self.make_system("warehouse")
        self.wms_liege = self.make_system("warehouse", warehouse_ids=[(6, 0, self.liege.ids)])
        self.wms_paris = self.make_system("warehouse", warehouse_ids=[(6, 0, self.paris.ids)])
        for warehouse in (self.warehouse, self.liege, self.paris):
            self.stock(warehouse, 9)

    def say(self, type_name, request, **data):
        """A message of the request's warehouse."""
        return self.receive(request.system_id, type_name, {"fulfillment": request.name, **data})

    def live(self, order):
        """Requests that are not settled."""
        return order.logistics_fulfillment_ids.filtered(lambda r: r.state not in ("cancelled", "rejected"))

    def test_a_rejection_moves_the_order_to_the_next(self):
        order = self.order()
        first = order.logistics_fulfillment_ids
        self.assertEqual(first.warehouse_id, self.warehouse)
        message = self.say("fulfillment.rejected", first, reason="No capacity")
        self.assertEqual(message.state, "processed")
        self.assertEqual((first.state, first.moved_to), ("cancelled", "LIE"))
        second = self.live(order)
        self.assertEqual((second.warehouse_id, second.state, second.moved_from_id), (self.liege, "requested", first))
        self.assertEqual(self.at_sites(order), {"LIE": 5})
        data = json.loads(self.events("fulfillment.moved", first).body)["data"]
        self.assertEqual((data["from"], data["to"], data["reason"]), ("WH", "LIE", "rejected: No capacity"))
        home = order.logistics_candidate_ids.filtered(lambda c: c.name == "WH")
        self.assertIn("rejected: No capacity", home.why_not)
        self.assertFalse(order.activity_ids, "nobody has to look: it was moved")

    def test_silence_moves_it_and_tells_the_old_one_to_stop(self):
        self.policy.answer_hours = 1
        order = self.order()
        first = order.logistics_fulfillment_ids
        self.assertLess(first.answer_due_at, fields.Datetime.now() + timedelta(hours=1, minutes=1))
        first.answer_due_at = fields.Datetime.now() - timedelta(minutes=1)
        with self.has_left():
            self.env["logistics.fulfillment"]._cron_time_out()
        self.assertEqual((first.state, first.moved_to), ("cancel_requested", "LIE"))
        self.assertTrue(self.events("fulfillment.cancel_requested", first))
        self.assertEqual(self.at_sites(order), {"LIE": 5})
        return order, first, self.live(order) - first

    def test_a_late_acceptance_is_answered_by_a_cancel_request(self):
        _order, first, second = self.test_silence_moves_it_and_tells_the_old_one_to_stop()
        before = len(self.events("fulfillment.cancel_requested", first))
        message = self.say("fulfillment.accepted", first)
        self.assertEqual(message.state, "processed")
        self.assertEqual(len(self.events("fulfillment.cancel_requested", first)), before + 1)
        self.assertEqual((first.state, second.state), ("cancel_requested", "requested"))
        self.say("fulfillment.rejected", first)
        self.assertEqual(first.state, "cancelled")
        self.say("fulfillment.accepted", second)
        self.assertEqual(second.state, "accepted")

    def test_a_warehouse_that_cannot_stop_gets_its_order_back(self):
        order, first, second = self.test_silence_moves_it_and_tells_the_old_one_to_stop()
        with self.has_left():
            self.say("fulfillment.rejected", first, code="cancel_refused", reason="On the truck")
        self.assertEqual((first.state, second.state), ("accepted", "cancel_requested"))
        self.assertEqual(self.at_sites(order), {"WH": 5})
        self.assertFalse(first.moved_to)
        asked = self.events("fulfillment.requested", first).body
        line = json.loads(asked)["data"]["lines"][0]["line"]
        message = self.say("picking.completed", first, lines=[{"line": line, "sku": "LAMP", "quantity": 5}])
        self.assertEqual((message.state, message.reason or ""), ("processed", ""))
        self.assertEqual((first.state, order.order_line.qty_delivered), ("done", 5))

    def test_one_part_of_a_split_moves_alone(self):
        for warehouse, quantity in ((self.warehouse, 3), (self.liege, 2), (self.paris, 0)):
            self.stock(warehouse, quantity)
        order = self.order()
        self.assertEqual(self.at_sites(order), {"WH": 3, "LIE": 2})
        far = order.logistics_fulfillment_ids.filtered(lambda r: r.warehouse_id == self.liege)
        near = order.logistics_fulfillment_ids - far
        self.say("fulfillment.accepted", near)
        self.stock(self.paris, 9)
        self.say("fulfillment.rejected", far, reason="Closed")
        self.assertEqual(self.at_sites(order), {"WH": 3, "PAR": 2})
        self.assertEqual(near.state, "accepted", "who accepted goes on")

    def test_nobody_left_holds_the_order_for_the_planner(self):
        order = self.order()
        for why in ("No capacity", "Strike", "Flood"):
            request = self.live(order)
            self.say("fulfillment.rejected", request, reason=why)
        self.assertEqual(order.logistics_allocation_state, "exhausted")
        hold = order.logistics_hold_ids.filtered(lambda h: h.state == "active")
        self.assertEqual(hold.type_id.code, "no_warehouse")
        for words in ("WH: rejected: No capacity", "LIE: rejected: Strike", "PAR: rejected: Flood"):
            self.assertIn(words, hold.reason)
        self.assertIn("Find a warehouse", " ".join(order.activity_ids.mapped("summary")))
        liege = order.logistics_candidate_ids.filtered(lambda c: c.name == "LIE")
        liege.with_user(self.planner).action_choose()
        self.assertEqual((hold.state, self.at_sites(order)), ("released", {"LIE": 5}))
        self.assertEqual(self.live(order).warehouse_id, self.liege)

    def test_the_last_one_may_still_accept_late(self):
        self.policy.write({"company_id": self.company.id, "warehouse_ids": [(6, 0, self.warehouse.ids)]})
        order = self.order()
        request = order.logistics_fulfillment_ids
        request.answer_due_at = fields.Datetime.now() - timedelta(minutes=1)
        with self.has_left():
            self.env["logistics.fulfillment"]._cron_time_out()
        self.assertEqual((order.logistics_allocation_state, request.state), ("exhausted", "cancel_requested"))
        self.say("fulfillment.accepted", request)
        self.assertEqual((request.state, order.logistics_hold_count), ("accepted", 0))

    def test_observing_moves_nothing(self):
        self.env["logistics.switch"].search([("capability", "=", "allocation")]).mode = "observe"
        order = self.order()
        request = order.logistics_fulfillment_ids
        self.say("fulfillment.rejected", request, reason="No capacity")
        self.assertEqual((request.state, self.at_sites(order)), ("rejected", {"WH": 5}))

    def test_what_a_person_picks_is_not_moved(self):
        order = self.order()
        request = order.logistics_fulfillment_ids
        order.picking_ids.move_ids.picked = True
        self.say("fulfillment.rejected", request, reason="No capacity")
        self.assertEqual((request.state, self.at_sites(order)), ("rejected", {"WH": 5}))
