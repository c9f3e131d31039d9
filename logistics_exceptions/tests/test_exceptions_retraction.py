"""Trouble that its carrier takes back: the case it opened is over, unless somebody works on it or it is told twice."""

from odoo import fields
from odoo.tests import tagged

from .common import ExceptionsCase


@tagged("-at_install", "post_install")
class TestRetraction(ExceptionsCase):
    def setUp(self):
        super().setUp()
        self.enforce("exceptions", "shipment")
        self.carrier_system = self.make_system("carrier")
        self.shipment = self.ship()
        self.shipment.parcel_ids[0].tracking_number = "BACK-1"
        self.shipment.action_dispatch()

    def scan(self, code, **data):
        at = fields.Datetime.now().isoformat() + "Z"
        said = {"tracking_number": "BACK-1", "code": code, "occurred_at": at, **data}
        return self.receive(self.carrier_system, "shipment.status_changed", said)

    def take_back(self, *scans):
        for scan in scans:
            said = {"retracts": scan.external_id, "reason": "Wrong parcel scanned"}
            message = self.receive(self.carrier_system, "shipment.event_retracted", said)
            self.assertEqual(message.state, "processed", message.reason)

    def damaged_case(self):
        scan = self.scan("DAMAGED")
        case = self.cases(self.shipment)
        self.assertEqual((case.exception_code, case.state), ("damaged", "new"))
        return scan, case

    def test_a_case_nobody_began_on_is_over(self):
        scan, case = self.damaged_case()
        self.take_back(scan)
        self.assertEqual((case.state, case.resolution_code), ("resolved", "no_action"))
        self.assertIn("Wrong parcel scanned", case.resolution)
        self.assertTrue(self.events("exception.resolved", case))

    def test_work_that_was_begun_is_its_owners_to_end(self):
        scan, case = self.damaged_case()
        case.action_start()
        case.owner_id = self.env.ref("base.user_admin")
        before = case.activity_ids
        self.take_back(scan)
        self.assertEqual(case.state, "in_progress")
        todo = case.activity_ids - before
        self.assertEqual(todo.user_id, case.owner_id)
        self.assertIn("Is there still trouble", todo.summary)

    def test_trouble_that_another_scan_tells_of_stays(self):
        earlier = fields.Datetime.subtract(fields.Datetime.now(), hours=1).isoformat() + "Z"
        first = self.scan("DAMAGED", occurred_at=earlier)
        second, case = self.damaged_case()
        self.take_back(first)
        self.assertEqual(case.state, "new")
        self.take_back(second)
        self.assertEqual(case.state, "resolved")

    def test_other_trouble_stays(self):
        scan, case = self.damaged_case()
        other = self.open_case(self.shipment, self.other)
        self.take_back(scan)
        self.assertEqual((case.state, other.state), ("resolved", "new"))
