"""What the warehouse says: accepted, rejected, picked, short; twice, late, wrong, out of order."""

import json

from .fulfillment_common import FulfillmentCase


class TestAnswers(FulfillmentCase):
    def test_accepted(self):
        request = self.make_order().logistics_fulfillment_ids
        message = self.say("fulfillment.accepted", request, expected_ship_at="2030-01-02T14:00:00+02:00")
        self.assertEqual((message.state, message.res_model, message.res_id), ("processed", request._name, request.id))
        self.assertEqual((request.state, request.manual), ("accepted", False))
        self.assertEqual(str(request.expected_ship_at), "2030-01-02 12:00:00")
        event = self.events("fulfillment.accepted", request)
        self.assertEqual((len(event), event.source), (1, self.wms.code))

    def test_accepted_twice(self):
        request = self.make_order().logistics_fulfillment_ids
        self.say("fulfillment.accepted", request)
        self.assertEqual(self.say("fulfillment.accepted", request).state, "duplicate")
        self.assertEqual(len(self.events("fulfillment.accepted", request)), 1)

    def test_the_same_message_twice(self):
        request = self.make_order().logistics_fulfillment_ids
        data = {"fulfillment": request.name}
        first = self.receive(self.wms, "fulfillment.accepted", data, message_id="m1")
        again = self.receive(self.wms, "fulfillment.accepted", data, message_id="m1")
        self.assertEqual((first, first.duplicate_count), (again, 1))

    def test_rejected_tells_a_person(self):
        request = self.make_order().logistics_fulfillment_ids
        self.wms.user_id = self.planner
        self.assertEqual(self.say("fulfillment.rejected", request, reason="Full").state, "processed")
        self.assertEqual((request.state, request.reason), ("rejected", "Full"))
        self.assertEqual(request.activity_ids.user_id, self.planner)
        self.assertEqual(self.say("fulfillment.rejected", request, reason="Full").state, "duplicate")

    def test_accepted_after_the_time_limit_counts(self):
        request = self.make_order().logistics_fulfillment_ids
        request._time_out()
        self.say("fulfillment.accepted", request)
        self.assertEqual(request.state, "accepted")
        self.assertFalse(request.activity_ids)

    def test_accepted_after_it_was_picked_is_late(self):
        request = self.make_order().logistics_fulfillment_ids
        self.say("picking.completed", request, lines=self.lines_of(request))
        self.assertEqual(self.say("fulfillment.accepted", request).state, "late")
        self.assertEqual(request.state, "done")

    def test_what_is_unknown_or_incomplete_is_quarantined(self):
        request = self.make_order().logistics_fulfillment_ids
        lines = self.lines_of(request)
        wrong = {
            "unknown": ("fulfillment.accepted", {"fulfillment": "FUL/NOPE"}),
            "lacks fulfillment": ("fulfillment.accepted", {}),
            "expected_ship_at": ("fulfillment.accepted", {"fulfillment": request.name, "expected_ship_at": "soon"}),
            "lacks lines": ("picking.completed", {"fulfillment": request.name}),
            "more of DESK than is open": (
                "picking.completed",
                {"fulfillment": request.name, "lines": [dict(lines[0], quantity=3)]},
            ),
            "no line 999999": (
                "picking.completed",
                {"fulfillment": request.name, "lines": [dict(lines[0], line=999999)]},
            ),
            "with article CHAIR": (
                "picking.completed",
                {"fulfillment": request.name, "lines": [dict(lines[0], sku="CHAIR")]},
            ),
            "no open line with article": (
                "picking.completed",
                {"fulfillment": request.name, "lines": [{"sku": "CHAIR", "quantity": 1}]},
            ),
            "not a number": (
                "picking.completed",
                {"fulfillment": request.name, "lines": [dict(lines[0], quantity="x")]},
            ),
            "every quantity is zero": (
                "picking.completed",
                {"fulfillment": request.name, "lines": [dict(lines[0], quantity=0)]},
            ),
        }
        for words, (type_name, data) in wrong.items():
            with self.subTest(words):
                message = self.receive(self.wms, type_name, data)
                self.assertEqual(message.state, "quarantined", message.reason or message.last_error)
                self.assertIn(words, message.reason)
        self.assertEqual(request.state, "requested")
        self.assertNotEqual(request.picking_ids.state, "done")

    def test_another_systems_request(self):
        request = self.make_order().logistics_fulfillment_ids
        other = self.make_system("warehouse", warehouse_ids=False)
        message = self.say("fulfillment.accepted", request, system=other)
        self.assertEqual((message.state, request.state), ("quarantined", "requested"))

    def test_a_system_that_does_not_own_the_fact_only_states_it(self):
        request = self.make_order().logistics_fulfillment_ids
        carrier = self.make_system("carrier")
        message = self.say("picking.completed", request, system=carrier, lines=self.lines_of(request))
        self.assertEqual((message.state, request.state), ("processed", "requested"))
        statement = self.env["logistics.statement"].search([("system_id", "=", carrier.id)])
        self.assertEqual((statement.fact, statement.res_id), ("picking.completed", request.id))


class TestPicks(FulfillmentCase):
    def test_picked_and_packed(self):
        order = self.make_order(qty=5)
        request = order.logistics_fulfillment_ids
        lines = self.lines_of(request)
        packages = [
            {"reference": "SSCC-1", "weight_kg": 9.5, "length_cm": 60, "lines": [dict(lines[0], quantity=3)]},
            {"reference": "SSCC-2", "weight_kg": 6, "lines": [dict(lines[0], quantity=2)]},
        ]
        message = self.say("picking.completed", request, lines=lines, packages=packages)
        self.assertEqual(message.state, "processed", message.reason or message.last_error)
        picking = order.picking_ids
        self.assertEqual((picking.state, request.state, request.manual), ("done", "done", False))
        self.assertEqual(order.order_line.qty_delivered, 5)
        boxes = picking.move_line_ids.result_package_id.sorted("name")
        self.assertEqual(boxes.mapped("name"), ["SSCC-1", "SSCC-2"])
        self.assertEqual(boxes.mapped("shipping_weight"), [9.5, 6])
        self.assertEqual(boxes[0].logistics_length_cm, 60)
        self.assertEqual(
            {line.result_package_id.name: line.quantity for line in picking.move_line_ids}, {"SSCC-1": 3, "SSCC-2": 2}
        )
        self.assertEqual(picking.shipping_weight, 15.5)
        self.assertEqual(self.product.with_context(warehouse=self.warehouse.id).qty_available, 95)
        self.assertFalse(self.events("picking.short", picking))

    def test_said_again_under_another_id_has_no_second_effect(self):
        order = self.make_order(qty=5)
        request = order.logistics_fulfillment_ids
        lines = self.lines_of(request)
        self.say("picking.completed", request, lines=lines)
        again = self.say("picking.completed", request, lines=lines)
        self.assertEqual(again.state, "late")
        self.assertEqual(order.order_line.qty_delivered, 5)

    def test_less_than_asked_leaves_a_backorder_the_warehouse_can_still_do(self):
        order = self.make_order(qty=5)
        request = order.logistics_fulfillment_ids
        lines = self.lines_of(request, DESK=3)
        self.say("picking.completed", request, lines=lines)
        self.assertEqual((request.state, order.order_line.qty_delivered), ("partially_done", 3))
        done, backorder = request.picking_ids.sorted("id")
        self.assertEqual((done.state, backorder.move_ids.product_uom_qty), ("done", 2))
        short = json.loads(self.events("picking.short", done).body)["data"]
        self.assertEqual(short["lines"][0]["ordered"], 5)
        self.assertEqual(short["lines"][0]["picked"], 3)
        self.assertEqual(short["fulfillment"], request.name)
        rest = self.say("picking.completed", request, lines=[dict(lines[0], quantity=2)])
        self.assertEqual(rest.state, "processed", rest.reason)
        self.assertEqual((request.state, order.order_line.qty_delivered), ("done", 5))

    def test_short(self):
        order = self.make_order(qty=5)
        request = order.logistics_fulfillment_ids
        line = request.asked[0]
        row = {"line": line["line"], "sku": "DESK", "ordered": 5, "picked": 4, "reason": "Damaged"}
        message = self.say("picking.short", request, lines=[row])
        self.assertEqual(message.state, "processed", message.reason)
        self.assertEqual((request.state, request.reason), ("partially_done", "Damaged"))
        self.assertTrue(request.activity_ids)
        self.assertEqual(order.order_line.qty_delivered, 4)

    def test_nothing_picked_at_all(self):
        request = self.make_order(qty=5).logistics_fulfillment_ids
        row = {"line": request.asked[0]["line"], "sku": "DESK", "ordered": 5, "picked": 0}
        self.say("picking.short", request, lines=[row])
        self.assertEqual(request.state, "rejected")
        self.assertNotEqual(request.picking_ids.state, "done")
        self.assertEqual(self.say("picking.short", request, lines=[row]).state, "duplicate")

    def test_lines_a_message_does_not_name_stay_open(self):
        lamp = self.make_product("LAMP", "Lamp", 5)
        order = self.make_order(
            order_line=[(0, 0, {"product_id": p.id, "product_uom_qty": 1}) for p in (self.product, lamp)]
        )
        request = order.logistics_fulfillment_ids
        self.say("picking.completed", request, lines=[{"sku": "LAMP", "quantity": 1}])
        self.assertEqual(request.state, "partially_done")
        self.assertEqual(order.order_line.mapped("qty_delivered"), [0, 1])

    def test_no_backorder_where_the_operation_type_has_none(self):
        self.warehouse.out_type_id.create_backorder = "never"
        order = self.make_order(qty=5)
        request = order.logistics_fulfillment_ids
        self.say("picking.completed", request, lines=self.lines_of(request, DESK=3))
        self.assertEqual((request.state, len(order.picking_ids)), ("done", 1))

    def test_two_lines_of_one_article_told_by_article(self):
        order = self.make_order(
            order_line=[(0, 0, {"product_id": self.product.id, "product_uom_qty": qty}) for qty in (2, 3)]
        )
        request = order.logistics_fulfillment_ids
        self.say("picking.completed", request, lines=[{"sku": "DESK", "quantity": 4}])
        self.assertEqual(order.order_line.mapped("qty_delivered"), [2, 2])

    def test_units_of_the_order_line(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        line = {"product_id": self.product.id, "product_uom_qty": 2, "product_uom": dozen.id}
        order = self.make_order(order_line=[(0, 0, line)])
        request = order.logistics_fulfillment_ids
        self.say("picking.completed", request, lines=self.lines_of(request))
        self.assertEqual(request.state, "done")
        self.assertEqual(self.product.with_context(warehouse=self.warehouse.id).qty_available, 76)

    def test_earlier_steps_are_done_first(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        order = self.make_order(qty=5)
        request = order.logistics_fulfillment_ids
        lines = self.lines_of(request, DESK=3)
        packages = [{"reference": "SSCC-9", "weight_kg": 2}]
        message = self.say("picking.completed", request, lines=lines, packages=packages)
        self.assertEqual(message.state, "processed", message.reason or message.last_error)
        done = order.picking_ids.filtered(lambda p: p.state == "done")
        self.assertEqual(len(done), 3)
        self.assertEqual(done.move_ids.filtered(lambda m: m.state == "done").mapped("quantity"), [3, 3, 3])
        self.assertEqual((request.state, order.order_line.qty_delivered), ("partially_done", 3))
        self.say("picking.completed", request, lines=[dict(lines[0], quantity=2)])
        self.assertEqual((request.state, order.order_line.qty_delivered), ("done", 5))
        self.assertEqual(set(order.picking_ids.mapped("state")), {"done"})

    def test_a_step_done_by_people_before_is_not_done_twice(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self.make_order(qty=5)
        request = order.logistics_fulfillment_ids
        pick = order.picking_ids.filtered(lambda p: p.picking_type_id == self.warehouse.pick_type_id)
        pick.button_validate()
        self.assertEqual(request.state, "requested")
        self.say("picking.completed", request, lines=self.lines_of(request))
        self.assertEqual((request.state, order.order_line.qty_delivered), ("done", 5))
        self.assertEqual(len(order.picking_ids), 2)

    def test_lots(self):
        product = self.make_product("WINE", "Wine", tracking="lot")
        lots = self.env["stock.lot"].create([{"name": name, "product_id": product.id} for name in ("L1", "L2")])
        for lot in lots:
            self.env["stock.quant"]._update_available_quantity(product, self.warehouse.lot_stock_id, 10, lot_id=lot)
        order = self.make_order(qty=6, product=product)
        request = order.logistics_fulfillment_ids
        line = request.asked[0]
        told = [
            {"line": line["line"], "sku": "WINE", "quantity": qty, "lot": lot} for lot, qty in (("L2", 4), ("L1", 2))
        ]
        message = self.say("picking.completed", request, lines=told)
        self.assertEqual(message.state, "processed", message.reason or message.last_error)
        self.assertEqual({ml.lot_id.name: ml.quantity for ml in order.picking_ids.move_line_ids}, {"L2": 4, "L1": 2})
        self.assertEqual(
            self.env["stock.quant"]._get_available_quantity(product, self.warehouse.lot_stock_id, lots[1]), 6
        )

    def test_lots_that_are_unknown_or_missing(self):
        product = self.make_product("WINE", "Wine", tracking="lot")
        self.warehouse.out_type_id.use_create_lots = False
        lot = self.env["stock.lot"].create({"name": "L1", "product_id": product.id})
        self.env["stock.quant"]._update_available_quantity(product, self.warehouse.lot_stock_id, 4, lot_id=lot)
        order = self.make_order(qty=4, product=product)
        request = order.logistics_fulfillment_ids
        line = {"line": request.asked[0]["line"], "sku": "WINE", "quantity": 4}
        message = self.say("picking.completed", request, lines=[dict(line, lot="L9")])
        self.assertEqual(message.state, "quarantined")
        self.assertIn("lot L9", message.reason)
        self.assertEqual(order.picking_ids.move_ids.quantity, 4, "the reservation is as it was")
        order.picking_ids.do_unreserve()
        self.env["stock.quant"]._update_available_quantity(product, self.warehouse.lot_stock_id, -4, lot_id=lot)
        message = self.say("picking.completed", request, lines=[line])
        self.assertEqual(message.state, "quarantined")
        self.assertIn("which lot", message.reason)

    def test_serial_numbers(self):
        product = self.make_product("PC", "PC", tracking="serial")
        for name in ("S1", "S2", "S3"):
            lot = self.env["stock.lot"].create({"name": name, "product_id": product.id})
            self.env["stock.quant"]._update_available_quantity(product, self.warehouse.lot_stock_id, 1, lot_id=lot)
        order = self.make_order(qty=2, product=product)
        request = order.logistics_fulfillment_ids
        line = {"line": request.asked[0]["line"], "sku": "PC", "quantity": 1}
        message = self.say("picking.completed", request, lines=[dict(line, lot="S3"), dict(line, lot="S1")])
        self.assertEqual(message.state, "processed", message.reason or message.last_error)
        self.assertEqual(sorted(order.picking_ids.move_line_ids.lot_id.mapped("name")), ["S1", "S3"])

    def test_the_warehouse_had_what_odoo_did_not_know_of(self):
        order = self.make_order(qty=5)
        request = order.logistics_fulfillment_ids
        self.env["stock.quant"]._update_available_quantity(self.product, self.warehouse.lot_stock_id, -98)
        message = self.say("picking.completed", request, lines=self.lines_of(request))
        self.assertEqual(message.state, "processed", message.reason or message.last_error)
        self.assertEqual(order.order_line.qty_delivered, 5)

    def test_picked_although_held(self):
        order = self.make_order(qty=5)
        request = order.logistics_fulfillment_ids
        with self.has_left():
            hold = self.place(order, reason="Wrong colour")
        message = self.say("picking.completed", request, lines=self.lines_of(request))
        self.assertEqual(message.state, "quarantined")
        self.assertIn("Wrong colour", message.reason)
        hold.with_user(self.user).action_release("Let it go")
        message.action_replay()
        message._work_attempt()
        self.assertEqual((message.state, request.state), ("processed", "done"))

    def test_picked_although_cancelled(self):
        order = self.make_order(qty=5)
        request = order.logistics_fulfillment_ids
        with self.has_left():
            order._action_cancel()
        self.say("fulfillment.rejected", request, code="cancelled")
        self.assertEqual(order.state, "cancel")
        message = self.say("picking.completed", request, lines=self.lines_of(request))
        self.assertEqual(message.state, "quarantined")
        self.assertIn("cancelled", message.reason)

    def test_picked_while_the_warehouse_was_asked_to_stop(self):
        order = self.make_order(qty=5)
        request = order.logistics_fulfillment_ids
        with self.has_left():
            request.with_user(self.user).action_cancel("Take another carrier")
        self.say("picking.completed", request, lines=self.lines_of(request))
        self.assertEqual((request.state, order.order_line.qty_delivered), ("done", 5))

    def test_picked_after_it_was_rejected(self):
        request = self.make_order(qty=5).logistics_fulfillment_ids
        self.say("fulfillment.rejected", request, reason="Full")
        message = self.say("picking.completed", request, lines=self.lines_of(request))
        self.assertEqual(message.state, "quarantined")
        self.assertIn("rejected, yet it was picked", message.reason)
