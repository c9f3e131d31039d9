"""The outbox as people and business transactions meet it: delivered, replayed, cancelled, voided, held."""

import logging

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import new_test_user
from odoo.tools import mute_logger

from ..relay.signature import verify
from .relay_common import TYPE, RelayCase

_ENGINE = "odoo.addons.logistics_orchestration.relay"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class TestOutbox(RelayCase):
    def test_delivered_signed_and_recorded(self):
        event = self.emit()
        self.assertEqual(self.drain(), 1)
        message = self.message(event)
        self.assertEqual((message.state, message.attempt_count, message.last_status), ("delivered", 1, 200))
        self.assertEqual(message.webhook_id, f"{event.uid}_{self.subscription.id}")
        self.assertEqual(message.body, event.body)
        self.assertEqual(message.url, self.partner.url)
        self.assertEqual(message.company_id, self.company)
        headers, body = self.partner.requests[0]
        self.assertEqual(body.decode(), event.body, "the exact bytes of the event")
        self.assertEqual(verify([SECRET], headers, body), message.webhook_id)
        attempt = message.attempt_ids
        self.assertEqual((attempt.outcome, attempt.status_code, attempt.sent), ("delivered", 200, True))
        self.assertEqual(self.drain(), 0)

    def test_failed_is_tried_again_later(self):
        self.partner.status = 500
        message = self.message_after_drain(self.emit())
        self.assertEqual((message.state, message.attempt_count), ("pending", 1))
        self.assertEqual(message.last_error, "HTTP 500: the partner's system failed")
        self.assertEqual((message.last_failure, message.failure_hint), ("http_server", "http_server"))
        self.assertGreater(message.next_attempt_at, message.created_at)

    def message_after_drain(self, event):
        self.drain()
        return self.message(event)

    def test_attempts_are_append_only(self):
        attempt = self.message_after_drain(self.emit()).attempt_ids
        with self.assertRaises(UserError):
            attempt.write({"outcome": "dead"})
        with self.assertRaises(UserError):
            attempt.unlink()

    def test_dead_holds_its_key_and_replay_goes_first(self):
        self.partner.status = 422
        first, second = self.emit(1), self.emit(2)
        self.drain()
        message = self.message(first)
        self.assertEqual((message.state, message.is_head), ("dead", True))
        self.assertEqual(self.message(second).state, "pending")
        self.partner.status = 200
        message.action_replay()
        self.assertEqual((message.state, message.attempt_count, message.replay_count), ("pending", 0, 1))
        self.assertEqual(self.drain(), 2)
        self.assertEqual(self.partner.numbers, [1, 1, 2])
        self.assertEqual(len({headers["webhook-id"] for headers, _body in self.partner.requests}), 2, "same id again")
        self.assertEqual(message.attempt_ids.mapped("outcome"), ["delivered", "replayed", "dead"])
        self.assertEqual(message.attempt_ids[1].user_name, self.env.user.name)

    def test_skip_instead_of_hold_lets_them_pass(self):
        self.partner.status = 422
        self.emit(1)
        second = self.emit(2)
        self.drain()
        self.partner.status = 200
        self.system.dead_policy = "skip"
        self.assertEqual(self.drain(), 1)
        self.assertEqual(self.message(second).state, "delivered")

    def test_replay_as_new_has_a_new_id(self):
        event = self.emit()
        message = self.message_after_drain(event)
        message.action_replay_new_id()
        self.drain()
        ids = [headers["webhook-id"] for headers, _body in self.partner.requests]
        self.assertEqual(ids, [f"{event.uid}_{self.subscription.id}", f"{event.uid}_{self.subscription.id}_r1"])

    def test_cancel_asks_for_a_reason_and_lets_the_next_pass(self):
        self.partner.status = 500
        first, second = self.emit(1), self.emit(2)
        self.drain()
        self.partner.status = 200
        message = self.message(first)
        action = message.action_cancel()
        self.assertEqual(action["res_model"], "logistics.reason.wizard")
        wizard = self.env["logistics.reason.wizard"].browse(action["res_id"])
        wizard.reason = "told them by phone"
        wizard.action_apply()
        self.assertEqual((message.state, message.cancel_reason), ("cancelled", "told them by phone"))
        self.assertEqual(self.drain(), 1)
        self.assertEqual(self.message(second).state, "delivered")

    def test_wrong_states_are_refused_in_words(self):
        message = self.message_after_drain(self.emit())
        with self.assertRaisesRegex(UserError, "is Delivered and cannot be cancelled"):
            message.action_cancel("why not")
        self.system.state = "paused"
        waiting = self.message_after_drain(self.emit(2))
        with self.assertRaisesRegex(UserError, "is Waiting and cannot be replayed"):
            waiting.action_replay()

    def test_void_before_and_after_fan_out(self):
        Message = self.env["logistics.outbox.message"]
        event = self.emit(1)
        self.assertFalse(Message._void_events(event.ids, "shipped by hand"))
        self.assertEqual(self.message_after_drain(event).cancel_reason, "shipped by hand")
        self.assertFalse(self.partner.requests)
        self.system.state = "paused"
        second, third = self.emit(2), self.emit(3)
        self.drain()
        self.assertFalse(Message._void_events(second.ids, "shipped by hand"))
        self.assertEqual(self.message(second).state, "cancelled")
        self.system.state = "active"
        self.assertEqual(self.drain(), 1)
        self.assertEqual(self.partner.numbers, [3])
        self.assertTrue(Message._void_events(third.ids, "too late"), "it has left")
        self.assertEqual(self.message(third).state, "delivered")
        self.assertFalse(Message._void_events([], "nothing"))

    def test_void_knows_what_may_have_arrived(self):
        """No answer came, but the request had left: the caller must take it back."""
        self.system.write({"timeout": 0.2})
        self.partner.status = 500
        refused = self.emit(1)
        self.drain()
        self.assertFalse(self.env["logistics.outbox.message"]._void_events(refused.ids, "void"), "answered with 500")
        silent = self.make_system("supplier", **self.line(outbound_url="http://127.0.0.1:9/"))
        self.subscribe(silent)
        self.subscription.active = False
        unreachable = self.emit(2)
        self.drain()
        self.assertEqual(self.message(unreachable).attempt_count, 1)
        self.assertFalse(self.env["logistics.outbox.message"]._void_events(unreachable.ids, "void"), "never sent")
        self.env.cr.execute(
            "INSERT INTO logistics_outbox_attempt (message_id, outcome, sent) VALUES (%s, 'retry', true)",
            [self.message(unreachable).id],
        )
        self.assertTrue(self.env["logistics.outbox.message"]._void_events(unreachable.ids, "void"))

    def test_void_while_it_is_being_sent(self):
        """The row under way is left alone; a pointer has the relay start no new attempt."""
        Message = self.env["logistics.outbox.message"]
        self.partner.status = 500
        event = self.emit()
        self.drain()
        self.env.cr.execute("UPDATE logistics_outbox_message SET state = 'sending' WHERE event_id = %s", [event.id])
        self.assertTrue(Message._void_events(event.ids, "shipped by hand"), "it may arrive")
        self.assertEqual(self.message(event).state, "sending")
        pointer = self.env["logistics.outbox.pointer"].search([("void_event_id", "=", event.id)])
        self.assertEqual(pointer.void_reason, "shipped by hand")
        # the call has failed
        self.env.cr.execute(
            "UPDATE logistics_outbox_message SET state = 'pending', next_attempt_at = now() WHERE event_id = %s",
            [event.id],
        )
        self.env.invalidate_all()
        self.partner.status = 200
        self.assertEqual(self.drain(), 0)
        message = self.message(event)
        self.assertEqual((message.state, message.cancel_reason), ("cancelled", "shipped by hand"))
        self.assertFalse(pointer.exists())
        self.assertEqual(message.attempt_ids.mapped("outcome"), ["cancelled", "retry"])

    def test_void_after_its_relay_died(self):
        """A claim without a result may have arrived: the caller has to take it back."""
        self.system.state = "paused"
        event = self.emit()
        self.drain()
        self.env.cr.execute("UPDATE logistics_outbox_message SET claim_count = 1 WHERE event_id = %s", [event.id])
        self.assertTrue(self.env["logistics.outbox.message"]._void_events(event.ids, "shipped by hand"))
        self.assertEqual(self.message(event).state, "cancelled")

    def test_validity_and_only_the_latest(self):
        """Rules of the catalogue, asked just before sending and in fan-out."""
        event_type = self.env["logistics.event.type"].search([("name", "=", TYPE)])
        event_type.write({"valid_minutes": 60, "supersede": "latest"})
        self.system.state = "paused"
        old, new = self.emit(1), self.emit(2)
        self.drain()
        self.assertEqual(self.message(old).cancel_reason, f"superseded by {new.uid}")
        self.env.cr.execute("ALTER TABLE logistics_event DISABLE TRIGGER USER")
        self.env.cr.execute("UPDATE logistics_event SET create_date = create_date - interval '2 h'")
        self.env.cr.execute("ALTER TABLE logistics_event ENABLE TRIGGER USER")
        self.system.state = "active"
        self.assertEqual(self.drain(), 0)
        self.assertEqual(self.message(new).cancel_reason, "older than 60 minutes")

    def test_breaker_settings_are_checked(self):
        for values in (
            {"breaker_threshold": 0},
            {"breaker_answers": 0},
            {"breaker_percent": 101},
            {"breaker_wait": 0},
            {"breaker_wait": 60, "breaker_longest_wait": 30},
        ):
            with self.assertRaisesRegex(ValidationError, "Breaker of"), self.env.cr.savepoint():
                self.system.write(values)

    def test_the_relay_leaves_notes(self):
        self.system.write({"breaker_threshold": 2, "dead_policy": "skip"})
        self.partner.status = 500
        self.emit(1, self.purchase)
        self.emit(2, self.purchase.copy())
        self.drain()
        self.assertEqual(self.system.breaker_state, "open")
        reason = "2 failures in a row; the last: HTTP 500: the partner's system failed"
        self.assertEqual(self.system.breaker_reason, reason)
        self.system.action_resume()
        notices = self.env["logistics.relay.notice"].search([("system_id", "=", self.system.id)])
        self.assertEqual(notices.mapped("kind"), ["circuit_opened", "circuit_closed"])
        self.assertIn(self.env.user.name, notices[1].detail)
        self.assertFalse(self.system.breaker_reason)

    def test_rate_limit_is_kept_beside_the_system(self):
        self.assertFalse(self.system.rate_next_at)
        self.system.rate_per_second = 0.5
        self.emit()
        self.assertEqual(self.drain(), 1)
        self.assertTrue(self.system.rate_next_at)

    def test_record_voids_by_type(self):
        event = self.emit()
        self.assertFalse(self.purchase._logistics_void(["logistics.purchase.requested"], "cancelled"))
        self.assertEqual(self.message_after_drain(event).state, "cancelled")

    def test_switching_a_subscription_off_holds_and_on_releases(self):
        self.system.state = "paused"
        events = [self.emit(number) for number in (1, 2, 3)]
        self.drain()
        self.subscription.active = False
        self.drain()
        self.assertEqual({self.message(event).state for event in events}, {"held"})
        self.assertEqual(self.subscription.held_count, 3)
        self.assertIn(self.env.user.name, self.subscription.disabled_reason)
        self.system.state = "active"
        self.assertEqual(self.drain(), 0)
        self.message(events[1]).action_cancel("not needed")
        self.subscription.active = True
        self.assertFalse(self.subscription.disabled_reason)
        self.assertEqual(self.drain(), 2)
        self.assertEqual(self.partner.numbers, [1, 3])

    def test_domain_and_url_are_checked(self):
        with self.assertRaisesRegex(ValidationError, "Domain of subscription"), self.env.cr.savepoint():
            self.subscription.domain = "[('data.amount', 'near', 5)]"
        with self.assertRaisesRegex(ValidationError, "Own URL of subscription"), self.env.cr.savepoint():
            self.subscription.url = "ftp://partner.example"
        with self.assertRaisesRegex(ValidationError, "Address of system"), self.env.cr.savepoint():
            self.system.outbound_url = "https://user:pw@partner.example/"
        with self.assertRaisesRegex(ValidationError, "Address of system"), self.env.cr.savepoint():
            self.system.allowed_networks = "office"
        with self.assertRaisesRegex(ValidationError, "Signing secret"), self.env.cr.savepoint():
            self.system.secret_out = "whsec_short"
        self.subscription.domain = "[('data.number', '>', 1)]"
        self.emit(1)
        self.emit(2)
        self.assertEqual(self.drain(), 1)
        self.assertEqual(self.partner.numbers, [2])

    def test_a_subscription_stays_with_its_system(self):
        self.emit()
        self.drain()
        other = self.make_system("supplier", **self.line())
        with self.assertRaisesRegex(ValidationError, "Make a new subscription"), self.env.cr.savepoint():
            self.subscription.system_id = other

    def test_a_new_secret_leaves_the_old_one_valid_for_a_day(self):
        new = "whsec_" + "bmV3" * 8
        self.system.secret_out = new
        self.emit()
        self.drain()
        headers, body = self.partner.requests[0]
        for secret in (SECRET, new):
            self.assertTrue(verify([secret], headers, body))
        self.system.sudo().secret_out_prev_until = "2020-01-01"
        self.emit(2)
        self.drain()
        self.assertEqual(self.partner.requests[1][0]["webhook-signature"].count("v1,"), 1)

    def test_mending_the_line_closes_the_breaker(self):
        self.env.cr.execute(
            "UPDATE logistics_system SET breaker_state = 'open', breaker_failures = 9, failing_since = now(),"
            " breaker_until = now() + interval '1 h' WHERE id = %s",
            [self.system.id],
        )
        self.system.invalidate_recordset()
        self.emit()
        self.assertEqual(self.drain(), 0)
        self.system.outbound_url = self.partner.url + "/new"
        self.assertEqual((self.system.breaker_state, self.system.failing_since), ("closed", False))
        self.assertEqual(self.drain(), 1)

    def test_who_may_do_what(self):
        message = self.message_after_drain(self.emit())
        groups = "logistics_orchestration.group_%s"
        users = {
            name: new_test_user(self.env, f"relay-{name}", groups=groups % name)
            for name in ("user", "manager", "integration_admin", "auditor")
        }
        for name, user in users.items():
            mine = message.with_user(user)
            if name == "user":
                with self.assertRaises(AccessError):
                    mine.read(["state"])
            else:
                self.assertTrue(mine.read(["state", "body", "url"]))
                self.assertTrue(mine.attempt_ids.read(["outcome"]))
            for values in ({"state": "dead"}, {"payload": "x"}):
                with self.assertRaises(AccessError):
                    mine.write(values)
            with self.assertRaises(AccessError):
                mine.unlink()
            if name == "integration_admin":
                mine.action_replay()
                self.subscription.with_user(user).name = "Renamed"
            else:
                with self.assertRaises(AccessError):
                    mine.action_replay()
                with self.assertRaises(AccessError):
                    self.subscription.with_user(user).name = "Renamed"

    def test_other_companies_see_and_get_nothing(self):
        other = self.env["res.company"].create({"name": "Other"})
        admin = new_test_user(
            self.env,
            "relay-other",
            groups="logistics_orchestration.group_integration_admin",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        foreign = self.make_system("supplier", **self.line(company_id=other.id))
        self.subscribe(foreign)
        message = self.message_after_drain(self.emit())
        self.assertEqual(len(message), 1, "an event of one company is not owed to a system of another")
        self.assertEqual(message.system_id, self.system)
        self.assertFalse(self.env["logistics.outbox.message"].with_user(admin).search([("id", "=", message.id)]))
        self.assertFalse(
            self.env["logistics.outbox.attempt"].with_user(admin).search([("message_id", "=", message.id)])
        )
        with self.assertRaises(AccessError):
            message.with_user(admin).action_replay()

    def test_a_failed_batch_in_a_test_is_rolled_back_like_a_transaction(self):
        """The engine survives a database error in the middle of its work."""
        event = self.emit()
        self.env.cr.execute(
            "ALTER TABLE logistics_outbox_attempt ADD CONSTRAINT never CHECK (outcome <> 'delivered') NOT VALID"
        )
        with mute_logger(f"{_ENGINE}.pump"), self.assertLogs(f"{_ENGINE}.pump", logging.ERROR):
            self.drain()
        self.assertEqual(self.message(event).state, "sending", "its lease ends; nothing is lost")
        self.env.cr.execute("ALTER TABLE logistics_outbox_attempt DROP CONSTRAINT never")
        self.env.cr.execute("UPDATE logistics_outbox_message SET lease_until = now() - interval '1 h'")
        self.assertEqual(self.drain(), 1)
