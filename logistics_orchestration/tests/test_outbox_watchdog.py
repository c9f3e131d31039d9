"""What the relay cannot solve becomes an alarm and a to-do; the engine's idea of the tables is that of the models."""

from ..relay.schema import COLUMNS
from .relay_common import RelayCase


class TestWatchdog(RelayCase):
    def setUp(self):
        super().setUp()
        self.responsible = self.env["res.users"].search([("login", "=", "admin")])
        self.system.user_id = self.responsible
        self.Message = self.env["logistics.outbox.message"]
        # facts of the watchdog's own are not what is tested here
        self.env["logistics.alert"].search([]).unlink()

    def alerts(self, kind):
        return self.env["logistics.alert"].search([("kind", "=", kind), ("state", "!=", "closed")])

    def summaries(self, system=None):
        return (system or self.system).activity_ids.mapped("summary")

    def test_dead_letters_become_one_todo(self):
        self.Message._cron_watchdog()
        self.assertFalse(self.summaries())
        self.partner.status = 400
        self.emit(1)
        self.drain()
        self.Message._cron_watchdog()
        self.assertEqual(len(self.summaries()), 1)
        self.assertIn("Dead letters", self.summaries()[0])
        activity = self.system.activity_ids
        self.assertEqual(activity.user_id, self.responsible)
        self.assertIn("HTTP 400", activity.note)
        self.Message._cron_watchdog()
        self.assertEqual(self.system.activity_ids, activity, "one while it is open")

    def test_without_responsible_the_administrators_are_told(self):
        self.system.user_id = False
        self.partner.status = 400
        self.emit(1)
        self.drain()
        self.Message._cron_watchdog()
        admins = self.env.ref("logistics_orchestration.group_integration_admin").users
        self.assertTrue(self.system.activity_ids.user_id)
        self.assertLessEqual(self.system.activity_ids.user_id, admins)

    def test_waiting_without_a_relay(self):
        self.emit(1)
        self.system.state = "paused"
        self.drain()
        self.env.cr.execute("UPDATE logistics_outbox_message SET next_attempt_at = now() - interval '1 h'")
        self.Message._cron_watchdog()
        self.assertFalse(self.summaries(), "paused by a person: they know")
        self.assertFalse(self.alerts("relay_stopped"))
        self.system.state = "active"
        self.Message._cron_watchdog()
        self.assertEqual(len(self.alerts("relay_stopped")), 1)
        self.assertIn("odoo-bin logistics_relay -d", self.alerts("relay_stopped").text)
        self.assertTrue(self.alerts("relay_stopped").activity_ids, "the to-do is on the alarm: it is about no system")
        self.assertFalse(self.summaries(), "one cause, one alarm")
        self.env.ref("logistics_orchestration.alert_rule_relay_stopped").active = False
        self.Message._cron_watchdog()
        self.assertFalse(self.alerts("relay_stopped"), "its rule was switched off")
        self.assertIn("wait", self.summaries()[0])
        self.assertIn("No relay process is alive", self.system.activity_ids.note)

    def test_waiting_beside_a_relay(self):
        self.emit(1)
        self.system.state = "paused"
        self.drain()
        self.system.state = "active"
        self.env.cr.execute("UPDATE logistics_outbox_message SET next_attempt_at = now() - interval '1 h'")
        with self.registry.cursor() as cr:
            cr.execute("SELECT pg_advisory_lock(%s, 5)", [0x4C4F4749])
            self.Message._cron_watchdog()
            cr.execute("SELECT pg_advisory_unlock(%s, 5)", [0x4C4F4749])
        self.assertFalse(self.alerts("relay_stopped"))
        self.assertIn("1 relay processes are alive", self.system.activity_ids.note)
        self.drain()
        self.Message._cron_watchdog()
        self.assertFalse(self.alerts("oldest_waiting"), "it closes when the cause is gone")
        self.assertFalse(self.system.activity_ids)

    def test_suspended_and_switched_off(self):
        self.env.cr.execute(
            "UPDATE logistics_system SET state = 'suspended', suspended_at = timezone('UTC', now()) WHERE id = %s",
            [self.system.id],
        )
        self.env.cr.execute(
            "UPDATE logistics_subscription SET active = false, disabled_reason = 'HTTP 410: gone',"
            " disabled_at = timezone('UTC', now()) WHERE id = %s",
            [self.subscription.id],
        )
        self.env.invalidate_all()
        self.Message._cron_watchdog()
        self.assertEqual(len(self.summaries()), 2)
        self.assertEqual(self.alerts("system_suspended").system_id, self.system)
        self.assertEqual(self.alerts("switched_off").system_id, self.system)
        self.system.action_resume()
        self.assertEqual((self.system.state, self.system.suspended_at), ("active", False))

    def test_scheduled_drain_only_without_a_relay(self):
        self.emit(1)
        self.assertFalse(self.Message._living_relays())
        self.Message._cron_drain()
        self.assertEqual(self.partner.numbers, [1])
        with self.registry.cursor() as cr:
            cr.execute("SELECT pg_advisory_lock(%s, 5)", [0x4C4F4749])
            self.assertEqual(self.Message._living_relays(), [5])
            self.emit(2)
            self.Message._cron_drain()
            self.assertEqual(self.partner.numbers, [1], "the relay does it")
            cr.execute("SELECT pg_advisory_unlock(%s, 5)", [0x4C4F4749])

    def test_waking_the_relay_never_fails(self):
        self.Message._notify_relay()
        self.Message._notify_relay_after_commit()

    def test_columns_the_engine_uses(self):
        """The engine's own tests run on tables made by hand: they must be those of the models."""
        for table, columns in COLUMNS.items():
            self.env.cr.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
            missing = set(columns) - {row[0] for row in self.env.cr.fetchall()}
            self.assertFalse(missing, f"{table} lacks {missing}")
