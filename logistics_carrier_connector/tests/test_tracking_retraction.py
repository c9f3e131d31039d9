"""What a carrier takes back or corrects: what followed from it is undone, whenever it is told."""

import itertools
import json
import random
import string
import uuid

from odoo import fields
from odoo.tests import tagged

from . import tracking_samples as samples
from .test_tracking_rules import TrackingCase


@tagged("post_install", "-at_install")
class TestTrackingRetraction(TrackingCase):
    def setUp(self):
        super().setUp()
        self.line = self.sender("dcsa")
        self.parcel = self.parcel_of("dcsa", f"APZU{uuid.uuid4().hex[:7].upper()}")
        self.shipment = self.parcel.shipment_id

    def event(self, code, hours, uid, **metadata):
        """One event of a container line."""
        moment = fields.Datetime.add(self.begin, hours=hours)
        raw, headers = samples.write("dcsa", self.parcel.tracking_number, [(code, moment)])[0]
        body = json.loads(raw)
        body["events"][0]["metadata"].update(eventID=uid, **metadata)
        return body["events"][0], headers

    def gone(self, uid, retracted):
        """The retraction of an event: no payload, as the standard has it."""
        event, headers = self.event("LOAD", 0, uid, retractedEventID=retracted)
        del event["payload"]
        return event, headers

    def send(self, *events):
        found = self.env["logistics.inbox.message"]
        for event, headers in events:
            found |= self.push(self.line, json.dumps(event).encode(), headers)
            self.work()
        return found

    def test_a_retracted_scan_never_happened(self):
        self.send(self.event("PICK", 0, "e1"), self.event("AVPU", 2, "e2"))
        self.assertEqual(self.parcel.milestone, "available_for_pickup")
        (message,) = self.send(self.gone("r1", "e2"))
        self.assertEqual((message.state, message.res_id), ("processed", self.shipment.id))
        self.assertEqual((self.parcel.milestone, self.shipment.milestone), ("picked_up", "picked_up"))
        rows = self.parcel.milestone_ids
        self.assertEqual(rows.filtered("is_retracted").event_uid, "e2")
        self.assertEqual(rows.filtered(lambda r: r.effect == "retraction").retracts, "e2")
        told = self.events("shipment.event_retracted", self.shipment)
        self.assertEqual(
            (told.data["was_milestone"], told.data["milestone"], told.data["retracted_event"]),
            ("available_for_pickup", "picked_up", "e2"),
        )
        self.assertEqual(self.events("shipment.status_changed", self.shipment)[-1].data["milestone"], "picked_up")
        (again,) = self.send(self.gone("r2", "e2"))
        self.assertEqual(again.state, "duplicate")
        self.assertEqual(len(self.events("shipment.event_retracted", self.shipment)), 1)

    def test_a_correction_replaces(self):
        self.send(self.event("PICK", 0, "e1"), self.event("AVPU", 2, "e2"))
        self.send(self.event("LOAD", 1, "e3", retractedEventID="e2"))
        self.assertEqual(self.parcel.milestone, "in_transit")

    def test_any_order_of_scans_and_retractions_ends_the_same(self):
        told = [self.event("PICK", 0, "e1"), self.event("AVPU", 2, "e2"), self.gone("r1", "e2")]
        ends, own = set(), self.parcel.tracking_number
        for number, order in enumerate(itertools.permutations(told)):
            self.parcel.tracking_number = f"{own}-{number}"
            self.parcel = self.parcel_of("dcsa", own)
            renamed = []
            for event, headers in order:
                text = json.dumps(event)
                for uid in ("e1", "e2", "r1"):
                    text = text.replace(f'"{uid}"', f'"{uid}-{number}"')
                renamed.append((json.loads(text), headers))
            self.send(*renamed)
            self.work()
            ends.add((self.parcel.milestone, self.parcel.exception_code, len(self.parcel.milestone_ids)))
        self.assertEqual(ends, {("picked_up", False, 3)})

    def test_an_id_longer_than_an_index_takes_is_found_again(self):
        """In whatever order, by the scan, its retraction or its correction; two that differ at their end are two."""
        dice = random.Random(4)
        long = "".join(dice.choices(string.ascii_letters + string.digits, k=6000))
        other = long[:-1] + "~"
        scans = [self.event("PICK", 0, "e1"), self.event("AVPU", 2, long), self.event("LOAD", 1, other)]
        for messages in (scans[:1], scans[1:2], scans[2:]):
            (message,) = self.send(*messages)
            self.assertEqual(message.state, "late" if messages == scans[2:] else "processed", message.reason)
        self.assertEqual(self.parcel.milestone, "available_for_pickup")
        (message,) = self.send(self.gone("r1", long))
        self.assertEqual(message.state, "processed", message.reason)
        self.assertEqual(self.parcel.milestone, "in_transit")
        self.assertFalse(self.send(self.event("AVPU", 2, long)), "known by its id")
        # a correction of the other
        self.send(self.event("PICK", 1.5, "e4", retractedEventID=other))
        self.assertEqual(self.parcel.milestone, "picked_up")
        self.assertEqual(set(map(len, self.parcel.milestone_ids.filtered("event_uid").mapped("event_uid"))), {2, 71})

    def test_a_retraction_by_a_long_id_may_come_first(self):
        """Ours or a carrier's words, whatever its message is called and whatever its subject says."""
        dice = random.Random(5)
        long = "".join(dice.choices(string.ascii_letters + string.digits, k=6000))
        (waiting,) = self.send(self.gone("r1", long))
        self.assertEqual(waiting.state, "quarantined")
        self.send(self.event("PICK", 0, "e1"), self.event("AVPU", 2, long))
        self.assertEqual((waiting.state, self.parcel.milestone), ("processed", "picked_up"))
        native, at = self.make_system("carrier"), fields.Datetime.now().isoformat() + "Z"
        said = {"retracts": long, "reason": "Wrong parcel"}
        waiting = self.receive(native, "shipment.event_retracted", said, subject=long)
        self.assertEqual(waiting.state, "quarantined", waiting.reason)
        parcel = self.parcel_of("dcsa", "NATIVE7")
        scan = {"tracking_number": "NATIVE7", "code": "DEPOT", "occurred_at": at}
        self.receive(native, "shipment.status_changed", scan, long)
        self.work()
        self.assertEqual((waiting.state, parcel.milestone), ("processed", "unknown"))
        self.assertEqual(parcel.milestone_ids.filtered("is_retracted").mapped("raw_code"), ["DEPOT"])

    def test_what_was_taken_back_is_not_told_again(self):
        self.send(self.event("PICK", 0, "e1"), self.event("AVPU", 2, "e2"), self.gone("r1", "e2"))
        event, headers = self.event("AVPU", 2, "e2")
        event["payload"]["reason"] = "again, from a poll"
        raw = json.dumps(event).encode()
        named = [("another-id", message) for message in self._messages(raw, headers)]
        inbox = self.env["logistics.inbox.message"]
        ((message_id, _status),) = inbox._store(self.line.id, self.line.company_id.id, named, {})
        self.work()
        self.assertEqual(inbox.browse(message_id).state, "late")
        self.assertEqual(self.parcel.milestone, "picked_up")

    def _messages(self, raw, headers):
        from odoo.addons.logistics_orchestration.relay.inbound import ADAPTERS

        return ADAPTERS["dcsa"].read(raw, headers)

    def test_a_dispatch_by_scan_goes_with_the_scan(self):
        self.send(self.event("PICK", 0, "e1"))
        self.assertTrue(self.shipment.dispatched_at)
        self.send(self.gone("r1", "e1"))
        self.assertFalse(self.shipment.dispatched_at)
        self.send(self.event("PICK", 1, "e2"))
        self.assertTrue(self.shipment.dispatched_at)

    def test_it_left_when_the_first_scan_that_stands_says_so(self):
        self.send(self.event("LOAD", 3, "e2"))
        self.assertEqual(self.shipment.dispatched_at, fields.Datetime.add(self.begin, hours=3))
        self.send(self.event("PICK", 1, "e1"))
        self.assertEqual(self.shipment.dispatched_at, fields.Datetime.add(self.begin, hours=1))
        self.assertEqual(len(self.events("shipment.dispatched", self.shipment)), 1)
        self.send(self.gone("r1", "e1"))
        self.assertEqual(self.shipment.dispatched_at, fields.Datetime.add(self.begin, hours=3))

    def test_what_a_person_dispatched_stays_when_it_was(self):
        self.shipment.action_dispatch()
        when = self.shipment.dispatched_at
        self.send(self.event("PICK", 1, "e1"), self.event("LOAD", 3, "e2"))
        self.assertEqual(self.shipment.dispatched_at, when)

    def test_a_delivery_taken_back_takes_its_proof_and_the_bill_along(self):
        self.enforce("billing", "shipment")
        system = self.carrier_system
        number = self.parcel.tracking_number
        self.scan(number, "COLLECTED", hours=-3)
        delivered = self.scan(number, "DELIVERED", hours=-2)
        self.send_pod(number)
        pod = self.shipment.pod_ids
        self.assertEqual((pod.state, self.shipment.pod_state), ("verified", "verified"))
        line = self.shipment.order_id.order_line
        self.assertEqual(line.logistics_unproven_qty, 0)
        message = self.receive(
            system,
            "shipment.event_retracted",
            {"retracts": delivered.external_id, "reason": "Wrong parcel scanned"},
        )
        self.assertEqual(message.state, "processed", message.reason)
        self.assertEqual((self.parcel.milestone, self.shipment.milestone), ("picked_up", "picked_up"))
        self.assertFalse(self.shipment.delivered_at)
        self.assertEqual((pod.state, self.shipment.pod_state), ("disputed", "disputed"))
        self.assertIn("DELIVERED", pod.dispute_reason)
        self.assertEqual(line.logistics_unproven_qty, line.qty_delivered)
        self.assertTrue(pod.activity_ids)

    def test_only_who_owns_the_fact_takes_it_back(self):
        delivered = self.scan(self.parcel.tracking_number, "DELIVERED")
        rule = self.env["logistics.authority.rule"]
        rule.create({"fact": "shipment.event_retracted", "owner": "odoo", "system_id": self.carrier_system.id})
        message = self.receive(self.carrier_system, "shipment.event_retracted", {"retracts": delivered.external_id})
        self.assertEqual(message.state, "processed")
        self.assertIn("statement", message.reason)
        self.assertEqual(self.parcel.milestone, "delivered")

    def test_numbers_are_used_again(self):
        """A scan long after the end of the parcel that has the number is about one that has not got it yet."""
        self.scan(self.parcel.tracking_number, "DELIVERED", hours=-1)
        self.parcel.sudo().milestone_at = fields.Datetime.subtract(fields.Datetime.now(), days=200)
        message = self.scan(self.parcel.tracking_number, "COLLECTED")
        self.assertEqual(message.state, "quarantined")
        number, old = self.parcel.tracking_number, self.parcel
        new = self.parcel_of("dcsa", number)
        message._work_attempt()
        self.assertEqual((message.state, new.milestone, old.milestone), ("processed", "picked_up", "delivered"))
