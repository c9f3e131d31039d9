"""A planner maps a code nobody knew, in a real browser."""

from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.logistics_orchestration.tests.common import BrowserMixin
from odoo.addons.logistics_orchestration.tests.shipment_common import ShipmentCase


@tagged("post_install", "-at_install")
class TestTrackingTour(BrowserMixin, HttpCase, ShipmentCase):
    def test_map_and_replay(self):
        new_test_user(self.env, "night-planner", groups="logistics_orchestration.group_planner")
        self.carrier_system.name = "Night Courier"
        shipments = [self.ship(tracking=f"N{number}") for number in (1, 2)]
        for number in (1, 2):
            self.scan(f"N{number}", "BELT", description="Parcel on the belt")
        self.start_tour("/web", "logistics_map_and_replay", login="night-planner", timeout=180)
        self.env["logistics.inbox.message"]._work_run()
        self.assertEqual([shipment.milestone for shipment in shipments], ["in_transit", "in_transit"])
        waiting = [("unmapped_code", "=", "BELT"), ("state", "=", "quarantined")]
        self.assertFalse(self.env["logistics.inbox.message"].search(waiting))
        line = self.env["logistics.status.map"].search([("raw_code", "=", "BELT")])
        self.assertEqual((len(line), line.milestone), (1, "in_transit"), "mapped once, for good")
        for shipment in shipments:
            self.assertEqual(self.rows(shipment).mapped("raw_code"), ["BELT"], "the scan itself, not a guess")
