"""The way back: a booking of its own beside the delivery's, whose label the customer gets."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestBookingReturn(CarrierCase):
    def setUp(self):
        super().setUp()
        self.enforce("carrier")
        self.picking = self.ship()
        self.shipment = self.picking.logistics_shipment_ids
        self.work()

    def test_return_is_booked_beside_the_delivery(self):
        number = self.shipment.tracking_number
        self.shipment.action_book_return()
        booking = self.shipment.return_booking_ids
        self.assertEqual((booking.is_return, booking.state), (True, "requested"))
        self.work()
        out, back = self.server.living()
        self.assertEqual((booking.state, booking.label_count), ("booked", 1))
        self.assertEqual((back["to"], back["from"]), (out["from"], out["to"]))
        self.assertEqual((out["told"]["is_return"], back["told"]["is_return"]), (None, True))
        self.assertEqual(self.shipment.tracking_number, number, "the delivery's numbers stay")
        self.assertEqual(self.shipment.parcel_ids.tracking_number, number)
        self.assertEqual(self.picking.carrier_tracking_ref, number)
        self.assertEqual(self.shipment.booking_id.reference, out["reference"])
        self.assertEqual(self.shipment.booking_count, 1)
        self.picking.invalidate_recordset()
        self.assertTrue(self.picking.return_label_ids, "where Odoo itself shows return labels")
        self.assertEqual(len(self.events("shipment.return_label_created", self.shipment)), 1)
        self.assertEqual(len(self.events("shipment.label_created", self.shipment)), 1)
        self.assertIn("/web/content/", self.shipment.action_print_return_labels()["url"])

    def test_one_return_at_a_time(self):
        self.shipment.action_book_return()
        with self.assertRaisesRegex(UserError, "has the return BKG/.* already"):
            self.shipment.action_book_return()
        self.shipment.return_booking_ids.action_void("keeps it")
        self.shipment.action_book_return()
        self.assertEqual(len(self.shipment.return_booking_ids), 2)

    def test_return_can_be_booked_after_dispatch_and_voided_alone(self):
        self.shipment.action_dispatch()
        self.shipment.action_book_return()
        self.work()
        booking = self.shipment.return_booking_ids
        booking.action_void("keeps it")
        self.work()
        self.assertEqual(booking.state, "voided")
        self.assertEqual(len(self.server.living()), 1)
        self.assertTrue(self.shipment.tracking_number)
        self.assertFalse(self.events("shipment.label_voided", self.shipment))

    def test_label_for_the_way_back_comes_with_each_delivery_where_wanted(self):
        self.standard.logistics_return_label = True
        shipment = self.ship().logistics_shipment_ids
        self.work()
        self.work()
        self.assertEqual(shipment.return_booking_ids.state, "booked")
        self.assertEqual(shipment.return_label_count, 1)

    def test_lost_reply_buys_one_return(self):
        self.server.fault("drop", path="/bookings", method="POST")
        self.shipment.action_book_return()
        self.work()
        self.work()
        self.assertEqual(len(self.server.living()), 2)
        self.assertEqual(self.shipment.return_booking_ids.state, "booked")

    def test_carrier_without_returns_is_a_persons_matter(self):
        self.account.vocabulary = '{"send": {"book": {"is_return": null}}}'
        self.shipment.action_book_return()
        self.work()
        booking = self.shipment.return_booking_ids
        self.assertEqual(booking.state, "failed")
        self.assertIn("takes no returns", booking.error)
        self.assertEqual(len(self.server.living()), 1)
        self.assertFalse(self.events("shipment.booking_failed", self.shipment))

    def test_observing_books_no_return(self):
        self.env["logistics.switch"].search([("capability", "=", "carrier")]).action_observe()
        with self.assertRaisesRegex(UserError, "only observes"):
            self.shipment.action_book_return()

    def _returned(self, picking):
        """A return transfer of a done delivery."""
        wizard = self.env["stock.return.picking"].with_context(active_id=picking.id, active_model="stock.picking")
        wizard = wizard.create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = 1
        return self.env["stock.picking"].browse(wizard.create_returns()["res_id"])

    def test_odoos_own_button_books_by_intent_and_then_prints(self):
        back = self._returned(self.picking)
        count = len(self.server.seen)
        told = back.print_return_label()
        self.assertEqual(told["tag"], "display_notification")
        self.assertEqual(len(self.server.seen), count, "nothing is called while people wait")
        back.print_return_label()
        self.assertEqual(len(self.shipment.return_booking_ids), 1, "pressed twice, booked once")
        self.work()
        self.assertIn("/web/content/", back.print_return_label()["url"])
        self.assertEqual(len(self.server.living()), 2)
        user = new_test_user(self.env, "receiver", groups="stock.group_stock_user")
        self.assertIn("/web/content/", back.with_user(user).print_return_label()["url"])

    def test_odoos_own_button_is_odoos_own_where_carriers_only_observe(self):
        self.env["logistics.switch"].search([("capability", "=", "carrier")]).action_observe()
        back = self._returned(self.picking)
        with patch.object(type(self.standard), "get_return_label", autospec=True) as odoos:
            back.print_return_label()
        odoos.assert_called_once_with(back.carrier_id, back)
        self.assertFalse(self.shipment.return_booking_ids)
