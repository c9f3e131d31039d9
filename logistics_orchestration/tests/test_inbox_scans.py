"""Scans that are processed many in one transaction: one that is not understood takes none along, and two workers at
once neither lose nor double any."""

import json
import uuid
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from .shipment_common import ShipmentCase
from .worker_common import WorkersCase

CODES = ("COLLECTED", "DEPOT", "VAN", "DELIVERED")


def store(env, system, number, code, turn):
    """One scan, stored and not processed; returns its id."""
    body = {
        "type": "logistics.shipment.status_changed",
        "time": f"2026-03-01T08:00:{turn:02d}Z",
        "data": {"tracking_number": number, "code": code},
    }
    uid = f"scan-{uuid.uuid4().hex}"
    return env["logistics.inbox.message"]._receive(system, uid, json.dumps(body).encode(), {})[0]


@tagged("post_install", "-at_install")
class TestScansTogether(ShipmentCase):
    def setUp(self):
        super().setUp()
        self.carrier_system.tracking_reuse_days = 0
        self.shipments = [self.ship(tracking=f"T{n}") for n in range(3)]

    def store_all(self, codes):
        inbox = self.env["logistics.inbox.message"]
        ids = [
            store(self.env, self.carrier_system, f"T{n}", code, turn)
            for turn, code in enumerate(codes)
            for n in range(3)
        ]
        return inbox.browse(ids)

    def test_they_share_a_savepoint(self):
        self.store_all(CODES)
        inbox = self.env.registry["logistics.inbox.message"]
        with patch.object(inbox, "_attempt_each", autospec=True) as each:
            self.env["logistics.inbox.message"]._work_run()
        each.assert_not_called()
        for shipment in self.shipments:
            self.assertEqual(shipment.milestone, "delivered")
            told = [event.data["milestone"] for event in self.events("shipment.status_changed", shipment)]
            self.assertEqual(told, ["picked_up", "in_transit", "out_for_delivery", "delivered"])

    def test_one_that_is_not_understood_takes_no_other_along(self):
        messages = self.store_all(CODES[:2])
        unknown = messages.browse(store(self.env, self.carrier_system, "T1", "NOBODY-KNOWS", 9))
        self.env["logistics.inbox.message"]._work_run()
        self.assertEqual(set(messages.mapped("state")), {"processed"})
        self.assertEqual((unknown.state, unknown.unmapped_code), ("quarantined", "NOBODY-KNOWS"))
        for shipment in self.shipments:
            self.assertEqual(shipment.milestone, "in_transit")
            self.assertEqual(len(shipment.milestone_ids.filtered(lambda row: row.who == "carrier")), 2)
            self.assertEqual(len(self.events("shipment.status_changed", shipment)), 2)

    def test_what_scans_have_in_common_is_read_once(self):
        def statements(numbers):
            for number in numbers:
                self.ship(tracking=number)
            for turn, code in enumerate(CODES):
                for number in numbers:
                    store(self.env, self.carrier_system, number, code, turn)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["logistics.inbox.message"]._work_run()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        self.env["logistics.inbox.message"]._work_run()
        few, many = statements(["U1", "U2"]), statements([f"V{n}" for n in range(10)])
        # a row for each scan; for each parcel its lane, its own and its shipment's update, and one look for void facts
        self.assertLess((many - few) / (8 * len(CODES)), 3.2)

    def test_a_number_given_meanwhile_counts(self):
        inbox, parcels = self.env["logistics.inbox.message"], self.env["logistics.parcel"]
        company = self.shipments[0].company_id
        inbox._notes_together(begin=True)
        self.addCleanup(inbox._notes_together, begin=False)
        store(self.env, self.carrier_system, "T9", CODES[0], 1)
        inbox.search([("state", "=", "received")])._ready_together()
        self.assertFalse(parcels._find_by_tracking("T9", company))
        last = self.shipments[2].parcel_ids
        last.tracking_number = "T9"
        self.assertEqual(parcels._find_by_tracking("T9", company), last)


@tagged("post_install", "-at_install")
class TestScansOfTwoWorkers(WorkersCase):
    """Two real workers with connections of their own, committing as in real life."""

    kind = "carrier"

    def prepare(self, env):
        system = super().prepare(env)
        system.tracking_reuse_days = 0
        self.numbers = [f"{self.code}-{n}" for n in range(16)]
        shipments = env["logistics.shipment"].create([{} for _number in self.numbers])
        self.shipment_ids = shipments.ids
        env["logistics.parcel"].create(
            [
                {"shipment_id": shipment.id, "tracking_number": number}
                for shipment, number in zip(shipments, self.numbers, strict=True)
            ]
        )
        return system

    def remove(self, cr):
        for statement in (
            "DELETE FROM logistics_event_task WHERE res_model = 'logistics.shipment' AND res_id = ANY(%(ids)s)",
            "DELETE FROM logistics_outbox_pointer WHERE event_id IN (SELECT id FROM logistics_event"
            " WHERE res_model = 'logistics.shipment' AND res_id = ANY(%(ids)s))",
            "DELETE FROM logistics_event WHERE res_model = 'logistics.shipment' AND res_id = ANY(%(ids)s)",
            "DELETE FROM logistics_milestone WHERE shipment_id = ANY(%(ids)s)",
            "DELETE FROM logistics_parcel WHERE shipment_id = ANY(%(ids)s)",
            "DELETE FROM logistics_shipment WHERE id = ANY(%(ids)s)",
            "DELETE FROM mail_message WHERE model = 'logistics.shipment' AND res_id = ANY(%(ids)s)",
        ):
            cr.execute(statement, {"ids": self.shipment_ids})

    def test_no_scan_is_lost_or_doubled(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            system = env["logistics.system"].browse(self.system_id)
            for turn, code in enumerate(CODES):
                for number in self.numbers:
                    store(env, system, number, code, turn)
        self.run_two(60)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            # a lane the other worker held at the end of a run is its own to finish; what is left is due still
            env["logistics.inbox.message"]._work_run(60)
            states = env["logistics.inbox.message"]._read_group(
                [("system_id", "=", self.system_id)], ["state"], ["__count"]
            )
            self.assertEqual(states, [("processed", len(CODES) * len(self.numbers))])
            for shipment in env["logistics.shipment"].browse(self.shipment_ids):
                rows = shipment.milestone_ids.filtered(lambda row: row.who == "carrier").sorted("occurred_at")
                self.assertEqual(rows.mapped("raw_code"), list(CODES))
                self.assertEqual(set(rows.mapped("effect")), {"applied"})
                self.assertEqual(shipment.milestone, "delivered")
                told = [("res_model", "=", shipment._name), ("res_id", "=", shipment.id)]
                told.append(("type_name", "=", "logistics.shipment.status_changed"))
                self.assertEqual(env["logistics.event"].search_count(told), len(CODES))
