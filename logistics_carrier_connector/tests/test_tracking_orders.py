"""Three parcels of one shipment, one of them lost, with repeats, retractions and a correction mixed in: whatever the
order in which it is heard of, parcels, shipment and what follows from them end the same."""

import random

from odoo import fields
from odoo.tests import tagged

from odoo.addons.logistics_orchestration.models.shipment.milestone import COUNTED

from .test_tracking_rules import TrackingCase

ROUNDS = 24
# (parcel, our name of the message, code, hours after the begin, what it corrects)
SCANS = [
    (0, "a1", "COLLECTED", 0.5, None), (0, "a2", "DEPOT", 2, None), (0, "a3", "DELIVERED", 5, None),
    (0, "a4", "VAN", 6, None), (0, "a5", "DELIVERED", 8, None),
    (1, "b1", "COLLECTED", 1, None), (1, "b2", "LOST", 4, None),
    (2, "c1", "DEPOT", 3, None), (2, "c2", "VAN", 6, None), (2, "c3", "REFUSED", 7, None),
    (2, "c4", "DELIVERED", 7.5, "c3"),
]  # fmt: skip
# the first delivery of the first parcel did not happen
RETRACTIONS = [("ra", "a3")]


@tagged("post_install", "-at_install")
class TestTrackingOrders(TrackingCase):
    def test_any_order_of_everything_ends_the_same(self):
        dice, begin = random.Random(20261123), self.begin
        ends = []
        for number in range(ROUNDS):
            shipment = self.ship(qty=3, tracking=f"ORD{number}", packages=3)
            told = [("scan", scan) for scan in SCANS] + [("gone", one) for one in RETRACTIONS]
            if number:
                told += dice.sample(told, 4)
                dice.shuffle(told)
            for kind, one in told:
                (self.say_scan if kind == "scan" else self.say_gone)(shipment, number, begin, *one)
            self.work()
            ends.append(self.end_of(shipment, begin))
        for number, end in enumerate(ends[1:], 1):
            self.assertEqual(end, ends[0], f"order {number}")
        first = ends[0]
        self.assertEqual([parcel[0] for parcel in first["parcels"]], ["delivered", "picked_up", "delivered"])
        self.assertEqual(first["parcels"][1][1], "lost")
        self.assertEqual((first["dispatched"], first["delivered"]), (0.5, False))
        self.assertEqual(first["standing"], ["a1", "a2", "a4", "a5", "b1", "b2", "c1", "c2", "c4"])

    def say_scan(self, shipment, number, begin, parcel, name, code, hours, corrects):
        data = {
            "tracking_number": shipment.parcel_ids[parcel].tracking_number,
            "code": code,
            "occurred_at": fields.Datetime.add(begin, hours=hours).isoformat() + "Z",
        }
        if corrects:
            data["corrects"] = [f"{corrects}-{number}"]
        self.receive(self.carrier_system, "shipment.status_changed", data, f"{name}-{number}")

    def say_gone(self, _shipment, number, _begin, name, retracted):
        data = {"retracts": f"{retracted}-{number}", "reason": "Wrong parcel"}
        self.receive(self.carrier_system, "shipment.event_retracted", data, f"{name}-{number}")

    def end_of(self, shipment, begin):
        """What counts in the end, with times in hours after the begin."""

        def hours(moment):
            return moment and (moment - begin).total_seconds() / 3600

        scans = shipment.parcel_ids.milestone_ids.filtered(lambda row: row.who == "carrier")
        return {
            "parcels": [(p.milestone, p.exception_code, hours(p.milestone_at)) for p in shipment.parcel_ids],
            "shipment": (shipment.milestone, shipment.exception_code),
            "dispatched": hours(shipment.dispatched_at),
            "delivered": hours(shipment.delivered_at),
            "standing": sorted(
                row.event_uid.split("-")[0] for row in scans if row.effect in COUNTED and not row.is_retracted
            ),
            "pods": shipment.pod_ids.mapped("state"),
            "release": shipment.order_id.logistics_release_state,
        }
