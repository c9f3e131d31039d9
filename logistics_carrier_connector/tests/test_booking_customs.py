"""Out of the customs territory the goods travel with the booking: quantities, weights, values, HS codes and origins."""

import json
from unittest.mock import patch

from odoo.tests import tagged

from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestBookingCustoms(CarrierCase):
    def setUp(self):
        super().setUp()
        self.enforce("carrier")
        self.be, self.ch = self.env.ref("base.be"), self.env.ref("base.ch")
        self.warehouse.partner_id.country_id = self.be
        self.company.partner_id.write({"logistics_eori": "BE0123456789", "country_id": self.be.id})
        self.product.write({"hs_code": "940330", "country_of_origin": self.be.id})
        self.abroad = self.customer.copy({"name": "Berg AG", "country_id": self.ch.id, "zip": "8001"})
        self.dap = self.env["account.incoterms"].search([("code", "=", "DAP")]) or self.env["account.incoterms"].create(
            {"name": "Delivered at place", "code": "DAP"}
        )
        self.standard.logistics_incoterm_id = self.dap

    def asked(self, picking):
        return self.booking_of(picking)._plain_request()

    def export(self, lines=None, **vals):
        """A transfer to Switzerland that is done; `lines` replace the one desk line."""
        if lines:
            vals["order_line"] = [(0, 0, line) for line in lines]
        return self.ship(partner_id=self.abroad.id, **vals)

    def test_goods_of_an_export(self):
        picking = self.export(
            [{"product_id": self.product.id, "product_uom_qty": 2, "price_unit": 80.0, "discount": 25.0}]
        )
        asked = self.asked(picking)
        self.assertTrue(asked.export)
        self.assertEqual((asked.incoterm, asked.eori), ("DAP", "BE0123456789"))
        (good,) = asked.goods
        self.assertEqual((good.sku, good.description, good.quantity), ("DESK", "Desk", 2))
        self.assertEqual((float(good.value), good.currency), (60.0, picking.sale_id.currency_id.name))
        self.assertEqual((good.hs_code, good.origin, good.weight_kg), ("940330", "BE", 1.5))
        self.assertEqual(good.parcel, asked.parcels[0].reference)
        self.work()
        self.assertEqual(self.booking_of(picking).state, "booked")

    def test_within_the_union_and_at_home_nothing_is_told(self):
        for country in ("base.be", "base.fr"):
            self.customer.country_id = self.env.ref(country)
            asked = self.asked(self.ship())
            self.assertFalse(asked.export or asked.goods or asked.eori)

    def test_goods_are_told_in_the_unit_they_were_sold_in(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        (good,) = self.asked(
            self.export(
                [{"product_id": self.product.id, "product_uom_qty": 1, "product_uom": dozen.id, "price_unit": 600.0}]
            )
        ).goods
        self.assertEqual((good.quantity, good.unit, good.weight_kg, float(good.value)), (1, dozen.name, 18.0, 600.0))

    def test_what_is_given_away_has_its_sales_price(self):
        (good,) = self.asked(
            self.export([{"product_id": self.product.id, "product_uom_qty": 2, "discount": 100.0}])
        ).goods
        self.assertEqual(float(good.value), 100.0)

    def test_each_parcel_says_what_is_in_it(self):
        asked = self.asked(self.export(packages=2))
        self.assertEqual([good.parcel for good in asked.goods], [parcel.reference for parcel in asked.parcels])
        self.assertEqual([good.quantity for good in asked.goods], [1, 1])

    def test_loose_goods_in_several_parcels_are_told_once(self):
        picking = self.export()
        shipment = picking.logistics_shipment_ids
        booking = shipment.booking_id
        self.env["logistics.parcel"].create({"shipment_id": shipment.id})
        booking._take_parcels()
        self.assertEqual(len(booking.line_ids), 2)
        (good,) = booking._plain_request().goods
        self.assertEqual((good.quantity, good.parcel), (2, ""))

    def test_the_orders_incoterm_stands_in_for_the_methods(self):
        self.standard.logistics_incoterm_id = False
        self.assertEqual(self.asked(self.export(incoterm=self.dap.id)).incoterm, "DAP")

    def test_a_return_is_sent_by_the_customer(self):
        self.abroad.logistics_eori = "CHE123456789"
        shipment = self.export().logistics_shipment_ids
        self.work()
        booking = self.env["logistics.carrier.booking"]._request_return(shipment)
        asked = booking._plain_request()
        self.assertEqual((asked.eori, asked.sender.country, len(asked.goods)), ("CHE123456789", "CH", 1))

    def test_parts_of_a_kit_share_its_price(self):
        """Whether Manufacturing is installed or not: what a kit is made of is told by the product."""
        leg, kit = self.make_product("LEG", "Leg", list_price=25.0), self.make_product("KIT", "Desk kit")
        order = self.make_order(product=kit, qty=1, confirm=False)
        order.order_line.price_unit = 100.0
        booking = self.booking_of(self.export())
        with patch.object(type(kit), "_logistics_parts", lambda *_args: {self.product: 1.0, leg: 4.0}):
            values = [
                booking._value_of_one(part, order.order_line, part.uom_id, order.currency_id)
                for part in (self.product, leg)
            ]
        self.assertEqual(values, [50.0, 12.5])

    def test_carrier_by_hand_is_told_the_same(self):
        self.account.adapter = "manual"
        picking = self.export()
        notes = picking.logistics_shipment_ids.activity_ids.mapped("note")
        self.assertIn("HS code 940330", json.dumps(notes))
