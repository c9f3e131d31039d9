"""A warehouse user's way through the screens, in a real browser."""

from odoo.tests import HttpCase, new_test_user, tagged

from .common import BrowserMixin, LogisticsCase


@tagged("post_install", "-at_install")
class TestFloorTour(BrowserMixin, HttpCase, LogisticsCase):
    def test_release_and_dispatch(self):
        floor = new_test_user(self.env, "shipping-floor", groups="logistics_orchestration.group_user")
        customer = self.customer.copy({"name": "Tour Customer"})
        # only what the floor does by hand: no partner is asked
        self.enforce("release", "shipment")
        order = self.make_order(partner_id=customer.id, carrier=self.carrier, confirm=False)
        order._logistics_place_hold(self.env.ref("logistics_orchestration.hold_type_manual"), "Is the dock door right?")
        order.action_confirm()
        self.assertEqual(order.logistics_release_state, "held")
        self.start_tour("/web", "logistics_release_and_dispatch", login="shipping-floor", timeout=120)
        self.assertEqual(order.logistics_release_state, "released")
        self.assertEqual(order.picking_ids.state, "done")
        shipment = order.logistics_shipment_ids
        self.assertTrue(shipment.dispatched_at)
        self.assertEqual(self.events("order.released", order).user_name, floor.name)
        self.assertEqual(len(self.events("shipment.dispatched", shipment)), 1)
