"""Retention: what may go goes in batches, what is owed stays, counters do not notice; autovacuum per table."""

import hashlib

import psycopg2

from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from ..models.backbone.retention_rules import RULES
from ..relay.schema import TABLE_SETTINGS
from .relay_common import RelayCase


class TestRetention(RelayCase):
    def setUp(self):
        super().setUp()
        self.Retention = self.env["logistics.retention"]
        self.count_all()

    def count_all(self):
        """As after many minutes of the watchdog: every row is in the meters."""
        for table in ("logistics_outbox_attempt", "logistics_event", "logistics_inbox_message", "logistics_refusal"):
            self.env.cr.execute(
                "INSERT INTO logistics_meter_mark (name, up_to) VALUES (%s, 2000000000)"
                " ON CONFLICT (name) DO UPDATE SET up_to = 2000000000",
                [table],
            )

    def purge(self, *kinds, days=30):
        """Run rules of these kinds, with batches of one, and nothing else."""
        rules = self.Retention.with_context(active_test=False).search([])
        for rule in rules:
            rule.write({"active": rule.kind in kinds, "days": days, "batch": 1})
        self.assertTrue(self.Retention._cron_purge())
        self.env.invalidate_all()
        return {rule.kind: rule for rule in rules}

    def age(self, *tables):
        """Make what is in these tables years old."""
        old = {
            "logistics_outbox_message": "UPDATE logistics_outbox_message SET created_at = '2020-01-01',"
            " delivered_at = CASE WHEN delivered_at IS NOT NULL THEN timestamp '2020-01-01' END",
            "logistics_outbox_attempt": "UPDATE logistics_outbox_attempt SET started_at = '2020-01-01'",
            "logistics_event": "UPDATE logistics_event SET create_date = '2020-01-01'",
            "logistics_feed_entry": "UPDATE logistics_feed_entry SET created_at = '2020-01-01'",
            "logistics_inbox_message": "UPDATE logistics_inbox_message SET received_at = '2020-01-01'",
        }
        # only a superuser of the database walks around the guard of the audit tables
        self.env.cr.execute("SET LOCAL session_replication_role = replica")
        for table in tables:
            self.env.cr.execute(old[table])
        self.env.cr.execute("SET LOCAL session_replication_role = origin")
        self.env.invalidate_all()

    def test_finished_messages_go_and_what_is_owed_stays(self):
        done_event = self.emit(1)
        self.drain()
        self.partner.status = 400
        dead_event = self.emit(2, self.purchase.copy())
        self.drain()
        self.system.state = "paused"
        waiting_event = self.emit(3)
        self.drain()
        done, dead, waiting = (self.message(event) for event in (done_event, dead_event, waiting_event))
        self.assertEqual((done + dead + waiting).mapped("state"), ["delivered", "dead", "pending"])
        self.age("logistics_outbox_message", "logistics_outbox_attempt", "logistics_event")
        rules = self.purge("attempts", "messages", "event_payload", "events")
        self.assertFalse(done.exists())
        self.assertEqual((dead + waiting).exists(), dead + waiting)
        self.assertTrue(dead.attempt_ids, "what was tried with it is still to be seen")
        self.assertTrue(dead.body)
        self.assertTrue(waiting.body)
        self.assertTrue(done_event.exists(), "the pull feed has it")
        self.assertGreaterEqual(rules["messages"].last_removed, 1)
        self.assertTrue(rules["messages"].last_run_at)
        self.assertEqual(rules["messages"].position, 0, "the next run begins at the beginning")

    def test_the_log_goes_last(self):
        event = self.emit(1)
        self.drain()
        self.age("logistics_outbox_message", "logistics_outbox_attempt", "logistics_event", "logistics_feed_entry")
        self.purge("feed", "messages", "events")
        self.assertFalse(event.exists())

    def test_a_pointer_keeps_its_event(self):
        event = self.emit(1)
        self.age("logistics_event")
        self.purge("event_payload", "events")
        self.assertTrue(event.body, "nobody has looked yet who is owed it")

    def test_content_goes_and_its_hash_stays(self):
        event = self.emit(1)
        body = event.body
        self.drain()
        message = self.message(event)
        self.env.cr.execute("UPDATE logistics_outbox_message SET payload = 'mapped' WHERE id = %s", [message.id])
        self.age("logistics_outbox_message", "logistics_event", "logistics_feed_entry")
        self.purge("feed", "outbox_payload", "event_payload")
        self.assertFalse(event.body)
        self.assertEqual(event.body_sha256, hashlib.sha256(body.encode()).hexdigest())
        self.assertFalse(message.payload)
        self.assertEqual(message.body_sha256, hashlib.sha256(b"mapped").hexdigest())
        self.assertFalse(event.data)
        with self.assertRaisesRegex(UserError, "removed by the retention rule"):
            message.action_replay()

    def test_the_guard_lets_the_purge_empty_content_and_nothing_else(self):
        event = self.emit(1)
        cr = self.env.cr
        cr.execute("SELECT set_config('logistics.purge', 'on', true)")
        cr.execute("UPDATE logistics_event SET body = NULL WHERE id = %s", [event.id])
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error), cr.savepoint():
            cr.execute("UPDATE logistics_event SET subject = 'x' WHERE id = %s", [event.id])
        cr.execute("SELECT set_config('logistics.purge', 'off', true)")
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error), cr.savepoint():
            cr.execute("UPDATE logistics_event SET body = 'x' WHERE id = %s", [event.id])

    def test_inbox(self):
        handled = self.receive(self.system, "purchase.acknowledged", {"purchase": "?"})
        unknown = self.receive(self.system, "nonsense.happened", {})
        handled.write({"state": "processed"})
        raw = handled.raw
        self.age("logistics_inbox_message")
        self.purge("inbox_payload")
        self.assertFalse(handled.raw)
        self.assertEqual(handled.raw_sha256, hashlib.sha256(raw.encode()).hexdigest())
        self.assertTrue(unknown.raw, "a person has yet to look at it")
        handled.write({"state": "late"})
        with self.assertRaisesRegex(UserError, "removed by the retention rule"):
            handled.action_replay()
        handled.message_post(body="Looked at")
        self.purge("inbox")
        self.assertFalse(handled.exists())
        self.assertFalse(self.env["mail.message"].search([("model", "=", handled._name), ("res_id", "=", handled.id)]))
        self.assertTrue(unknown.exists())

    def test_what_is_not_counted_yet_stays(self):
        event = self.emit(1)
        self.drain()
        message = self.message(event)
        self.age("logistics_outbox_message", "logistics_outbox_attempt")
        self.env.cr.execute("UPDATE logistics_meter_mark SET up_to = 0")
        self.purge("attempts", "messages")
        self.assertTrue(message.attempt_ids)

    def test_counters_do_not_notice(self):
        self.emit(1)
        self.drain()
        key = (self.system.id, "delivered")
        self.env.cr.execute("UPDATE logistics_meter_mark SET up_to = 0")
        before = self.env["logistics.meter"]._read_all()["calls"][key]
        # a mark moves in two steps; in a test nothing that is open ever ends, so it is told so
        self.env.cr.execute("UPDATE logistics_meter_mark SET seen = 2000000000, seen_xid = '0', seen_at = '2020-01-01'")
        self.env["logistics.meter"]._roll_up()
        self.env.cr.execute("SELECT DISTINCT up_to FROM logistics_meter_mark")
        self.assertEqual(self.env.cr.fetchall(), [(2000000000,)])
        self.assertEqual(self.env["logistics.meter"]._read_all()["calls"][key], before)
        self.age("logistics_outbox_message", "logistics_outbox_attempt")
        self.purge("messages")
        self.env.cr.execute("SELECT count(*) FROM logistics_outbox_attempt WHERE system_id = %s", [self.system.id])
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        self.assertEqual(self.env["logistics.meter"]._read_all()["calls"][key], before)

    def test_a_mark_does_not_move_over_what_may_still_be_committed(self):
        meter = self.env["logistics.meter"]
        self.env.cr.execute("DELETE FROM logistics_meter_mark")
        self.emit(1)
        meter._roll_up()
        self.env.cr.execute("SELECT up_to, seen FROM logistics_meter_mark WHERE name = 'logistics_event'")
        up_to, seen = self.env.cr.fetchone()
        self.assertEqual(up_to, 0)
        self.assertGreater(seen, 0)
        self.env.cr.execute("UPDATE logistics_meter_mark SET seen_at = '2020-01-01'")
        meter._roll_up()
        self.env.cr.execute("SELECT up_to FROM logistics_meter_mark WHERE name = 'logistics_event'")
        self.assertEqual(self.env.cr.fetchone()[0], 0, "this very transaction is still open")

    def test_a_run_that_has_no_time_goes_on_where_it_was(self):
        self.Retention.search([]).active = False
        rule = self.Retention.with_context(active_test=False).search([("kind", "=", "refusals")])
        rule.write({"active": True, "batch": 2})
        self.env["logistics.refusal"].search([]).unlink()
        self.env["logistics.refusal"].create([{"reason": "token", "at": "2020-01-01"} for _number in range(5)])
        self.assertEqual(rule.due_count, 5)
        self.assertFalse(self.Retention._cron_purge(seconds=-1))
        self.assertEqual(rule._purge_batch(), 2)
        self.assertTrue(rule.position)
        self.assertTrue(self.Retention._cron_purge())
        self.assertEqual((rule.last_removed, rule.position), (5, 0))
        self.assertFalse(self.env["logistics.refusal"].search([]))

    def test_every_kind_has_a_rule_and_runs(self):
        for kind, definition in RULES.items():
            with self.subTest(kind=kind):
                rule = self.env.ref(f"logistics_orchestration.retention_{kind}")
                self.assertEqual((rule.kind, rule.days), (kind, definition.days))
        self.assertTrue(self.Retention._cron_purge())
        self.assertFalse(self.Retention.search([("last_error", "!=", False)]).mapped("last_error"))
        self.assertTrue(self.Retention.search([], limit=1).action_run())

    def test_entries_that_make_no_sense(self):
        with self.assertRaises(ValidationError):
            self.env.ref("logistics_orchestration.retention_events").days = 0

    def test_autovacuum_per_table(self):
        self.env.cr.execute(
            "SELECT relname, reloptions FROM pg_class WHERE relkind = 'r' AND relname = ANY(%s)", [list(TABLE_SETTINGS)]
        )
        found = {name: dict(option.split("=") for option in options or ()) for name, options in self.env.cr.fetchall()}
        self.assertEqual(set(found), set(TABLE_SETTINGS))
        for table, options in TABLE_SETTINGS.items():
            with self.subTest(table=table):
                self.assertEqual(found[table], {key: str(value) for key, value in options.items()})
