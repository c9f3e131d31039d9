"""Holds that lift themselves, reminders of overdue ones, and types nobody could lift."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError

from .release_common import ReleaseCase


class TestCondition(ReleaseCase):
    def test_lifted_when_the_order_matches(self):
        self.enforce("release")
        self.hold_type("manual").release_domain = "[('client_order_ref', '!=', False)]"
        order = self.make_order()
        hold = self.place(order)
        self.Hold._cron_watch()
        self.assertEqual(hold.state, "active")
        order.client_order_ref = "PO-1"
        self.Hold._cron_watch()
        self.assertEqual((hold.state, hold.auto_released), ("released", True))
        self.assertIn("condition is met", hold.release_reason)
        self.assertEqual(order.logistics_release_state, "released")

    def test_looked_at_when_the_order_is_evaluated(self):
        order = self.make_order()
        hold = self.place(order, release_domain="[('client_order_ref', '=', 'PO-2')]")
        order.client_order_ref = "PO-2"
        order.action_logistics_evaluate()
        self.assertEqual(hold.state, "released")

    def test_looked_at_after_the_event_that_could_clear_it(self):
        hold_type = self.hold_type("manual")
        hold_type.release_domain = "[('amount_total', '<', 150)]"
        order = self.make_order(qty=2)
        hold = self.place(order)
        order.order_line.product_uom_qty = 1
        self.recheck()
        self.assertEqual(hold.state, "active", "nobody said that a change could clear it")
        hold_type.release_event_type_ids = self.env.ref("logistics_orchestration.event_type_order_changed")
        order.order_line.price_unit = 120
        self.recheck()
        self.assertEqual(hold.state, "released")

    def test_each_hold_may_differ_and_others_stay(self):
        order = self.make_order()
        first = self.place(order, release_domain="[('id', '>', 0)]")
        second = self.place(order)
        self.Hold._cron_watch()
        self.assertEqual((first.state, second.state), ("released", "active"))
        self.assertEqual(order.logistics_release_state, "held")

    def test_a_hold_on_a_transfer_has_a_condition_on_transfers(self):
        order = self.make_order()
        hold = self.place(picking_id=order.picking_ids.id, release_domain="[('priority', '=', '1')]")
        self.Hold._cron_watch()
        self.assertTrue(order.picking_ids.logistics_held)
        order.picking_ids.priority = "1"
        self.Hold._cron_watch()
        self.assertEqual((hold.state, order.picking_ids.logistics_held), ("released", False))

    def test_a_gate_lifts_its_own_hold(self):
        self.enforce("release")
        self.hold_type("credit").release_domain = "[('id', '>', 0)]"
        self.gate("[('id', '=', 0)]")
        order = self.make_order()
        self.Hold._cron_watch()
        self.assertEqual((order.logistics_hold_ids.state, order.logistics_release_state), ("active", "held"))

    def test_a_condition_nobody_can_evaluate_is_refused(self):
        hold = self.place(self.make_order(), release_domain="[]")
        self.Hold._cron_watch()
        self.assertEqual(hold.state, "active", "an empty list is no condition")
        for wrong in ("[('no_such_field', '=', 1)]", "[("):
            with self.assertRaisesRegex(ValidationError, "Lifted When"), self.cr.savepoint():
                self.hold_type("manual").release_domain = wrong
            with self.assertRaisesRegex(ValidationError, "Lifted When"), self.cr.savepoint():
                self.place(self.make_order(), release_domain=wrong)

    def test_a_condition_that_breaks_later_keeps_the_hold(self):
        hold = self.place(self.make_order(), release_domain="[('id', '>', 0)]")
        self.env.cr.execute(
            "UPDATE logistics_hold SET release_domain = '[(''gone'', ''='', 1)]' WHERE id = %s", [hold.id]
        )
        hold.invalidate_recordset()
        self.Hold._cron_watch()
        self.assertEqual(hold.state, "active")
        self.assertTrue(hold.activity_ids.filtered(lambda a: "cannot be evaluated" in a.summary))

    def test_overdue_owners_are_reminded_once(self):
        hold = self.place(self.make_order())
        self.Hold._cron_watch()
        self.assertFalse(hold.reminded_at)
        hold.due_at = fields.Datetime.now() - timedelta(hours=1)
        for _run in range(2):
            self.Hold._cron_watch()
        found = hold.activity_ids.filtered(lambda a: "Overdue hold" in a.summary)
        self.assertEqual((len(found), found.user_id), (1, self.user))
        hold.with_user(self.user).due_at = fields.Datetime.now() + timedelta(hours=1)
        self.assertFalse(hold.reminded_at, "a new time, a new reminder")

    def test_a_type_nobody_may_lift_is_refused(self):
        HoldType = self.env["logistics.hold.type"]
        with self.assertRaisesRegex(ValidationError, "May Be Lifted By of Broker"):
            HoldType.create({"name": "Broker", "code": "broker", "release_group_id": False})
        with self.assertRaisesRegex(ValidationError, "May Be Lifted By"):
            self.hold_type("manual").release_group_id = False
        made = HoldType.create({"name": "Broker", "code": "broker"})
        self.assertEqual(made.release_group_id, self.env.ref("logistics_orchestration.group_user"))


class TestLiftMany(ReleaseCase):
    def start(self, holds, user=None, reason="Settled"):
        action = holds.with_user(user or self.user).action_ask_release()
        lift = self.env["logistics.mass.action"].with_user(user or self.user).browse(action["res_id"])
        lift.reason = reason
        lift.action_start()
        return lift

    def test_those_that_may_be_lifted_are_the_others_say_why_not(self):
        orders = [self.make_order() for _number in range(3)]
        mine = self.Hold.union(*[self.place(order) for order in orders])
        credit = self.place(orders[0], "credit", self.approver)
        lift = self.start(mine | credit)
        self.assertEqual((lift.state, lift.done_count, lift.refused_count, lift.progress), ("done", 3, 1, 100))
        self.assertEqual(set(mine.mapped("state")), {"released"})
        self.assertEqual(mine.released_by_id, self.user)
        self.assertEqual(credit.state, "active")
        words = lift.line_ids.filtered(lambda line: line.state == "refused").words
        self.assertIn("may be lifted by", words)

    def test_many_are_lifted_by_the_worker(self):
        order = self.make_order()
        holds = self.Hold.union(*[self.place(order, reason=f"Reason {number}") for number in range(12)])
        lift = self.start(holds)
        self.assertEqual((lift.state, lift.done_count), ("running", 0))
        holds[0].with_user(self.user).action_release("Was faster")
        self.env["logistics.mass.action.line"]._cron_run()
        self.assertEqual((lift.state, lift.done_count, lift.refused_count), ("done", 11, 1))
        self.assertIn("lifted already", lift.line_ids.filtered(lambda line: line.state == "refused").words)
        self.assertEqual(order.logistics_release_state, "none")

    def test_needs_a_reason_and_its_own_user(self):
        order = self.make_order()
        holds = self.place(order) | self.place(order, reason="More")
        action = holds.with_user(self.user).action_ask_release()
        lift = self.env["logistics.mass.action"].browse(action["res_id"])
        with self.assertRaisesRegex(Exception, "Reason"):
            lift.with_user(self.user).action_start()
        with self.assertRaisesRegex(Exception, "Only"):
            lift.with_user(self.manager).action_start()
        with self.assertRaisesRegex(Exception, "Only the reason"):
            lift.with_user(self.user).write({"state": "done"})
