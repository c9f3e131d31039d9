"""Gates about the way: address, shipping method, customs, cut-off and working times, the warehouse's system."""

import json
from datetime import datetime

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import ValidationError

from .release_common import GateCase


class TestAddressDeliverability(GateCase):
    def setUp(self):
        super().setUp()
        self.address = self.make_gate("address", code="address_incomplete")

    def test_postcode_of_another_form(self):
        for value, country, verdict in (
            ("2000", "be", "pass"),
            ("B-2000", "be", "pass"),
            ("20000", "be", "hold"),
            ("sw1a 1aa", "uk", "pass"),
            ("1012AB", "nl", "pass"),
            ("1012", "nl", "hold"),
            ("whatever", "tv", "pass"),
        ):
            with self.subTest(value, country=country):
                country = self.env.ref(f"base.{country}")
                country.state_required = False
                self.customer.write({"zip": value, "country_id": country.id})
                result = self.ask(self.address, self.make_order(qty=1))
                self.assertEqual(result["verdict"], verdict, result["words"])
                self.assertEqual(result["inputs"]["wrong"], ["zip"] if verdict == "hold" else [])
        self.customer.write({"zip": "20000", "country_id": self.env.ref("base.be").id})
        self.assertIn("20000 is no postcode of Belgium", self.ask(self.address, self.make_order())["words"])
        self.address.check_zip = False
        self.assertEqual(self.ask(self.address, self.make_order())["verdict"], "pass")

    def test_po_box_where_the_carrier_takes_none(self):
        self.customer.street = "P.O. Box 12"
        order = self.make_order(carrier=self.carrier)
        self.assertEqual(self.ask(self.address, order)["verdict"], "pass")
        self.carrier.logistics_no_po_box = True
        result = self.ask(self.address, order)
        self.assertEqual(result["verdict"], "hold")
        self.assertIn("does not deliver to PO boxes", result["words"])

    def test_a_corrected_postcode_frees_the_order(self):
        self.enforce("release")
        self.customer.zip = "20000"
        order = self.make_order()
        self.assertEqual(order.logistics_release_state, "held")
        self.customer.zip = "2000"
        self.recheck()
        self.assertEqual(order.logistics_release_state, "released")


class TestCarrierGate(GateCase):
    def setUp(self):
        super().setUp()
        self.gate_carrier = self.make_gate("carrier", code="carrier")

    def verdict(self, **vals):
        return self.ask(self.gate_carrier, self.make_order(carrier=self.carrier, **vals))

    def test_no_limits(self):
        self.assertEqual(self.verdict(qty=50)["words"], "Ground takes it")

    def test_weight_of_all_and_of_a_piece(self):
        self.carrier.logistics_max_weight = 15  # a desk weighs 1.5 kg
        self.assertEqual(self.verdict(qty=10)["verdict"], "pass")
        result = self.verdict(qty=11)
        self.assertEqual(result["verdict"], "hold")
        self.assertIn("16.5 kg, Ground takes 15 kg", result["words"])
        self.carrier.write({"logistics_max_weight": 0, "logistics_max_piece_weight": 1})
        self.assertIn("a piece weighs 1.5 kg", self.verdict(qty=1)["words"])

    def test_volume_and_length(self):
        self.product.write({"volume": 0.2, "logistics_length_cm": 180})
        self.carrier.logistics_max_volume = 1
        self.assertEqual(self.verdict(qty=5)["verdict"], "pass")
        self.assertEqual(self.verdict(qty=6)["verdict"], "hold")
        self.carrier.write({"logistics_max_volume": 0, "logistics_max_length_cm": 175})
        self.assertIn("180 cm long", self.verdict(qty=1)["words"])

    def test_country(self):
        self.carrier.country_ids = self.env.ref("base.nl")
        result = self.verdict()
        self.assertEqual(result["verdict"], "hold")
        self.assertIn("Ground does not go to 2000 Belgium", result["words"])

    def test_dangerous_goods(self):
        self.product.logistics_hazmat = True
        self.assertIn("does not take Desk: dangerous goods", self.verdict()["words"])
        self.carrier.logistics_hazmat = True
        self.assertEqual(self.verdict()["verdict"], "pass")

    def test_service_that_is_gone(self):
        order = self.make_order(carrier=self.carrier)
        self.carrier.active = False
        self.assertIn("not offered any more", self.ask(self.gate_carrier, order)["words"])

    def test_no_shipping_method(self):
        order = self.make_order()
        self.assertEqual(self.ask(self.gate_carrier, order)["verdict"], "pass")
        self.gate_carrier.carrier_needed = True
        self.assertEqual(self.ask(self.gate_carrier, order)["verdict"], "hold")

    def test_only_the_goods_it_does_not_take_are_held(self):
        self.enforce("release")
        self.gate_carrier.effect = "split"
        battery = self.make_product("BATT", "Battery", 10, logistics_hazmat=True)
        lines = [{"product_id": p.id, "product_uom_qty": 1} for p in (self.product, battery)]
        order = self.make_order(carrier=self.carrier, order_line=[(0, 0, line) for line in lines])
        self.assertEqual(order.logistics_release_state, "partial")
        self.assertEqual(order.logistics_hold_ids.line_ids.product_id, battery)

    def test_another_shipping_method_or_limit_frees_the_order(self):
        self.enforce("release")
        self.product.logistics_hazmat = True
        first, second = self.make_order(carrier=self.carrier), self.make_order(carrier=self.carrier)
        self.assertEqual(first.logistics_release_state, "held")
        first.carrier_id = self.make_carrier("Tanker", 50, logistics_hazmat=True)
        self.recheck()
        self.assertEqual((first.logistics_release_state, second.logistics_release_state), ("released", "held"))
        self.carrier.logistics_hazmat = True
        self.recheck()
        self.assertEqual(second.logistics_release_state, "released")

    def test_product_that_is_no_danger_after_all(self):
        self.enforce("release")
        self.product.logistics_hazmat = True
        order = self.make_order(carrier=self.carrier)
        self.product.logistics_hazmat = False
        self.recheck()
        self.assertEqual(order.logistics_release_state, "released")

    def test_limits_below_zero_are_refused_by_name(self):
        with self.assertRaisesRegex(ValidationError, "Heaviest Piece"):
            self.carrier.logistics_max_piece_weight = -1

    def test_many_orders_cost_few_queries(self):
        self.check_queries(self.gate_carrier)


class TestCustomsGate(GateCase):
    def setUp(self):
        super().setUp()
        self.customs = self.make_gate("customs", code="customs")
        self.warehouse.partner_id.country_id = self.env.ref("base.be")
        self.company.partner_id.vat = False
        self.company.partner_id.logistics_eori = "BE0123456789"
        self.product.write({"hs_code": "940330", "country_of_origin": self.env.ref("base.be").id})
        self.incoterm = self.env["account.incoterms"].search([], limit=1)
        self.abroad = self.env["res.partner"].create(
            {"name": "Berg AG", "is_company": True, "country_id": self.env.ref("base.ch").id, "zip": "8001"}
        )
        self.abroad.logistics_eori = "CHE123456789"

    def export(self, **vals):
        return self.make_order(partner_id=self.abroad.id, **{"incoterm": self.incoterm.id, **vals})

    def test_at_home_and_within_the_union_is_no_export(self):
        self.product.hs_code = False
        self.assertEqual(self.ask(self.customs, self.make_order())["words"], "No export")
        self.customer.country_id = self.env.ref("base.fr")
        self.assertEqual(self.ask(self.customs, self.make_order())["verdict"], "pass")

    def test_complete_export(self):
        self.assertEqual(self.ask(self.customs, self.export())["verdict"], "pass")

    def test_everything_that_is_missing_is_named(self):
        self.product.write({"hs_code": False, "country_of_origin": False})
        self.abroad.logistics_eori = False
        self.company.partner_id.logistics_eori = False
        result = self.ask(self.customs, self.export(incoterm=False))
        self.assertEqual(result["verdict"], "hold")
        for words in ("HS code, country of origin of Desk", "the incoterm", "number of Berg AG"):
            self.assertIn(words, result["words"])
        self.customs.write({"customs_incoterm": False, "customs_eori": False})
        self.assertNotIn("incoterm", self.ask(self.customs, self.export(incoterm=False))["words"])

    def test_private_consignees_need_no_number(self):
        self.abroad.write({"is_company": False, "logistics_eori": False})
        self.assertEqual(self.ask(self.customs, self.export())["verdict"], "pass")

    def test_what_is_completed_frees_the_order(self):
        self.enforce("release")
        self.env.ref("logistics_orchestration.gate_address").active = False
        self.product.hs_code = False
        order = self.export()
        self.assertEqual(order.logistics_release_state, "held")
        self.product.hs_code = "940330"
        self.recheck()
        self.assertEqual(order.logistics_release_state, "released")


class TestCutoffGate(GateCase):
    """Monday to Friday, 8 to 12 and 13 to 17, Brussels."""

    def setUp(self):
        super().setUp()
        self.calendar = self.env["resource.calendar"].create({"name": "Dock", "tz": "Europe/Brussels"})
        self.warehouse.logistics_calendar_id = self.calendar
        self.cutoff = self.make_gate("cutoff", code="wait")
        self.order = self.make_order(carrier=self.carrier)

    def at(self, when, order=None):
        """What the gate says at a time in UTC; Brussels is an hour ahead in winter."""
        with freeze_time(when):
            return self.ask(self.cutoff, order or self.order)

    def test_the_day_it_leaves_is_told(self):
        self.assertEqual(self.at("2027-01-11 10:00:00")["words"], "Leaves today, Mon 11 Jan")
        late = self.at("2027-01-11 18:00:00")
        self.assertEqual((late["verdict"], late["inputs"]["ship_day"]), ("pass", "2027-01-12"))
        self.assertEqual(late["words"], "After today's cut-off: leaves on Tue 12 Jan")
        self.assertIn("is closed: leaves on Mon 18 Jan", self.at("2027-01-16 10:00:00")["words"])

    def test_cutoff_of_the_warehouse_and_of_the_shipping_method(self):
        self.env["logistics.cutoff"].create({"warehouse_id": self.warehouse.id, "hour": 14})
        plain = self.make_order()
        self.assertEqual(self.at("2027-01-11 12:30:00", plain)["inputs"]["ship_day"], "2027-01-11")
        self.assertEqual(self.at("2027-01-11 13:30:00", plain)["inputs"]["ship_day"], "2027-01-12")
        self.env["logistics.cutoff"].create(
            {"warehouse_id": self.warehouse.id, "carrier_id": self.carrier.id, "hour": 16.5}
        )
        self.assertEqual(self.at("2027-01-11 13:30:00")["inputs"]["ship_day"], "2027-01-11")
        self.assertEqual(self.at("2027-01-11 15:31:00")["inputs"]["ship_day"], "2027-01-12")

    def test_public_holidays_count(self):
        self.env["resource.calendar.leaves"].create(
            {
                "calendar_id": self.calendar.id,
                "date_from": datetime(2027, 1, 12, 0, 0),
                "date_to": datetime(2027, 1, 12, 23, 0),
            }
        )
        self.assertEqual(self.at("2027-01-11 18:00:00")["inputs"]["ship_day"], "2027-01-13")

    def test_held_until_the_warehouse_opens(self):
        self.cutoff.cutoff_late = "hold"
        self.assertEqual(self.at("2027-01-11 10:00:00")["verdict"], "pass")
        self.enforce("release")
        with freeze_time("2027-01-15 18:00:00"):
            order = self.make_order(product=self.product, qty=1)
            other = self.make_order(product=self.product, qty=1)
            self.assertEqual(order.logistics_release_state, "held")
            notes = self.env["logistics.release.recheck"].search([("cause", "=", "calendar")])
            self.assertEqual(notes.mapped("next_attempt_at"), [datetime(2027, 1, 18, 7, 0)], "one for both")
            self.recheck()
            self.assertEqual(order.logistics_release_state, "held")
        with freeze_time("2027-01-18 07:01:00"):
            self.recheck()
            self.assertEqual({order.logistics_release_state, other.logistics_release_state}, {"released"})

    def test_a_changed_cutoff_frees_the_order(self):
        self.cutoff.cutoff_late = "hold"
        self.enforce("release")
        row = self.env["logistics.cutoff"].create({"warehouse_id": self.warehouse.id, "hour": 10})
        with freeze_time("2027-01-11 12:00:00"):
            order = self.make_order(qty=1)
            self.assertEqual(order.logistics_release_state, "held")
            row.hour = 16
            self.recheck()
            self.assertEqual(order.logistics_release_state, "released")

    def test_warehouse_without_calendar_is_refused_by_name(self):
        with self.assertRaisesRegex(ValidationError, "Working Times of .* needs them"), self.cr.savepoint():
            self.warehouse.logistics_calendar_id = False
        self.cutoff.active = False
        self.warehouse.logistics_calendar_id = False
        with self.assertRaisesRegex(ValidationError, "Warehouse: .* has no working times"), self.cr.savepoint():
            self.cutoff.active = True
        with self.assertRaisesRegex(ValidationError, "Warehouse: .* has no working times"):
            self.env["logistics.cutoff"].create({"warehouse_id": self.warehouse.id, "hour": 14})

    def test_new_warehouses_have_the_calendar_of_their_company(self):
        warehouse = self.env["stock.warehouse"].create({"name": "New", "code": "NEW"})
        self.assertEqual(warehouse.logistics_calendar_id, self.company.resource_calendar_id)

    def test_impossible_times_and_two_of_a_kind_are_refused_by_name(self):
        row = self.env["logistics.cutoff"].create({"warehouse_id": self.warehouse.id, "hour": 14})
        with self.assertRaisesRegex(ValidationError, "Cut-off of"), self.cr.savepoint():
            row.hour = 25
        with self.assertRaisesRegex(ValidationError, "has a cut-off already"):
            self.env["logistics.cutoff"].create({"warehouse_id": self.warehouse.id, "hour": 15})


class TestSystemGate(GateCase):
    def setUp(self):
        super().setUp()
        self.gate_system = self.make_gate("system", code="wait")

    def test_people_or_a_system_that_is_up(self):
        order = self.make_order()
        self.assertEqual(self.ask(self.gate_system, order)["words"], "People run this warehouse")
        system = self.make_system()
        self.assertEqual(self.ask(self.gate_system, order)["words"], f"{system.name} is up")

    def test_down_in_every_way(self):
        system, order = self.make_system(), self.make_order()
        for vals in ({"state": "paused"}, {"state": "suspended"}, {"state": "active", "breaker_state": "open"}):
            system.write(vals)
            self.assertEqual(self.ask(self.gate_system, order)["verdict"], "hold", vals)

    def test_a_system_that_is_back_frees_the_order(self):
        self.enforce("release")
        system = self.make_system(state="paused")
        order = self.make_order()
        self.assertEqual(order.logistics_release_state, "held")
        system.state = "active"
        self.recheck()
        self.assertEqual(order.logistics_release_state, "released")

    def test_so_does_a_breaker_that_the_relay_has_closed(self):
        self.enforce("release")
        system = self.make_system()
        system.breaker_state = "open"
        order = self.make_order()
        self.assertEqual(order.logistics_release_state, "held")
        # the relay writes columns, and leaves a notice that is told
        self.env.flush_all()
        self.cr.execute("UPDATE logistics_system SET breaker_state = 'closed' WHERE id = %s", [system.id])
        self.env.invalidate_all()
        self.env["logistics.relay.notice"].create(
            {"kind": "circuit_closed", "system_id": system.id, "created_at": fields.Datetime.now()}
        )
        self.env["logistics.relay.notice"]._turn_into_events()
        self.recheck()
        self.assertEqual(order.logistics_release_state, "released")
        told = json.loads(self.events("order.evaluated", order)[-1].body)["data"]
        self.assertEqual(told["verdict"], "pass")
        self.assertLess(order.logistics_released_at, fields.Datetime.add(fields.Datetime.now(), minutes=1))
