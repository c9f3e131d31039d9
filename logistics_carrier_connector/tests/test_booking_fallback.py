"""A carrier that does not answer is replaced, and what it may have sold us all the same is voided."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from .carrier_server import CarrierServer
from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestBookingFallback(CarrierCase):
    def setUp(self):
        super().setUp()
        self.enforce("carrier")
        self.other_server = CarrierServer().__enter__()
        self.addCleanup(self.other_server.__exit__)
        self.other_account = self.make_account("Second contract", base_url=self.other_server.url)
        self.other = self.make_carrier("Rail", 7.0, logistics_account_id=self.other_account.id)
        self.policy = self.env["logistics.rate.policy"].create(
            {
                "name": "Parcels",
                "company_id": self.company.id,
                "fallback_minutes": 10,
                "line_ids": [(0, 0, {"use": "fallback", "carrier_id": self.other.id})],
            }
        )

    def aged(self, booking, minutes=11):
        """A booking that was asked for some time ago."""
        self.env.flush_all()
        at = fields.Datetime.now() - timedelta(minutes=minutes)
        self.env.cr.execute(SQL("UPDATE logistics_carrier_booking SET create_date = %s WHERE id = %s", at, booking.id))
        booking.invalidate_recordset()

    def test_refused_account_goes_to_the_next_at_once(self):
        self.server.fault(401, path="/bookings", method="POST")
        picking = self.ship()
        old, shipment = self.booking_of(picking), picking.logistics_shipment_ids
        self.work()
        self.work()
        new = shipment.booking_id
        self.assertEqual((old.state, new.state, new.fallback_of_id), ("voided", "booked", old))
        self.assertEqual((picking.carrier_id, shipment.carrier_id), (self.other, self.other))
        self.assertIn("Road does not answer", old.void_reason)
        self.assertEqual((len(self.server.living()), len(self.other_server.living())), (0, 1))

    def test_waiting_too_long_goes_to_the_next_and_takes_back_what_was_sold(self):
        self.server.fault("drop", path="/bookings", method="POST")
        self.server.fault(503, path="/bookings", method="GET", times=2)
        picking = self.ship()
        old, shipment = self.booking_of(picking), picking.logistics_shipment_ids
        self.work()
        self.assertEqual((old.state, old.in_doubt, len(self.server.living())), ("requested", True, 1))
        self.work()
        self.assertEqual(shipment.booking_id, old, "not yet")
        self.aged(old)
        # the worker's run as the scheduled action makes it: the first carrier is still left alone
        self.env["logistics.carrier.booking"]._work_run()
        new = shipment.booking_id
        self.assertNotEqual(new, old)
        self.assertEqual((new.state, new.carrier_id, old.todo), ("booked", self.other, "void"))
        self.assertEqual(picking.carrier_tracking_ref, new.tracking_numbers)
        self.work()
        self.assertEqual(old.state, "requested", "still out of order: the void is tried again")
        self.work()
        self.assertEqual((old.state, self.server.living()), ("voided", []))
        self.assertEqual(len(self.other_server.living()), 1)
        self.assertEqual(picking.carrier_tracking_ref, new.tracking_numbers, "the new one's numbers stay")

    def test_a_void_is_tried_for_days(self):
        picking = self.ship()
        self.work()
        booking = self.booking_of(picking)
        self.server.fault(503, path="/bookings/", times=12)
        booking.action_void("wrong box")
        for _try in range(12):
            self.work()
        self.assertEqual((booking.todo, booking.attempt_count, booking.void_failed), ("void", 12, False))
        self.work()
        self.assertEqual((booking.state, self.server.living()), ("voided", []))

    def test_pause_the_carrier_asks_for_counts_as_silence_when_it_lasts(self):
        self.server.fault(429, path="/bookings", method="POST")
        picking = self.ship()
        old = self.booking_of(picking)
        self.work()
        self.assertEqual((old.state, self.account.failure_count), ("requested", 0))
        self.aged(old)
        self.env["logistics.carrier.booking"]._work_run()
        self.assertEqual(self.booking_of(picking).carrier_id, self.other)
        self.assertFalse(self.server.living())

    def test_a_refused_address_is_a_persons_matter(self):
        self.server.fault(422, path="/bookings", method="POST")
        booking = self.booking_of(self.ship())
        self.work()
        self.assertEqual((booking.state, booking.shipment_id.booking_id), ("failed", booking))
        self.assertFalse(self.other_server.bookings)

    def test_nobody_left_is_told_once_and_tried_on(self):
        self.policy.line_ids.unlink()
        self.server.fault(503, path="/bookings", method="POST", times=2)
        booking = self.booking_of(self.ship())
        self.work()
        self.aged(booking)
        for _run in range(2):
            self.env["logistics.carrier.booking"]._work_run()
        silent = booking.shipment_id.activity_ids.filtered(lambda a: "does not answer" in a.summary)
        self.assertEqual(len(silent), 1)
        self.work()
        self.work()
        self.assertEqual((booking.state, len(self.server.living())), ("booked", 1))

    def test_next_best_offer_where_no_list_is_given(self):
        self.policy.line_ids.unlink()
        self.policy.write({"mode": "automatic", "scope": "all"})
        self.other_account.service_ids = [(0, 0, {"name": "Rail", "code": "standard"})]
        self.account.service_ids = [(0, 0, {"name": "Standard", "code": "standard"})]
        self.other.logistics_service = "standard"
        self.server.fault(401, path="/bookings", method="POST")
        picking = self.ship()
        self.env["logistics.carrier.rating"]._work_run()
        shipment = picking.logistics_shipment_ids
        self.assertEqual(shipment.booking_id.account_id, self.account)
        self.work()
        self.assertEqual(shipment.booking_id.account_id, self.other_account)

    def test_both_silent_ends_with_a_person_not_in_a_circle(self):
        self.server.fault(401, path="/bookings", method="POST", times=5)
        self.other_server.fault(401, path="/bookings", method="POST", times=5)
        self.policy.line_ids = [(0, 0, {"use": "fallback", "carrier_id": self.standard.id})]
        shipment = self.ship().logistics_shipment_ids
        self.work()
        self.work()
        self.assertEqual(len(shipment.booking_ids), 2)
        self.assertTrue(shipment.activity_ids.filtered(lambda a: "Rail does not answer" in a.summary))

    def test_without_a_policy_nothing_is_changed(self):
        self.policy.active = False
        self.server.fault(401, path="/bookings", method="POST")
        booking = self.booking_of(self.ship())
        self.work()
        self.assertEqual((booking.state, booking.shipment_id.booking_id), ("requested", booking))
