"""Offers: all are kept, one is chosen, and it is said why."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestCarrierRating(CarrierCase):
    def rate(self, shipment):
        action = shipment.action_get_rates()
        self.assertEqual(action["tag"], "display_notification")
        self.assertFalse(self.server.calls("POST", "/rates"), "asked by the worker")
        self.assertEqual(shipment.rating_state, "requested")
        self.env["logistics.carrier.rating"]._work_run()

    def test_cheapest_that_arrives_in_time_is_recommended(self):
        shipment = self.ship().logistics_shipment_ids
        shipment.promised_at = fields.Datetime.now() + timedelta(days=1)
        self.account.service_ids = [(0, 0, {"name": "Standard", "code": "standard"})]
        self.rate(shipment)
        offers = shipment.offer_ids.sorted("amount")
        self.assertEqual(offers.mapped("service"), ["standard", "express"])
        self.assertEqual(offers.mapped("amount"), [6.5, 14.9])
        self.assertEqual(offers.carrier_id, self.standard | self.express)
        self.assertEqual(offers.mapped("recommended"), [False, True])
        self.assertFalse(offers.filtered("chosen"), "nothing is booked, nobody chose")
        self.assertIn("arrives by the promised date", offers[1].why)
        data = self.events("shipment.rated", shipment).data
        self.assertEqual([offer["service"] for offer in data["offers"] if offer["recommended"]], ["express"])
        self.assertFalse(self.server.bookings)
        self.assertEqual(shipment.rating_state, "done")

    def test_offer_can_be_chosen_by_hand_and_is_booked(self):
        self.enforce("carrier")
        picking = self.ship()
        shipment = picking.logistics_shipment_ids
        shipment.promised_at = False
        self.work()
        self.account.service_ids = [(0, 0, {"name": "Standard", "code": "standard"})]
        self.rate(shipment)
        booked = shipment.offer_ids.filtered("chosen")
        self.assertEqual(
            (booked.service, booked.why), ("standard", f"Booked as {shipment.booking_id.name}, The cheapest")
        )
        shipment.offer_ids.filtered(lambda o: o.service == "express").action_choose()
        self.assertEqual(picking.carrier_id, self.express)
        chosen = shipment.offer_ids.filtered("chosen")
        self.assertEqual((chosen.service, chosen.why), ("express", f"Chosen by {self.env.user.name}"))
        self.work()
        self.assertEqual([booking["service"] for booking in self.server.living()], ["express"])

    def test_what_cannot_be_compared_is_left_out_and_said(self):
        self.server.currencies = {"express": "QQQ"}
        self.account.service_ids = [(0, 0, {"name": "Standard", "code": "standard"})]
        shipment = self.ship().logistics_shipment_ids
        self.rate(shipment)
        self.assertEqual(shipment.offer_ids.mapped("service"), ["standard"])
        self.assertEqual(shipment.rating_ids.state, "done")
        self.assertIn("Offers in QQQ left out", shipment.rating_ids.error)
        said = shipment.message_ids.filtered(lambda message: "QQQ" in message.body)
        self.assertEqual(len(said), 1)
        self.assertIn("Parcel contract", said.body, "whose offers")

    def test_a_currency_without_exchange_rate_is_not_compared_one_to_one(self):
        """100 JPY would be taken for 100 of ours."""
        yen = self.env.ref("base.JPY")
        self.env["res.currency.rate"].search([("currency_id", "=", yen.id)]).unlink()
        self.server.currencies = {"express": "JPY"}
        self.account.service_ids = [(0, 0, {"name": "Standard", "code": "standard"})]
        shipment = self.ship().logistics_shipment_ids
        self.rate(shipment)
        self.assertEqual(shipment.offer_ids.mapped("service"), ["standard"])
        self.assertIn("Offers in JPY left out: no exchange rate of JPY", shipment.rating_ids.error)
        self.assertTrue(shipment.message_ids.filtered(lambda message: "JPY" in message.body), "a person reads it")
        # one that holds from tomorrow is none today; one of another company is not ours
        tomorrow = fields.Date.add(fields.Date.today(), days=2)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        worth = {"currency_id": yen.id, "rate": 150.0}
        later = self.env["res.currency.rate"].create({**worth, "name": tomorrow, "company_id": self.company.id})
        self.env["res.currency.rate"].create({**worth, "name": "2000-01-01", "company_id": other.id})
        offers = self.env["logistics.carrier.offer"]
        self.assertEqual(offers._without_rate(yen, self.company), yen)
        later.name = "2000-01-01"
        self.assertFalse(offers._without_rate(yen, self.company))
        second = self.ship().logistics_shipment_ids
        self.server.seen.clear()
        self.rate(second)
        self.assertEqual(sorted(second.offer_ids.mapped("service")), ["express", "standard"])
        yens = second.offer_ids.filtered(lambda offer: offer.service == "express")
        self.assertAlmostEqual(yens.amount_company, yens.amount / 150, places=2)

    def test_days_are_said_as_people_say_them(self):
        offer = self.env["logistics.carrier.offer"]
        self.assertEqual([offer._days_in_words(days) for days in (0, 1, 2)], ["same day", "1 day", "2 days"])

    def test_what_has_left_is_neither_booked_nor_given_another_carrier(self):
        self.account.service_ids = [(0, 0, {"name": "Standard", "code": "standard"})]
        shipment = self.ship().logistics_shipment_ids
        self.rate(shipment)
        self.enforce("carrier")
        shipment.invalidate_recordset()
        self.assertTrue(shipment.can_book)
        self.env.cr.execute("UPDATE logistics_shipment SET milestone = 'in_transit' WHERE id = %s", [shipment.id])
        self.env.invalidate_all()
        self.assertFalse(shipment.can_book)
        self.assertFalse(any(shipment.offer_ids.mapped("can_book")))
        with self.assertRaisesRegex(UserError, "has left or was cancelled: there is nothing to book"):
            shipment.action_book()
        with self.assertRaisesRegex(UserError, "has left or was cancelled: no carrier is chosen"):
            shipment.offer_ids[0].action_choose()

    def test_whoever_has_a_say_about_another_carrier_is_asked_as_the_planner(self):
        shipment = self.ship().logistics_shipment_ids
        self.account.service_ids = [(0, 0, {"name": "Standard", "code": "standard"})]
        self.rate(shipment)
        same, other = shipment.offer_ids.sorted("amount")
        planner = new_test_user(self.env, "choosing", groups="logistics_orchestration.group_planner,base.group_user")
        asked = []

        def check(document, carrier):
            asked.append((document._name, document.env.user, document.env.su, carrier))
            raise UserError("A decision is needed")

        with patch.object(type(shipment), "_logistics_check_carrier", check):
            same.with_user(planner).action_choose()
            self.assertFalse(asked, "nothing changes")
            with self.assertRaisesRegex(UserError, "A decision is needed"), self.cr.savepoint():
                other.with_user(planner).action_choose()
        self.assertEqual(asked, [("logistics.shipment", planner, False, self.express)])
        self.assertEqual((shipment.carrier_id, other.chosen), (self.standard, False))

    def test_offer_nobody_books_cannot_be_chosen(self):
        self.express.logistics_account_id = False
        shipment = self.ship().logistics_shipment_ids
        self.rate(shipment)
        offer = shipment.offer_ids.filtered(lambda o: o.service == "express")
        self.assertFalse(offer.carrier_id)
        with self.assertRaisesRegex(UserError, "No shipping method books Express"):
            offer.action_choose()

    def test_no_answer_is_given_up_and_said(self):
        self.server.fault(422, path="/rates")
        shipment = self.ship().logistics_shipment_ids
        self.rate(shipment)
        self.assertEqual(shipment.rating_ids.state, "failed")
        self.assertIn("No carrier made an offer", shipment.message_ids[:1].body)

    def test_nobody_to_ask_says_what_to_do(self):
        (self.standard | self.express).logistics_account_id = False
        shipment = self.ship(self.carrier).logistics_shipment_ids
        with self.assertRaisesRegex(UserError, "No carrier can be asked"):
            shipment.action_get_rates()

    def test_rates_are_the_planners(self):
        shipment = self.ship().logistics_shipment_ids
        user = new_test_user(self.env, "rates_user", groups="logistics_orchestration.group_user")
        with self.assertRaises(AccessError):
            shipment.with_user(user).action_get_rates()
        planner = new_test_user(self.env, "rates_planner", groups="logistics_orchestration.group_planner")
        shipment.with_user(planner).action_get_rates()
        self.env["logistics.carrier.rating"]._work_run()
        self.assertTrue(shipment.with_user(planner).offer_ids)
