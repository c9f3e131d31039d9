"""The order's flow page tells where the booking stands, in words."""

from odoo.tests import tagged

from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestBookingFlow(CarrierCase):
    def step(self, picking):
        return next(step for step in picking.sale_id.logistics_flow()["steps"] if step["key"] == "carrier")

    def test_step_follows_the_booking(self):
        self.enforce("carrier")
        order = self.make_order(carrier=self.standard)
        step = next(step for step in order.logistics_flow()["steps"] if step["key"] == "carrier")
        self.assertEqual((step["state"], step["owner"]), ("pending", "Road"))
        picking = self.ship()
        self.assertEqual(self.step(picking)["state"], "current")
        self.server.fault(500, path="/bookings")
        self.work()
        self.assertEqual(self.step(picking)["state"], "waiting")
        self.assertIn("500", self.step(picking)["summary"])
        self.work()
        step = self.step(picking)
        self.assertEqual((step["state"], step["summary"]), ("done", "Booked, tracking TRK00001."))
        self.assertTrue(step["done_at"])
        self.assertEqual(step["records"][0]["id"], self.booking_of(picking).id)

    def test_failed_step_offers_the_way_out(self):
        self.enforce("carrier")
        self.server.fault(422, path="/bookings", method="POST")
        picking = self.ship()
        self.work()
        step = self.step(picking)
        self.assertEqual((step["state"], step["action"]["method"]), ("stalled", "action_retry"))

    def test_observing_and_without_account(self):
        self.assertEqual(self.step(self.ship())["state"], "observe")
        self.assertEqual(self.step(self.ship(self.carrier))["state"], "skipped")
