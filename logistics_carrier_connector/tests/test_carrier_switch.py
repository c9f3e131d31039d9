"""Carriers are switched over one by one; what is not switched works as it did, to the letter."""

from odoo.tests import tagged

from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestCarrierSwitch(CarrierCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.by_rule = cls.make_carrier(
            "By weight",
            0.0,
            delivery_type="base_on_rule",
            price_rule_ids=[(0, 0, {"variable": "weight", "operator": ">=", "max_value": 0.0, "list_base_price": 7.5})],
        )

    def bookings(self, picking):
        return picking.logistics_shipment_ids.booking_ids

    def test_an_existing_method_keeps_odoo_s_own_behaviour(self):
        """Fixed and rule-based methods, with the connector installed and even with booking enforced for the company."""
        for enforced in (False, True):
            if enforced:
                self.enforce("carrier")
            for method, price in ((self.carrier, 10.0), (self.by_rule, 7.5)):
                picking = self.ship(method)
                self.assertFalse(self.bookings(picking))
                self.assertEqual(picking.carrier_price, price, "Odoo's own price")
                self.assertEqual(picking.state, "done")
                order = picking.sale_id
                rate = method.rate_shipment(order)
                self.assertEqual((rate["success"], rate["price"]), (True, price))
        self.assertFalse(self.server.seen, "no carrier was called")

    def test_no_button_that_would_be_refused(self):
        shipment = self.ship(self.standard).logistics_shipment_ids
        self.assertEqual((shipment.can_book, shipment.booking_observed), (False, True))
        self.standard.logistics_mode = "enforce"
        shipment.invalidate_recordset()
        self.assertEqual((shipment.can_book, shipment.booking_observed), (True, False))
        shipment.action_book()
        self.assertEqual((shipment.can_book, shipment.booking_observed), (False, False))

    def test_the_shipment_says_why_its_booking_failed(self):
        self.enforce("carrier")
        self.server.fault(422, path="/bookings", method="POST")
        shipment = self.ship(self.standard).logistics_shipment_ids
        self.work()
        self.assertEqual(shipment.booking_state, "failed")
        self.assertIn("out of order", shipment.booking_error)

    def test_methods_with_an_account_are_untouched_until_switched_one_by_one(self):
        quiet, first = self.ship(self.standard), self.ship(self.express)
        self.assertFalse(self.bookings(quiet | first), "the company observes")
        self.assertEqual(quiet.carrier_price, 5.0)
        self.express.logistics_mode = "enforce"
        quiet, taken = self.ship(self.standard), self.ship(self.express)
        self.assertFalse(self.bookings(quiet))
        self.assertEqual(quiet.carrier_price, 5.0)
        self.assertEqual(self.bookings(taken).state, "requested")
        self.work()
        self.assertEqual(self.bookings(taken).state, "booked")
        self.assertEqual(taken.carrier_price, 14.9)
        self.assertEqual(len(self.server.bookings), 1)

    def test_one_method_can_stay_in_observe_where_the_company_enforces(self):
        self.enforce("carrier")
        self.standard.logistics_mode = "observe"
        left, taken = self.ship(self.standard), self.ship(self.express)
        self.assertFalse(self.bookings(left))
        self.assertTrue(self.bookings(taken))
        self.assertFalse(left.logistics_shipment_ids._logistics_enforced("carrier"))
        self.assertTrue(
            left.logistics_shipment_ids._logistics_enforced("carrier") is left._logistics_enforced("carrier")
        )

    def notes(self, picking):
        shipments = picking.logistics_shipment_ids
        return self.env["logistics.observation"].search(
            [("capability", "=", "carrier"), ("res_model", "=", shipments._name), ("res_id", "in", shipments.ids)]
        )

    def test_observing_shows_what_would_have_been_booked_and_the_difference(self):
        self.standard.logistics_observe_rates = True
        picking = self.ship(self.standard)
        self.run_tasks()
        self.assertFalse(self.server.seen, "no call in the transaction")
        self.env["logistics.carrier.rating"]._work_run()
        note = self.notes(picking)
        best = picking.logistics_shipment_ids.offer_ids.filtered("recommended")
        self.assertEqual(len(note), 1)
        self.assertIn(f"as {best.name} for", note.summary)
        self.assertIn("than the", note.summary)
        self.assertAlmostEqual(note.amount, best.amount_company)
        self.assertFalse(self.server.bookings)
        self.assertEqual(picking.carrier_price, 5.0)

    def test_without_asking_for_rates_nothing_is_called(self):
        picking = self.ship(self.standard)
        self.run_tasks()
        self.env["logistics.carrier.rating"]._work_run()
        self.assertFalse(self.server.seen)
        observed = self.env["logistics.observation"].search(
            [("capability", "=", "carrier"), ("res_model", "=", "stock.picking"), ("res_id", "=", picking.id)]
        )
        self.assertEqual(observed.mapped("summary"), ["Book Road"])
