"""Processing the inbox: in order per subject, by several workers at once.

Messages of one system about one document (``order_key``) form a *lane* and take effect in the order of their times,
then of arrival. A message that is tried again, or that waits for a person and *holds*, keeps the later ones of its lane
waiting and nobody else's. A worker takes a lane under a session advisory lock, which outlives the commit after each
message, and goes through it as far as it can; another worker passes the lane by. A killed worker's lock is gone with
its connection.

Messages of the types in ``_together`` (scans: they come in thousands, and each does little) are taken several lanes at
a time, in one transaction: what they have in common is read once. Each has its own savepoint; where another transaction
was faster at the same rows, all of the batch is rolled back and done one by one. Those of the types in ``_at_once``
share one savepoint and are written at its end: as soon as one of them goes wrong or is not understood, all of the batch
is undone and done again with a savepoint for each.
"""

import time
from contextlib import ExitStack, contextmanager

import psycopg2

from odoo import api, fields, models

# Lanes taken from each system at a time: a flood of one partner does not keep the others waiting.
_SHARE = 25
# Messages of one lane at a time, for the same reason.
_TURN = 50
# What is done in one transaction keeps others waiting for the documents it is about: not for longer than this.
_BATCH_SECONDS = 0.4
_NOTES = "logistics.inbox.together"
# "Open" stands in these statements in the index's own words, so that PostgreSQL sees that it fits.
_DUE = """
    SELECT due.id, due.system_id, due.order_key, due.type FROM logistics_system s
     CROSS JOIN LATERAL (
        SELECT m.id, m.system_id, m.order_key, m.type FROM logistics_inbox_message m
         WHERE m.system_id = s.id AND m.state IN ('received', 'failed') AND m.next_attempt_at <= %(now)s
           AND m.id <> ALL(%(tried)s)
           AND (COALESCE(m.order_key, '') = '' OR NOT EXISTS (
                SELECT 1 FROM (SELECT e.occurred_at, e.id FROM logistics_inbox_message e
                                WHERE e.system_id = m.system_id AND e.order_key = m.order_key
                                  AND (e.state IN ('received', 'failed')
                                       OR (e.holds AND e.state IN ('quarantined', 'dead')))
                                ORDER BY e.occurred_at, e.id LIMIT 1) AS first
                 WHERE first.id <> m.id))
         ORDER BY m.id LIMIT %(share)s) AS due
     ORDER BY row_number() OVER (PARTITION BY due.system_id ORDER BY due.id), due.id
"""
_FIRST = """
    SELECT id, state, next_attempt_at FROM logistics_inbox_message
     WHERE system_id = %s AND order_key = %s
       AND (state IN ('received', 'failed') OR (holds AND state IN ('quarantined', 'dead')))
     ORDER BY occurred_at, id LIMIT 1
"""

_LANE = """
    SELECT m.id, lane.n FROM unnest(%s::int[], %s::varchar[]) WITH ORDINALITY AS lane(system_id, order_key, n)
     CROSS JOIN LATERAL (
        SELECT id, state, next_attempt_at, type, occurred_at FROM logistics_inbox_message e
         WHERE e.system_id = lane.system_id AND e.order_key = lane.order_key
           AND (e.state IN ('received', 'failed') OR (e.holds AND e.state IN ('quarantined', 'dead')))
         ORDER BY e.occurred_at, e.id LIMIT %s) AS m
     ORDER BY lane.n, m.occurred_at, m.id
"""


class InboxWorker(models.Model):
    _inherit = "logistics.inbox.message"

    # types of messages that are processed several in one transaction; a capability adds its own
    _together = frozenset()
    # those of them that share a savepoint as well: what their handlers do must all be undone with the transaction
    _at_once = frozenset()

    def init(self):
        super().init()
        for statement in (
            "DROP INDEX IF EXISTS logistics_inbox_message_due_idx",
            "CREATE INDEX IF NOT EXISTS logistics_inbox_message_todo_idx"
            " ON logistics_inbox_message (system_id, id) WHERE state IN ('received', 'failed')",
            "CREATE INDEX IF NOT EXISTS logistics_inbox_message_lane_idx"
            " ON logistics_inbox_message (system_id, order_key, occurred_at, id)"
            " WHERE (state IN ('received', 'failed') OR (holds AND state IN ('quarantined', 'dead')))",
            "CREATE INDEX IF NOT EXISTS logistics_inbox_message_record_idx"
            " ON logistics_inbox_message (res_model, res_id)",
            # when a partner last spoke of something
            "CREATE INDEX IF NOT EXISTS logistics_inbox_message_heard_idx"
            " ON logistics_inbox_message (system_id, received_at DESC, type)",
        ):
            self.env.cr.execute(statement)

    def _work_domain(self):
        return [("state", "in", ("received", "failed")), ("next_attempt_at", "<=", fields.Datetime.now())]

    @api.model
    def _cron_process(self):
        """Scheduled action: process what has arrived."""
        self._work_cron("logistics_orchestration.cron_inbox")

    @api.model
    def _work_run(self, seconds=20):
        """Process what is due for at most ``seconds``, lane by lane.

        :returns: number of messages processed (also failed ones)
        """
        deadline = time.monotonic() + seconds
        tried, count, helped = set(), 0, False
        while time.monotonic() < deadline:
            heads = self._due_heads(tried)
            if not heads:
                break
            if len(heads) >= _SHARE and not helped:
                helped = True
                self._call_second_worker()
            several = [head[:3] for head in heads if head[1] and head[2] and head[3] in self._together]
            if len(several) > 1:
                count += self._work_several(several, tried, deadline)
            for message_id, system_id, key, _type in heads:
                if message_id in tried:
                    continue
                count += self._work_lane(message_id, system_id, key, tried, deadline)
                if time.monotonic() >= deadline:
                    break
        return count

    @api.model
    def _due_heads(self, tried):
        """First messages of their lanes that are due: (id, system id, order key), the systems taking turns."""
        self.flush_model()
        self.env.cr.execute(_DUE, {"now": fields.Datetime.now(), "tried": list(tried), "share": _SHARE})
        return self.env.cr.fetchall()

    @api.model
    def _work_lane(self, message_id, system_id, key, tried, deadline):
        """Go through one lane from its head, as far as it goes; returns how many were processed."""
        if not key:
            tried.add(message_id)
            return self.browse(message_id)._work_attempt()
        count = 0
        with self._lane_lock(system_id, key) as mine:
            if not mine:
                tried.add(message_id)
                return 0
            # a new look at the database: what the last one in this lane did is seen from here on
            self._work_commit()
            while time.monotonic() < deadline and count < _TURN:
                head = self._lane_head(system_id, key)
                if not head or head in tried:
                    break
                tried.add(head)
                count += self.browse(head)._work_attempt()
            tried.add(message_id)
        return count

    @api.model
    def _work_several(self, heads, tried, deadline):
        """Go through several lanes in one transaction each time; returns how many messages were processed.

        :param list heads: (id, system id, order key) of the first messages of lanes
        """
        count = 0
        with ExitStack() as locks:
            mine = []
            for message_id, system_id, key in heads:
                if locks.enter_context(self._lane_lock(system_id, key)):
                    mine.append((system_id, key))
                else:
                    tried.add(message_id)
            # a new look at the database: what the last one in these lanes did is seen from here on
            self._work_commit()
            waiting, stopped = self._lane_messages(mine), set()
            while waiting and time.monotonic() < deadline:
                done = self._attempt_together(waiting, tried, stopped)
                if done is None:
                    break  # somebody was faster: one by one from here on
                count += done
                waiting = waiting.filtered(lambda message: message.id not in tried)
        return count

    @api.model
    def _lane_messages(self, lanes):
        """What is due in these lanes, in the order it takes effect, as far as one transaction may do it."""
        self.flush_model()
        self.env.cr.execute(_LANE, [[system for system, _key in lanes], [key for _system, key in lanes], _TURN])
        rows = self.env.cr.fetchall()
        found, stopped, now = [], set(), fields.Datetime.now()
        lane_of = dict(rows)
        for message in self.browse([message_id for message_id, _lane in rows]):
            lane = lane_of[message.id]
            waits = message.state not in ("received", "failed") or message.next_attempt_at > now
            if waits or lane in stopped or message.type not in self._together:
                stopped.add(lane)
            else:
                found.append(message.id)
        return self.browse(found)

    def _attempt_together(self, waiting, tried, stopped):
        """Process messages in one transaction, for a short while.

        :param waiting: messages, each lane's in its order
        :param set stopped: lanes in which nothing more is done now; more are added
        :returns: how many were processed, or None: nothing was, because another transaction was faster
        """
        try:
            self.env.cr.execute(
                "SELECT id FROM logistics_inbox_message WHERE id = ANY(%s) AND state IN ('received', 'failed')"
                " FOR NO KEY UPDATE SKIP LOCKED",
                [waiting.ids],
            )
            free = {message_id for (message_id,) in self.env.cr.fetchall()}
            self._notes_together(begin=True)
            waiting._ready_together()
            # from here on: on a slow machine the reading alone must not use up the time
            until = time.monotonic() + _BATCH_SECONDS
            done = waiting._attempt_at_once(free, tried, stopped, until)
            if done is None:
                done = waiting._attempt_each(free, tried, stopped, until)
            self._work_commit()
        except psycopg2.Error as error:
            if not self._work_concurrent(error):
                raise
            self._work_rollback()
            return None
        finally:
            self._notes_together(begin=False)
        tried.update(done)
        return len(done)

    def _attempt_each(self, free, tried, stopped, until):
        """Process these messages, each in a savepoint of its own, until a moment; returns the ids of the processed."""
        done = []
        for message in self:
            lane = (message.system_id.id, message.order_key)
            if message.id not in free or lane in stopped:
                stopped.add(lane)
                tried.add(message.id)
                continue
            message._attempt_one_of_many()
            done.append(message.id)
            if message.state in ("failed", "dead") or (message.holds and message.state == "quarantined"):
                stopped.add(lane)  # the later ones of the lane wait behind it
            if time.monotonic() > until:
                break
        return done

    def _attempt_at_once(self, free, tried, stopped, until):
        """Process these messages in one savepoint for all, until a moment.

        :returns: the ids of the processed, or None: nothing was done, because they need a savepoint each
        :raises psycopg2.Error: somebody else changed the same rows
        """
        if not all(message.type in self._at_once for message in self):
            return None
        skipped, lanes, outcomes = set(), set(stopped), {}
        try:
            with self.env.cr.savepoint():
                for message in self:
                    lane = (message.system_id.id, message.order_key)
                    if message.id not in free or lane in lanes:
                        lanes.add(lane)
                        skipped.add(message.id)
                        continue
                    with self.env["logistics.event"]._caused_by(message.work_cause or {}):
                        outcomes[message.id] = message._work_outcome()
                    if time.monotonic() > until:
                        break
                self._write_outcomes(outcomes)
        except Exception as error:
            if self._work_concurrent(error):
                raise
            # what is wrong with one of them is found out, and told, where it stands alone
            self.env.invalidate_all(flush=False)
            return None
        tried.update(skipped)
        stopped.update(lanes)
        return list(outcomes)

    @api.model
    def _write_outcomes(self, outcomes):
        """Write what became of messages: one write for all with the same outcome.

        :param dict outcomes: values by message id
        """
        alike = {}
        for message_id, vals in outcomes.items():
            alike.setdefault(tuple(sorted(vals.items())), []).append(message_id)
        for vals, ids in alike.items():
            self.browse(ids)._work_conclude(dict(vals))

    @api.model
    def _notes_together(self, begin=None):
        """What :meth:`_ready_together` found out once for all messages of this transaction: a dictionary, empty where
        a message is processed alone.

        :param bool begin: True: begin with no notes; False: forget them
        """
        data = self.env.cr.postcommit.data  # goes with the transaction, in whichever way it ends
        if begin is not None:
            data.pop(_NOTES, None)
        if begin:
            data[_NOTES] = {}
        return data.get(_NOTES, {})

    def _ready_together(self):
        """Hook: read (and lock, in an order that is the same for all) at once what these messages need one by one."""

    def _attempt_one_of_many(self):
        """One attempt in a transaction it shares with others; a conflict ends all of them.

        :raises psycopg2.Error: somebody else changed the same rows
        """
        try:
            with self.env["logistics.event"]._caused_by(self.work_cause or {}):
                self._work_one()
        except Exception as error:
            if self._work_concurrent(error):
                raise
            self._work_failed(error)

    @api.model
    def _lane_head(self, system_id, key):
        """The message that is to be processed next in a lane, or None: none is left, or the first one waits."""
        self.flush_model()
        self.env.cr.execute(_FIRST, [system_id, key])
        row = self.env.cr.fetchone()
        if not row or row[1] not in ("received", "failed") or row[2] > fields.Datetime.now():
            return None
        return row[0]

    @contextmanager
    def _lane_lock(self, system_id, key):
        """Whether this worker has the lane to itself, while the block lasts."""
        name = f"logistics.inbox/{system_id}/{key}"
        self.env.cr.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        mine = self.env.cr.fetchone()[0]
        try:
            yield mine
        finally:
            if mine and not self.env.cr.closed:
                self.env.cr.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])

    @api.model
    def _call_second_worker(self):
        """There is more than one batch to do: let the second scheduled action take its part."""
        helper = self.env.ref("logistics_orchestration.cron_inbox_second", raise_if_not_found=False)
        if helper:
            helper.sudo()._trigger()  # sudo: waking a worker is not an administrator's right only
            self._work_commit()

    # -- for people -------------------------------------------------------------------------------------------

    def _behind(self):
        """{message id: id of the message it waits behind} of those that wait for another one."""
        self.env.cr.execute(
            """
            SELECT m.id, first.id FROM logistics_inbox_message m
              JOIN LATERAL (SELECT e.id FROM logistics_inbox_message e
                             WHERE e.system_id = m.system_id AND e.order_key = m.order_key
                               AND (e.state IN ('received', 'failed')
                                    OR (e.holds AND e.state IN ('quarantined', 'dead')))
                             ORDER BY e.occurred_at, e.id LIMIT 1) AS first ON first.id <> m.id
             WHERE m.id = ANY(%s) AND m.state IN ('received', 'failed') AND COALESCE(m.order_key, '') <> ''
            """,
            [self.ids],
        )
        return dict(self.env.cr.fetchall())
