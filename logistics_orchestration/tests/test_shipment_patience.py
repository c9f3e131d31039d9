"""Parcels nobody hears of: found once, over with the next scan, never told where only observed."""

from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .shipment_common import ShipmentCase

START = "2026-03-02 08:00:00"


@tagged("post_install", "-at_install")
class TestShipmentPatience(ShipmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["logistics.parcel"].search([]).sudo().watch_at = False
        cls.env["logistics.tracking.patience"].search([]).unlink()
        cls.patience = cls.env["logistics.tracking.patience"].create(
            {"name": "All", "label_hours": 72, "dispatch_hours": 24, "scan_hours": 48}
        )

    def watch(self):
        self.env.flush_all()
        return self.env["logistics.parcel"]._cron_watch()

    def test_silence_is_found_once_and_is_over_with_a_scan(self):
        self.enforce("shipment")
        with freeze_time(START) as clock:
            shipment = self.ship()
            parcel = shipment.parcel_ids
            shipment.action_dispatch()
            self.watch()
            clock.move_to("2026-03-03 07:59:00")
            self.watch()
            self.assertFalse(parcel.exception_code, "a minute before the grace is over")
            clock.move_to("2026-03-03 08:05:00")
            self.watch()
            self.assertEqual((parcel.exception_code, parcel.milestone), ("tracking_stale", "pre_transit"))
            self.assertEqual(shipment.exception_code, "tracking_stale")
            told = self.events("shipment.exception_detected", shipment)
            self.assertEqual(
                (told.data["exception_code"], told.data["description"]), ("tracking_stale", "No news for 24 hours")
            )
            clock.move_to("2026-03-05 08:05:00")
            self.watch()
            self.assertEqual(len(self.events("shipment.exception_detected", shipment)), 1, "once")
            # what happened before we asked is told late: it is news all the same
            self.scan("TRK1", "COLLECTED", hours=-40)
            self.assertFalse(parcel.exception_code)
            self.assertEqual(self.events("shipment.status_changed", shipment)[-1].data["parcel"]["exception_code"], "")
            clock.move_to("2026-03-07 08:04:00")
            self.watch()
            self.assertFalse(parcel.exception_code, "from when we heard of it, not from when it happened")
            clock.move_to("2026-03-07 08:06:00")
            self.watch()
            self.assertEqual(parcel.exception_code, "tracking_stale", "silent again")
            self.assertEqual(len(self.events("shipment.exception_detected", shipment)), 2)

    def test_news_that_move_nothing_end_the_silence_too(self):
        self.enforce("shipment")
        with freeze_time(START) as clock:
            shipment = self.ship()
            shipment.action_dispatch()
            clock.move_to("2026-03-04 08:00:00")
            self.watch()
            self.assertEqual(shipment.exception_code, "tracking_stale")
            self.scan("TRK1", "COLLECTED", certainty="estimated")
            self.assertEqual(shipment.exception_code, "tracking_stale", "an estimate is no fact")
            clock.move_to("2026-03-04 10:00:00")
            self.watch()
            self.assertFalse(shipment.exception_code)
            self.assertEqual(shipment.milestone, "pre_transit")
            self.assertTrue(self.events("shipment.status_changed", shipment))

    def test_grace_after_the_label_and_no_number_no_watch(self):
        self.enforce("shipment")
        with freeze_time(START) as clock:
            shipment, bare = self.ship(), self.ship(tracking=None)
            self.assertFalse(bare.parcel_ids.watch_at)
            clock.move_to("2026-03-04 08:00:00")
            self.env.cr.execute("UPDATE logistics_shipment SET create_date = %s", ["2026-03-02 08:00:00"])
            self.env.invalidate_all()
            self.watch()
            self.assertFalse(shipment.exception_code)
            clock.move_to("2026-03-06 08:00:00")
            self.watch()
            self.assertEqual(shipment.exception_code, "tracking_stale")
            self.assertFalse(bare.exception_code)

    def test_the_service_s_patience_before_the_method_s_before_the_general_one(self):
        self.enforce("shipment")
        patience = self.env["logistics.tracking.patience"]
        method = patience.create({"name": "Ground", "carrier_id": self.carrier.id, "dispatch_hours": 12})
        service = method.copy({"name": "Night", "service": "Night", "dispatch_hours": 4})
        with freeze_time(START) as clock:
            slow, fast = self.ship(carrier=self.carrier, tracking="S"), self.ship(carrier=self.carrier, tracking="F")
            fast.service = "night"
            self.assertEqual(patience._for(fast), service)
            self.assertEqual(patience._for(slow), method)
            self.assertEqual(patience._for(self.ship(tracking="O")), self.patience)
            (slow | fast).action_dispatch()
            clock.move_to("2026-03-02 13:00:00")
            self.watch()
            self.assertEqual((slow.exception_code, fast.exception_code), (False, "tracking_stale"))
            service.dispatch_hours = 0
            method.dispatch_hours = 3
            self.watch()
            self.assertEqual(slow.exception_code, "tracking_stale", "another rule counts at once")
        with self.assertRaisesRegex(ValidationError, "0 \\(not watched\\) or more"):
            method.scan_hours = -1
        with self.assertRaisesRegex(ValidationError, "choose the shipping method"):
            patience.create({"name": "Express anywhere", "service": "express"})

    def test_only_working_hours_count_where_a_calendar_is_set(self):
        self.enforce("shipment")
        hours = [(0, 0, {"name": "d", "dayofweek": str(day), "hour_from": 8, "hour_to": 16}) for day in range(5)]
        self.patience.write(
            {
                "dispatch_hours": 8,
                "calendar_id": self.env["resource.calendar"]
                .create({"name": "Office", "tz": "UTC", "attendance_ids": [(5, 0, 0), *hours]})
                .id,
            }
        )
        with freeze_time("2026-03-06 12:30:00") as clock:  # a Friday
            shipment = self.ship()
            shipment.action_dispatch()
            for moment, found in (
                ("2026-03-08 12:00:00", False),
                ("2026-03-09 12:55:00", False),
                ("2026-03-09 13:05:00", "tracking_stale"),
            ):
                clock.move_to(moment)
                self.watch()
                self.assertEqual(shipment.exception_code, found, moment)

    def test_other_trouble_is_not_told_twice_and_the_end_is_not_watched(self):
        self.enforce("shipment")
        with freeze_time(START) as clock:
            shipment = self.ship()
            shipment.action_dispatch()
            self.scan("TRK1", "customs_hold")
            clock.move_to("2026-03-10 08:00:00")
            self.watch()
            self.assertEqual(shipment.exception_code, "customs_hold")
            self.scan("TRK1", "DELIVERED")
            self.assertFalse(shipment.parcel_ids.watch_at)

    def test_where_shipments_are_only_observed_it_is_only_noted(self):
        with freeze_time(START) as clock:
            shipment = self.ship()
            shipment.action_dispatch()
            clock.move_to("2026-03-05 08:00:00")
            self.watch()
            self.assertFalse(shipment.exception_code)
            note = self.env["logistics.observation"].search(
                [("res_model", "=", shipment._name), ("res_id", "=", shipment.id)]
            )
            self.assertIn("No news for 24 hours", note.summary)
            self.assertEqual(shipment.parcel_ids.watch_at - note.observed_at, timedelta(days=1))
