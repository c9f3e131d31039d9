"""Rates at release: carriers are asked before the goods are picked; the order waits for them, not for ever."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import format_amount, html2plaintext

from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestOrderRates(CarrierCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["logistics.release.gate"].search([]).active = False
        cls.gate = cls.env["logistics.release.gate"].create(
            {
                "name": "Offers",
                "kind": "rates",
                "company_id": False,
                "hold_type_id": cls.env.ref("logistics_carrier_connector.hold_type_rates").id,
            }
        )
        cls.account.service_ids = [(0, 0, {"name": "Standard", "code": "standard"})]

    def answer(self):
        """The carriers answer, and what waits for them is looked at again."""
        self.env.flush_all()
        self.env["logistics.order.rating"]._work_run()
        self.recheck()

    def recheck(self):
        self.env["logistics.release.recheck"].search([]).write({"next_attempt_at": fields.Datetime.now()})
        self.env["logistics.release.recheck"]._work_run()

    def ordered(self, **vals):
        order = self.make_order(carrier=self.standard, **vals)
        self.run_tasks()
        return order

    def test_an_order_waits_for_rates_and_goes_on_by_itself(self):
        self.enforce("release")
        order = self.ordered()
        self.assertEqual(order.logistics_release_state, "held")
        hold = order.logistics_hold_ids
        self.assertEqual(hold.type_id.code, "rates")
        self.assertIn("Waiting for rates", hold.reason)
        self.assertFalse(self.server.seen, "no call in the transaction")
        self.assertEqual(order.logistics_rates_state, "requested")
        self.answer()
        self.assertEqual(order.logistics_rates_state, "done")
        self.assertEqual(order.logistics_order_offer_ids.mapped("service"), ["standard", "express"])
        self.assertEqual(order.logistics_release_state, "released")
        self.assertTrue(hold.auto_released)
        self.assertEqual(self.server.calls("POST", "/rates"), 1)
        order.action_logistics_evaluate()
        self.answer()
        self.assertEqual(self.server.calls("POST", "/rates"), 1, "not asked again for the same")

    def test_the_time_to_wait_ends(self):
        self.enforce("release")
        self.server.fault(503, times=9, path="/rates")
        order = self.ordered()
        self.answer()
        self.assertEqual(order.logistics_release_state, "held")
        again = self.env["logistics.release.recheck"].search([])
        self.assertTrue(again, "looked at again when the time is up")
        self.gate.rates_minutes = 0.0001
        self.recheck()
        self.assertEqual(order.logistics_release_state, "released")
        results = self.env["logistics.release.evaluation.result"].search([("gate_id", "=", self.gate.id)], order="id")
        self.assertIn("No carrier made an offer within", results[-1].words)

    def test_or_a_person_decides(self):
        self.enforce("release")
        self.gate.rates_late = "hold"
        self.server.fault(422, path="/rates")
        order = self.ordered()
        self.answer()
        self.assertEqual(order.logistics_release_state, "held")
        self.assertIn(
            "No carrier made an offer", order.logistics_hold_ids.filtered(lambda h: h.state == "active").reason
        )

    def test_nobody_to_ask_is_no_reason_to_wait(self):
        self.enforce("release")
        (self.standard | self.express).logistics_account_id = False
        self.assertEqual(self.ordered().logistics_release_state, "released")

    def test_while_release_only_observes_nothing_waits(self):
        order = self.ordered()
        self.assertNotEqual(order.logistics_release_state, "held")
        self.assertFalse(order.logistics_hold_ids)
        note = self.env["logistics.observation"].search([("res_model", "=", "sale.order"), ("res_id", "=", order.id)])
        self.assertIn("Waiting for rates", note[-1:].summary)

    def test_no_service_keeps_the_promise(self):
        self.enforce("release")
        self.gate.active = False
        date_gate = self.env["logistics.release.gate"].create(
            {
                "name": "In time",
                "kind": "date",
                "company_id": False,
                "hold_type_id": self.env.ref("logistics_orchestration.hold_type_stock_short").id,
            }
        )
        today = fields.Date.context_today(self.gate)
        order = self.make_order(carrier=self.standard, confirm=False, commitment_date=fields.Datetime.now())
        order.action_logistics_get_rates()
        self.answer()
        self.assertEqual(set(order.logistics_order_offer_ids.mapped("keeps_promise")), {"no"})
        order.action_confirm()
        self.run_tasks()
        self.assertEqual(order.logistics_release_state, "held")
        self.assertIn("No service keeps the promise", order.logistics_hold_ids.reason)
        self.assertEqual(order.logistics_hold_ids.gate_id, date_gate)
        # another promise: the offers are not about it, so they say nothing; asked again, they keep it
        order.commitment_date = fields.Datetime.now() + timedelta(days=14)
        order.action_logistics_get_rates()
        self.answer()
        self.assertEqual(order.logistics_release_state, "released")
        offers = order._logistics_last_rates().offer_ids
        self.assertEqual(set(offers.mapped("keeps_promise")), {"yes"})
        self.assertGreater(min(offers.mapped("arrives_on")), today)
        self.assertEqual(offers.filtered("recommended").service, "standard")

    def test_a_choice_on_a_quotation_is_its_delivery_line_on_an_order_its_method(self):
        quotation = self.make_order(confirm=False)
        with self.assertRaisesRegex(UserError, "nothing to ship"):
            self.env["sale.order"].create({"partner_id": self.customer.id}).action_logistics_get_rates()
        quotation.action_logistics_get_rates()
        self.answer()
        express = quotation.logistics_order_offer_ids.filtered(lambda one: one.service == "express")
        express.action_choose()
        self.assertEqual(quotation.carrier_id, self.express)
        line = quotation.order_line.filtered("is_delivery")
        price = express.currency_id._convert(14.9, quotation.currency_id, self.company, fields.Date.today())
        self.assertAlmostEqual(line.price_unit, price, 2)
        self.assertTrue(express.chosen)
        quotation.action_confirm()
        standard = quotation.logistics_order_offer_ids.filtered(lambda one: one.service == "standard")
        standard.action_choose()
        self.assertEqual(quotation.picking_ids.carrier_id, self.standard)
        self.assertAlmostEqual(line.price_unit, price, 2, "what was agreed is not changed")
        said = html2plaintext(quotation.message_ids[:1].body)
        cheaper = price - express.currency_id._convert(6.5, quotation.currency_id, self.company, fields.Date.today())
        self.assertIn("that was not changed", said)
        self.assertIn(format_amount(self.env, quotation.currency_id.round(cheaper), quotation.currency_id), said)
        self.assertIn("less than is charged", said)
        self.assertEqual(quotation.logistics_order_offer_ids.filtered("chosen").service, "standard")

    def test_an_answer_is_read_as_for_shipments(self):
        self.server.currencies, self.server.tells_days = {"standard": "QQQ"}, False
        order = self.make_order(confirm=False)
        order.action_logistics_get_rates()
        self.answer()
        offer = order.logistics_order_offer_ids
        self.assertEqual((offer.service, offer.transit_days, offer.days_known), ("express", 1, True), "as agreed")
        self.assertTrue(offer.arrives_on)
        self.assertIn("Offers in QQQ left out", order.logistics_order_rating_ids.error)
        self.assertEqual(len(order.message_ids.filtered(lambda message: "QQQ" in message.body)), 1)

    def test_parcels_are_planned_by_weight_and_packaging(self):
        self.company.logistics_planned_parcel_kg = 10
        order = self.make_order(qty=9, confirm=False)  # 1.5 kg each
        parcels = order._logistics_planned_parcels(1.0)
        self.assertEqual([parcel.weight_kg for parcel in parcels], [9.0, 4.5])
        box = self.env["stock.package.type"].create(
            {"name": "Box", "base_weight": 0.5, "packaging_length": 400, "width": 300, "height": 200}
        )
        packaging = self.env["product.packaging"].create(
            {"name": "Box of 4", "product_id": self.product.id, "qty": 4, "package_type_id": box.id}
        )
        order.order_line.product_packaging_id = packaging
        parcels = order._logistics_planned_parcels(1.0)
        self.assertEqual([parcel.weight_kg for parcel in parcels], [6.5, 6.5, 1.5])
        self.assertGreater(parcels[0].length_cm, 0)
        self.product.weight = 0
        self.assertEqual([p.weight_kg for p in order._logistics_planned_parcels(2.0)][-1], 2.0)
