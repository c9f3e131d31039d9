"""A system's figures: right, from few statements, and without a look at what is simply delivered."""

from datetime import timedelta

from odoo import fields
from odoo.tests.common import new_test_user

from .relay_common import RelayCase


class TestHealth(RelayCase):
    def fresh(self, system=None):
        self.env.invalidate_all()
        return system or self.system

    def test_figures_of_calls(self):
        for number in range(4):
            self.emit(number, self.purchase.copy())
        self.drain()
        self.partner.status = 500
        self.emit(9)
        self.drain()
        system = self.fresh()
        self.assertEqual((system.delivered_count, system.failed_count), (4, 1))
        self.assertEqual(system.success_rate, 80)
        self.assertEqual(system.hour_text, "80 % of 5 calls succeeded")
        self.assertEqual(system.day_text, system.hour_text)
        self.assertIn("ms, 95 % within", system.call_text)
        self.assertTrue(system.latency_text)
        self.assertGreaterEqual(system.latency_p95, system.latency_p50)
        self.assertTrue(system.last_delivered_at)
        self.assertEqual(system.waiting_count, 1)

    def test_percentiles_are_those_of_the_durations(self):
        self.emit()
        self.drain()
        message = self.env["logistics.outbox.message"].search([("system_id", "=", self.system.id)])
        self.env.cr.execute(
            "INSERT INTO logistics_outbox_attempt (message_id, system_id, started_at, duration_ms, outcome)"
            " SELECT %s, %s, timezone('UTC', now()), n, 'delivered' FROM generate_series(1000, 1100) n",
            [message.id, self.system.id],
        )
        self.env.cr.execute(
            "INSERT INTO logistics_outbox_attempt (message_id, system_id, started_at, duration_ms, outcome)"
            " VALUES (%s, %s, timezone('UTC', now()) - interval '2 hours', 9000, 'delivered')",
            [message.id, self.system.id],
        )
        system = self.fresh()
        self.assertEqual(system.delivered_count, 103)
        self.assertAlmostEqual(system.call_p50, 1050, delta=2)
        self.assertAlmostEqual(system.call_p95, 1095, delta=2)

    def test_nothing_yet(self):
        system = self.make_system("supplier", **self.line())
        self.assertEqual((system.day_text, system.success_rate, system.oldest_age), ("No calls", 100, False))
        self.assertEqual((system.health, system.trouble), ("good", 0))
        self.assertFalse(system.latency_text or system.call_text or system.last_delivered_at or system.last_heard_at)
        self.assertFalse(self.env["logistics.system"].new({"name": "New"}).waiting_count)

    def test_oldest_waiting_and_its_words(self):
        self.system.state = "paused"
        self.emit()
        self.drain()
        self.env.cr.execute(
            "UPDATE logistics_outbox_message SET created_at = created_at - interval '3 hours 12 minutes 30 seconds'"
            " WHERE system_id = %s",
            [self.system.id],
        )
        system = self.fresh()
        self.assertEqual((system.oldest_age, system.oldest_minutes), ("3 h 12 min", 192))
        words = [system._age_words(timedelta(**age)) for age in ({"seconds": 5}, {"minutes": 7}, {"hours": 30})]
        self.assertEqual(words, ["less than a minute", "7 min", "1 d 6 h"])

    def test_heard_from(self):
        message = self.receive(self.system, "no.such_thing", {})
        self.assertEqual(message.state, "quarantined")
        system = self.fresh()
        self.assertEqual((system.inbox_count, system.quarantine_count), (1, 1))
        self.assertTrue(system.last_heard_at)
        self.assertEqual((system.health, system.health_text), ("notice", "It said what nobody understood"))

    def test_sorted_by_trouble(self):
        systems = {
            name: self.make_system("supplier", **self.line(name=name))
            for name in ("well", "open", "paused", "suspended", "off")
        }
        systems["open"].write({"breaker_state": "open", "breaker_until": fields.Datetime.now()})
        systems["paused"].action_pause()
        systems["suspended"].state = "suspended"
        systems["off"].action_disable()
        systems["failing"] = self.make_system("supplier", **self.line(name="failing"))
        systems["failing"].failing_since = fields.Datetime.now()
        self.partner.status = 422
        self.emit()
        self.drain()
        systems["dead"] = self.system
        ids = [system.id for system in systems.values()]
        found = self.env["logistics.system"].search([("id", "in", ids)], order="trouble desc")
        self.assertEqual(
            [name for system in found for name in systems if systems[name] == system],
            ["suspended", "open", "dead", "failing", "paused", "well", "off"],
        )
        self.assertEqual(found.mapped("trouble"), sorted(found.mapped("trouble"), reverse=True))
        self.assertEqual([system.health for system in found], ["bad"] * 3 + ["notice", "notice", "good", "off"])
        self.assertTrue(self.env["logistics.system"].fields_get(["trouble"])["trouble"]["sortable"])

    def test_why_it_fails_is_said(self):
        self.partner.status = 500
        self.emit()
        self.drain()
        self.system.write({"breaker_state": "open"})
        self.assertEqual(self.system.trouble_error, "HTTP 500: the partner's system failed")

    def test_a_page_of_systems_costs_few_statements(self):
        """Five for the figures, whatever the number of systems."""
        systems = self.env["logistics.system"].concat(
            *(self.make_system("supplier", **self.line()) for _number in range(20))
        )
        self.env.flush_all()
        self.env.invalidate_all()
        self.system.read(["waiting_count", "day_text", "health_text", "latency_text"])  # languages and the like
        systems.read(["name", "state", "breaker_state"])
        with self.assertQueryCount(5):
            systems.mapped(
                lambda s: (
                    s.waiting_count, s.oldest_age, s.dead_count, s.day_text, s.health_text, s.quarantine_count,
                    s.latency_text,
                )
            )  # fmt: skip

    def test_who_sees_the_system_sees_its_figures(self):
        user = new_test_user(self.env, "health-user", groups="logistics_orchestration.group_user")
        self.partner.status = 500
        self.emit()
        self.drain()
        self.system.breaker_state = "open"
        names = ["waiting_count", "health_text", "day_text", "latency_text", "quarantine_count", "trouble_error"]
        self.assertTrue(self.system.with_user(user).read(names))
