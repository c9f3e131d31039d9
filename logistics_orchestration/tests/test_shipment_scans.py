"""What carriers say about parcels, and what follows from it."""

from psycopg2.errors import RaiseException

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .shipment_common import ShipmentCase


@tagged("post_install", "-at_install")
class TestShipmentScans(ShipmentCase):
    def test_the_way_of_a_parcel(self):
        shipment = self.ship()
        shipment.action_dispatch()
        for hours, code in enumerate(["COLLECTED", "DEPOT", "LINEHAUL", "DEST_DEPOT", "VAN", "DELIVERED"]):
            message = self.scan("TRK1", code, hours=hours + 1, location={"city": "Ghent", "country": "BE"})
            self.assertEqual((message.state, message.res_id), ("processed", shipment.id))
        parcel = shipment.parcel_ids
        self.assertEqual(
            (shipment.milestone, parcel.milestone, parcel.last_place), ("delivered", "delivered", "Ghent, BE")
        )
        self.assertEqual(shipment.delivered_at, parcel.milestone_at)
        told = [event.data["milestone"] for event in self.events("shipment.status_changed", shipment)]
        self.assertEqual(told, ["picked_up", "in_transit", "arrived_at_destination", "out_for_delivery", "delivered"])
        confirmed = self.events("delivery.confirmed", shipment)
        self.assertEqual(len(confirmed), 1)
        self.assertEqual(confirmed.source, self.carrier_system.code)
        self.assertEqual(confirmed.ordering_key, f"sale.order/{shipment.order_id.id}")
        for event in self.events(record=shipment):
            self.assertFalse(event.type_id._schema_error(event.data), event.type_name)
        row = self.rows(shipment)[0]
        self.assertEqual(
            (row.raw_code, row.system_name, row.effect), ("DELIVERED", self.carrier_system.name, "applied")
        )

    def test_a_late_scan_is_kept_and_moves_nothing(self):
        shipment = self.ship()
        self.scan("TRK1", "DELIVERED")
        message = self.scan("TRK1", "DEPOT", hours=-5)
        self.assertEqual((message.state, message.res_id), ("late", shipment.id))
        self.assertIn("stays Delivered", message.reason)
        self.assertEqual(shipment.milestone, "delivered")
        row = shipment.milestone_ids.filtered(lambda r: r.raw_code == "DEPOT")
        self.assertEqual(row.effect, "late")
        self.assertEqual(len(self.events("shipment.status_changed", shipment)), 1)

    def test_the_same_scan_under_another_id_has_no_second_effect(self):
        shipment = self.ship()
        at = fields.Datetime.subtract(fields.Datetime.now(), hours=3).isoformat() + "Z"
        first = self.scan("TRK1", "COLLECTED", occurred_at=at)
        second = self.scan("TRK1", "COLLECTED", occurred_at=at)
        self.assertEqual((first.state, second.state), ("processed", "duplicate"))
        self.assertEqual(len(shipment.milestone_ids.filtered(lambda r: r.who == "carrier")), 1)
        self.assertEqual(len(self.events("shipment.status_changed", shipment)), 1)

    def test_any_order_of_arrival_ends_the_same(self):
        scans = [("COLLECTED", -9), ("VAN", -7), ("NOT_HOME", -6), ("DEPOT", -5), ("VAN", -3), ("DELIVERED", -2)]
        ends = set()
        for number, order in enumerate([scans, scans[::-1], scans[3:] + scans[:3]]):
            shipment = self.ship(tracking=f"P{number}")
            for code, hours in order:
                self.scan(f"P{number}", code, hours=hours)
            ends.add((shipment.milestone, shipment.exception_code))
        self.assertEqual(ends, {("delivered", False)})

    def test_unknown_number_waits_and_is_processed_once_it_is_known(self):
        message = self.scan("NEW1", "COLLECTED")
        self.assertEqual(message.state, "quarantined")
        self.assertIn("NEW1", message.reason)
        shipment = self.ship(tracking="NEW1")
        self.assertEqual(message.state, "received")
        message._work_attempt()
        self.assertEqual((message.state, shipment.milestone), ("processed", "picked_up"))

    def test_unmapped_code_moves_nothing_and_can_be_replayed(self):
        shipment = self.ship()
        message = self.scan("TRK1", "ZZ9", hours=-1)
        self.assertEqual(message.state, "quarantined")
        self.assertIn("ZZ9", message.reason)
        self.assertFalse(shipment.milestone_ids)
        self.env["logistics.status.map"].create(
            {"system_id": self.carrier_system.id, "raw_code": "ZZ9", "milestone": "in_transit"}
        )
        message.action_replay()
        message._work_attempt()
        self.assertEqual((message.state, shipment.milestone), ("processed", "in_transit"))

    def test_what_is_missing_or_impossible_is_named(self):
        self.ship()
        no_code = self.receive(self.carrier_system, "shipment.status_changed", {"tracking_number": "TRK1"})
        self.assertEqual((no_code.state, "code" in no_code.reason), ("quarantined", True))
        tomorrow = self.scan("TRK1", "DELIVERED", hours=72)
        self.assertEqual(tomorrow.state, "quarantined")
        self.assertIn("has not come yet", tomorrow.reason)
        self.assertEqual(self.scan("TRK1", "DEPOT", certainty="maybe").state, "quarantined")
        self.assertEqual(self.scan("TRK1", "DEPOT", occurred_at="yesterday").state, "quarantined")

    def test_an_estimate_moves_nothing(self):
        shipment = self.ship()
        self.assertEqual(self.scan("TRK1", "DELIVERED", hours=48, certainty="estimated").state, "processed")
        self.assertEqual(shipment.milestone, "unknown")
        self.assertEqual(shipment.milestone_ids.effect, "statement")

    def test_who_does_not_own_the_fact_makes_a_statement(self):
        shipment = self.ship()
        message = self.scan("TRK1", "DELIVERED", system=self.make_system("finance"))
        self.assertEqual(message.state, "processed")
        self.assertEqual(shipment.milestone, "unknown")
        self.assertEqual(shipment.milestone_ids.effect, "statement")
        self.assertTrue(self.env["logistics.statement"].search([("fact", "=", "shipment.status_changed")]))
        self.assertFalse(self.events("delivery.confirmed", shipment))

    def test_the_carrier_s_first_scan_is_the_dispatch_nobody_clicked(self):
        shipment = self.ship()
        self.scan("TRK1", "COLLECTED", hours=-1)
        self.assertTrue(shipment.dispatched_at)
        self.assertFalse(shipment.dispatch_manual)
        self.assertEqual(shipment.dispatched_by, self.carrier_system.name)
        self.assertEqual(len(self.events("shipment.dispatched", shipment)), 1)
        with self.assertRaisesRegex(UserError, "dispatched already"):
            shipment.action_dispatch()

    def test_one_of_two_parcels_is_damaged(self):
        shipment = self.ship(qty=2, packages=2)
        first, second = shipment.parcel_ids
        self.scan("TRK1", "VAN", hours=-3)
        self.scan("TRK1-1", "VAN", hours=-3)
        message = self.scan("TRK1", "DAMAGED", hours=-2)
        self.assertEqual(message.state, "processed")
        self.assertEqual((first.exception_code, second.exception_code), ("damaged", False))
        self.assertEqual((shipment.exception_code, shipment.milestone), ("damaged", "out_for_delivery"))
        event = self.events("shipment.exception_detected", shipment)
        self.assertEqual(len(event), 1)
        self.assertEqual(event.data["exception_code"], "damaged")
        self.assertEqual(event.data["parcel"]["reference"], first.reference)
        self.assertTrue(event.data["action_required"])
        self.scan("TRK1-1", "DELIVERED", hours=-1)
        self.assertEqual(shipment.milestone, "out_for_delivery", "the other one is still on its way")
        self.assertFalse(self.events("delivery.confirmed", shipment))
        self.scan("TRK1", "DELIVERED")
        self.assertEqual((shipment.milestone, shipment.exception_code), ("delivered", "damaged"))
        self.assertEqual(len(self.events("delivery.confirmed", shipment)), 1)

    def test_attempts_and_refusals_are_told_as_such(self):
        shipment = self.ship()
        self.scan("TRK1", "VAN", hours=-6)
        self.scan("TRK1", "NOT_HOME", hours=-5)
        self.assertEqual(len(self.events("delivery.attempted", shipment)), 1)
        self.scan("TRK1", "DEPOT", hours=-4)
        self.assertEqual(shipment.milestone, "in_transit", "back at the depot after a failed attempt")
        self.scan("TRK1", "REFUSED", hours=-3)
        self.assertEqual(len(self.events("delivery.refused", shipment)), 1)
        self.scan("TRK1", "RTS", hours=-2)
        self.scan("TRK1", "DELIVERED", hours=-1)
        self.assertEqual(shipment.milestone, "returned", "delivered to us")
        self.assertFalse(self.events("delivery.confirmed", shipment))

    def test_a_number_for_the_whole_shipment_speaks_for_parcels_without_own(self):
        shipment = self.ship(qty=2, packages=2, tracking=None)
        shipment.tracking_number = "MASTER"
        self.scan("MASTER", "DELIVERED")
        self.assertEqual(shipment.parcel_ids.mapped("milestone"), ["delivered", "delivered"])
        self.assertEqual(len(self.events("delivery.confirmed", shipment)), 1)

    def test_another_company_s_number_is_unknown(self):
        self.ship(tracking="MINE")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        system = self.make_system("carrier", company_id=other.id)
        self.assertEqual(self.scan("MINE", "DELIVERED", system=system).state, "quarantined")

    # -- expected arrival ----------------------------------------------------------------------------------------

    def eta(self, at, time=None):
        more = {"time": time} if time else {}
        data = {"tracking_number": "TRK1", "eta_at": at}
        return self.receive(self.carrier_system, "shipment.eta_changed", data, **more)

    def test_expected_arrival(self):
        order = self.make_order(commitment_date="2026-05-04 10:00:00")
        shipment = self.ship(order=order)
        self.assertEqual(self.eta("2026-05-04T09:00:00Z", "2026-05-01T08:00:00Z").state, "processed")
        self.assertEqual(str(shipment.eta_at), "2026-05-04 09:00:00")
        self.assertFalse(self.events("shipment.delayed", shipment))
        self.eta("2026-05-05T10:00:00Z", "2026-05-02T08:00:00Z")
        delayed = self.events("shipment.delayed", shipment)
        self.assertEqual(delayed.data["late_by_hours"], 24.0)
        self.assertFalse(delayed.type_id._schema_error(delayed.data))
        self.eta("2026-05-06T10:00:00Z", "2026-05-03T08:00:00Z")
        self.assertEqual(len(self.events("shipment.delayed", shipment)), 1, "told once until it is on time again")
        self.assertEqual(len(self.events("shipment.eta_changed", shipment)), 3)
        late = self.eta("2026-05-04T09:00:00Z", "2026-05-01T09:00:00Z")
        self.assertEqual((late.state, str(shipment.eta_at)), ("late", "2026-05-06 10:00:00"))

    # -- by hand -------------------------------------------------------------------------------------------------

    def wizard(self, shipment, user=None, **vals):
        model = self.env["logistics.shipment.milestone.wizard"]
        model = model.with_user(user) if user else model
        return model.create({"shipment_id": shipment.id, "reason": "The driver called", **vals})

    def test_a_planner_sets_a_milestone_with_a_reason(self):
        planner = self.make_user("planner3", "group_planner")
        shipment = self.ship()
        self.scan("TRK1", "DELIVERED", hours=-2)
        wizard = self.wizard(shipment, planner, milestone="out_for_delivery")
        self.assertEqual(wizard.parcel_ids, shipment.parcel_ids)
        wizard.action_apply()
        self.assertEqual(shipment.milestone, "out_for_delivery", "a correction may go back")
        self.assertFalse(shipment.delivered_at)
        row = self.rows(shipment)[0]
        self.assertEqual((row.who, row.user_name, row.description), ("planner", planner.name, "The driver called"))
        self.assertTrue(self.events("shipment.status_changed", shipment)[-1].data["recorded_by_hand"])

    def test_by_hand_needs_a_reason_a_role_and_a_fitting_time(self):
        shipment = self.ship()
        self.scan("TRK1", "DELIVERED", hours=-1)
        with self.assertRaisesRegex(UserError, "Reason"):
            self.wizard(shipment, milestone="delivered", reason=" ").action_apply()
        past = fields.Datetime.add(fields.Datetime.now(), hours=-3)
        with self.assertRaisesRegex(UserError, "later scan"):
            self.wizard(shipment, milestone="in_transit", occurred_at=past).action_apply()
        future = fields.Datetime.add(fields.Datetime.now(), hours=3)
        with self.assertRaisesRegex(UserError, "future"):
            self.wizard(shipment, milestone="in_transit", occurred_at=future).action_apply()
        user = self.make_user("dock3", "group_user")
        with self.assertRaises(AccessError):
            shipment.with_user(user).action_set_milestone()

    def test_a_person_closes_a_damage(self):
        shipment = self.ship()
        self.scan("TRK1", "DAMAGED", hours=-2)
        self.scan("TRK1", "DELIVERED", hours=-1)
        self.wizard(shipment, milestone="delivered").action_apply()
        self.assertEqual((shipment.milestone, shipment.exception_code), ("delivered", False))

    @mute_logger("odoo.sql_db")
    def test_scans_are_never_changed(self):
        shipment = self.ship()
        self.scan("TRK1", "COLLECTED")
        row = self.rows(shipment)[0]
        with self.assertRaises(UserError):
            row.description = "Something else"
        with self.assertRaises(UserError):
            row.unlink()
        with self.assertRaises(RaiseException), self.env.cr.savepoint(flush=False):
            self.env.cr.execute("UPDATE logistics_milestone SET place = 'x' WHERE id = %s", [row.id])
