"""A line as people operate it: test events, pauses, rotated secrets, and why a message waits."""

import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user

from ..relay.signature import SignatureError, verify
from .relay_common import RelayCase

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class TestTestEvent(RelayCase):
    def send(self, record=None):
        action = (record or self.system).action_send_test()
        self.env.cr.flush()
        return self.env["logistics.system.test"].browse(action["res_id"])

    def told(self, test):
        test.invalidate_recordset()
        return test.result, test.result_text

    def test_it_goes_the_way_of_every_message(self):
        self.subscribe(self.make_system("supplier", **self.line()))
        test = self.send()
        self.assertEqual(self.told(test)[0], "waiting")
        self.assertEqual(self.drain(), 1, "to this system and nobody else")
        headers, body = self.partner.requests[0]
        self.assertEqual(json.loads(body)["type"], "logistics.integration.test")
        self.assertTrue(verify([SECRET], headers, body))
        result, words = self.told(test)
        self.assertEqual(result, "good")
        self.assertIn("HTTP 200", words)
        self.assertEqual(test.message_id.system_id, self.system)
        event = test.message_id.event_id
        self.assertFalse(event.type_id._schema_error(event.data))

    def test_failure_is_told_and_the_next_test_replaces_it(self):
        self.partner.status = 500
        first = self.send()
        self.drain()
        result, words = self.told(first)
        self.assertEqual(result, "bad")
        self.assertIn("HTTP 500", words)
        self.partner.status = 200
        action = first.action_again()
        second = self.env["logistics.system.test"].browse(action["res_id"])
        self.assertEqual(self.drain(), 1)
        self.assertEqual(self.told(second)[0], "good")
        self.assertEqual(self.told(first)[0], "bad")
        self.assertEqual(first.message_id.state, "cancelled")

    def test_a_dead_test_does_not_hold_the_next(self):
        self.partner.status = 422
        first = self.send()
        self.drain()
        self.assertEqual((first.message_id.state, first.message_id.is_head), ("dead", True))
        self.partner.status = 200
        self.assertEqual(self.told(self.send())[0], "waiting")
        self.assertEqual(self.drain(), 1)

    def test_paused_it_says_that_it_waits(self):
        self.system.action_pause("Maintenance")
        test = self.send()
        self.drain()
        result, words = self.told(test)
        self.assertEqual(result, "waiting")
        self.assertIn("is paused", words)
        self.assertIn("Maintenance", words)

    def test_without_a_subscription_one_is_made(self):
        system = self.make_system("supplier", **self.line())
        test = self.send(system)
        self.assertEqual(test.subscription_id.name, "Connection test")
        self.assertEqual(self.drain(), 1)
        self.assertEqual(self.send(system).subscription_id, test.subscription_id)

    def test_the_systems_own_url_is_preferred_and_a_subscription_can_be_tested_itself(self):
        own = self.subscribe(self.system, url=self.partner.url + "/own")
        self.assertEqual(self.send().subscription_id, self.subscription)
        self.drain()
        self.assertEqual(self.send(own).url, self.partner.url + "/own")

    def test_where_nothing_can_be_sent_it_says_so(self):
        self.system.outbound_url = False
        with self.assertRaisesRegex(UserError, "has no URL"):
            self.system.action_send_test()
        self.system.write({"outbound_url": self.partner.url, "state": "disabled"})
        with self.assertRaisesRegex(UserError, "switched off"):
            self.system.action_send_test()

    def test_only_administrators_send_tests(self):
        user = new_test_user(self.env, "test-user", groups="logistics_orchestration.group_manager")
        with self.assertRaises(AccessError):
            self.system.with_user(user).action_send_test()


class TestPause(RelayCase):
    def test_paused_until_and_resumed_by_itself(self):
        until = fields.Datetime.add(fields.Datetime.now(), hours=2)
        wizard = self.env["logistics.system.pause"].create(
            {"system_ids": [(6, 0, self.system.ids)], "reason": "Update", "until": until}
        )
        wizard.action_apply()
        self.assertEqual((self.system.state, self.system.resume_at), ("paused", until))
        self.assertEqual(self.system.paused_by_id, self.env.user)
        self.emit()
        self.assertEqual(self.drain(), 0)
        self.assertEqual(self.system.waiting_count, 1)
        self.env["logistics.system"]._cron_resume()
        self.assertEqual(self.system.state, "paused")
        self.system.resume_at = fields.Datetime.now()
        self.env["logistics.system"]._cron_resume()
        self.assertEqual((self.system.state, self.system.pause_reason, self.system.resume_at), ("active", False, False))
        self.assertEqual(self.drain(), 1)
        with self.assertRaisesRegex(UserError, "a time to come"):
            self.system.action_pause(until="2020-01-01 00:00:00")

    def test_the_partners_own_pause_does_not_end_a_persons(self):
        self.system.action_pause("By hand")
        self.system.paused_until = "2020-01-01"
        self.env["logistics.system"]._cron_resume()
        self.assertEqual(self.system.state, "paused")

    def test_switched_off_and_what_waits_cancelled(self):
        self.system.action_pause()
        event = self.emit()
        self.drain()
        self.system.action_disable()
        action = self.system.action_cancel_waiting()
        job = self.env["logistics.replay"].browse(action["res_id"])
        job.reason = "The contract has ended"
        job.action_preview()
        job.action_start()
        self.env["logistics.replay"]._cron_run()
        self.assertEqual(self.message(event).state, "cancelled")

    def test_the_chatter_says_who_and_why(self):
        system = self.system.with_context(mail_create_nolog=False, tracking_disable=False)
        system.action_pause("Update")
        self.assertIn("Update", system.message_ids[0].body)
        system.action_resume()
        self.assertIn("Resumed", system.message_ids[0].body)


class TestRotation(RelayCase):
    def signatures(self):
        self.emit()
        self.drain()
        headers, body = self.partner.requests[-1]
        return headers, body

    def test_two_signatures_until_the_overlap_ends(self):
        wizard = self.env["logistics.secret.rotate"].create({"system_id": self.system.id, "overlap": "48"})
        new = wizard.action_apply()["context"]["default_secret_out"]
        self.assertAlmostEqual(
            self.system.secret_out_prev_until, fields.Datetime.now() + timedelta(hours=48), delta=timedelta(minutes=1)
        )
        self.assertIn("Two signatures", self.system.rotation_text)
        headers, body = self.signatures()
        for secret in (SECRET, new):
            self.assertTrue(verify([secret], headers, body))
        self.system.action_end_overlap()
        self.assertFalse(self.system.rotation_text)
        headers, body = self.signatures()
        with self.assertRaises(SignatureError):
            verify([SECRET], headers, body)
        self.assertTrue(verify([new], headers, body))

    def test_without_overlap_the_old_one_is_gone_at_once(self):
        self.system._rotate(signing=True, hours=24)
        self.system._rotate(signing=True, hours=0)
        self.assertFalse(self.system.secret_out_prev_until)
        headers, _body = self.signatures()
        self.assertEqual(headers["webhook-signature"].count("v1,"), 1)

    def test_both_inbound_secrets_are_good_until_the_date(self):
        made = self.system._rotate(verification=True)
        self.assertEqual(self.system._inbound_secrets(), [made["secret_in"], SECRET])
        self.system.secret_in_prev_until = "2020-01-01"
        self.assertEqual(self.system._inbound_secrets(), [made["secret_in"]])
        bare = self.make_system("supplier", secret_in=False)
        self.assertEqual(bare._inbound_secrets(), [])

    def test_both_inbound_addresses_lead_here_until_the_date(self):
        System = self.env["logistics.system"]
        old = self.system.inbound_slug
        self.system._rotate(address=True, hours=1)
        self.assertNotEqual(self.system.inbound_slug, old)
        for slug in (old, self.system.inbound_slug):
            self.assertEqual(System._from_inbound_slug(slug), self.system)
        self.system.inbound_slug_prev_until = "2020-01-01"
        self.assertFalse(System._from_inbound_slug(old))
        self.assertFalse(System._from_inbound_slug(""))

    def test_nothing_chosen_or_too_long_is_refused(self):
        wizard = self.env["logistics.secret.rotate"].create({"system_id": self.system.id, "signing": False})
        with self.assertRaisesRegex(UserError, "Choose"):
            wizard.action_apply()
        with self.assertRaisesRegex(UserError, "7 days"):
            self.system._rotate(signing=True, hours=169)

    def test_no_secret_can_be_read_or_exported(self):
        self.system._rotate(signing=True, verification=True)
        admin = new_test_user(
            self.env, "rotation-admin", groups="logistics_orchestration.group_integration_admin,base.group_allow_export"
        )
        system = self.system.with_user(admin)
        names = [name for name in system.fields_get() if "secret" in name]
        self.assertFalse([name for name in names if name.endswith("_enc")])
        values = json.dumps([system.read(names), system.export_data(names)], default=str)
        self.assertNotIn("whsec_", values)
        for name in ("secret_out_enc", "secret_in_prev_enc"):
            with self.assertRaises(AccessError):
                system.read([name])


class TestWhyWaiting(RelayCase):
    def why(self, event):
        message = self.message(event)
        self.env.invalidate_all()
        return message.waiting_reason or ""

    def test_paused_suspended_off(self):
        self.system.action_pause("Update", fields.Datetime.add(fields.Datetime.now(), hours=1))
        event = self.emit()
        self.drain()
        words = self.why(event)
        for part in (f"{self.system.name} is paused until", self.env.user.name, "(Update)"):
            self.assertIn(part, words)
        self.system.write({"state": "suspended", "failing_since": "2026-01-01"})
        self.assertIn("every delivery failed since", self.why(event))
        self.system.state = "disabled"
        self.assertIn("switched off", self.why(event))

    def test_breaker_pause_and_rate(self):
        later = fields.Datetime.add(fields.Datetime.now(), minutes=5)
        self.system.write({"breaker_state": "open", "breaker_failures": 5, "breaker_until": later})
        event = self.emit()
        self.drain()
        self.assertIn("breaker is open (5 failures in a row)", self.why(event))
        self.system.write({"breaker_state": "closed", "paused_until": later})
        self.assertIn("asked us to wait until", self.why(event))
        self.system.write({"paused_until": False, "rate_per_second": 2})
        self.env.cr.execute(
            "INSERT INTO logistics_relay_rate (system_id, next_at) VALUES (%s, %s)", [self.system.id, later]
        )
        self.system.invalidate_recordset(["rate_next_at"])
        self.assertIn("limit of 2.0 deliveries per second", self.why(event))
        self.system.write({"rate_per_second": 0})
        self.assertRegex(self.why(event), "no relay process is alive|within moments")

    def test_behind_another_one(self):
        self.partner.status = 500
        first, second = self.emit(1), self.emit(2)
        self.drain()
        self.assertIn("Attempt 1 failed: HTTP 500", self.why(first))
        words = self.why(second)
        self.assertIn("waits behind", words)
        self.assertIn("HTTP 500", words)
        self.assertEqual(self.message(second).blocked_by_id, self.message(first))
        self.env.cr.execute(
            "UPDATE logistics_outbox_message SET state = 'dead' WHERE id = %s", [self.message(first).id]
        )
        self.assertIn("which was given up", self.why(second))
        self.assertFalse(self.why(first), "it is dead, it does not wait")

    def test_held(self):
        self.system.state = "paused"
        event = self.emit()
        self.drain()
        self.subscription.active = False
        self.drain()
        self.assertIn("Orders is switched off (Switched off by", self.why(event))

    def test_found_by_what_people_have_at_hand(self):
        event = self.emit()
        self.drain()
        message = self.message(event)
        Message = self.env["logistics.outbox.message"]
        for text in (message.webhook_id, event.uid, event.ordering_key, event.subject):
            with self.subTest(text=text):
                self.assertIn(message, Message.search([("search_text", "ilike", text)]))
        self.assertNotIn(message, Message.search([("search_text", "ilike", "nothing like it")]))
