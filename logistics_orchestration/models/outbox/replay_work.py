"""The worker of replay jobs: what it does to one batch, when the next one may follow, and how a job ends.

Each batch is done with the rights of whoever started the job, under an advisory lock of its own, and committed.
"""

import logging
import time
from datetime import timedelta

import psycopg2

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY

from ...relay.states import CANCELLABLE, REPLAYABLE, STATES
from ..backbone.testing import in_test

_logger = logging.getLogger(__name__)

BATCH = 200
WINDOW = timedelta(seconds=60)
# first half of a two-part advisory lock, apart from those of the relay
LOCK_REPLAY = 0x4C4F4752


class ReplayWork(models.Model):
    _inherit = "logistics.replay"

    def _due(self):
        """Domain of jobs with something to do now: a batch, or the end of a cancelled one."""
        return [
            ("state", "in", ("running", "cancelled")),
            ("finished_at", "=", False),
            ("next_batch_at", "<=", fields.Datetime.now()),
        ]

    @api.model
    def _cron_run(self, seconds=20):
        """Scheduled action: work jobs off, batch by batch, for at most ``seconds``."""
        deadline = time.monotonic() + seconds
        waiting = set()
        while time.monotonic() < deadline:
            jobs = self.search([*self._due(), ("id", "not in", list(waiting))], order="next_batch_at, id")
            if not jobs:
                break
            for job in jobs:
                if not job._run_batch():
                    waiting.add(job.id)
                if time.monotonic() >= deadline:
                    break
        if self.search_count(self._due(), limit=1):
            self._wake_worker()

    def _run_batch(self):
        """One batch, committed. Returns False when it cannot go on now."""
        self.ensure_one()
        cr = self.env.cr
        try:
            cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_REPLAY, self.id])
            if not cr.fetchone()[0]:
                return False
            self.invalidate_recordset()
            if self.state == "cancelled":
                self._finish("cancelled")
                going_on = False
            else:
                going_on = self.state == "running" and self._batch()
            self.env.flush_all()
        except psycopg2.Error as error:
            if error.pgcode not in PG_CONCURRENCY_ERRORS_TO_RETRY or in_test():
                raise
            # somebody changed this job or its messages: nothing of this batch is kept, it is done again
            cr.rollback()  # pylint: disable=invalid-commit
            return True
        if not in_test():
            # each batch by itself: what is done is done, whatever happens to this worker
            cr.commit()  # pylint: disable=invalid-commit
        return going_on

    def _batch(self):
        """Deal with the next lines. Returns whether more may follow at once."""
        now = fields.Datetime.now()
        dealt = sum(self._live_counts(self.ids)[self.id].values())
        if not self.window_at or now >= self.window_at + WINDOW:
            self.write({"window_at": now, "window_base": dealt})
        allowed = self.per_minute - (dealt - self.window_base)
        lines = self._next_lines(min(BATCH, allowed)) if allowed > 0 else []
        if lines:
            try:
                with self.env.cr.savepoint():
                    outcomes = self._deal(lines)
            except AccessError as error:
                self._stop(error)
                return False
            self._record(outcomes)
            allowed -= len(lines)
        if not self._next_lines(1):
            self._finish("done")
            return False
        if allowed <= 0:
            # a key is never cut, so a batch may be larger than allowed: then the next one waits longer
            self.next_batch_at = self.window_at + WINDOW * (1 - allowed / self.per_minute)
            return False
        return True

    def _next_lines(self, count):
        """(line, message, event, key) of what is to be done next; of missed facts never half a key."""
        self.env.cr.execute(
            """
            SELECT id, message_id, event_id, ordering_key FROM logistics_replay_line
             WHERE replay_id = %s AND state = 'todo' ORDER BY id LIMIT %s
            """,
            [self.id, count],
        )
        rows = self.env.cr.fetchall()
        if rows and self.mode == "missed":
            self.env.cr.execute(
                """
                SELECT id, message_id, event_id, ordering_key FROM logistics_replay_line
                 WHERE replay_id = %s AND state = 'todo' AND id > %s AND ordering_key = %s ORDER BY id
                """,
                [self.id, rows[-1][0], rows[-1][3]],
            )
            rows += self.env.cr.fetchall()
        return rows

    def _deal(self, lines):
        """Do what the job does to these lines; returns {line: (state, note)}."""
        if self.mode == "missed":
            return self._batch_missed(lines)
        return self._batch_messages(lines)

    def _record(self, outcomes):
        self.env.cr.execute(
            """
            UPDATE logistics_replay_line l SET state = o.state, note = o.note
              FROM unnest(%s::int[], %s::varchar[], %s::varchar[]) AS o(id, state, note) WHERE l.id = o.id
            """,
            [
                list(outcomes),
                [state for state, _note in outcomes.values()],
                [note for _state, note in outcomes.values()],
            ],
        )
        self.env["logistics.replay.line"].invalidate_model()
        self.invalidate_recordset(["done_count", "skipped_count", "failed_count", "left_count", "progress"])

    def _stop(self, error):
        """Whoever started it may not any more: wait for somebody who may."""
        _logger.warning("Replay %s paused: %s", self.name, error)
        self.write({"state": "paused", "last_error": str(error)})
        self.message_post(body=_("Paused: %s", error))

    def _batch_messages(self, lines):
        """Replay or cancel what is still in a state that allows it; the others are left alone.

        :returns: {line id: (state, note)}
        """
        possible = CANCELLABLE if self.operation == "cancel" else REPLAYABLE
        words = dict(STATES)
        outbox = self.env["logistics.outbox.message"].with_user(self.user_id)
        outbox.invalidate_model(["state"])
        outcomes, chosen = {}, {}
        messages = outbox.browse([message_id for _line, message_id, _event, _key in lines])
        messages.fetch(["state"])
        for message, (line, *_rest) in zip(messages, lines, strict=True):
            if message.state in possible:
                chosen[message.id] = line
            else:
                outcomes[line] = ("skipped", _("It is %s now.", words[message.state].lower()))
        try:
            with self.env.cr.savepoint():
                self._apply(outbox.browse(list(chosen)))
            outcomes.update((line, ("done", None)) for line in chosen.values())
        except AccessError:
            raise
        except UserError:
            # one of them is the reason: find out which
            for message_id, line in chosen.items():
                try:
                    with self.env.cr.savepoint():
                        self._apply(outbox.browse(message_id))
                    outcomes[line] = ("done", None)
                except UserError as error:
                    outcomes[line] = ("failed", str(error))
        return outcomes

    def _apply(self, messages):
        reason = f"{self.name}: {self.reason}"
        if not messages:
            return
        if self.operation == "cancel":
            messages._cancel_because(reason)
        else:
            messages._replay(self.new_id, reason)

    def _batch_missed(self, lines):
        """Owe these events to the subscription, in the order of the facts of each key.

        The keys are locked as emission locks them: a new fact of one of these documents comes wholly before or wholly
        after what is told late, never in between.
        """
        self.subscription_id.with_user(self.user_id).check_access_rule("read")
        self.env.cr.execute(
            "SELECT pg_advisory_xact_lock(h) FROM"
            " (SELECT DISTINCT hashtextextended(k, 0) AS h FROM unnest(%s) k ORDER BY 1) AS keys",
            [[key for _line, _message, _event, key in lines]],
        )
        events = [event for _line, _message, event, _key in lines]
        self.env["logistics.outbox.pointer"]._leave_only(self.subscription_id.id, events)
        return {line: ("done", None) for line, _message, _event, _key in lines}
