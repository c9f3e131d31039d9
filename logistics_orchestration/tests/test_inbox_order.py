"""Messages about one document take effect in order; what waits holds its own document and no other."""

import json
import threading
import uuid
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.backbone import cron_wake
from ..models.inbox.inbox_errors import Quarantine
from ..relay import inbound
from .common import LogisticsCase
from .worker_common import WorkersCase

WORKER = "odoo.addons.logistics_orchestration.models.backbone.work_item"


class InboxOrderCase(LogisticsCase):
    def setUp(self):
        super().setUp()
        self.system = self.make_system("warehouse")
        self.done = []
        self.trouble = {}
        case = self

        def handle(message, data):
            if problem := case.trouble.get(data["n"]):
                raise problem
            case.done.append(data["n"])

        cls = self.env.registry["logistics.inbox.message"]
        for name in ("_handle_picking_test", "_handle_shipment_test"):
            setattr(cls, name, handle)
            self.addCleanup(delattr, cls, name)

    def store(self, n, subject="F1", family="picking", second=0, system=None):
        """One message, stored and not processed."""
        body = {
            "type": f"logistics.{family}.test",
            "subject": subject,
            "time": f"2026-03-01T08:00:{second:02d}Z",
            "data": {"n": n},
        }
        inbox = self.env["logistics.inbox.message"]
        system = system or self.system
        res_id, _status = inbox._receive(system, f"msg-{uuid.uuid4().hex}", json.dumps(body).encode(), {})
        return inbox.browse(res_id)

    def run_inbox(self):
        return self.env["logistics.inbox.message"]._work_run()

    def due_again(self, message):
        message.next_attempt_at = "2026-01-01"


class TestInboxOrder(InboxOrderCase):
    def test_by_time_then_by_arrival(self):
        for n, second in ((1, 30), (2, 10), (3, 20), (4, 20)):
            self.store(n, second=second)
        self.assertEqual(self.run_inbox(), 4)
        self.assertEqual(self.done, [2, 3, 4, 1])

    @mute_logger(WORKER)
    def test_what_is_tried_again_holds_its_document_only(self):
        failing, behind = self.store(1), self.store(2)
        other, elsewhere = self.store(3, subject="F2"), self.store(4, system=self.make_system("warehouse"))
        self.trouble[1] = ZeroDivisionError("down")
        self.run_inbox()
        self.assertEqual(sorted(self.done), [3, 4])
        self.assertEqual((failing.state, behind.state), ("failed", "received"))
        self.assertEqual(behind.behind_id, failing)
        self.assertFalse((other + elsewhere).behind_id)
        self.trouble.clear()
        self.due_again(failing)
        self.run_inbox()
        self.assertEqual(self.done[2:], [1, 2])

    def test_a_pick_in_quarantine_holds_what_follows_until_a_person_decides(self):
        stuck, behind = self.store(1), self.store(2)
        self.trouble[1] = Quarantine("unknown")
        self.run_inbox()
        self.assertTrue(stuck.holds)
        self.assertEqual((behind.state, behind.behind_id), ("received", stuck))
        stuck.action_discard(reason="done by hand")
        self.run_inbox()
        self.assertEqual((self.done, behind.state), ([2], "processed"))

    def test_a_replayed_one_comes_first(self):
        stuck, behind = self.store(1), self.store(2)
        self.trouble[1] = Quarantine("unknown")
        self.run_inbox()
        self.trouble.clear()
        stuck.action_replay()
        self.run_inbox()
        self.assertEqual(self.done, [1, 2])
        self.assertFalse(behind.behind_id)

    def test_a_scan_in_quarantine_lets_others_pass_unless_told_otherwise(self):
        self.trouble[1] = Quarantine("unmapped")
        self.store(1, family="shipment")
        self.store(2, family="shipment")
        self.run_inbox()
        self.assertEqual(self.done, [2])
        self.env["logistics.event.type"].create({"name": "logistics.shipment.test", "inbound_hold": "hold"})
        self.store(1, subject="F3", family="shipment")
        self.store(3, subject="F3", family="shipment")
        self.run_inbox()
        self.assertEqual(self.done, [2])

    @mute_logger(WORKER)
    def test_a_dead_pick_holds_too(self):
        dead, behind = self.store(1), self.store(2)
        self.trouble[1] = ZeroDivisionError("for good")
        for _attempt in range(dead._work_max_attempts):
            self.due_again(dead)
            self.run_inbox()
        self.assertEqual((dead.state, behind.behind_id, self.done), ("dead", dead, []))

    def test_a_flood_of_one_partner_does_not_keep_others_waiting(self):
        for n in range(60):
            self.store(n, subject=f"F{n}")
        late = self.store(99, system=self.make_system("warehouse"))
        heads = self.env["logistics.inbox.message"]._due_heads(set())
        self.assertEqual([head[0] for head in heads].index(late.id), 1)

    def test_without_subject_there_is_no_order(self):
        self.trouble[1] = Quarantine("unknown")
        self.store(1, subject="")
        self.store(2, subject="")
        self.run_inbox()
        self.assertEqual(self.done, [2])

    def test_one_todo_for_one_reason(self):
        self.trouble = {n: Quarantine("code ZZ is not mapped") for n in range(3)}
        messages = [self.store(n, subject=f"F{n}") for n in range(3)]
        self.run_inbox()
        self.assertEqual([bool(message.activity_ids) for message in messages], [True, False, False])

    @mute_logger(WORKER)
    def test_a_retry_is_woken_when_it_is_due(self):
        cron = self.env.ref("logistics_orchestration.cron_inbox")
        self.trouble[1] = ZeroDivisionError("down")
        message = self.store(1)
        self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).unlink()
        self.run_inbox()
        trigger = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertEqual(len(trigger), 1)
        self.assertGreaterEqual(trigger.call_at, message.next_attempt_at)
        self.assertLessEqual((trigger.call_at - message.next_attempt_at).total_seconds(), 3)

    def test_the_second_worker_is_called_when_there_is_much_to_do(self):
        helper = self.env.ref("logistics_orchestration.cron_inbox_second")
        for n in range(51):
            self.store(n, subject=f"F{n}")
        self.run_inbox()
        self.assertEqual(len(self.done), 51)
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", helper.id)]))


class TestInboxTogether(TestInboxOrder):
    """The same rules where messages share a transaction."""

    def setUp(self):
        super().setUp()
        cls = self.env.registry["logistics.inbox.message"]
        self.patch(cls, "_together", frozenset({"picking.test", "shipment.test"}))

    @mute_logger(WORKER)
    def test_one_that_fails_takes_no_other_along(self):
        for n in range(6):
            self.store(n, subject=f"F{n % 3}", second=n)
        self.trouble[1] = ZeroDivisionError("down")
        self.trouble[2] = Quarantine("unknown")
        self.run_inbox()
        self.assertEqual(self.done, [0, 3])

    def test_a_waiting_one_in_the_middle_holds_what_is_behind_it(self):
        first, middle, last = (self.store(n, second=n) for n in range(3))
        self.store(9, subject="F2")
        middle.write({"state": "quarantined", "holds": True})
        self.run_inbox()
        self.assertEqual(sorted(self.done), [0, 9])
        self.assertEqual((first.state, last.state), ("processed", "received"))


@tagged("post_install", "-at_install")
class TestInboxWorkers(WorkersCase):
    """Two real workers with connections of their own, committing as in real life."""

    def test_two_workers_keep_the_order_and_do_each_once(self):
        keys, each = 12, 15
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            system = env["logistics.system"].browse(self.system_id)
            for n in range(each):
                for key in range(keys):
                    body = {"type": "picking.test", "subject": f"F{key}", "data": {"n": n}}
                    body["time"] = "2026-03-01T08:00:00Z"
                    env["logistics.inbox.message"]._receive(system, f"{key}-{n}", json.dumps(body).encode(), {})
        effects, guard = {}, threading.Lock()

        def handle(message, data):
            with guard:
                effects.setdefault(message.subject, []).append((data["n"], threading.get_ident()))
            message.env.cr.execute("SELECT pg_sleep(0.003)")

        cls = self.registry["logistics.inbox.message"]
        cls._handle_picking_test = handle
        self.addCleanup(delattr, cls, "_handle_picking_test")
        self.run_two(30)
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT state, count(*) FROM logistics_inbox_message WHERE system_id = %s GROUP BY 1", [self.system_id]
            )
            self.assertEqual(cr.fetchall(), [("processed", keys * each)])
        for told in effects.values():
            self.assertEqual([n for n, _worker in told], list(range(each)))
        self.assertEqual(len({worker for told in effects.values() for _n, worker in told}), 2, "both did some")

    def test_the_same_message_at_the_same_moment_is_stored_once(self):
        """Eight connections, one message: one row, nobody fails beyond what the controller tries again at once."""
        outcomes = []
        ready = threading.Barrier(8)
        body = json.dumps({"type": "picking.test", "data": {}}).encode()
        named = [("same", inbound.native(body, {})[0])]

        def send():
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                system = env["logistics.system"].browse(self.system_id)
                self.assertTrue(system.company_id, "the snapshot is taken before the others write")
                ready.wait()
                store = env["logistics.inbox.message"]._store
                try:
                    told = store(system.id, system.company_id.id, named, {})
                except psycopg2.errors.SerializationFailure:
                    cr.rollback()
                    told = store(system.id, system.company_id.id, named, {}, look_first=True)
                outcomes.append(told[0][1])

        threads = [threading.Thread(target=send) for _ in range(8)]
        with mute_logger("odoo.sql_db"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(sorted(outcomes), ["accepted"] + ["duplicate"] * 7)

    def test_wake_ups_are_shared_only_by_what_is_committed(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cron = env.ref("logistics_orchestration.cron_inbox")
            count = lambda: env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])  # noqa: E731
            cron_wake._fires.pop((cr.dbname, cron.id), None)
            before = count()
            for _call in range(3):
                cron_wake.wake(cron, share=True)
            self.assertEqual(count(), before + 3, "not committed yet: each has its own")
            cr.commit()
            cron_wake.wake(cron, share=True)
            cr.commit()
            self.assertEqual(count(), before + 4, "the first after a fired one")
            for _call in range(10):
                cron_wake.wake(cron, share=True)
                cr.commit()
            self.assertEqual(count(), before + 4, "covered by the one that is to come")
            later = env["ir.cron.trigger"].search([("cron_id", "=", cron.id)], order="call_at desc", limit=1).call_at
            self.assertGreater(later, fields.Datetime.now())

    def test_rules_owed_one_after_the_other_share_a_trigger(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            Task = env["logistics.event.task"]
            cron = env.ref(Task._work_cron_id)
            self.addCleanup(cron_wake._fires.pop, (cr.dbname, cron.id), None)
            cron_wake._fires.pop((cr.dbname, cron.id), None)

            def owe(count):
                """Triggers that so many transactions, one after the other, leave behind."""
                cr.commit()
                before = env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
                for _call in range(count):
                    Task._wake()
                    cr.commit()
                return env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]) - before

            self.assertEqual(owe(1), 1, "at once")
            self.assertEqual(owe(10), 1, "one to come, for all of them")
            with patch.object(type(self.registry), "cursor", side_effect=AssertionError("not needed")):
                self.assertEqual(owe(3), 0, "and no connection for those it stands for")
