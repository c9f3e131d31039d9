"""Whatever the order in which scans, retractions and corrections are heard, the same cases are open in the end."""

import random

from odoo import fields
from odoo.tests import tagged

from odoo.addons.logistics_orchestration.tests.shipment_common import ShipmentCase

ROUNDS = 24
# (parcel, our name of the message, code, hours after the begin, what it corrects)
SCANS = [
    # nobody at home, then delivered: over
    (0, "a1", "VAN", 1, None), (0, "a2", "NOT_HOME", 2, None), (0, "a3", "VAN", 5, None),
    (0, "a4", "DELIVERED", 6, None),
    # damage that was another parcel's, taken back; under it somebody was not at home and still is not
    (1, "b1", "VAN", 1, None), (1, "b2", "NOT_HOME", 2, None), (1, "b3", "DAMAGED", 3, None),
    # refused, as was said first; it was damaged
    (2, "c1", "VAN", 1, None), (2, "c2", "REFUSED", 4, None), (2, "c3", "DAMAGED", 4, "c2"),
    # damaged, taken back
    (2, "c4", "DAMAGED", 2, None),
    # a delivery that did not happen, after an address nobody found
    (3, "d1", "VAN", 1, None), (3, "d2", "REFUSED", 2, None), (3, "d3", "DELIVERED", 3, None),
]  # fmt: skip
RETRACTIONS = [("rb", "b3"), ("rc", "c4"), ("rd", "d3")]


@tagged("-at_install", "post_install")
class TestCaseOrders(ShipmentCase):
    def setUp(self):
        super().setUp()
        self.enforce("exceptions", "shipment")
        self.begin = fields.Datetime.subtract(fields.Datetime.now(), hours=12).replace(microsecond=0)

    def cases_of(self, shipment):
        return self.env["logistics.exception"].search([("shipment_id", "=", shipment.id)], order="id")

    def tell(self, shipment, turn, said):
        if len(said) == 2:
            name, retracted = said
            data = {"retracts": f"{retracted}-{turn}", "reason": "Wrong parcel"}
            return self.receive(self.carrier_system, "shipment.event_retracted", data, f"{name}-{turn}")
        parcel, name, code, hours, corrects = said
        at = fields.Datetime.add(self.begin, hours=hours)
        data = {"tracking_number": shipment.parcel_ids[parcel].tracking_number, "code": code}
        data["occurred_at"] = at.isoformat() + "Z"
        if corrects:
            data["corrects"] = [f"{corrects}-{turn}"]
        return self.receive(self.carrier_system, "shipment.status_changed", data, f"{name}-{turn}")

    def test_any_order_ends_with_the_same_cases(self):
        dice, told = random.Random(20261124), [*SCANS, *RETRACTIONS]
        for turn in range(ROUNDS):
            shipment = self.ship(qty=4, tracking=f"CASES{turn}", packages=4)
            mixed = list(told)
            if turn:
                mixed += dice.sample(told, 4)
                dice.shuffle(mixed)
            for said in mixed:
                self.tell(shipment, turn, said)
            self.env["logistics.inbox.message"]._work_run()
            cases = self.cases_of(shipment)
            living = cases.filtered("is_open")
            self.assertEqual(
                sorted(living.mapped("type_id.code")), ["attempt_failed", "damaged", "refused"], (turn, mixed)
            )
            self.assertEqual(set(living.mapped("state")), {"new"})
            over = cases - living
            self.assertLessEqual({(case.state, case.resolution_code) for case in over}, {("resolved", "no_action")})
            self.assertFalse(over.activity_ids, "nobody is asked about what is over")

    def test_trouble_told_late_after_delivery_opens_nothing_that_stays(self):
        turns = []
        for turn, late in enumerate((False, True)):
            shipment = self.ship(tracking=f"LATE{turn}")
            said = [(0, "n", "NOT_HOME", 1, None), (0, "d", "DELIVERED", 2, None)]
            for one in reversed(said) if late else said:
                self.tell(shipment, turn, one)
            cases = self.cases_of(shipment)
            turns.append((len(cases), cases.filtered("is_open").ids))
            if not late:
                self.assertEqual((cases.state, cases.resolution_code), ("resolved", "no_action"))
                self.assertIn("Delivered", cases.resolution)
        self.assertEqual(turns, [(1, []), (0, [])])

    def test_a_correction_closes_one_case_and_opens_the_other(self):
        shipment = self.ship(tracking="CORR")
        self.tell(shipment, 0, (0, "r", "REFUSED", 1, None))
        refused = self.cases_of(shipment)
        self.tell(shipment, 0, (0, "d", "DAMAGED", 1, "r"))
        damaged = self.cases_of(shipment) - refused
        self.assertEqual((refused.type_id.code, refused.state), ("refused", "resolved"))
        self.assertEqual((damaged.type_id.code, damaged.state), ("damaged", "new"))

    def test_what_stands_again_is_a_case_again(self):
        """A delivery that did not happen: the refusal before it waits for somebody as before."""
        shipment = self.ship(tracking="AGAIN")
        self.tell(shipment, 0, (0, "r", "REFUSED", 1, None))
        first = self.cases_of(shipment)
        self.tell(shipment, 0, (0, "d", "DELIVERED", 2, None))
        self.assertEqual((first.state, first.ended_by_itself), ("resolved", True))
        self.tell(shipment, 0, ("x", "d"))
        again = self.cases_of(shipment) - first
        self.assertEqual((again.type_id, again.state), (first.type_id, "new"))
        self.assertNotIn("Wrong parcel", again.title, "in the words of the refusal")

    def test_work_that_was_begun_is_not_ended_by_a_scan(self):
        shipment = self.ship(tracking="BEGUN")
        self.tell(shipment, 0, (0, "n", "NOT_HOME", 1, None))
        case = self.cases_of(shipment)
        case.action_start()
        self.tell(shipment, 0, (0, "d", "DELIVERED", 2, None))
        self.assertEqual(case.state, "in_progress")
        self.assertIn("Delivered", case.message_ids[0].body)

    def test_trouble_somebody_else_told_of_too_is_not_ended_by_a_scan(self):
        shipment = self.ship(tracking="ELSE")
        self.tell(shipment, 0, (0, "n", "NOT_HOME", 1, None))
        case = self.cases_of(shipment)
        shipment._logistics_open_case("attempt_failed", "The customer called")
        self.assertTrue(case.told_otherwise)
        self.tell(shipment, 0, (0, "d", "DELIVERED", 2, None))
        self.assertEqual(case.state, "new")
