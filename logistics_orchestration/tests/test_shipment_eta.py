"""Expected arrivals: the carrier's word, our own reckoning, what counts of them and what is told."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.shipment import transit
from .shipment_common import ShipmentCase

# A Monday morning.
MONDAY = "2026-03-02 08:00:00"


@tagged("post_install", "-at_install")
class TestShipmentEta(ShipmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["logistics.shipment"].search([]).eta_due_at = False
        cls.carrier.logistics_transit_days = 2

    def reckon(self):
        """The worker, once everything is due."""
        self.env.flush_all()
        waiting = self.env["logistics.shipment"].search([("eta_due_at", "!=", False)])
        waiting.sudo().eta_due_at = fields.Datetime.now()
        return self.env["logistics.shipment"]._cron_eta()

    def shipped(self, promised=None, dispatched=True, **options):
        """A shipment of Monday morning, dispatched."""
        order = self.make_order(carrier=self.carrier, commitment_date=promised)
        shipment = self.ship(order=order, **options)
        if dispatched:
            shipment.action_dispatch()
        return shipment

    def own_day(self, shipment):
        return str(shipment.eta_own_at.date())

    @freeze_time(MONDAY)
    def test_the_shipping_method_s_days_from_dispatch(self):
        shipment = self.shipped()
        self.assertFalse(shipment.eta_own_at, "a scan or a click costs nothing: a worker reckons")
        self.assertEqual(self.reckon(), 1)
        # Belgium is an hour ahead: by six in the evening there
        self.assertEqual(str(shipment.eta_own_at), "2026-03-04 17:00:00")
        self.assertEqual((shipment.eta_basis, shipment.expected_source), ("method", "own"))
        self.assertEqual(shipment.expected_at, shipment.eta_own_at)
        self.assertIn("2 days by the shipping method", shipment.eta_own_why)
        self.assertFalse(self.events("shipment.eta_changed", shipment), "the first reckoning is no change")
        self.assertGreater(shipment.eta_due_at, shipment.eta_own_at, "looked at again when its day is over")

    @freeze_time(MONDAY)
    def test_before_it_leaves_the_cut_off_decides(self):
        self.env["logistics.cutoff"].create({"warehouse_id": self.warehouse.id, "hour": 1.0})
        shipment = self.shipped(dispatched=False)
        self.reckon()
        self.assertEqual(self.own_day(shipment), "2026-03-05", "it leaves on Tuesday")
        self.assertIn("leaves", shipment.eta_own_why)

    @freeze_time(MONDAY)
    def test_delivery_days_of_the_carrier(self):
        hours = [(0, 0, {"name": "d", "dayofweek": str(day), "hour_from": 8, "hour_to": 16}) for day in (0, 3, 5)]
        calendar = self.env["resource.calendar"].create(
            {"name": "Mon, Thu, Sat", "tz": "UTC", "attendance_ids": [(5, 0, 0), *hours]}
        )
        self.carrier.logistics_delivery_calendar_id = calendar
        shipment = self.shipped()
        self.reckon()
        self.assertEqual(self.own_day(shipment), "2026-03-05", "nothing is delivered on Wednesday")
        self.env["resource.calendar.leaves"].create(
            {
                "calendar_id": calendar.id,
                "name": "Strike",
                "date_from": "2026-03-05 00:00:00",
                "date_to": "2026-03-05 23:00:00",
            }
        )
        self.reckon()
        self.assertEqual(self.own_day(shipment), "2026-03-07")

    def test_scans_and_time_change_it_and_changes_are_told(self):
        with freeze_time(MONDAY) as clock:
            shipment = self.shipped(promised="2026-03-04 20:00:00")
            self.reckon()
            clock.move_to("2026-03-03 09:00:00")
            self.scan("TRK1", "VAN")
            self.reckon()
            self.assertEqual(self.own_day(shipment), "2026-03-03")
            told = self.events("shipment.eta_changed", shipment)
            self.assertEqual((told.data["source"], told.data["eta_at"]), ("own", "2026-03-03T17:00:00Z"))
            self.assertEqual(told.data["previous_eta_at"], "2026-03-04T17:00:00Z")
            self.scan("TRK1", "NOT_HOME")
            self.reckon()
            self.assertEqual(self.own_day(shipment), "2026-03-04")
            self.assertFalse(self.events("shipment.delayed", shipment))
            clock.move_to("2026-03-05 09:00:00")
            self.reckon()
            self.assertEqual(self.own_day(shipment), "2026-03-05", "it can still come today")
            clock.move_to("2026-03-05 21:00:00")
            self.reckon()
            self.assertEqual(self.own_day(shipment), "2026-03-06")
            delayed = self.events("shipment.delayed", shipment)
            self.assertEqual(len(delayed), 1, "once, until it is on time again")
            self.assertEqual(delayed.data["source"], "own")
            self.assertEqual(shipment.late_hours, 45.0)
            self.assertEqual(shipment.late_words, "45 h")
            late = [("late_hours", ">", 0), ("milestone", "not in", ("delivered", "returned", "cancelled"))]
            self.assertIn(shipment, self.env["logistics.shipment"].search(late))

    def test_the_carrier_s_word_counts_until_its_day_has_passed(self):
        with freeze_time(MONDAY) as clock:
            shipment = self.shipped(promised="2026-03-04 20:00:00")
            self.reckon()
            self.receive(
                self.carrier_system,
                "shipment.eta_changed",
                {"tracking_number": "TRK1", "eta_at": "2026-03-06T10:00:00Z"},
            )
            self.assertEqual((shipment.expected_source, str(shipment.expected_at)), ("carrier", "2026-03-06 10:00:00"))
            self.assertEqual(self.events("shipment.delayed", shipment).data["source"], "carrier")
            self.assertEqual(self.own_day(shipment), "2026-03-04", "both stand side by side")
            clock.move_to("2026-03-09 09:00:00")
            self.reckon()
            self.assertEqual((shipment.expected_source, self.own_day(shipment)), ("own", "2026-03-09"))
            self.assertEqual(len(self.events("shipment.delayed", shipment)), 1)
            self.receive(
                self.carrier_system,
                "shipment.eta_changed",
                {"tracking_number": "TRK1", "eta_at": "2026-03-10T10:00:00Z"},
            )
            clock.move_to("2026-03-10 08:00:00")
            self.scan("TRK1", "DELIVERED")
            self.assertEqual(shipment.eta_slip_hours, 96.0)
            self.assertEqual(shipment.eta_error_hours, 94.0)
            self.assertEqual(shipment.eta_own_error_hours, 135.0)
            self.assertEqual(shipment.late_hours, 132.0)
            self.assertFalse(shipment.eta_due_at, "its way is over")

    @freeze_time(MONDAY)
    def test_a_promise_moved_away_is_on_time_again(self):
        shipment = self.shipped(promised="2026-03-03 12:00:00")
        self.reckon()
        self.assertEqual(len(self.events("shipment.delayed", shipment)), 1, "it was late from the beginning")
        shipment.promised_at = "2026-03-06 12:00:00"
        self.reckon()
        self.assertEqual((shipment.late_hours, shipment.eta_late_told), (0.0, False))
        shipment.promised_at = "2026-03-03 12:00:00"
        self.reckon()
        self.assertEqual(len(self.events("shipment.delayed", shipment)), 2, "a new crossing")

    def test_what_was_there_before_is_reckoned_quietly(self):
        with freeze_time("2026-02-20 08:00:00"):
            shipment = self.shipped(promised="2026-02-23 12:00:00")
            self.env.flush_all()
        old = datetime(2026, 2, 20, 8)
        self.env.cr.execute("UPDATE logistics_shipment SET create_date = %s WHERE id = %s", [old, shipment.id])
        shipment.invalidate_recordset()
        with freeze_time(MONDAY):
            self.reckon()
            self.assertGreater(shipment.late_hours, 0)
            self.assertFalse(self.events("shipment.delayed", shipment), "no flood of news about the past")

    @freeze_time(MONDAY)
    def test_nothing_is_expected_of_what_is_lost_or_on_its_way_back(self):
        shipment = self.shipped()
        self.reckon()
        self.scan("TRK1", "LOST")
        self.reckon()
        self.assertFalse(shipment.eta_own_at)
        self.assertEqual(shipment.eta_own_why, "Lost")

    @freeze_time(MONDAY)
    def test_one_that_cannot_be_reckoned_stops_no_other(self):
        first, second = self.shipped(tracking="A1"), self.shipped(tracking="A2")
        reckon = type(first)._eta_reckon

        def fail(record, *args):
            if record == first:
                raise ValueError("a carrier with a broken calendar")
            return reckon(record, *args)

        self.patch(type(first), "_eta_reckon", fail)
        with self.assertLogs("odoo.addons.logistics_orchestration.models.shipment.eta_own", "WARNING"):
            self.reckon()
        self.assertTrue(second.eta_own_at)
        self.assertEqual(str(first.eta_due_at), "2026-03-02 09:00:00")

    def test_nobody_writes_a_reckoned_date(self):
        shipment = self.ship()
        user = self.make_user("eta_user", "group_planner")
        with self.assertRaisesRegex(UserError, "reckoned, not written"):
            shipment.with_user(user).expected_at = fields.Datetime.now()

    # -- measured transit ----------------------------------------------------------------------------------------

    def deliver_history(self, days):
        """Deliveries of the past weeks, each from a Monday on."""
        shipments = self.env["logistics.shipment"]
        for number, took in enumerate(days):
            with freeze_time("2026-02-02 08:00:00") as clock:
                shipment = self.shipped(tracking=f"H{number}")
                clock.move_to(datetime(2026, 2, 2, 9) + timedelta(days=took))
                self.scan(f"H{number}", "DELIVERED")
                shipments |= shipment
        return shipments

    def test_own_history_counts_before_the_method_s_figure(self):
        self.patch(transit, "LEAST", 5)
        self.deliver_history([1, 1, 1, 3, 4])
        with freeze_time(MONDAY):
            self.env["logistics.transit"]._cron_measure()
            rows = self.env["logistics.transit"].search([("carrier_id", "=", self.carrier.id)])
            self.assertEqual(len(rows), 3, "per postal code, country and method")
            self.assertEqual(set(rows.mapped("days_p80")), {3})
            self.assertEqual(set(rows.mapped("deliveries")), {5})
            shipment = self.shipped()
            self.reckon()
            self.assertEqual((self.own_day(shipment), shipment.eta_basis), ("2026-03-05", "measured"))
            self.assertIn("8 of 10 of 5 deliveries", shipment.eta_own_why)
            self.customer.zip = "9000"
            self.env["logistics.transit"]._cron_measure()
            self.assertEqual(len(rows.exists()), 0, "measured anew, nothing is left over")
