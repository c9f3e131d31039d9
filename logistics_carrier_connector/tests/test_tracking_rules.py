"""What comes of each sender's messages, sender by sender: the same rules for all of them."""

import json
import random

from odoo import fields
from odoo.tests import tagged

from odoo.addons.logistics_orchestration.relay.envelope import EnvelopeError
from odoo.addons.logistics_orchestration.relay.inbound import ADAPTERS, name_messages
from odoo.addons.logistics_orchestration.tests.shipment_common import ShipmentCase

from . import tracking_samples as samples


class TrackingCase(ShipmentCase):
    """A parcel, and a system for each sender."""

    def sender(self, code, **vals):
        """The system of a sender."""
        return self.make_system("carrier", inbound_adapter=code, name=code, **vals)

    def parcel_of(self, code, number=None):
        """A parcel whose number a sender of this kind knows."""
        parcel = self.ship(tracking=None).parcel_ids
        parcel.tracking_number = number or samples.number_of(code)
        return parcel

    def push(self, system, raw, headers):
        """One request, as the controller stores it; returns the messages that are new."""
        adapter = ADAPTERS[system.inbound_adapter]
        named = name_messages(adapter.read(raw, headers), raw, headers)
        inbox = self.env["logistics.inbox.message"]
        stored = inbox._store(system.id, system.company_id.id, named, headers)
        return inbox.browse([message_id for message_id, status in stored if status == "accepted"])

    def tell(self, system, number, scans):
        """Everything a sender tells about these scans, stored."""
        found = self.env["logistics.inbox.message"]
        for raw, headers in samples.write(system.inbound_adapter, number, scans):
            found |= self.push(system, raw, headers)
        return found

    def work(self):
        """Process what is due."""
        self.env["logistics.inbox.message"]._work_run()

    @property
    def begin(self):
        return fields.Datetime.subtract(fields.Datetime.now(), hours=12).replace(microsecond=0, second=0)


@tagged("post_install", "-at_install")
class TestTrackingRules(TrackingCase):
    def each(self):
        """Every sender with a system, a parcel and the way of its codes."""
        for code in samples.SENDERS:
            with self.subTest(sender=code):
                number = samples.number_of(code)
                yield code, self.sender(code), self.parcel_of(code), number, samples.way(code, self.begin)

    def test_the_way_of_a_parcel(self):
        for code, system, parcel, number, scans in self.each():
            messages = self.tell(system, number, scans)
            self.assertEqual(len(messages), len(scans))
            self.work()
            self.assertEqual(set(messages.mapped("state")), {"processed"}, messages.mapped("reason"))
            self.assertEqual(parcel.milestone, samples.WAY[code][-1][1])
            rows = parcel.milestone_ids.filtered(lambda r: r.who == "carrier").sorted("occurred_at")
            self.assertEqual(rows.mapped("milestone"), [milestone for _code, milestone in samples.WAY[code]])
            self.assertEqual(rows.mapped("occurred_at"), [moment for _code, moment in scans])
            last = rows[-1]
            self.assertEqual((last.system_id, last.effect, last.map_version), (system.id, "applied", 1))
            self.assertTrue(last.raw_code)
            self.assertTrue(last.raw_field)
            self.assertTrue(last.told_at)
            self.assertIn(last.zone_source, ("told", "place"))

    def test_a_burst_in_any_order_with_repeats_ends_the_same(self):
        dice = random.Random(20260302)
        for code, system, parcel, number, scans in self.each():
            mixed = dice.sample(scans, len(scans)) + dice.sample(scans, 2)
            for scan in mixed:
                self.tell(system, number, [scan])
                self.work()
            self.tell(system, number, scans)
            self.work()
            self.assertEqual(parcel.milestone, samples.WAY[code][-1][1])
            self.assertEqual(len(parcel.milestone_ids.filtered(lambda r: r.who == "carrier")), len(scans))
            confirmed = self.events("delivery.confirmed", parcel.shipment_id)
            self.assertEqual(len(confirmed), 1 if parcel.milestone == "delivered" else 0)

    def test_a_repeated_request_is_known(self):
        for _code, system, _parcel, number, scans in self.each():
            self.tell(system, number, scans)
            self.assertFalse(self.tell(system, number, scans))

    def test_an_unknown_code_waits_and_holds_nothing_else(self):
        for code, system, parcel, number, scans in self.each():
            strange = {"sendcloud": "77777", "edifact_iftsta": "999", "x12_214": "ZZ"}.get(code, "ODD")
            fine = strange + ("/" + scans[1][0].split("/")[1] if "/" in scans[1][0] else "")
            messages = self.tell(system, number, [scans[0], (fine, scans[1][1]), *scans[2:]])
            self.work()
            waiting = messages.filtered(lambda m: m.state == "quarantined")
            self.assertEqual(waiting.unmapped_code, strange.lower() if code == "shopify" else strange)
            self.assertTrue(waiting.unmapped_field)
            self.assertEqual(set((messages - waiting).mapped("state")), {"processed"})
            self.assertEqual(parcel.milestone, samples.WAY[code][-1][1])
            wizard = self.env["logistics.status.map.replay"].browse(waiting.action_map_and_replay()["res_id"])
            wizard.milestone = "picked_up"
            wizard.action_apply()
            self.work()
            # told in time, mapped too late to matter: what came after it stands
            self.assertEqual(waiting.state, "late")
            self.assertEqual(parcel.milestone, samples.WAY[code][-1][1])

    def test_an_unknown_number_waits_until_a_parcel_has_it(self):
        for code in samples.SENDERS:
            with self.subTest(sender=code):
                system, number = self.sender(code), samples.number_of(code)
                messages = self.tell(system, number, samples.way(code, self.begin))
                self.work()
                self.assertEqual(set(messages.mapped("state")), {"quarantined"})
                self.assertFalse(messages.filtered("unmapped_code"))
                parcel = self.parcel_of(code)
                self.work()
                self.assertEqual(set(messages.mapped("state")), {"processed"}, messages.mapped("reason"))
                self.assertEqual(parcel.milestone, samples.WAY[code][-1][1])
                parcel.tracking_number = False

    def test_what_happened_a_year_ago_is_about_an_earlier_parcel(self):
        for code, system, parcel, number, _scans in self.each():
            long_ago = fields.Datetime.subtract(self.begin, days=365)
            messages = self.tell(system, number, samples.way(code, long_ago))
            self.work()
            self.assertEqual(set(messages.mapped("state")), {"late"})
            self.assertIn("another parcel", messages[0].reason)
            self.assertEqual(parcel.milestone, "unknown")
            self.assertFalse(parcel.milestone_ids)

    def test_a_body_that_breaks_off_is_no_message(self):
        for code in samples.SENDERS:
            with self.subTest(sender=code):
                raw, headers = samples.write(code, "T", samples.way(code, self.begin))[0]
                with self.assertRaises(EnvelopeError):
                    ADAPTERS[code].read(raw[: len(raw) // 2], headers)

    def test_what_lacks_something_is_kept_and_says_what(self):
        system = self.sender("easypost")
        raw, headers = samples.write("easypost", "T1", samples.way("easypost", self.begin))[0]
        body = json.loads(raw)
        del body["result"]["tracking_code"]
        message = self.push(system, json.dumps(body).encode(), headers)
        self.work()
        self.assertEqual(message.state, "quarantined")
        self.assertIn("tracking_code", message.reason)

    def test_a_rehearsal_moves_nothing(self):
        system = self.sender("shippo", environment="live")
        parcel = self.parcel_of("shippo")
        raw, headers = samples.write("shippo", parcel.tracking_number, samples.way("shippo", self.begin))[0]
        messages = self.push(system, json.dumps({**json.loads(raw), "test": True}).encode(), headers)
        self.work()
        self.assertEqual(set(messages.mapped("state")), {"discarded"})
        self.assertEqual(parcel.milestone, "unknown")

    def test_the_zone_of_the_system_decides_where_nothing_else_does(self):
        system = self.sender("aftership", inbound_tz="America/Denver")
        parcel = self.parcel_of("aftership")
        raw, headers = samples.write("aftership", parcel.tracking_number, samples.way("aftership", self.begin)[:1])[0]
        self.push(system, raw.replace(b'"ISL"', b'"USA"'), headers)
        self.work()
        row = parcel.milestone_ids
        self.assertEqual((row.zone, row.zone_source), ("America/Denver", "setting"))
        self.assertEqual(row.told_at, self.begin.isoformat())
        self.assertIn((row.occurred_at - self.begin).total_seconds() / 3600, (6.0, 7.0))

    def test_a_shop_s_fulfilment_is_known_by_its_number(self):
        system, parcel = self.sender("shopify"), self.parcel_of("shopify", "T77")
        event = {"id": 9, "fulfillment_id": 255858046, "status": "out_for_delivery",
                 "happened_at": self.begin.isoformat() + "Z"}  # fmt: skip
        early = self.push(system, json.dumps(event).encode(), {"x-shopify-topic": "fulfillment_events/create"})
        self.work()
        self.assertEqual(early.state, "quarantined")
        self.tell(system, "T77", [("in_transit", fields.Datetime.subtract(self.begin, hours=1))])
        self.work()
        self.assertEqual((early.state, parcel.milestone), ("processed", "out_for_delivery"))

    def test_three_parcels_and_one_is_lost(self):
        system = self.sender("easypost")
        shipment = self.ship(qty=3, tracking="E3", packages=3)
        numbers = shipment.parcel_ids.mapped("tracking_number")
        for number in numbers[:2]:
            self.tell(system, number, samples.way("easypost", self.begin))
        lost = fields.Datetime.add(self.begin, hours=5)
        self.tell(system, numbers[2], [*samples.way("easypost", self.begin)[:3], ("lost/failure", lost)])
        self.work()
        self.assertEqual(shipment.parcel_ids.mapped("milestone"), ["delivered", "delivered", "in_transit"])
        self.assertEqual((shipment.milestone, shipment.exception_code), ("in_transit", "lost"))
        self.assertFalse(self.events("delivery.confirmed", shipment))
        self.assertEqual(len(self.events("shipment.exception_detected", shipment)), 1)

    def test_the_settings_of_a_sender_follow_from_its_adapter(self):
        for code in samples.SENDERS:
            with self.subTest(sender=code):
                system = self.env["logistics.system"].new({"name": code, "code": code, "inbound_adapter": code})
                system._onchange_inbound_adapter()
                expected = {"easypost": "easypost", "shippo": "shippo", "aftership": "aftership", "karrio": "token",
                            "epcis": "token", "x12_214": "token", "edifact_iftsta": "token"}  # fmt: skip
                self.assertEqual(system.inbound_scheme, expected.get(code, "hmac_sha256"))
