"""The manual way, for carriers without interface and for bookings that failed."""

import base64

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .carrier_server import PDF
from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestBookingHand(CarrierCase):
    def setUp(self):
        super().setUp()
        self.enforce("carrier")
        self.by_phone = self.make_account("By phone", adapter="manual", base_url=False, token=False, allow_http=False)
        self.van = self.make_carrier("Van", 20.0, logistics_account_id=self.by_phone.id, logistics_service="Groupage")

    def wizard(self, booking, **vals):
        action = booking.action_open_by_hand()
        return self.env[action["res_model"]].with_context(**action["context"]).create(vals)

    def test_person_gets_a_to_do_with_all_the_carrier_needs(self):
        shipment = self.ship(self.van, packages=2).logistics_shipment_ids
        booking = shipment.booking_id
        self.assertEqual((booking.state, booking.todo, booking.by_hand), ("requested", False, True))
        note = shipment.activity_ids.note
        for words in (
            booking.reference,
            "Groupage",
            "Dock Street 5",
            "Antwerp",
            shipment.parcel_ids[0].reference,
            "1.5 kg",
        ):
            self.assertIn(words, note)
        self.work()
        self.assertEqual(booking.call_count, 0)

    def test_wizard_notes_numbers_price_and_labels(self):
        picking = self.ship(self.van, packages=2)
        shipment, booking = picking.logistics_shipment_ids, self.booking_of(picking)
        wizard = self.wizard(booking, carrier_booking_ref="PHONE-1", amount=42.0)
        self.assertEqual(wizard.line_ids.mapped("reference"), booking.line_ids.mapped("reference"))
        with self.assertRaisesRegex(UserError, "enter its tracking number"):
            wizard.action_apply()
        for number, line in enumerate(wizard.line_ids, 1):
            line.write({"tracking_number": f"VAN{number}", "label": base64.b64encode(PDF), "label_name": "label.pdf"})
        wizard.action_apply()
        self.assertEqual((booking.state, booking.booked_by_hand, booking.amount), ("booked", True, 42.0))
        self.assertEqual(shipment.parcel_ids.mapped("tracking_number"), ["VAN1", "VAN2"])
        self.assertEqual(shipment.label_state, "ok")
        self.assertEqual(picking.carrier_tracking_ref, "VAN1,VAN2")
        self.assertFalse(shipment.activity_ids, "the to-do is done")
        self.assertEqual(len(self.events("shipment.booked", shipment)), 1)
        self.assertEqual(len(self.events("shipment.label_created", shipment)), 1)

    def test_file_that_is_no_label_is_refused(self):
        wizard = self.wizard(self.booking_of(self.ship(self.van)))
        wizard.line_ids.write({"tracking_number": "V", "label": base64.b64encode(b"hello"), "label_name": "cat.jpg"})
        with self.assertRaisesRegex(UserError, "cat.jpg .* is neither PDF nor ZPL"):
            wizard.action_apply()

    def test_form_shows_the_parcels(self):
        booking = self.booking_of(self.ship(self.van))
        action = booking.action_open_by_hand()
        with Form(self.env[action["res_model"]].with_context(**action["context"])) as form:
            self.assertEqual(len(form.line_ids), 1)
            with form.line_ids.edit(0) as line:
                line.tracking_number = "VAN9"
        form.save().action_apply()
        self.assertEqual(booking.tracking_numbers, "VAN9")

    def test_number_typed_on_the_transfer_is_the_answer(self):
        picking = self.ship(self.van)
        picking.carrier_tracking_ref = "VAN7"
        self.assertEqual(self.booking_of(picking).state, "booked")
        self.assertEqual(picking.logistics_shipment_ids.parcel_ids.tracking_number, "VAN7")

    def test_one_number_for_many_parcels_is_the_shipments(self):
        picking = self.ship(self.van, packages=2)
        picking.carrier_tracking_ref = "MASTER"
        shipment = picking.logistics_shipment_ids
        self.assertEqual((self.booking_of(picking).state, shipment.tracking_number), ("booked", "MASTER"))
        self.assertEqual(shipment.parcel_ids.mapped("tracking_number"), [False, False])

    def test_failed_booking_is_booked_by_hand(self):
        self.server.fault(422, path="/bookings", method="POST")
        picking = self.ship()
        booking = self.booking_of(picking)
        self.work()
        self.assertEqual(booking.state, "failed")
        wizard = self.wizard(booking)
        wizard.line_ids.tracking_number = "HAND1"
        wizard.action_apply()
        self.assertEqual((booking.state, picking.carrier_tracking_ref), ("booked", "HAND1"))
        self.work()
        self.assertEqual(self.server.living(), [])

    def test_by_hand_after_doubt_leaves_no_second_label(self):
        self.server.fault("drop", path="/bookings", method="POST")
        self.server.fault(422, path="/bookings", method="GET")
        booking = self.booking_of(self.ship())
        self.work()
        self.work()
        self.assertEqual((booking.state, booking.in_doubt), ("failed", True))
        booking._complete_by_hand(["HAND2"])
        self.assertEqual(booking.todo, "settle")
        self.work()
        self.assertEqual(self.server.living(), [])
        self.assertEqual((booking.state, booking.tracking_numbers), ("booked", "HAND2"))

    def test_not_by_hand_while_the_carrier_is_asked(self):
        booking = self.booking_of(self.ship())
        booking.lease_until = "2099-01-01"
        with self.assertRaisesRegex(UserError, "is being booked at this moment"):
            booking.action_open_by_hand()

    def test_void_by_hand_says_whom_to_tell(self):
        picking = self.ship(self.van)
        picking.carrier_tracking_ref = "VAN8"
        booking = self.booking_of(picking)
        booking.action_void("wrong box")
        self.assertEqual(booking.state, "voided")
        self.assertTrue(picking.logistics_shipment_ids.activity_ids.filtered(lambda a: "VAN8" in a.summary))

    def test_wrong_number_of_numbers_is_said(self):
        booking = self.booking_of(self.ship(self.van, packages=2))
        with self.assertRaisesRegex(UserError, "has 2 parcels, but 3 tracking numbers"):
            booking._complete_by_hand(["1", "2", "3"])
