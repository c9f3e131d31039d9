"""A company's wish decides which offer is taken, by itself or with a planner."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestRatePolicy(CarrierCase):
    def setUp(self):
        super().setUp()
        self.enforce("carrier")
        self.account.service_ids = [(0, 0, {"name": "Standard", "code": "standard"})]

    def policy(self, *lines, **vals):
        uses = [(0, 0, {"use": use, "carrier_id": carrier.id}) for use, carrier in lines]
        return self.env["logistics.rate.policy"].create(
            {"name": "Parcels", "company_id": self.company.id, "line_ids": uses, **vals}
        )

    def rates(self):
        self.env["logistics.carrier.rating"]._work_run()

    def unchosen(self, **vals):
        """A shipment nobody chose a shipping method for."""
        order = self.make_order(carrier=False, **vals)
        picking = order.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing")
        picking.action_assign()
        picking.move_ids.picked = True
        picking._action_done()
        return picking.logistics_shipment_ids

    def test_policy_books_the_best_by_itself(self):
        self.policy(mode="automatic", goal="cheapest")
        shipment = self.unchosen()
        self.assertTrue(shipment.rating_ids, "the rule that books asks first")
        self.assertFalse(shipment.activity_ids | shipment.picking_ids.activity_ids)
        shipment._logistics_book_carrier()
        self.assertFalse(shipment.booking_ids, "offers come first")
        shipment._logistics_book_carrier()
        self.assertEqual(len(shipment.rating_ids), 1, "asked once")
        self.rates()
        self.assertEqual((shipment.carrier_id, shipment.booking_id.state), (self.standard, "requested"))
        chosen = shipment.offer_ids.filtered("chosen")
        self.assertEqual(chosen.why, "The cheapest (policy Parcels)")
        self.assertEqual(shipment.picking_ids.carrier_id, self.standard)
        self.work()
        self.assertEqual([booking["service"] for booking in self.server.living()], ["standard"])

    def test_what_the_customer_chose_stays_unless_the_policy_says_all(self):
        policy = self.policy(mode="automatic", goal="fastest")
        shipment = self.ship().logistics_shipment_ids
        self.assertEqual(shipment.booking_id.carrier_id, self.standard)
        self.assertFalse(shipment.rating_ids)
        policy.scope = "all"
        other = self.ship().logistics_shipment_ids
        self.assertFalse(other.booking_ids)
        self.rates()
        self.assertEqual((other.carrier_id, other.booking_id.service), (self.express, "express"))

    def test_offer_above_the_limit_is_a_planners(self):
        self.policy(mode="automatic", goal="cheapest", limit_amount=5.0)
        shipment = self.unchosen()
        self.rates()
        self.assertFalse(shipment.booking_ids)
        to_do = shipment.activity_ids.filtered(lambda a: a.summary == "Choose a carrier")
        self.assertIn("up to which policy Parcels books by itself", to_do.note)
        best = shipment.offer_ids.filtered("recommended")
        self.assertEqual(best.service, "standard")
        best.action_book()
        self.assertEqual(shipment.booking_id.state, "requested")

    def test_preferred_carrier_and_what_speaks_against_the_others(self):
        self.policy(("preferred", self.express), goal="cheapest", preferred_percent=200.0)
        shipment = self.ship().logistics_shipment_ids
        shipment.action_get_rates()
        self.rates()
        offers = {offer.service: offer for offer in shipment.offer_ids}
        self.assertTrue(offers["express"].recommended)
        self.assertRegex(offers["express"].why, r"A preferred carrier, .*8\.40.* above the best offer")
        self.assertRegex(offers["standard"].against, r"8\.40.* less, 2 days slower")
        self.assertEqual((offers["express"].place, offers["standard"].place), (1, 2))

    def test_promise_price_parts_and_excluded_carriers_are_kept(self):
        self.policy(("excluded", self.express))
        shipment = self.ship().logistics_shipment_ids
        shipment.promised_at = fields.Datetime.now() + timedelta(days=1)
        shipment.action_get_rates()
        self.rates()
        offers = {offer.service: offer for offer in shipment.offer_ids}
        self.assertEqual([offers[s].keeps_promise for s in ("standard", "express")], ["no", "yes"])
        self.assertEqual(offers["express"].against, "Policy Parcels never takes it")
        self.assertEqual(offers["express"].place, 0)
        self.assertIn("None arrives by the promised date", offers["standard"].why)
        self.assertRegex(offers["standard"].parts, r"Freight .*5\.00.*, Fuel .*1\.50")

    def test_first_policy_that_fits_counts(self):
        tag = self.env["res.partner.category"].create({"name": "Gold"})
        gold = self.policy(sequence=1, partner_category_ids=[(6, 0, tag.ids)], goal="fastest")
        rest = self.policy(name="Others", sequence=2)
        shipment = self.ship().logistics_shipment_ids
        self.assertEqual(shipment.rate_policy_id, rest)
        self.customer.category_id = tag
        shipment.invalidate_recordset()
        self.assertEqual(shipment.rate_policy_id, gold)
        gold.partner_domain = "[('country_id.code', '=', 'XX')]"
        shipment.invalidate_recordset()
        self.assertEqual(shipment.rate_policy_id, rest)

    def test_carrier_of_odoos_own_connector_stays(self):
        self.policy(mode="automatic", scope="all")
        picking = self.ship(self.carrier)
        self.assertFalse(picking.logistics_shipment_ids.rating_ids)
        self.assertEqual(picking.carrier_id, self.carrier)

    def test_no_offer_books_with_the_orders_own_method(self):
        self.policy(mode="automatic", scope="all")
        self.server.fault(422, path="/rates")
        shipment = self.ship().logistics_shipment_ids
        self.rates()
        self.assertEqual((shipment.booking_id.carrier_id, shipment.booking_id.state), (self.standard, "requested"))

    def test_offers_are_not_waited_for_for_ever(self):
        self.policy(mode="automatic", scope="all")
        shipment = self.ship().logistics_shipment_ids
        self.account.hold_until = fields.Datetime.now() + timedelta(hours=1)
        self.rates()
        self.assertEqual(shipment.rating_state, "requested", "the carrier asked to be left alone")
        shipment.rating_ids.deadline_at = fields.Datetime.now()
        self.rates()
        self.assertEqual(shipment.rating_ids.state, "failed")
        self.assertEqual(shipment.booking_id.carrier_id, self.standard)

    def test_book_this_offer_is_one_click_of_a_planner(self):
        shipment = self.ship().logistics_shipment_ids
        shipment.booking_id.action_void("compare first")
        planner = new_test_user(
            self.env, "offer_planner", groups="base.group_user,logistics_orchestration.group_planner"
        )
        shipment.with_user(planner).action_get_rates()
        self.rates()
        fast = shipment.offer_ids.filtered(lambda o: o.service == "express")
        self.assertTrue(fast.can_book)
        fast.with_user(planner).action_book()
        self.assertEqual((shipment.booking_id.service, shipment.booking_id.state), ("express", "requested"))
        self.assertFalse(fast.can_book, "it is booked")
        action = shipment.with_user(planner).action_open_offers()
        self.assertEqual(self.env["logistics.carrier.offer"].search_count(action["domain"]), 2)

    def test_observing_compares_and_books_nothing(self):
        self.env["logistics.switch"].search([("capability", "=", "carrier")]).action_observe()
        self.policy(mode="automatic", scope="all")
        shipment = self.ship().logistics_shipment_ids
        shipment._logistics_book_carrier()
        self.assertFalse(shipment.rating_ids)
        self.assertFalse(self.server.seen)
        shipment.action_get_rates()
        self.rates()
        with self.assertRaisesRegex(UserError, "only observes"):
            shipment.offer_ids[:1].action_book()

    def test_wrong_policy_is_refused_in_words(self):
        with self.assertRaisesRegex(ValidationError, "Consignees of policy Parcels"):
            self.policy(partner_domain="[('no_such_field', '=', 1)]")
        with self.assertRaisesRegex(ValidationError, "limits are 0 or more"):
            self.policy(limit_amount=-1)
