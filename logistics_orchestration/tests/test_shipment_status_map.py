"""Which code means what: whose row counts, versions, and nothing guessed."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .shipment_common import ShipmentCase


@tagged("post_install", "-at_install")
class TestShipmentStatusMap(ShipmentCase):
    def look(self, code, **options):
        return self.env["logistics.status.map"]._lookup(self.carrier_system, code, **options)

    def make(self, code, **vals):
        return self.env["logistics.status.map"].create({"raw_code": code, **vals})

    def test_our_own_codes_mean_themselves(self):
        codes = [code for code, _label in self.env["logistics.parcel"]._fields["milestone"].selection]
        self.assertEqual([self.look(code).milestone for code in codes], codes)
        codes = [code for code, _label in self.env["logistics.parcel"]._fields["exception_code"].selection]
        self.assertEqual([self.look(code).exception_code for code in codes], codes)

    def test_the_system_s_own_row_counts_first(self):
        self.make("VAN", system_id=self.carrier_system.id, milestone="in_transit")
        self.assertEqual(self.look("VAN").milestone, "in_transit")
        other = self.make_system("carrier")
        self.assertEqual(self.env["logistics.status.map"]._lookup(other, "VAN").milestone, "out_for_delivery")

    def test_a_named_list_replaces_the_native_one(self):
        self.make("OT", source="acme", milestone="in_transit")
        self.assertFalse(self.look("OT"))
        self.carrier_system.status_source = "acme"
        self.assertEqual(self.look("OT").milestone, "in_transit")
        self.assertFalse(self.look("VAN"), "a carrier with a list of its own does not speak the native one")

    def test_the_field_tells_codes_apart(self):
        self.make("07", source="x", field="status", milestone="in_transit")
        self.make("07", source="x", field="reason", exception_code="weather")
        self.carrier_system.status_source = "x"
        self.assertEqual(self.look("07", field="reason").exception_code, "weather")
        self.assertEqual(self.look("07", field="status").milestone, "in_transit")

    def test_codes_are_never_guessed(self):
        self.assertFalse(self.look("van"))
        self.assertFalse(self.look(""))
        self.assertTrue(self.look(" VAN "))

    def test_a_change_of_meaning_is_a_new_version(self):
        row = self.make("Q1", source="x", milestone="in_transit")
        row.label = "Some words"
        self.assertEqual(row.version, 1)
        row.milestone = "picked_up"
        self.assertEqual((row.version, row.milestone), (2, "picked_up"))
        old = self.env["logistics.status.map"].with_context(active_test=False).search([("raw_code", "=", "Q1")]) - row
        self.assertEqual((old.active, old.version, old.milestone), (False, 1, "in_transit"))
        self.carrier_system.status_source = "x"
        self.assertEqual(self.look("Q1"), row)

    def test_scans_keep_the_version_that_translated_them(self):
        row = self.make("Q2", system_id=self.carrier_system.id, milestone="in_transit")
        row.milestone = "picked_up"
        shipment = self.ship()
        self.scan("TRK1", "Q2")
        self.assertEqual(shipment.milestone_ids.filtered(lambda r: r.raw_code == "Q2").map_version, 2)

    def test_a_code_is_mapped_once(self):
        self.make("Q3", source="x", milestone="in_transit")
        with self.assertRaisesRegex(ValidationError, "mapped already"):
            self.make("Q3", source="x", milestone="delivered")
