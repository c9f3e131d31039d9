"""Replay jobs: what is counted is what is done; paced, paused, cancelled, killed; what a subscription missed."""

import logging
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user

from .relay_common import TYPE, RelayCase

_WORKER = "odoo.addons.logistics_orchestration.models.outbox.replay_work"


class TestReplayJobs(RelayCase):
    def setUp(self):
        super().setUp()
        self.system.dead_policy = "skip"
        self.start = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        self.Replay = self.env["logistics.replay"]

    def dead(self, count):
        """``count`` messages of one document that were given up, oldest first."""
        self.partner.status = 422
        events = [self.emit(number) for number in range(1, count + 1)]
        self.drain()
        self.partner.status = 200
        self.partner.requests.clear()
        messages = self.env["logistics.outbox.message"].search([("event_id", "in", [e.id for e in events])], order="id")
        self.assertEqual(set(messages.mapped("state")), {"dead"})
        return messages

    def job(self, **vals):
        return self.Replay.create(
            {"mode": "failed_since", "system_id": self.system.id, "date_from": self.start, "reason": "Repaired", **vals}
        )

    def started(self, **vals):
        job = self.job(**vals)
        job.action_preview()
        job.action_start()
        return job

    def run_worker(self):
        self.Replay._cron_run()

    # -- dry run ----------------------------------------------------------------------------------------------

    def test_the_dry_run_counts_exactly_what_is_done(self):
        self.dead(3)
        job = self.job()
        job.action_preview()
        self.assertEqual((job.state, job.preview["total"]), ("previewed", 3))
        (row,) = job.preview["types"]
        self.assertEqual(row[:2], [TYPE, 3])
        self.assertIn("3", job.preview_html)
        self.assertFalse(self.partner.requests, "counting sends nothing")
        job.action_start()
        self.run_worker()
        self.assertEqual((job.state, job.total_count, job.done_count, job.progress), ("done", 3, 3, 100))
        self.assertEqual(self.drain(), 3)
        self.assertEqual(self.partner.numbers, [1, 2, 3], "in the order of the facts")
        attempt = self.env["logistics.outbox.attempt"].search([("outcome", "=", "replayed")], limit=1)
        self.assertEqual(attempt.error, f"{job.name}: Repaired")
        self.assertEqual(attempt.user_name, self.env.user.name)

    def test_one_fact_tells_of_the_whole_job(self):
        self.dead(3)
        self.started()
        self.run_worker()
        event = self.events("integration.replayed")
        self.assertEqual(len(event), 1)
        self.assertEqual(event.data["count"], 3)
        self.assertEqual(event.data["mode"], "failed_since")
        self.assertEqual(event.data["reason"], "Repaired")
        self.assertFalse(event.type_id._schema_error(event.data))

    def test_one_click_is_told_too(self):
        message = self.dead(1)
        message.action_replay()
        self.assertEqual(self.events("integration.replayed").data["count"], 1)

    def test_a_changed_selection_has_to_be_counted_again(self):
        self.dead(1)
        job = self.job()
        job.action_preview()
        job.new_id = True
        self.assertEqual((job.state, job.preview), ("draft", False))
        with self.assertRaisesRegex(UserError, "count first"):
            job.action_start()
        job.action_preview()
        job.action_start()
        with self.assertRaisesRegex(UserError, "does not change any more"):
            job.new_id = False

    def test_warnings_say_what_a_person_should_know(self):
        self.emit(1)
        self.drain()
        self.system.state = "paused"
        job = self.job(mode="range", with_delivered=True)
        job.action_preview()
        words = "\n".join(job.preview["warnings"])
        self.assertIn("1 were delivered: the partner gets them again and drops them by their id", words)
        self.assertIn("is paused: they wait there", words)
        job.new_id = True
        job.action_preview()
        self.assertIn("may act twice", "\n".join(job.preview["warnings"]))

    def test_what_is_not_said_is_asked_for(self):
        for vals, words in (
            ({"reason": " "}, "Reason"),
            ({"system_id": False}, "System"),
            ({"date_from": False}, "From"),
            ({"date_to": self.start - timedelta(days=1)}, "lies before"),
            ({"mode": "missed"}, "Subscription"),
            ({"mode": "range", "with_dead": False, "with_held": False}, "States"),
        ):
            with self.subTest(words=words), self.assertRaisesRegex(UserError, words):
                self.job(**vals).action_preview()

    # -- pace and control -------------------------------------------------------------------------------------

    def test_at_most_so_many_a_minute(self):
        self.dead(5)
        job = self.started(per_minute=2)
        self.run_worker()
        self.assertEqual((job.state, job.done_count, job.left_count), ("running", 2, 3))
        self.assertGreater(job.next_batch_at, fields.Datetime.now() + timedelta(seconds=50))
        self.run_worker()
        self.assertEqual(job.done_count, 2, "the minute is not over")
        for done in (4, 5):
            job.write({"window_at": job.window_at - timedelta(seconds=61), "next_batch_at": self.start})
            self.run_worker()
            self.assertEqual(job.done_count, done)
        self.assertEqual(job.state, "done")

    def test_paused_and_cancelled_leave_the_rest_untouched(self):
        messages = self.dead(5)
        job = self.started(per_minute=2)
        self.run_worker()
        job.action_pause()
        job.write({"window_at": False, "next_batch_at": self.start})
        self.run_worker()
        self.assertEqual(job.done_count, 2)
        job.action_resume()
        job.action_cancel()
        self.run_worker()
        self.assertEqual((job.state, job.done_count, job.left_count), ("cancelled", 2, 3))
        self.assertTrue(job.finished_at)
        self.assertEqual(messages.mapped("state"), ["pending"] * 2 + ["dead"] * 3)
        self.assertEqual(self.events("integration.replayed").data["count"], 2)
        with self.assertRaisesRegex(UserError, "is Cancelled and cannot be resumed"):
            job.action_resume()

    def test_a_killed_worker_does_nothing_twice(self):
        """A batch is one transaction: what was not committed is done again, once."""
        self.dead(3)
        job = self.started()
        with (
            patch.object(type(job), "_record", side_effect=RuntimeError("killed")),
            self.assertRaisesRegex(RuntimeError, "killed"),
            self.env.cr.savepoint(),
        ):
            self.run_worker()
        self.env.invalidate_all()
        self.assertEqual(job.done_count, 0)
        self.run_worker()
        self.assertEqual(job.done_count, 3)
        self.assertEqual(self.drain(), 3)
        self.assertEqual(self.partner.numbers, [1, 2, 3])

    def test_what_changed_meanwhile_is_left_alone_with_a_note(self):
        messages = self.dead(2)
        job = self.started()
        messages[0].action_replay()
        self.run_worker()
        self.assertEqual((job.done_count, job.skipped_count, job.state), (1, 1, "done"))
        (line,) = self.env["logistics.replay.line"].search(job.action_open_left()["domain"])
        self.assertEqual((line.message_id, line.note), (messages[0], "It is waiting now."))

    def test_a_text_lost_to_retention_cannot_be_sent(self):
        messages = self.dead(2)
        self.env.cr.execute("SET LOCAL session_replication_role = replica")
        self.env.cr.execute("UPDATE logistics_event SET body = NULL WHERE id = %s", [messages[0].event_id.id])
        self.env.cr.execute("SET LOCAL session_replication_role = DEFAULT")
        job = self.job()
        job.action_preview()
        self.assertEqual(job.preview["total"], 1)
        self.assertIn("1 have lost their text", "\n".join(job.preview["warnings"]))

    # -- selections -------------------------------------------------------------------------------------------

    def test_a_large_selection_becomes_a_job(self):
        messages = self.dead(101)
        action = messages.action_replay_new_id()
        job = self.Replay.browse(action["res_id"])
        self.assertEqual((job.mode, job.selection_count, job.new_id), ("selection", 101, True))
        self.assertEqual(job.system_id, self.system)
        self.assertEqual(set(messages.mapped("state")), {"dead"}, "nothing has happened yet")
        job.reason = "All of them"
        job.action_preview()
        job.action_start()
        self.run_worker()
        self.assertEqual(job.done_count, 101)
        self.assertEqual(self.drain(), 101)
        self.assertTrue(all(headers["webhook-id"].endswith("_r1") for headers, _body in self.partner.requests))
        self.assertEqual(self.partner.numbers, list(range(1, 102)))

    def test_in_the_order_of_the_facts_whatever_was_replayed_before(self):
        messages = self.dead(3)
        self.partner.status = 422
        messages[0].action_replay()
        self.drain()
        self.partner.status = 200
        self.partner.requests.clear()
        self.assertGreater(messages[0].position, messages[2].position)
        messages.action_replay()
        self.drain()
        self.assertEqual(self.partner.numbers, [1, 2, 3])

    def test_cancel_what_is_held(self):
        self.system.state = "paused"
        events = [self.emit(number) for number in (1, 2, 3)]
        self.drain()
        self.subscription.active = False
        self.drain()
        action = self.subscription.action_cancel_held()
        job = self.Replay.browse(action["res_id"])
        job.reason = "Not needed any more"
        job.action_preview()
        self.assertEqual(job.preview["total"], 3)
        job.action_start()
        self.run_worker()
        self.assertEqual({self.message(event).state for event in events}, {"cancelled"})
        self.assertEqual(self.message(events[0]).cancel_reason, f"{job.name}: Not needed any more")
        self.assertFalse(self.events("integration.replayed"))

    # -- what was missed --------------------------------------------------------------------------------------

    def missed_job(self, subscription, **vals):
        job = self.started(mode="missed", system_id=False, subscription_id=subscription.id, date_from=False, **vals)
        self.run_worker()
        return job

    def test_everything_a_new_system_missed_in_order(self):
        other = self.purchase.copy()
        for number in (1, 2, 3):
            self.emit(number)
            self.emit(number + 10, other)
        self.drain()
        self.partner.requests.clear()
        late = self.make_system("supplier", **self.line())
        subscription = self.subscribe(late)
        job = self.job(mode="missed", system_id=False, subscription_id=subscription.id, date_from=False)
        job.action_preview()
        self.assertEqual(job.preview["total"], 6)
        self.assertEqual(job.company_id, self.company)
        job.action_start()
        self.run_worker()
        self.assertEqual((job.state, job.done_count), ("done", 6))
        self.assertEqual(self.drain(), 6)
        numbers = self.partner.numbers
        self.assertEqual([n for n in numbers if n < 10], [1, 2, 3])
        self.assertEqual([n for n in numbers if n > 10], [11, 12, 13])
        messages = self.env["logistics.outbox.message"].search([("system_id", "=", late.id)])
        self.assertEqual(messages.subscription_id, subscription)
        again = self.job(mode="missed", system_id=False, subscription_id=subscription.id, date_from=False)
        again.action_preview()
        self.assertEqual(again.preview["total"], 0, "nothing is missed any more")

    def test_missed_obeys_the_condition_and_the_company(self):
        for number in (1, 2, 3):
            self.emit(number)
        self.drain()
        self.partner.requests.clear()
        subscription = self.subscribe(self.make_system("supplier", **self.line()), domain="[('data.number', '>', 1)]")
        foreign = self.subscribe(
            self.make_system("supplier", **self.line(company_id=self.env["res.company"].create({"name": "Other"}).id))
        )
        self.assertEqual(self.missed_job(subscription).done_count, 2)
        self.assertEqual(self.missed_job(foreign).done_count, 0)
        self.assertEqual(self.drain(), 2)
        self.assertEqual(self.partner.numbers, [2, 3])

    def test_a_key_is_owed_in_one_batch(self):
        """However few a minute: a new fact of the document comes before or after what is told late, never between."""
        other = self.purchase.copy()
        for number in (1, 2, 3):
            self.emit(number)
        self.emit(11, other)
        self.drain()
        subscription = self.subscribe(self.make_system("supplier", **self.line()))
        job = self.missed_job(subscription, per_minute=1)
        self.assertEqual((job.state, job.done_count), ("running", 3))
        self.assertGreater(job.next_batch_at, job.window_at + timedelta(minutes=2))

    def test_missed_tells_what_comes_late(self):
        self.emit(1)
        self.drain()
        subscription = self.subscribe(self.make_system("supplier", **self.line()))
        self.emit(2)
        self.drain()
        job = self.job(mode="missed", system_id=False, subscription_id=subscription.id, date_from=False)
        job.action_preview()
        self.assertIn("1 are older than what this subscription already got", "\n".join(job.preview["warnings"]))

    # -- rights -----------------------------------------------------------------------------------------------

    def test_who_may_replay(self):
        self.dead(2)
        groups = "logistics_orchestration.group_%s"
        admin, auditor, manager = (
            new_test_user(self.env, f"replay-{name}", groups=groups % name)
            for name in ("integration_admin", "auditor", "manager")
        )
        job = self.Replay.with_user(admin).create(
            {"mode": "failed_since", "system_id": self.system.id, "date_from": self.start, "reason": "Mine"}
        )
        job.action_preview()
        job.action_start()
        self.assertTrue(job.with_user(auditor).read(["state", "preview_html", "progress"]))
        with self.assertRaises(AccessError):
            job.with_user(auditor).action_pause()
        with self.assertRaises(AccessError):
            job.with_user(manager).read(["state"])
        for vals in ({"state": "running"}, {"user_id": self.env.ref("base.user_root").id}, {"total_count": 0}):
            with self.assertRaises(AccessError):
                job.write(vals)
            with self.assertRaises(AccessError):
                self.Replay.with_user(admin).create(vals)
        job.per_minute = 10
        # whoever started it may not any more: it waits for somebody who may
        admin.groups_id = [(3, self.env.ref("logistics_orchestration.group_integration_admin").id)]
        with self.assertLogs(_WORKER, logging.WARNING):
            self.run_worker()
        self.assertEqual((job.sudo().state, job.sudo().done_count), ("paused", 0))
        self.assertIn("not allowed", job.sudo().last_error)

    def test_other_companies_messages_are_not_touched(self):
        messages = self.dead(2)
        other = self.env["res.company"].create({"name": "Other"})
        admin = new_test_user(
            self.env,
            "replay-other",
            groups="logistics_orchestration.group_integration_admin",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        job = self.Replay.with_user(admin).create({"mode": "selection", "selection": messages.ids, "reason": "Theirs"})
        job.action_preview()
        self.assertEqual(job.preview["total"], 0)
        mine = self.started()
        with self.assertRaises(AccessError):
            mine.with_user(admin).action_pause()

    def test_old_lines_go_and_the_job_stays(self):
        self.dead(2)
        job = self.started()
        self.run_worker()
        job.finished_at = "2020-01-01"
        self.Replay._gc_lines()
        self.assertFalse(job.line_ids)
        self.assertEqual((job.done_count, job.progress), (2, 100))
