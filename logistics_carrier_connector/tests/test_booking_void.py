"""Taking bookings back, and booking anew with another carrier."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestBookingVoid(CarrierCase):
    def setUp(self):
        super().setUp()
        self.enforce("carrier")

    def booked(self, **vals):
        picking = self.ship(**vals)
        self.work()
        self.assertEqual(self.booking_of(picking).state, "booked")
        return picking

    def test_void_is_told_to_the_carrier_after_commit(self):
        picking = self.booked(packages=2)
        booking, shipment = self.booking_of(picking), picking.logistics_shipment_ids
        booking.action_void("wrong box")
        self.assertEqual((booking.state, booking.todo), ("booked", "void"))
        self.assertEqual(len(self.server.living()), 1)
        self.work()
        self.assertEqual(booking.state, "voided")
        self.assertFalse(self.server.living())
        self.assertEqual(set(shipment.parcel_ids.mapped("label_state")), {"voided"})
        self.assertEqual(shipment.parcel_ids.mapped("tracking_number"), [False, False])
        self.assertFalse(shipment.tracking_number)
        self.assertFalse(picking.carrier_tracking_ref)
        self.assertFalse(shipment.label_attachment_ids)
        labels = self.env["ir.attachment"].search(
            [("res_model", "=", "logistics.shipment"), ("res_id", "=", shipment.id)]
        )
        self.assertTrue(all(label.name.startswith("VOID-") for label in labels))
        data = self.events("shipment.label_voided", shipment).data
        self.assertEqual(data["tracking_number"], "TRK00001")

    def test_void_before_the_call_asks_nobody(self):
        booking = self.booking_of(self.ship())
        booking.action_void("not needed")
        self.assertEqual(booking.state, "voided")
        self.work()
        self.assertFalse(self.server.seen)

    def test_void_while_the_call_is_under_way_leaves_no_label(self):
        booking = self.booking_of(self.ship())
        prepare = type(booking)._prepare_book

        def prepare_and_change_mind(record):
            call = prepare(record)
            return lambda: (call(), record.action_void("changed our mind"))[0]

        self.patch(type(booking), "_prepare_book", prepare_and_change_mind)
        self.work()
        self.assertEqual((booking.state, booking.todo), ("booked", "void"))
        self.assertFalse(booking.shipment_id.tracking_number, "the documents never hear of it")
        self.assertFalse(self.events("shipment.booked", booking.shipment_id))
        self.work()
        self.assertEqual((booking.state, self.server.living()), ("voided", []))

    def test_void_in_doubt_finds_what_was_bought(self):
        self.server.fault("drop", path="/bookings", method="POST")
        booking = self.booking_of(self.ship())
        self.work()
        booking.action_void("too slow")
        self.work()
        self.assertEqual((booking.state, self.server.living()), ("voided", []))
        body = {"reference": booking.reference, "parcels": [{"reference": "P", "weight_kg": 1}], "to": {}}
        self.server.book(body)
        self.assertEqual(booking.todo, "settle")
        self.work()
        self.assertFalse(self.server.living(), "what a slow carrier sold afterwards is voided too")

    def test_lost_reply_to_a_void_is_repeated(self):
        picking = self.booked()
        self.server.fault("drop", path="/bookings/", method="POST")
        booking = self.booking_of(picking)
        booking.action_void("wrong box")
        self.work()
        self.assertEqual((booking.state, booking.attempt_count), ("booked", 1))
        self.work()
        self.assertEqual(booking.state, "voided")

    def test_refused_void_is_a_persons_job(self):
        picking = self.booked()
        booking, shipment = self.booking_of(picking), picking.logistics_shipment_ids
        self.server.bookings[0]["collected"] = True
        booking.action_void("too late")
        self.work()
        self.assertEqual((booking.state, booking.void_failed, booking.todo), ("booked", True, False))
        self.assertIn("Collected already", booking.error)
        self.assertTrue(shipment.activity_ids.filtered(lambda a: "Void" in a.summary))
        self.server.bookings[0]["collected"] = False
        booking.action_retry()
        self.work()
        self.assertEqual(booking.state, "voided")

    def test_other_service_voids_and_books_anew(self):
        picking = self.booked()
        old, shipment = self.booking_of(picking), picking.logistics_shipment_ids
        picking.write({"carrier_id": self.express.id})
        new = shipment.booking_id
        self.assertEqual(shipment.carrier_id, self.express)
        self.assertNotEqual(new, old)
        self.assertEqual((new.state, new.service), ("requested", "express"))
        self.assertTrue(old.void_requested_at)
        self.work()
        self.assertEqual((old.state, new.state), ("voided", "booked"))
        self.assertEqual([booking["service"] for booking in self.server.living()], ["express"])
        self.assertEqual(shipment.tracking_number, "TRK00002")
        self.assertEqual(picking.carrier_tracking_ref, "TRK00002")
        self.assertEqual(shipment.parcel_ids.tracking_number, "TRK00002")
        self.assertEqual(shipment.label_state, "ok")

    def test_new_booking_first_then_the_void_keeps_the_new_numbers(self):
        picking = self.booked()
        old, shipment = self.booking_of(picking), picking.logistics_shipment_ids
        picking._logistics_change_carrier(self.express, "expedited")
        self.assertEqual(old.void_reason, "expedited")
        shipment.booking_id._work_attempt()
        old._work_attempt()
        self.assertEqual((old.state, shipment.booking_id.state), ("voided", "booked"))
        self.assertEqual(shipment.tracking_number, "TRK00002")
        self.assertEqual(picking.carrier_tracking_ref, "TRK00002")
        self.assertEqual(shipment.parcel_ids.label_state, "ok")

    def test_change_on_the_shipment_reaches_the_transfer(self):
        picking = self.booked()
        picking.logistics_shipment_ids.write({"carrier_id": self.express.id})
        self.assertEqual(picking.carrier_id, self.express)
        self.work()
        self.assertEqual([booking["service"] for booking in self.server.living()], ["express"])

    def test_same_service_under_another_name_is_not_booked_again(self):
        picking = self.booked()
        twin = self.make_carrier("Road B", 5.0, logistics_account_id=self.account.id, logistics_service="STANDARD")
        self.account.service_ids = [(0, 0, {"name": "Standard", "code": "standard"})]
        booking = self.booking_of(picking)
        picking.carrier_id = twin
        self.assertFalse(booking.void_requested_at)
        self.assertEqual(self.booking_of(picking), booking)

    def test_change_before_the_call_books_the_new_one_only(self):
        picking = self.ship()
        picking.carrier_id = self.express
        self.work()
        self.assertEqual([booking["service"] for booking in self.server.bookings], ["express"])

    def test_change_to_a_carrier_without_account_voids_and_leaves_a_to_do(self):
        picking = self.booked()
        picking.carrier_id = self.carrier
        self.work()
        self.assertFalse(self.server.living())
        self.assertFalse(picking.logistics_shipment_ids._live_booking())
        self.assertTrue(picking.logistics_shipment_ids.activity_ids)

    def test_what_has_left_is_not_voided(self):
        picking = self.booked()
        picking.logistics_shipment_ids.action_dispatch()
        with self.assertRaisesRegex(UserError, "has left with Road"):
            self.booking_of(picking).action_void("too late")
        with self.assertRaisesRegex(UserError, "has left with Road"):
            picking.write({"carrier_id": self.express.id})

    def test_cancelled_shipment_voids_its_label(self):
        picking = self.booked()
        picking.logistics_shipment_ids.action_cancel(reason="customer cancelled")
        self.work()
        self.assertFalse(self.server.living())

    def test_shipment_of_its_own_after_the_void(self):
        picking = self.booked()
        shipment = picking.logistics_shipment_ids
        self.booking_of(picking).action_void("wrong box")
        shipment.action_book()
        self.work()
        self.assertEqual(len(self.server.living()), 1)
        self.assertEqual(sorted(shipment.booking_ids.mapped("state")), ["booked", "voided"])
