"""Alert rules: one alarm per thing, told once, closed by itself; and the relay's notices that become facts."""

import json

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from ..models.watch.alert_rule import KINDS
from .relay_common import RelayCase

_RULE = "odoo.addons.logistics_orchestration.models.watch.alert_rule"


class AlertCase(RelayCase):
    def setUp(self):
        super().setUp()
        self.Rule = self.env["logistics.alert.rule"]
        self.Alert = self.env["logistics.alert"]
        self.Alert.search([]).unlink()
        self.responsible = self.env.ref("base.user_admin")
        self.system.user_id = self.responsible

    def rule(self, kind, **vals):
        """The default rule of a kind, with other values."""
        rule = self.env.ref(f"logistics_orchestration.alert_rule_{kind}")
        rule.write(vals)
        return rule

    def check(self, kind, **vals):
        """Run one rule; returns its alarms that are not closed."""
        rule = self.rule(kind, **vals)
        rule._run()
        return rule.alert_ids.filtered(lambda alert: alert.state != "closed")

    def kill(self, number=1):
        """A dead letter; returns its message."""
        self.partner.status = 400
        message = self.message_of(self.emit(number))
        self.partner.status = 200
        return message

    def message_of(self, event):
        self.drain()
        return self.message(event)


class TestAlertLife(AlertCase):
    def test_told_once_then_closed_by_itself(self):
        message = self.kill()
        alert = self.check("dead_letters")
        self.assertEqual((alert.state, alert.system_id, alert.told_count), ("open", self.system, 1))
        self.assertEqual(alert.company_id, self.system.company_id)
        activity = self.system.activity_ids
        self.assertEqual(activity.user_id, self.responsible)
        self.assertIn("operations.md#dead-letters", activity.note)
        self.assertEqual(self.check("dead_letters"), alert)
        self.assertEqual((alert.told_count, self.system.activity_ids), (1, activity))
        message.action_cancel("Shipped by hand")
        self.assertFalse(self.check("dead_letters"))
        self.assertEqual((alert.state, bool(alert.closed_at)), ("closed", True))
        self.assertFalse(self.system.activity_ids, "nobody has to tick off what is over")

    def test_acknowledged_is_quiet_until_something_new_happens(self):
        self.kill(1)
        alert = self.check("dead_letters")
        alert.action_acknowledge()
        self.assertEqual(alert.acknowledged_by, self.env.user)
        self.check("dead_letters")
        self.assertEqual((alert.state, alert.told_count), ("acknowledged", 1))
        purchase = self.purchase.copy()
        self.partner.status = 400
        self.emit(2, purchase)
        self.drain()
        self.env.cr.execute(
            "UPDATE logistics_outbox_message SET dead_at = dead_at + interval '1 min'"
            " WHERE id = (SELECT max(id) FROM logistics_outbox_message)"
        )
        self.check("dead_letters")
        self.assertEqual((alert.state, alert.told_count), ("open", 2))

    def test_told_again_after_some_hours(self):
        self.kill()
        alert = self.check("dead_letters", repeat_hours=4)
        alert.told_at = fields.Datetime.subtract(fields.Datetime.now(), hours=5)
        self.check("dead_letters")
        self.assertEqual(alert.told_count, 2)
        self.assertEqual(len(self.system.activity_ids), 1, "the to-do is still there: no second one")
        alert.told_at = fields.Datetime.subtract(fields.Datetime.now(), hours=5)
        self.check("dead_letters", repeat_hours=0)
        self.assertEqual(alert.told_count, 2)

    def test_what_comes_and_goes_stays_one_alarm(self):
        def fail(failing):
            self.env.cr.execute(
                "UPDATE logistics_system SET breaker_state = %s, breaker_failures = 7,"
                " failing_since = timezone('UTC', now()) - interval '1 h' WHERE id = %s",
                ["open" if failing else "closed", self.system.id],
            )
            self.env.invalidate_all()

        fail(True)
        alert = self.check("breaker_open", calm_minutes=15)
        self.assertIn("7 in a row", alert.text)
        fail(False)
        self.assertEqual(self.check("breaker_open"), alert, "not yet: it may come back")
        fail(True)
        self.assertEqual(self.check("breaker_open"), alert)
        self.assertEqual(alert.told_count, 1)
        fail(False)
        alert.last_seen = fields.Datetime.subtract(fields.Datetime.now(), minutes=16)
        self.assertFalse(self.check("breaker_open"))

    def test_mail_goes_to_who_is_named(self):
        person = self.env["res.users"].create(
            {"name": "Night Shift", "login": "night-shift", "email": "night@northwind.example"}
        )
        self.kill()
        alert = self.check("dead_letters", notify="user", user_id=person.id, send_mail=True, make_activity=False)
        mail = self.env["mail.mail"].search([("model", "=", alert._name), ("res_id", "=", alert.id)])
        self.assertEqual(mail.recipient_ids, person.partner_id)
        self.assertEqual(mail.state, "outgoing", "queued: no network call in this transaction")
        self.assertIn("Dead letters", mail.subject)
        self.assertIn("operations.md#dead-letters", mail.body_html)
        self.assertFalse(self.system.activity_ids)

    def test_only_the_systems_of_the_rule(self):
        self.kill()
        other = self.make_system("carrier")
        self.assertFalse(self.check("dead_letters", system_ids=[(6, 0, other.ids)]))
        self.assertTrue(self.check("dead_letters", system_ids=[(6, 0, self.system.ids)]))

    def test_a_rule_that_cannot_be_checked_says_so_and_stops_no_other(self):
        self.kill()
        self.env.cr.execute("ALTER TABLE logistics_refusal RENAME TO logistics_refusal_away")
        with mute_logger("odoo.sql_db"), self.assertLogs(_RULE, "ERROR"):
            self.Rule._run_all()
        self.assertIn("UndefinedTable", self.rule("auth_failures").last_error)
        self.assertTrue(self.Alert.search([("kind", "=", "dead_letters"), ("system_id", "=", self.system.id)]))
        self.env.cr.execute("ALTER TABLE logistics_refusal_away RENAME TO logistics_refusal")
        self.Rule._run_all()
        self.assertFalse(self.rule("auth_failures").last_error)

    def test_entries_that_make_no_sense(self):
        with self.assertRaises(ValidationError):
            self.rule("dead_letters", notify="user")
        with self.assertRaises(ValidationError):
            self.rule("dead_letters", threshold=-1)
        self.kill()
        alert = self.check("dead_letters")
        alert._close("Over")
        with self.assertRaises(UserError):
            alert.action_acknowledge()

    def test_every_kind_has_a_check_and_a_default_rule(self):
        for kind, _label, _unit in KINDS:
            with self.subTest(kind=kind):
                self.assertEqual(self.rule(kind).kind, kind)
                self.rule(kind)._run()


class TestAlertKinds(AlertCase):
    def test_refused_requests(self):
        self.env["logistics.refusal"].create(
            [{"system_id": self.system.id, "reason": "signature", "count": 30}, {"reason": "address", "count": 3}]
        )
        alert = self.check("auth_failures", threshold=20)
        self.assertEqual(alert.system_id, self.system)
        self.assertIn("30 refused within an hour: Bad signature", alert.text)

    def test_refusals_are_counted_and_written_now_and_then(self):
        Refusal = self.env["logistics.refusal"]
        for _number in range(4):
            Refusal._note("signature", self.system.id, self.company.id)
        found = Refusal.search([("system_id", "=", self.system.id)])
        self.assertEqual(found.mapped("count"), [1], "the first at once, the next ones after some seconds")

    def test_facts_that_do_not_fit_their_schema(self):
        self.patch(self.registry["logistics.event"], "_all_strict", False)
        self.assertFalse(self.check("schema_failures", threshold=1))
        event_type = self.env.ref("logistics_orchestration.event_type_integration_circuit_closed")
        self.system._logistics_emit(event_type.name, {"system": 5})
        self.env.cr.flush()
        alert = self.check("schema_failures", threshold=1)
        self.assertIn(event_type.name, alert.summary)
        self.assertIn("data.system", alert.text)

    def test_inbox(self):
        unknown = self.receive(self.system, "nonsense.happened", {})
        self.assertEqual(unknown.state, "quarantined")
        self.assertEqual(self.check("inbox_quarantined").system_id, self.system)
        self.env.cr.execute("UPDATE logistics_inbox_message SET state = 'dead' WHERE id = %s", [unknown.id])
        self.env.invalidate_all()
        self.assertFalse(self.check("inbox_quarantined"))
        self.assertEqual(self.check("inbox_dead").system_id, self.system)
        self.env.cr.execute(
            "UPDATE logistics_inbox_message SET state = 'received', next_attempt_at = now() - interval '1 h'"
            " WHERE id = %s",
            [unknown.id],
        )
        self.env.invalidate_all()
        self.assertIn("1 are due", self.check("inbox_backlog").filtered(lambda a: a.system_id == self.system).text)

    def test_handlers_discrepancies_and_silence(self):
        rule = self.env["base.automation"].search([("trigger", "=", "on_logistics_event")], limit=1)
        self.env["logistics.event.task"].create(
            {
                "automation_id": rule.id,
                "event_uid": "alert-test",
                "event_type": "logistics.order.confirmed",
                "state": "dead",
                "last_error": "ValueError: no dock",
                "company_id": self.company.id,
            }
        )
        alert = self.check("tasks_dead").filtered(lambda a: "no dock" in a.text)
        self.assertEqual(alert.company_id, self.company)
        self.env["logistics.discrepancy"].create(
            {"name": "12 instead of 10", "fact": "stock.balance_reported", "system_id": self.system.id}
        )
        self.assertTrue(self.check("discrepancy_open", threshold=0))
        self.assertFalse(self.check("discrepancy_open", threshold=24))
        data = {"system": self.system.code, "type": "shipment.status_changed", "expected_minutes": 60}
        hour_ago = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        self.system._logistics_emit("logistics.integration.feed_silent", data, occurred_at=hour_ago)
        self.env.cr.flush()
        self.assertIn("60 minutes", self.check("feed_silent").text)
        self.receive(self.system, "shipment.status_changed", {})
        self.assertFalse(self.check("feed_silent"), "it has spoken")

    def test_scheduled_actions_and_bloat(self):
        cron = self.env.ref("logistics_orchestration.cron_inbox")
        self.env.cr.execute(
            "UPDATE ir_cron SET nextcall = timezone('UTC', now()) - interval '3 h' WHERE id = %s", [cron.id]
        )
        late = self.check("cron_late", threshold=60)
        self.assertIn("process the inbox", " ".join(late.mapped("summary")))
        self.assertFalse(self.check("bloat", threshold=10**9))

    def test_a_subscription_the_partner_switched_off(self):
        self.env.cr.execute(
            "UPDATE logistics_subscription SET active = false, disabled_reason = 'HTTP 410: gone',"
            " disabled_at = timezone('UTC', now()) - interval '3 days' WHERE id = %s",
            [self.subscription.id],
        )
        self.env.invalidate_all()
        self.assertFalse(self.check("switched_off"), "days ago and nothing is held: it has been dealt with")
        event = self.emit()
        self.env.cr.execute(
            """
            INSERT INTO logistics_outbox_message (event_id, system_id, subscription_id, state)
            VALUES (%s, %s, %s, 'held')
            """,
            [event.id, self.system.id, self.subscription.id],
        )
        self.assertIn("held (1)", self.check("switched_off").text)


class TestNotices(AlertCase):
    def note(self, kind, message=None, detail=None):
        self.env.cr.execute(
            "INSERT INTO logistics_relay_notice (kind, system_id, message_id, detail, created_at)"
            " VALUES (%s, %s, %s, %s, timezone('UTC', now()))",
            [kind, self.system.id, message and message.id, detail],
        )

    def told(self, name):
        self.env.cr.flush()
        return self.events(name, self.system)

    def test_notices_become_facts_once(self):
        message = self.kill()
        self.env.cr.execute("DELETE FROM logistics_relay_notice")
        self.note("dead", message, "HTTP 400: the partner refuses the content")
        self.note("circuit_opened", detail="5 failures in a row")
        self.note("circuit_closed", detail="A delivery succeeded")
        self.note("suspended")
        Notice = self.env["logistics.relay.notice"]
        self.assertEqual(Notice._turn_into_events(), 4)
        self.assertEqual(Notice._turn_into_events(), 0)
        self.assertFalse(Notice.search_count([]))
        dead = self.told("integration.dead_lettered")
        self.assertEqual(len(dead), 1)
        self.assertEqual(dead.data["message_id"], message.id)
        self.assertEqual(dead.data["webhook_id"], message.webhook_id)
        self.assertEqual((dead.data["system"], dead.data["status"]), (self.system.code, 400))
        self.assertIn("refuses", dead.data["error"])
        self.assertEqual(dead.company_id, self.system.company_id)
        for name, key in (("opened", "5 failures"), ("closed", "succeeded")):
            event = self.told(f"integration.circuit_{name}")
            self.assertEqual(len(event), 1)
            self.assertIn(key, event.data["reason"])
        for event in dead + self.told("integration.circuit_opened"):
            self.assertFalse(event.type_id._schema_error(json.loads(event.body)["data"]))

    def test_no_loop_about_the_line_itself(self):
        message = self.kill()
        self.env.cr.execute("DELETE FROM logistics_relay_notice")
        self.env.cr.execute(
            "UPDATE logistics_outbox_message SET type_name = 'logistics.integration.dead_lettered' WHERE id = %s",
            [message.id],
        )
        self.env.invalidate_all()
        self.note("dead", message)
        self.assertEqual(self.env["logistics.relay.notice"]._turn_into_events(), 1)
        self.assertFalse(self.told("integration.dead_lettered"))

    def test_more_than_a_batch_and_systems_that_are_gone(self):
        self.env.cr.execute("DELETE FROM logistics_relay_notice")
        self.env.cr.execute(
            "INSERT INTO logistics_relay_notice (kind, system_id) SELECT 'circuit_opened', 2000000000 FROM"
            " generate_series(1, 450)"
        )
        self.assertEqual(self.env["logistics.relay.notice"]._turn_into_events(), 450)
