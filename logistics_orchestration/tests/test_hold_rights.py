"""Holds: who places and lifts them, and that no way of validating a transfer walks around one."""

import json

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import Form
from odoo.tools import mute_logger

from .release_common import ReleaseCase


class TestPlacing(ReleaseCase):
    def test_placed_and_lifted_by_hand(self):
        self.enforce("release")
        order = self.make_order()
        hold = self.place(order, reason="Customer called")
        self.assertRegex(hold.name, r"^HOLD/\d+$")
        self.assertEqual((order.logistics_release_state, hold.origin), ("held", "manual"))
        self.assertEqual(hold.owner_id, self.user)
        self.assertIs(hold.with_user(self.user).action_release("Settled"), True)
        self.assertEqual(order.logistics_release_state, "released")
        self.assertEqual((hold.released_by_id, hold.release_reason), (self.user, "Settled"))
        names = self.events(record=order).mapped("type_name")
        self.assertEqual(names.count("logistics.order.released"), 2, "told again when it goes on")
        lifted = json.loads(self.events("order.hold_released", order).body)["data"]
        self.assertEqual((lifted["release_reason"], lifted["automatic"]), ("Settled", False))

    def test_a_persons_hold_counts_where_release_is_only_observed(self):
        order = self.make_order()
        hold = self.place(order)
        self.assertEqual(order.logistics_release_state, "held")
        with self.assertRaisesRegex(UserError, "on hold"):
            order.picking_ids.button_validate()
        hold.with_user(self.user).action_release("Settled")
        self.assertEqual(order.logistics_release_state, "none")
        order.picking_ids.button_validate()
        self.assertEqual(order.picking_ids.state, "done")

    def test_only_logistics_users_place(self):
        order = self.make_order()
        for user in (self.salesman, self.worker):
            with self.assertRaises(AccessError):
                self.place(order, user=user)

    def test_lifting_is_the_right_of_the_types_group(self):
        order = self.make_order()
        rights = {"manual": self.user, "stock_short": self.planner, "credit": self.approver, "embargo": self.manager}
        for code, allowed in rights.items():
            hold = self.place(order, code, self.manager)
            for user in (self.user, self.planner, self.approver):
                if self.hold_type(code).release_group_id in user.groups_id:
                    continue
                self.assertFalse(hold.with_user(user).can_release)
                with self.assertRaisesRegex(AccessError, "may be lifted by"):
                    hold.with_user(user).action_release("Mine")
            self.assertTrue(hold.with_user(allowed).can_release)
            hold.with_user(allowed).action_release("Settled")
            self.assertEqual(hold.state, "released")

    def test_lifting_needs_a_reason_and_happens_once(self):
        hold = self.place(self.make_order())
        with self.assertRaisesRegex(UserError, "Reason"):
            hold.with_user(self.user).action_release()
        hold.with_user(self.user).action_release("Settled")
        with self.assertRaisesRegex(UserError, "lifted already"):
            hold.with_user(self.user).action_release("Again")

    def test_two_holds_both_have_to_be_lifted(self):
        self.enforce("release")
        order = self.make_order()
        first, second = self.place(order), self.place(order, "approval", self.approver)
        first.with_user(self.user).action_release("Settled")
        self.assertEqual(order.logistics_release_state, "held")
        with self.assertRaisesRegex(UserError, "Waits for approval"):
            order.picking_ids.button_validate()
        second.with_user(self.approver).action_release("Approved")
        self.assertEqual(order.logistics_release_state, "released")

    def test_state_and_order_are_never_changed_by_hand(self):
        order = self.make_order()
        hold = self.place(order)
        for vals in ({"state": "released"}, {"order_id": self.make_order().id}, {"origin": "gate"}):
            with self.assertRaises(UserError):
                hold.with_user(self.manager).write(vals)
        with self.assertRaises(UserError):
            hold.unlink()
        with self.assertRaisesRegex(UserError, "placed active"):
            self.place(order, state="released")
        forged = self.place(order, origin="gate", auto_released=True)
        self.assertEqual((forged.origin, forged.auto_released), ("manual", False))
        hold.with_user(self.user).write({"owner_id": self.manager.id, "reason": "Better words"})
        self.assertEqual(hold.owner_id, self.manager)

    def test_bad_input_is_refused_in_words(self):
        order, other = self.make_order(), self.make_order()
        with self.assertRaisesRegex(ValidationError, "Reason"):
            self.place(order, reason="  ")
        with self.assertRaisesRegex(ValidationError, "Lines"):
            self.place(order, line_ids=[(6, 0, other.order_line.ids)])
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.place()
        with self.assertRaisesRegex(ValidationError, "Fixed Owner"), self.cr.savepoint():
            self.hold_type("manual").owner_kind = "user"
        with self.assertRaisesRegex(ValidationError, "Due Within"):
            self.hold_type("manual").due_hours = -1

    def test_form_of_a_new_hold(self):
        order = self.make_order()
        action = order.with_user(self.user).action_logistics_place_hold()
        model = self.env["logistics.hold"].with_user(self.user).with_context(**action["context"])
        with Form(model, view=action["views"][0][0]) as form:
            form.reason = "Wrong colour"
        hold = order.logistics_hold_ids
        self.assertEqual((hold.reason, hold.type_id.code, hold.owner_id), ("Wrong colour", "manual", self.user))

    def test_overdue_holds_are_found(self):
        hold = self.place(self.make_order())
        self.assertFalse(hold.overdue)
        hold.due_at = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        self.assertTrue(hold.overdue)
        self.assertIn(hold, self.Hold.search([("overdue", "=", True)]))
        self.assertNotIn(hold, self.Hold.search([("overdue", "=", False)]))

    def test_server_action_places_once_and_only_where_enforced(self):
        order = self.make_order()
        action = self.env["ir.actions.server"].create(
            {
                "name": "Stop it",
                "model_id": self.env.ref("sale.model_sale_order").id,
                "state": "logistics_hold",
                "logistics_hold_type_id": self.hold_type("manual").id,
                "logistics_reason": "Rule says so",
            }
        )
        run = action.with_context(active_model="sale.order", active_id=order.id, active_ids=order.ids).run
        run()
        self.assertFalse(order.logistics_hold_ids)
        self.enforce("release")
        run()
        run()
        self.assertEqual(len(order.logistics_hold_ids), 1)
        self.assertEqual((order.logistics_hold_ids.origin, order.logistics_release_state), ("rule", "held"))


class TestWork(ReleaseCase):
    """Every way of validating ends at the same choke point."""

    def setUp(self):
        super().setUp()
        self.order = self.make_order(qty=4)
        self.picking = self.order.picking_ids
        self.hold = self.place(self.order, reason="Wrong colour")

    def assert_blocked(self, call, words="Wrong colour"):
        with self.assertRaisesRegex(UserError, words), self.cr.savepoint():
            call()
        self.assertNotEqual(self.picking.state, "done")

    def test_button(self):
        self.assert_blocked(self.picking.button_validate, "HOLD/.*Wrong colour.*Owner: .*May be lifted by")
        self.assert_blocked(self.picking.with_user(self.worker).button_validate)

    def test_api_on_transfers_and_moves(self):
        self.picking.move_ids.picked = True
        self.assert_blocked(self.picking._action_done)
        self.assert_blocked(self.picking.move_ids._action_done)
        self.assert_blocked(lambda: self.picking.move_ids._action_done(cancel_backorder=True))

    def test_several_transfers_at_once(self):
        free = self.make_order(qty=1).picking_ids
        self.assert_blocked((self.picking | free).button_validate)
        self.assertNotEqual(free.state, "done", "all or nothing")
        free.button_validate()
        self.assertEqual(free.state, "done")

    def test_backorder_window(self):
        self.picking.move_ids.write({"quantity": 1, "picked": True})
        action = self.picking.button_validate()
        wizard = Form(self.env[action["res_model"]].with_context(**action["context"])).save()
        self.assert_blocked(wizard.process)
        self.assert_blocked(wizard.process_cancel_backorder)

    def test_every_step_of_a_chain(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        order = self.make_order(qty=4)
        hold = self.place(order, reason="Chain stopped")
        for name in ("pick", "pack", "out"):
            step = order.picking_ids.filtered(
                lambda p, name=name: p.picking_type_id == self.warehouse[f"{name}_type_id"]
            )
            with self.assertRaisesRegex(UserError, "Chain stopped"), self.cr.savepoint():
                step.action_assign()
                step.move_ids.write({"quantity": 4, "picked": True})
                step._action_done()
            hold.sudo()._release("go on", auto=True)
            step.button_validate()
            self.assertEqual(step.state, "done")
            hold = self.place(order, reason="Chain stopped")

    def test_steps_that_lost_the_procurement_group_are_found_through_the_chain(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self.make_order(qty=4)
        pick = order.picking_ids.filtered(lambda p: p.picking_type_id == self.warehouse.pick_type_id)
        pick.move_ids.group_id = False
        self.place(order, reason="Chain stopped")
        with self.assertRaisesRegex(UserError, "Chain stopped"):
            pick.button_validate()

    def test_returns_and_receipts_go_on(self):
        self.hold.sudo()._release("go on", auto=True)
        self.picking.button_validate()
        self.place(self.order, reason="Unpaid")
        wizard = Form(
            self.env["stock.return.picking"].with_context(active_id=self.picking.id, active_model="stock.picking")
        ).save()
        wizard.product_return_moves.quantity = 1
        back = self.env["stock.picking"].browse(wizard.create_returns()["res_id"])
        back.move_ids.write({"quantity": 1, "picked": True})
        back._action_done()
        self.assertEqual(back.state, "done")

    def test_goods_of_other_orders_leave_a_shared_transfer(self):
        other = self.make_order(qty=1)
        shared = other.picking_ids
        self.picking.move_ids.write({"picking_id": shared.id})
        self.picking.move_line_ids.write({"picking_id": shared.id})
        (other.order_line.move_ids).write({"quantity": 1, "picked": True})
        shared._action_done()
        self.assertEqual(other.order_line.move_ids.state, "done")
        self.assertNotEqual(self.order.order_line.move_ids.state, "done")

    def test_a_hold_on_one_transfer_stops_only_that(self):
        self.hold.sudo()._release("go on", auto=True)
        other = self.make_order(qty=1).picking_ids
        hold = self.place(picking_id=self.picking.id, reason="Wrong label")
        self.assertTrue(self.picking.logistics_held)
        self.assertIn("Wrong label", self.picking.logistics_hold_words)
        self.assert_blocked(self.picking.button_validate, "Wrong label")
        other.button_validate()
        self.assertEqual(other.state, "done")
        hold.with_user(self.user).action_release("Relabelled")
        self.assertFalse(self.picking.logistics_held)
        self.picking.button_validate()
        self.assertEqual(self.picking.state, "done")

    def test_a_hold_on_lines_lets_the_others_go(self):
        self.enforce("release")
        second = self.make_product("LAMP", "Lamp", 10)
        lines = [(0, 0, {"product_id": product.id, "product_uom_qty": 1}) for product in (self.product, second)]
        order = self.make_order(order_line=lines)
        hold = self.place(order, reason="Lamp is broken", line_ids=[(6, 0, order.order_line[1].ids)])
        self.assertEqual(order.logistics_release_state, "partial")
        picking = order.picking_ids
        with self.assertRaisesRegex(UserError, "Lamp is broken"), self.cr.savepoint():
            picking.button_validate()
        picking.move_ids.filtered(lambda m: m.product_id == self.product).picked = True
        picking._action_done()
        self.assertEqual(picking.move_ids.product_id, self.product)
        self.assertEqual(picking.backorder_ids.move_ids.product_id, second)
        self.assertFalse(self.events("picking.short", picking), "left out on purpose is not short")
        hold.with_user(self.user).action_release("Mended")
        self.assertEqual(order.logistics_release_state, "released")
        picking.backorder_ids.button_validate()
        self.assertEqual(picking.backorder_ids.state, "done")

    def test_a_gate_may_hold_only_the_lines_that_fail(self):
        self.enforce("release")
        self.env.ref("logistics_orchestration.gate_stock").hold_scope = "lines"
        missing = self.make_product("LAMP", "Lamp")
        lines = [(0, 0, {"product_id": product.id, "product_uom_qty": 1}) for product in (self.product, missing)]
        order = self.make_order(order_line=lines)
        self.assertEqual(order.logistics_release_state, "partial")
        self.assertEqual(order.logistics_hold_ids.line_ids, order.order_line[1])
        self.assertEqual(len(self.events("order.released", order)), 1)
        order.action_logistics_evaluate()
        self.assertEqual(len(self.events("order.released", order)), 1, "nothing new is free")
        self.env["stock.quant"]._update_available_quantity(missing, self.warehouse.lot_stock_id, 1)
        order.action_logistics_evaluate()
        self.assertEqual(order.logistics_release_state, "released")
        self.assertEqual(len(self.events("order.released", order)), 2)

    def test_an_order_not_evaluated_yet_does_not_ship_where_release_is_enforced(self):
        self.enforce("release")
        self.env.ref("logistics_orchestration.rule_order_confirmed_evaluate").active = False
        order = self.make_order()
        self.assertEqual(order.logistics_release_state, "pending")
        with self.assertRaisesRegex(UserError, "not released yet"), self.cr.savepoint():
            order.picking_ids.button_validate()
        order.with_user(self.user).action_logistics_release()
        order.picking_ids.button_validate()
        self.assertEqual(order.picking_ids.state, "done")

    def test_orders_confirmed_before_enforcing_ship_as_before(self):
        order = self.make_order()
        self.enforce("release")
        order.picking_ids.button_validate()
        self.assertEqual(order.picking_ids.state, "done")


class TestReservation(ReleaseCase):
    def test_held_with_reservation(self):
        order = self.make_order(qty=4)
        self.place(order)
        self.assertEqual(order.picking_ids.state, "assigned")

    def test_without_reservation_gives_back_and_takes_nothing(self):
        order = self.make_order(qty=4)
        hold = self.place(order, "credit", self.approver)
        self.assertEqual(order.picking_ids.state, "confirmed")
        order.picking_ids.action_assign()
        self.assertEqual(order.picking_ids.state, "confirmed")
        self.env["stock.picking"].search([("state", "=", "confirmed")]).action_assign()
        self.assertEqual(order.picking_ids.move_ids.quantity, 0)
        hold.with_user(self.approver).action_release("Paid")
        self.assertEqual(order.picking_ids.state, "assigned")

    def test_other_orders_reserve_what_was_given_back(self):
        first = self.make_order(qty=100)
        second = self.make_order(qty=60)
        self.place(first, "credit", self.approver)
        second.picking_ids.action_assign()
        self.assertEqual(second.picking_ids.state, "assigned")
