"""Receipts are checked by plan and history; open checks stop every way of validating; what failed is quarantined."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase, new_test_user, tagged

from ..models.receipt.sampling import is_sampled
from .replenishment_common import ReplenishmentCase


class TestSampling(TransactionCase):
    def test_every_nth_from_the_first_on(self):
        asked = [is_sampled("nth", 3, 0, number, [None, None]) for number in range(1, 8)]
        self.assertEqual(asked, [True, False, False, True, False, False, True])

    def test_a_percentage_evenly_spread(self):
        asked = [is_sampled("percent", 1, 20, number, []) for number in range(1, 101)]
        self.assertEqual(asked.count(True), 20)
        self.assertTrue(asked[0])
        self.assertTrue(all(asked[start : start + 5].count(True) == 1 for start in range(0, 100, 5)))

    def test_after_a_failure_the_next_are_checked(self):
        self.assertTrue(is_sampled("nth", 10, 0, 3, [False, True]))
        self.assertTrue(is_sampled("nth", 10, 0, 4, [True, False]))
        self.assertFalse(is_sampled("nth", 10, 0, 5, [True, True]))
        self.assertFalse(is_sampled("nth", 10, 0, 3, []))


@tagged("-at_install", "post_install")
class TestReceiptChecks(ReplenishmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = cls.env["logistics.receipt.check.plan"].create(
            {
                "name": "Furniture",
                "product_categ_id": cls.product.categ_id.id,
                "partner_id": cls.supplier.id,
                "line_ids": [
                    (0, 0, {"name": "Surface undamaged"}),
                    (0, 0, {"name": "Width", "kind": "measure", "lower": 1195, "upper": 1205, "unit": "mm"}),
                    (0, 0, {"name": "Nice to know", "required": False}),
                ],
            }
        )
        cls.manager = new_test_user(
            cls.env, "check_manager", groups="base.group_user,logistics_orchestration.group_manager"
        )
        cls.worker = new_test_user(cls.env, "check_worker", groups="stock.group_stock_user")

    def expect(self, quantity=50, product=None, supplier=None):
        """A confirmed order and its receipt."""
        order = self.env["purchase.order"].create(
            {
                "partner_id": (supplier or self.supplier).id,
                "order_line": [(0, 0, {"product_id": (product or self.product).id, "product_qty": quantity})],
            }
        )
        order.button_confirm()
        return order.picking_ids

    def check(self, picking):
        return picking.logistics_check_ids.filtered(lambda check: check.state not in ("repeated", "cancelled"))

    def answer(self, check, surface="pass", width=1200):
        check.line_ids[0].verdict = surface
        check.line_ids[1].value = width
        check.action_finish()

    def ready(self, picking, quantity=None):
        for move in picking.move_ids:
            move.quantity = move.product_uom_qty if quantity is None else quantity
            move.picked = True

    def stock(self, location):
        return self.env["stock.quant"]._get_available_quantity(self.product, location, strict=False)

    # -- when -------------------------------------------------------------------------------------------------

    def test_a_ready_receipt_has_its_checklist(self):
        check = self.check(self.expect())
        self.assertEqual((check.state, check.product_id, check.quantity), ("todo", self.product, 50))
        self.assertEqual(len(check.line_ids), 3)
        self.assertEqual(check.open_count, 2)

    def test_other_goods_and_suppliers_are_not_looked_at(self):
        stranger = self.env["res.partner"].create({"name": "Board & Beam"})
        other = self.env["product.category"].create({"name": "Screws"})
        screw = self.make_product("SCREW", "Screw", categ_id=other.id)
        self.assertFalse(self.expect(supplier=stranger).logistics_check_ids)
        self.assertFalse(self.expect(product=screw).logistics_check_ids)
        self.plan.product_categ_id = other.parent_id or other
        self.assertTrue(self.expect(product=screw).logistics_check_ids)
        self.assertFalse(self.make_order(2).picking_ids.logistics_check_ids)

    def test_the_first_plan_that_fits_counts(self):
        first = self.plan.copy({"name": "Desks", "product_id": self.product.id, "sequence": 1})
        self.assertEqual(self.check(self.expect()).plan_id, first)

    def test_sampling_counts_what_was_left_out_and_failures_tighten_it(self):
        self.plan.write({"sampling": "nth", "every_nth": 3, "tightened": 2})
        states = [self.check(self.expect()).state for _receipt in range(4)]
        self.assertEqual(states, ["todo", "skipped", "skipped", "todo"])
        first = self.env["logistics.receipt.check"].search([("plan_id", "=", self.plan.id)], order="id desc", limit=1)
        self.answer(first, surface="fail")
        states = [self.check(self.expect()).state for _receipt in range(4)]
        self.assertEqual(states, ["todo", "todo", "todo", "skipped"])

    def test_a_receipt_that_does_not_come_gives_its_turn_back(self):
        self.plan.write({"sampling": "nth", "every_nth": 3, "tightened": 0})
        gone = self.expect()
        self.assertEqual((self.check(gone).state, self.plan.series_ids.taken), ("todo", 1))
        gone.action_cancel()
        self.assertEqual(self.plan.series_ids.taken, 0)
        states = [self.check(self.expect()).state for _receipt in range(3)]
        self.assertEqual(states, ["todo", "skipped", "skipped"])
        self.assertEqual(self.plan.series_ids.taken, 3)

    def test_receipts_from_before_are_counted(self):
        self.plan.write({"sampling": "nth", "every_nth": 3, "tightened": 0})
        self.expect()
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM logistics_receipt_check_series")
        self.env.invalidate_all()
        self.assertEqual([self.check(self.expect()).state for _receipt in range(3)], ["skipped", "skipped", "todo"])

    def test_a_plan_that_makes_no_sense_is_refused(self):
        for vals in (
            {"sampling": "nth", "every_nth": 0},
            {"sampling": "percent", "percent": 0},
            {"tightened": -1},
            {"line_ids": [(5, 0, 0)]},
        ):
            with self.subTest(vals=vals), self.assertRaises(ValidationError), self.cr.savepoint():
                self.plan.write(vals)
        with self.assertRaises(ValidationError):
            self.plan.line_ids[1].upper = 1

    # -- stopping ---------------------------------------------------------------------------------------------

    def test_open_checks_stop_every_way_of_validating(self):
        self.enforce("receipt")
        picking = self.expect()
        self.ready(picking)
        for way in (
            picking._action_done,
            picking.move_ids._action_done,
            picking.button_validate,
            picking.with_context(cancel_backorder=True)._action_done,
            picking.with_user(self.worker).button_validate,
        ):
            with self.subTest(way=way), self.assertRaises(UserError) as caught, self.cr.savepoint():
                way()
            self.assertIn("CHK/", str(caught.exception))
        self.assertNotEqual(picking.state, "done")
        self.answer(self.check(picking).with_user(self.worker))
        picking.with_user(self.worker).button_validate()
        self.assertEqual(picking.state, "done")

    def test_a_receipt_made_ready_before_the_plan_is_checked_too(self):
        self.plan.active = False
        picking = self.expect()
        self.plan.active = True
        self.enforce("receipt")
        self.ready(picking)
        with self.assertRaises(UserError):
            picking._action_done()

    def test_while_observing_nothing_is_stopped_or_diverted(self):
        picking = self.expect()
        self.ready(picking)
        picking._action_done()
        self.assertEqual(picking.state, "done")
        note = self.env["logistics.observation"].search([("capability", "=", "receipt")])
        self.assertIn("Would have stopped", note.summary)
        self.assertEqual(picking.logistics_check_ids.state, "cancelled")
        failed = self.expect()
        self.answer(self.check(failed), surface="fail")
        before = self.stock(self.warehouse.lot_stock_id)
        self.ready(failed)
        failed._action_done()
        self.assertEqual(self.stock(self.warehouse.lot_stock_id), before + 50)

    def test_all_good_answers_what_can_be_answered_so(self):
        check = self.check(self.expect())
        check.action_all_good()
        self.assertEqual((check.state, check.open_count), ("todo", 1))
        with self.assertRaises(UserError):
            check.action_finish()
        check.line_ids[1].value = 1200
        check.action_all_good()
        self.assertEqual(check.state, "passed")

    def test_a_measure_gives_its_verdict_itself(self):
        line = self.check(self.expect()).line_ids[1]
        line.value = 1300
        self.assertEqual(line.verdict, "fail")
        line.value = 1195
        self.assertEqual(line.verdict, "pass")
        with self.assertRaises(UserError):
            line.action_fail()

    def test_a_photo_is_asked_for(self):
        self.plan.line_ids[0].photo_required = True
        check = self.check(self.expect())
        check.line_ids[1].value = 1200
        check.line_ids[0].action_pass()
        with self.assertRaises(UserError):
            check.action_finish()
        check.line_ids[0].photo = self.env.ref("base.partner_admin").image_128 or (
            "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
        )
        check.action_finish()
        self.assertEqual(check.state, "passed")

    # -- what failed ------------------------------------------------------------------------------------------

    def test_what_failed_goes_to_quarantine_and_nobody_reserves_it(self):
        self.enforce("receipt")
        picking = self.expect()
        check = self.check(picking)
        check.failed_quantity = 20
        self.answer(check, surface="fail")
        before = self.stock(self.warehouse.lot_stock_id)
        available = self.product.with_context(warehouse=self.warehouse.id).free_qty
        self.ready(picking)
        picking._action_done()
        quarantine = self.warehouse.logistics_quarantine_location_id
        self.assertEqual(self.stock(self.warehouse.lot_stock_id), before + 30)
        self.assertEqual(self.stock(quarantine), 20)
        self.env.invalidate_all()
        self.assertEqual(self.product.with_context(warehouse=self.warehouse.id).free_qty, available + 30)
        self.assertEqual(picking.purchase_id.order_line.qty_received, 50)
        self.assertEqual(picking.state, "done")
        order = self.make_order(before + 40)
        self.assertEqual(order.picking_ids.move_ids.quantity, before + 30, "quarantine is nobody's stock")

    def test_all_of_it_failed_and_the_rest_is_a_backorder(self):
        self.enforce("receipt")
        picking = self.expect()
        self.answer(self.check(picking), surface="fail")
        before = self.stock(self.warehouse.lot_stock_id)
        self.ready(picking, 30)
        picking._action_done()
        self.assertEqual(self.stock(self.warehouse.logistics_quarantine_location_id), 30)
        self.assertEqual(self.stock(self.warehouse.lot_stock_id), before)
        backorder = picking.backorder_ids
        self.assertEqual(backorder.move_ids.product_uom_qty, 20)
        self.assertEqual(backorder.move_ids.location_dest_id, self.warehouse.lot_stock_id)
        self.assertEqual(self.check(backorder).state, "todo")

    def test_lots_go_along(self):
        self.enforce("receipt")
        self.product.tracking = "lot"
        picking = self.expect()
        check = self.check(picking)
        check.failed_quantity = 35
        self.answer(check, surface="fail")
        move = picking.move_ids
        move.move_line_ids.unlink()
        for lot, quantity in (("A", 30), ("B", 20)):
            vals = move._prepare_move_line_vals(quantity=0)
            self.env["stock.move.line"].create(dict(vals, lot_name=lot, quantity=quantity, picked=True))
        picking._action_done()
        quants = self.env["stock.quant"].search(
            [("location_id", "=", self.warehouse.logistics_quarantine_location_id.id)]
        )
        self.assertEqual(sorted(quants.mapped(lambda q: (q.lot_id.name, q.quantity))), [("A", 30), ("B", 5)])

    def test_in_several_steps_the_next_ones_expect_less(self):
        self.warehouse.reception_steps = "two_steps"
        self.enforce("receipt")
        for failed, left in ((20, 30), (50, 0)):
            with self.subTest(failed=failed):
                picking = self.expect()
                onward = picking.move_ids.move_dest_ids
                check = self.check(picking)
                check.failed_quantity = failed
                self.answer(check, surface="fail")
                self.ready(picking)
                picking._action_done()
                self.assertEqual(picking.state, "done")
                onward = onward or picking.move_ids.move_dest_ids
                live = onward.filtered(lambda move: move.state != "cancel")
                self.assertEqual(sum(live.mapped("product_uom_qty")), left)
                self.assertEqual(sum(live.mapped("quantity")), left)
        self.assertEqual(self.stock(self.warehouse.logistics_quarantine_location_id), 70)

    def test_quarantine_inside_the_warehouse_is_refused(self):
        with self.assertRaises(ValidationError):
            self.warehouse.logistics_quarantine_location_id = self.warehouse.lot_stock_id

    # -- deciding ---------------------------------------------------------------------------------------------

    def test_a_manager_waives_with_a_reason(self):
        self.enforce("receipt")
        picking = self.expect()
        check = self.check(picking)
        with self.assertRaises(AccessError):
            check.with_user(self.worker).action_waive(reason="hurry")
        self.assertEqual(check.with_user(self.manager).action_waive()["res_model"], "logistics.reason.wizard")
        check.with_user(self.manager).action_waive(reason="Known supplier")
        self.assertEqual((check.state, check.reason, check.decided_by), ("waived", "Known supplier", self.manager))
        self.ready(picking)
        picking._action_done()
        self.assertEqual(picking.state, "done")

    def test_a_manager_has_it_repeated_and_the_first_answers_stay(self):
        self.enforce("receipt")
        picking = self.expect()
        check = self.check(picking)
        self.answer(check, surface="fail")
        with self.assertRaises(UserError):
            check.line_ids[0].verdict = "pass"
        with self.assertRaises(AccessError):
            check.with_user(self.worker).action_repeat(reason="again")
        check.with_user(self.manager).action_repeat(reason="Cleaned first")
        again = check.repeat_ids
        self.assertEqual((check.state, again.state, check.line_ids[0].verdict), ("repeated", "todo", "fail"))
        self.answer(again)
        self.ready(picking)
        picking._action_done()
        self.assertFalse(self.warehouse.logistics_quarantine_location_id)
        self.assertEqual(self.plan._recent(self.product, self.supplier), [True])

    def test_the_verdict_is_told_once_all_is_decided(self):
        picking = self.expect()
        check = self.check(picking)
        check.failed_quantity = 3
        self.assertFalse(self.events("receipt.checked", picking))
        self.answer(check, surface="fail")
        event = self.events("receipt.checked", picking)
        self.assertEqual(len(event), 1)
        line = event.data["lines"][0]
        self.assertEqual((line["verdict"], line["failed_quantity"], line["quantity"]), ("failed", 3, 50))
        self.assertEqual([a["verdict"] for a in line["answers"]], ["fail", "pass", ""])

    def test_a_cancelled_receipt_needs_no_check(self):
        picking = self.expect()
        picking.action_cancel()
        self.assertEqual(picking.logistics_check_ids.state, "cancelled")

    def test_windows_open(self):
        picking = self.expect()
        for name in ("receipt_check", "receipt_check_plan", "ship_notice", "inbound_schedule", "dock_time"):
            action = self.env.ref(f"logistics_orchestration.action_{name}")
            self.assertTrue(action.help)
            model = self.env[action.res_model].with_user(self.manager)
            model.get_views([(False, mode) for mode in action.view_mode.split(",")] + [(False, "search")])
            for record in model.search([], limit=1):
                record.web_read({"display_name": {}})
        Form(self.check(picking).with_user(self.worker))
        Form(picking.with_user(self.worker))
        self.assertEqual(picking.action_logistics_checks()["res_id"], self.check(picking).id)
