"""Health and metrics over real HTTP: who sees what, what they say, how cheap they are."""

import sys
import time
from unittest.mock import patch

import psycopg2
from prometheus_client.parser import text_string_to_metric_families

from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .relay_common import RelayCase

TOKEN = "monitoring-token-of-the-test-0123"


@tagged("post_install", "-at_install")
class TestHealth(HttpCase, RelayCase):
    def setUp(self):
        super().setUp()
        self.env["ir.config_parameter"].set_param("logistics.metrics_token_sha256", False)
        self.env["res.config.settings"]._logistics_set_metrics_token(TOKEN)
        # what other tests and the clock left behind is not ours
        self.env.cr.execute("UPDATE ir_cron SET nextcall = timezone('UTC', now()) + interval '1 h'")
        self.env.cr.execute("UPDATE logistics_system SET state = 'disabled' WHERE id <> %s", [self.system.id])

    def get(self, path="/logistics/health", token=TOKEN):
        return self.url_open(path, headers={"Authorization": f"Bearer {token}"} if token else {})

    def late(self):
        self.emit(1)
        self.system.state = "paused"
        self.drain()
        self.system.state = "active"
        self.env.cr.execute("UPDATE logistics_outbox_message SET next_attempt_at = now() - interval '1 h'")

    def test_without_a_token_only_the_status(self):
        answer = self.get(token=None)
        self.assertEqual((answer.status_code, answer.json()), (200, {"status": "ok"}))
        self.assertNotIn("Set-Cookie", answer.headers, "no session is opened")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(self.get(token="wrong" * 8).status_code, 401)

    def test_detail(self):
        answer = self.get().json()
        self.assertEqual(answer["status"], "ok")
        self.assertEqual(answer["relay"]["processes"], 0)
        self.assertEqual(answer["problems"], [])
        [system] = [entry for entry in answer["systems"] if entry["system"] == self.system.code]
        self.assertEqual((system["dead"], system["overdue_seconds"]), (0, 0))

    def test_a_stopped_relay_or_a_dead_partner_does_not_take_odoo_down(self):
        self.late()
        answer = self.get()
        self.assertEqual((answer.status_code, answer.json()["status"]), (200, "degraded"))
        self.assertIn("deliveries are due and no relay process is alive", answer.json()["problems"])
        self.assertGreater(answer.json()["systems"][0]["overdue_seconds"], 3500)
        self.assertEqual(self.get(token=None).json(), {"status": "degraded"})
        self.env.cr.execute("UPDATE logistics_system SET breaker_state = 'open' WHERE id = %s", [self.system.id])
        answer = self.get()
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json()["problems"], [f"breaker open: {self.system.code}"])

    def test_dead_letters_inbox_and_scheduled_actions(self):
        self.partner.status = 400
        self.emit(1)
        self.drain()
        self.receive(self.system, "nonsense.happened", {})
        self.env.cr.execute(
            "UPDATE ir_cron SET nextcall = timezone('UTC', now()) - interval '3 h' WHERE id = %s",
            [self.env.ref("logistics_orchestration.cron_inbox").id],
        )
        answer = self.get().json()
        self.assertIn(f"dead letters: {self.system.code}", answer["problems"])
        self.assertIn("scheduled actions are late", answer["problems"])
        self.assertEqual(answer["inbox_quarantined"], 1)
        self.assertEqual(answer["scheduled_actions_late"], 1)

    @mute_logger("odoo.addons.logistics_orchestration.controllers.health")
    def test_a_database_that_does_not_answer_is_down(self):
        broken = patch.object(
            type(self.env["logistics.health"]), "_report", side_effect=psycopg2.OperationalError("host db.internal")
        )
        with broken:
            answer = self.get()
        self.assertEqual((answer.status_code, answer.json()), (503, {"status": "down"}))
        self.assertNotIn("internal", answer.text)

    def test_a_database_that_takes_no_writes_is_down(self):
        with patch.object(type(self.env["logistics.health"]), "_writable", return_value=False):
            answer = self.get(token=None)
        self.assertEqual((answer.status_code, answer.json()), (503, {"status": "down"}))

    def test_cheap(self):
        report = self.env["logistics.health"]
        report._report()
        best = min(self.timed(report._report) for _number in range(5))
        self.assertLess(best, 0.05, f"{best * 1000:.1f} ms")

    @staticmethod
    def timed(function):
        begin = time.perf_counter()
        function()
        return time.perf_counter() - begin


@tagged("post_install", "-at_install")
class TestMetrics(HttpCase, RelayCase):
    def setUp(self):
        super().setUp()
        self.env["res.config.settings"]._logistics_set_metrics_token(TOKEN)

    def scrape(self):
        """{sample name: {labels: value}} of one scrape, parsed by Prometheus' own library."""
        answer = self.url_open("/logistics/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain; version="))
        found = {}
        for family in text_string_to_metric_families(answer.text):
            self.assertTrue(family.documentation, family.name)
            for sample in family.samples:
                labels = {key: value for key, value in sample.labels.items() if key != "company"}
                found.setdefault(sample.name, {})[frozenset(labels.items())] = sample.value
        return answer.text, found

    def of(self, **labels):
        return frozenset({"system": self.system.code, **labels}.items())

    def test_who_may_read(self):
        self.assertEqual(self.url_open("/logistics/metrics").status_code, 401)
        wrong = self.url_open("/logistics/metrics", headers={"Authorization": "Bearer " + "x" * 40})
        self.assertEqual(wrong.status_code, 401)
        self.env["res.config.settings"].action_logistics_remove_metrics_token()
        self.assertEqual(self.url_open("/logistics/metrics").status_code, 404)

    def test_figures(self):
        self.emit(1)
        self.drain()
        self.partner.status = 400
        self.emit(2, self.purchase.copy())
        self.drain()
        self.system.state = "paused"
        self.emit(3)
        self.drain()
        self.receive(self.system, "nonsense.happened", {})
        text, found = self.scrape()
        self.assertEqual(found["logistics_deliveries_total"][self.of(outcome="delivered")], 1)
        self.assertEqual(found["logistics_deliveries_total"][self.of(outcome="dead")], 1)
        self.assertEqual(found["logistics_outbox_messages"][self.of(state="dead")], 1)
        self.assertEqual(found["logistics_outbox_messages"][self.of(state="pending")], 1)
        self.assertEqual(found["logistics_inbox_messages"][self.of(state="quarantined")], 1)
        self.assertEqual(found["logistics_inbox_received_total"][self.of()], 1)
        self.assertEqual(found["logistics_system_state"][self.of(state="paused")], 1)
        self.assertEqual(found["logistics_breaker_state"][self.of(state="closed")], 1)
        self.assertEqual(found["logistics_attempt_duration_seconds_count"][self.of()], 2)
        self.assertEqual(found["logistics_attempt_duration_seconds_bucket"][self.of(le="+Inf")], 2)
        self.assertEqual(found["logistics_delivery_latency_seconds_count"][self.of()], 1)
        self.assertEqual(found["logistics_router_pointers"][frozenset()], 0)
        self.assertGreaterEqual(
            found["logistics_events_total"][frozenset({("type", "logistics.purchase.requested")})], 3
        )
        self.assertIn(frozenset({("table", "logistics_outbox_message")}), found["logistics_table_dead_rows"])
        for secret in (self.partner.url, "127.0.0.1", self.env.user.name, self.customer.name):
            self.assertNotIn(secret, text)

    def test_buckets_grow_and_counters_do_not_fall(self):
        self.emit(1)
        self.drain()
        _text, before = self.scrape()
        self.emit(2)
        self.drain()
        _text, after = self.scrape()
        falling = [
            (name, labels)
            for name, samples in before.items()
            if name.endswith(("_total", "_count", "_bucket", "_sum"))
            for labels, value in samples.items()
            if after[name][labels] < value
        ]
        self.assertFalse(falling)
        buckets = [
            (float(dict(labels)["le"]), value)
            for labels, value in after["logistics_delivery_latency_seconds_bucket"].items()
            if dict(labels)["system"] == self.system.code
        ]
        values = [value for _bound, value in sorted(buckets)]
        self.assertEqual(values, sorted(values))

    def test_without_the_library(self):
        with patch.dict(sys.modules, {"prometheus_client": None}):
            answer = self.url_open("/logistics/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        self.assertEqual(answer.status_code, 501)
        self.assertIn("prometheus-client", answer.text)

    def test_the_token_is_written_and_never_read(self):
        Settings = self.env["res.config.settings"]
        settings = Settings.create({"logistics_metrics_token": "another-token-of-this-test-0123"})
        settings.execute()
        self.assertFalse(settings.logistics_metrics_token)
        self.assertTrue(settings.logistics_metrics_token_set)
        self.assertTrue(Settings._logistics_metrics_access("Bearer another-token-of-this-test-0123"))
        self.assertFalse(Settings._logistics_metrics_access(f"Bearer {TOKEN}"))
        stored = self.env["ir.config_parameter"].search([("key", "=", "logistics.metrics_token_sha256")]).value
        self.assertEqual(len(stored), 64)
        with self.assertRaises(ValidationError):
            Settings._logistics_set_metrics_token("short")
        made = Settings.action_logistics_generate_metrics_token()["context"]["default_metrics_token"]
        self.assertTrue(Settings._logistics_metrics_access(f"Bearer {made}"))
