"""No path walks around a hold: batches, waves of steps, states written directly, expired releases, the API."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError

from .release_common import ReleaseCase


class TestPaths(ReleaseCase):
    def test_batches_of_transfers(self):
        held, free = self.make_order(qty=1), self.make_order(qty=1)
        pickings = held.picking_ids | free.picking_ids
        batch = self.env["stock.picking.batch"].create(
            {"picking_ids": [(6, 0, pickings.ids)], "company_id": self.company.id}
        )
        batch.action_confirm()
        hold = self.place(held, reason="Wrong colour")
        with self.assertRaisesRegex(UserError, "Wrong colour"), self.cr.savepoint():
            batch.action_done()
        self.assertNotIn("done", pickings.mapped("state"))
        hold.with_user(self.user).action_release("Settled")
        batch.action_done()
        self.assertEqual(set(pickings.mapped("state")), {"done"})

    def test_a_state_written_directly(self):
        order = self.make_order(qty=1)
        self.place(order, reason="Wrong colour")
        order.picking_ids.move_ids.picked = True
        with self.assertRaisesRegex(UserError, "Wrong colour"), self.cr.savepoint():
            order.picking_ids.move_ids.with_user(self.worker).write({"state": "done"})
        self.assertNotEqual(order.picking_ids.move_ids.state, "done")

    def test_a_hold_on_a_line_reaches_each_step(self):
        self.enforce("release")
        self.warehouse.delivery_steps = "pick_pack_ship"
        lamp = self.make_product("LAMP", "Lamp", 5)
        order = self.make_order(
            order_line=[(0, 0, {"product_id": p.id, "product_uom_qty": 1}) for p in (self.product, lamp)]
        )
        hold = self.place(order, reason="Lamp is broken", line_ids=[(6, 0, order.order_line[1].ids)])
        pick = order.picking_ids.filtered(lambda p: p.picking_type_id == self.warehouse.pick_type_id)
        with self.assertRaisesRegex(UserError, "Lamp is broken"), self.cr.savepoint():
            pick.button_validate()
        self.assertEqual(hold._moves().product_id, lamp)
        self.assertEqual(len(hold._moves()), 3)

    def test_confirming_through_the_api_is_never_silently_undone(self):
        self.enforce("release")
        self.gate("[('id', '=', 0)]")
        order = self.make_order(confirm=False)
        self.assertIs(order.with_user(self.salesman).action_confirm(), True)
        self.assertEqual((order.state, order.logistics_release_state), ("sale", "held"))
        self.assertIn("Over the limit", order.logistics_hold_words)

    def test_after_its_time_a_release_is_evaluated_again(self):
        self.enforce("release")
        order = self.make_order(qty=1)
        self.assertEqual(order.logistics_release_state, "released")
        order.logistics_valid_until = fields.Datetime.now() - timedelta(minutes=1)
        with self.assertRaisesRegex(UserError, "was released until"), self.cr.savepoint():
            order.picking_ids.button_validate()
        order.action_logistics_evaluate()
        self.assertGreater(order.logistics_valid_until, fields.Datetime.now())
        order.picking_ids.button_validate()
        self.assertEqual(order.picking_ids.state, "done")

    def test_after_its_time_it_is_held_when_a_gate_fails_now(self):
        self.enforce("release")
        order = self.make_order(qty=1)
        self.gate("[('id', '=', 0)]")
        order.action_logistics_evaluate()
        self.assertEqual(order.logistics_release_state, "released", "not looked at again while it stands")
        order.logistics_valid_until = fields.Datetime.now() - timedelta(minutes=1)
        self.env["logistics.release.recheck"]._cron_periodic()
        self.recheck()
        self.assertEqual(order.logistics_release_state, "held")

    def test_expired_releases_can_be_released_by_hand(self):
        self.enforce("release")
        order = self.make_order(qty=1)
        order.logistics_valid_until = fields.Datetime.now() - timedelta(minutes=1)
        order.with_user(self.user).action_logistics_release("Still wanted")
        order.picking_ids.button_validate()
        self.assertEqual(order.picking_ids.state, "done")
