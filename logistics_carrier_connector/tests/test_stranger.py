"""A carrier nobody planned for is connected by an account record alone: rates, booking, labels, void, driver, scans."""

import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import CarrierCase
from .stranger_server import KEY, VOCABULARY, StrangerServer


@tagged("post_install", "-at_install")
class TestStranger(CarrierCase):
    def setUp(self):
        super().setUp()
        self.enforce("carrier")
        self.stranger = StrangerServer().__enter__()
        self.addCleanup(self.stranger.__exit__)
        self.theirs = self.make_account(
            "Stranger", base_url=self.stranger.url, token=KEY, vocabulary=json.dumps(VOCABULARY), label_format="zpl"
        )
        self.parcel = self.make_carrier("Stranger", 9.0, logistics_account_id=self.theirs.id, logistics_service="STD")

    def test_account_says_that_it_works(self):
        self.assertEqual(self.theirs.action_test_connection()["params"]["type"], "success")
        self.theirs.token = "wrong"
        self.assertEqual(self.theirs.action_test_connection()["params"]["type"], "danger")

    def test_booked_with_labels_in_one_call(self):
        shipment = self.ship(self.parcel, packages=3, qty=3).logistics_shipment_ids
        booking = shipment.booking_id
        self.work()
        (order,) = self.stranger.orders
        self.assertEqual((booking.state, booking.carrier_booking_ref, booking.amount), ("booked", "5000", 19.2))
        self.assertEqual(booking.line_ids.mapped("tracking_number"), ["ST500001", "ST500002", "ST500003"])
        self.assertEqual(booking.line_ids.mapped("label_state"), ["ok"] * 3)
        self.assertEqual(shipment.label_state, "ok")
        self.assertTrue(all(line.attachment_id.raw.startswith(b"^XA") for line in booking.line_ids))
        self.assertEqual(self.stranger.calls, [("POST", "/auftrag")], "no further call for the labels")
        head, load = order["told"]["kopf"], order["told"]["ladung"][0]
        self.assertEqual(head, {"kundenref": booking.reference, "produkt": "STD", "druck": "ZEBRA", "mandant": 7})
        grams = [piece["packstueck"]["gewicht"]["gramm"] for piece in load["packstuecke"]]
        self.assertEqual(grams, [round(line.weight_kg * 1000) for line in booking.line_ids])
        self.assertEqual(load["empfaenger"]["anschrift"]["ort"], shipment.partner_id.city)
        self.assertEqual(len(self.events("shipment.label_created", shipment)), 1)

    def test_goods_for_the_customs_in_its_own_nesting(self):
        self.warehouse.partner_id.country_id = self.env.ref("base.be")
        self.customer.country_id = self.env.ref("base.ch")
        self.company.partner_id.logistics_eori = "BE0123456789"
        self.product.write({"hs_code": "940330", "country_of_origin": self.env.ref("base.be").id})
        picking = self.ship(self.parcel, packages=2, qty=2)
        self.work()
        (order,) = self.stranger.orders
        told, currency = order["told"], picking.sale_id.currency_id.name
        self.assertEqual(told["zoll"], {"eori": "BE0123456789"})
        for piece in told["ladung"][0]["packstuecke"]:
            self.assertEqual(
                piece["zoll"][0]["waren"],
                [
                    {
                        "artikel": {"nr": "DESK", "text": "Desk"},
                        "menge": 1,
                        "gewicht": {"gramm": 1500},
                        "wert": {"cent": 10000, "waehrung": currency},
                        "tarifnummer": "940330",
                        "ursprung": "BE",
                    }
                ],
            )

    def test_lost_reply_buys_one_label(self):
        self.stranger.drop = 1
        booking = self.booking_of(self.ship(self.parcel))
        self.work()
        self.assertTrue(booking.in_doubt)
        self.theirs.hold_until = False
        self.work()
        self.assertEqual((booking.state, len(self.stranger.orders)), ("booked", 1))
        self.assertEqual(booking.label_count, 1, "the look-up brings the label too")

    def test_refusal_in_a_success_is_a_refusal(self):
        self.customer.city = False
        booking = self.booking_of(self.ship(self.parcel))
        self.work()
        self.assertEqual((booking.state, booking.error), ("failed", "Ort fehlt"))

    def test_voided_in_its_own_word(self):
        booking = self.booking_of(self.ship(self.parcel))
        self.work()
        booking.action_void("wrong box")
        self.work()
        self.assertEqual((booking.state, self.stranger.living()), ("voided", []))
        self.assertIn(("PUT", "/auftrag/5000/storno"), self.stranger.calls)

    def test_rates_in_cents_with_their_parts(self):
        shipment = self.ship(self.parcel).logistics_shipment_ids
        shipment.action_get_rates()
        self.env["logistics.carrier.rating"]._work_run()
        offers = shipment.offer_ids.filtered(lambda o: o.account_id == self.theirs).sorted("amount")
        self.assertEqual([round(amount, 2) for amount in offers.mapped("amount")], [6.4, 19.9])
        self.assertEqual((offers[0].name, offers[0].transit_days, offers[0].carrier_id), ("Normal", 2, self.parcel))
        self.assertRegex(offers[0].parts, r"Maut .*0\.40")

    def test_driver_and_scans(self):
        picking = self.ship(self.parcel)
        self.work()
        pickup = self.env["logistics.carrier.pickup"].create(
            {
                "account_id": self.theirs.id,
                "warehouse_id": picking.logistics_shipment_ids.warehouse_id.id,
                "company_id": self.company.id,
                "day": fields.Date.today() + timedelta(days=1),
            }
        )
        pickup.action_request()
        self.env["logistics.carrier.pickup"]._work_run()
        self.assertEqual((pickup.state, pickup.carrier_ref), ("done", "901"))
        self.assertEqual(self.stranger.pickups[0]["anzahl"], 1)
        adapter = self.theirs._adapter()
        (scan,) = adapter.track("ST500001")
        self.assertEqual((scan.raw_code, scan.place), ("E10", "Ulm"))
        self.assertEqual(adapter.abilities(), {"rate", "book", "find", "void", "track", "pickup"})

    def test_a_wrong_word_is_refused_when_it_is_saved(self):
        with self.assertRaisesRegex(ValidationError, "send.parcel.gewicht is not a known key"):
            self.theirs.vocabulary = json.dumps({"send": {"parcel": {"gewicht": "x"}}})
