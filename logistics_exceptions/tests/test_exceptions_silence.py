"""A parcel nobody hears of is a case with an owner and a deadline, and is over by itself with the next scan."""

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .common import ExceptionsCase


@tagged("-at_install", "post_install")
class TestSilence(ExceptionsCase):
    def silent_shipment(self):
        """Dispatched and never heard of again."""
        self.enforce("exceptions", "shipment")
        self.env["logistics.parcel"].search([]).sudo().watch_at = False
        self.env["logistics.tracking.patience"].search([]).unlink()
        self.env["logistics.tracking.patience"].create({"name": "All", "dispatch_hours": 24})
        shipment = self.ship()
        shipment.parcel_ids[0].tracking_number = "SILENT-1"
        self.made_now(shipment.parcel_ids)
        shipment.action_dispatch()
        return shipment

    def scan(self, code, **data):
        carrier = self.make_system("carrier")
        at = fields.Datetime.now().isoformat() + "Z"
        return self.receive(
            carrier, "shipment.status_changed", {"tracking_number": "SILENT-1", "code": code, "occurred_at": at, **data}
        )

    def watch(self):
        self.env.flush_all()
        self.env["logistics.parcel"]._cron_watch()

    def test_a_case_opens_and_ends_by_itself(self):
        with freeze_time("2026-03-02 08:00:00") as clock:
            shipment = self.silent_shipment()
            clock.move_to("2026-03-03 09:00:00")
            self.watch()
            case = self.cases(shipment)
            self.assertEqual(
                (case.exception_code, case.state, case.title), ("tracking_stale", "new", "No news for 24 hours")
            )
            self.assertTrue(case.owner_id, "somebody's")
            self.assertTrue(case.due_at, "with a deadline")
            self.watch()
            self.assertEqual((len(self.cases(shipment)), case.repeat_count), (1, 0))
            clock.move_to("2026-03-03 10:00:00")
            self.scan("DEPOT")
            self.assertEqual((case.state, case.resolution_code), ("resolved", "no_action"))
            self.assertIn("heard of again", case.resolution)
            self.assertTrue(self.events("exception.resolved", case))

    def test_other_trouble_stays_open(self):
        with freeze_time("2026-03-02 08:00:00") as clock:
            shipment = self.silent_shipment()
            self.scan("DAMAGED")
            clock.move_to("2026-03-06 09:00:00")
            self.watch()
            damage = self.cases(shipment)
            self.assertEqual((damage.exception_code, damage.state), ("damaged", "new"))
            self.scan("DEPOT")
            self.assertEqual(damage.state, "new")
