"""Fan-out: from pointers to messages. Done by the leader only.

A pass reads pointers in the order of their ids, in batches, each batch one transaction. A pointer that somebody holds
locked (a business transaction is voiding its event) stays for the next pass, and so does everything behind it with the
same ordering key: nothing overtakes within a key. Most passes begin a little before the highest id seen, because what
was deleted below stays in the index until vacuum may remove it; every second or so one begins at the very beginning,
for what was committed long after it drew its id.
"""

import json
import logging
import time

from psycopg2 import errors

from . import feed, schema
from .addressing import narrowed
from .heads import leave_recheck, lock_lanes, recompute
from .holding import hold_owed
from .matching import DomainError, compile_domain
from .shaping import Shapes
from .supersede import replace_older
from .validity import Validity

_logger = logging.getLogger(__name__)

BATCH = 400
# Ids that are looked at again in every pass, and how often all are (less often where that has become expensive).
_OVERLAP = 1000
_FULL_EVERY = 1.0
_FULL_SHARE = 20
# Seconds for which a system that somebody holds locked is left out without asking again.
_LOCKED_OUT = 1.0


class FanOut:
    """Fans out for one leader; keeps compiled domains."""

    def __init__(self, batch=BATCH):
        self._batch = batch
        self._domains = {}
        self._validity = Validity()
        self._locked_out = {}
        self._shapes = Shapes()
        self._next_full = 0.0
        self._low = 0
        self._begin()

    def _begin(self):
        """State of a pass: where it is, what waits for the next one."""
        self._after = None
        self._deferred = set()
        self._kept = None
        now = time.monotonic()
        self._left_out = {system_id for system_id, until in self._locked_out.items() if until > now}

    def step(self, cr):
        """Handle the next batch of the pass, in the caller's transaction.

        :returns: (pointers dealt with, whether there are new messages or heads, whether the pass goes on)
        """
        begin = time.monotonic()
        full = self._after is None and begin >= self._next_full
        if self._after is None:
            self._after = 0 if full else self._low
        cr.execute(
            """
            SELECT p.id, p.event_id, p.recheck_system_id, p.recheck_key, p.hold_subscription_id,
                   p.only_subscription_id, e.uid, e.type_id, e.type_name, e.ordering_key, e.company_id
              FROM logistics_outbox_pointer p LEFT JOIN logistics_event e ON e.id = p.event_id
             WHERE p.id > %s AND p.void_event_id IS NULL ORDER BY p.id LIMIT %s
            """,
            [self._after, self._batch],
        )
        rows = cr.fetchall()
        if full:
            spent = time.monotonic() - begin
            self._next_full = begin + spent + max(_FULL_EVERY, _FULL_SHARE * spent)
        if not rows:
            self._end()
            return 0, False, False
        cr.execute(
            "SELECT id, void_reason FROM logistics_outbox_pointer WHERE id = ANY(%s) FOR UPDATE SKIP LOCKED",
            [[row[0] for row in rows]],
        )
        # read again with the lock: the reason may have been written since
        locked = dict(cr.fetchall())
        done, events, rechecks, holds = [], [], {}, {}
        for pointer, event_id, system_id, lane, subscription_id, only, uid, type_id, type_name, key, company_id in rows:
            if pointer not in locked:
                self._deferred.add(key)
            elif subscription_id:
                holds.setdefault(subscription_id, []).append(pointer)
            elif system_id:
                rechecks.setdefault((system_id, lane), []).append(pointer)
            elif uid is None:
                done.append(pointer)  # its event is not there any more (retention): nobody is owed it
            elif key is None or key not in self._deferred:
                done.append(pointer)
                events.append((event_id, uid, type_id, type_name, key, company_id, locked[pointer], only))
        messages = self._messages(cr, events)
        self._shapes.apply(cr, messages)
        lanes = [(m["system_id"], m["lane"]) for m in messages] + list(rechecks)
        lock_lanes(cr, lanes)
        made, waiting = self._insert_what_can_be(cr, messages)
        left_out = {row[0] for row in rows if row[1] in waiting}
        done = [pointer for pointer in done if pointer not in left_out]
        self._supersede(cr, messages, set(lanes))
        # what is void is told to nobody, a test only to the one it is for; (event, type, company)
        told = [event for event in events if event[6] is None and event[7] is None and event[0] not in waiting]
        feed.append(cr, [(event[0], event[2], event[5]) for event in told])
        busy = recompute(cr, list(rechecks))
        done += [pointer for lane, pointers in rechecks.items() if lane not in busy for pointer in pointers]
        done += [pointer for sub, pointers in holds.items() if hold_owed(cr, sub) for pointer in pointers]
        if done:
            cr.execute("DELETE FROM logistics_outbox_pointer WHERE id = ANY(%s)", [done])
        news = bool(made or rechecks)
        if news:
            cr.execute("SELECT pg_notify(%s, '')", [schema.CHANNEL_MESSAGES])
        left = {row[0] for row in rows}.difference(done)
        if left and self._kept is None:
            self._kept = min(left)
        self._after = rows[-1][0]
        more = len(rows) == self._batch
        if not more:
            self._end()
        return len(done), news, more

    def _end(self):
        """The pass is through: the next one begins before what was left, or a little before the highest id."""
        low = max(self._low, self._after - _OVERLAP)
        self._low = low if self._kept is None else min(low, self._kept - 1)
        self._begin()

    def restart(self):
        """Begin the pass anew, after a batch failed."""
        self._begin()
        self._next_full = 0.0

    # -- who is owed what -------------------------------------------------------------------------------------

    def _subscriptions(self, cr, type_ids):
        """{event type id: subscriptions}, the oldest first. Nothing is owed to a disabled system or one that pulls."""
        cr.execute(
            """
            SELECT r.event_type_id, s.id, s.system_id, s.domain, y.company_id, y.ordering, s.name,
                   t.name, y.kind, y.code
              FROM logistics_subscription_event_type_rel r
              LEFT JOIN logistics_event_type t ON t.id = r.event_type_id
              JOIN logistics_subscription s ON s.id = r.subscription_id
              JOIN logistics_system y ON y.id = s.system_id
             WHERE r.event_type_id = ANY(%s) AND s.active AND y.state <> 'disabled'
               AND COALESCE(y.delivery, 'push') = 'push'
             ORDER BY s.id
            """,
            [sorted(type_ids)],
        )
        found = {}
        for type_id, subscription_id, system_id, domain, company_id, ordering, name, *address in cr.fetchall():
            test = narrowed(self._domain(subscription_id, domain, name), *address)
            found.setdefault(type_id, []).append((subscription_id, system_id, test, company_id, ordering))
        return found

    @staticmethod
    def _chosen(cr, subscription_ids):
        """{subscription id: [itself]} of those that are owed an event by name: their types and domain do not count."""
        if not subscription_ids:
            return {}
        cr.execute(
            """
            SELECT s.id, s.system_id, y.company_id, y.ordering
              FROM logistics_subscription s JOIN logistics_system y ON y.id = s.system_id
             WHERE s.id = ANY(%s) AND y.state <> 'disabled'
            """,
            [sorted(subscription_ids)],
        )
        return {row[0]: [(row[0], row[1], None, row[2], row[3])] for row in cr.fetchall()}

    def _domain(self, subscription_id, text, name):
        """Compiled domain of a subscription. One that cannot be read matches everything: better sent than lost."""
        known = self._domains.get(subscription_id)
        if known is None or known[0] != text:
            try:
                known = (text, compile_domain(text))
            except DomainError as error:
                _logger.error("Subscription %s (%s) gets all events, bad domain: %s", subscription_id, name, error)
                known = (text, None)
            self._domains[subscription_id] = known
        return known[1]

    def _messages(self, cr, events):
        """Rows to insert for these events, in the order of the events."""
        if not events:
            return []
        subscriptions = self._subscriptions(cr, {event[2] for event in events if not event[7]})
        chosen = self._chosen(cr, {event[7] for event in events if event[7]})
        bodies = self._bodies(cr, events, subscriptions)
        messages = []
        for event_id, uid, type_id, type_name, key, company_id, void_reason, only in events:
            owed = chosen.get(only, ()) if only else subscriptions.get(type_id, ())
            for subscription_id, system_id, test, owner_id, ordering in owed:
                if owner_id is not None and owner_id != company_id:
                    continue
                if test is not None and not test(bodies[event_id]):
                    continue
                messages.append(
                    {
                        "event_id": event_id,
                        "system_id": system_id,
                        "subscription_id": subscription_id,
                        "company_id": company_id,
                        "type_name": type_name,
                        "ordering_key": key,
                        "lane": key if ordering == "key" else None,
                        # no full stop in it: the signed content is joined with full stops
                        "webhook_id": f"{uid}_{subscription_id}",
                        "cancel_reason": void_reason,
                    }
                )
        return messages

    @staticmethod
    def _bodies(cr, events, subscriptions):
        """Parsed envelopes of the events that some domain looks at."""
        picky = {type_id for type_id, found in subscriptions.items() if any(entry[2] is not None for entry in found)}
        wanted = [event[0] for event in events if event[2] in picky]
        if not wanted:
            return {}
        cr.execute("SELECT id, COALESCE(full_body, body) FROM logistics_event WHERE id = ANY(%s)", [wanted])
        return {event_id: json.loads(body or "{}") for event_id, body in cr.fetchall()}

    # -- writing ----------------------------------------------------------------------------------------------

    def _insert(self, cr, messages):
        """Insert messages with their heads. Their lanes are locked. Returns how many are there now."""
        if not messages:
            return 0
        lanes = {(m["system_id"], m["lane"]) for m in messages if m["lane"] is not None}
        taken = self._taken(cr, lanes)
        held = self._held(cr, {(m["subscription_id"], m["lane"]) for m in messages})
        for message in messages:
            lane = (message["system_id"], message["lane"])
            if message["cancel_reason"] is not None:
                message.update(state="cancelled", is_head=False)
            elif (message["subscription_id"], message["lane"]) in held:
                message.update(state="held", is_head=False)
            else:
                message.update(state="pending", is_head=message["lane"] is None or lane not in taken)
                taken.add(lane)
        columns = (
            "event_id", "system_id", "subscription_id", "company_id", "type_name", "ordering_key", "lane",
            "webhook_id", "state", "is_head", "cancel_reason", "payload",
        )  # fmt: skip
        cr.execute(
            """
            INSERT INTO logistics_outbox_message (id, position, event_id, system_id, subscription_id, company_id,
                   type_name, ordering_key, lane, webhook_id, state, is_head, cancel_reason, payload, attempt_count,
                   replay_count, claim_count, claim_token, next_attempt_at, created_at)
            SELECT n, n, event_id, system_id, subscription_id, company_id, type_name, ordering_key, lane, webhook_id,
                   state, is_head, cancel_reason, payload, 0, 0, 0, 0,
                   timezone('UTC', statement_timestamp()), timezone('UTC', statement_timestamp())
              FROM (SELECT nextval('logistics_outbox_message_id_seq')::int AS n, o.*
                      FROM (SELECT * FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::text[], %s::text[],
                                                 %s::text[], %s::text[], %s::text[], %s::bool[], %s::text[],
                                                 %s::text[])
                                     WITH ORDINALITY
                                     AS v(event_id, system_id, subscription_id, company_id, type_name, ordering_key,
                                          lane, webhook_id, state, is_head, cancel_reason, payload, ord)
                             ORDER BY ord) o) q
            ON CONFLICT (event_id, subscription_id) DO NOTHING
            """,
            [[message[column] for message in messages] for column in columns],
        )
        return cr.rowcount

    def _insert_what_can_be(self, cr, messages):
        """Insert messages, but for those of systems that somebody holds locked, so that nobody else waits for them.

        A new row refers to its system (and subscription, company, event). Whoever changes a column that other rows may
        refer to, e.g. a system's code or inbound address, makes such rows wait until the end of the transaction. The
        events of such a system keep their pointers: they are fanned out to the others now, to it in a later pass. Once
        left out, a system is left out for the rest of the pass, so that its order stays.

        :returns: (number of messages inserted, set of the ids of events that must be looked at again)
        """
        made = 0
        todo = [m for m in messages if m["system_id"] not in self._left_out]
        if todo:
            made = self._try_insert(cr, todo)
            if made is None:
                made = 0
                for system_id in sorted({m["system_id"] for m in todo}):
                    found = self._try_insert(cr, [m for m in todo if m["system_id"] == system_id])
                    if found is None:
                        _logger.info("System %s is locked by somebody: what it is owed waits", system_id)
                        self._left_out.add(system_id)
                        self._locked_out[system_id] = time.monotonic() + _LOCKED_OUT
                    made += found or 0
        return made, {m["event_id"] for m in messages if m["system_id"] in self._left_out}

    def _try_insert(self, cr, messages):
        """Insert messages; None when a row they refer to is locked."""
        cr.execute("SAVEPOINT insertion; SET LOCAL lock_timeout = '100ms'")
        try:
            made = self._insert(cr, messages)
        except errors.LockNotAvailable:
            cr.execute("ROLLBACK TO SAVEPOINT insertion; RELEASE SAVEPOINT insertion")
            return None
        if made < len(messages):
            # some were there before, and what was to be the head of a lane may be done already
            lanes = {(m["system_id"], m["lane"]) for m in messages if m["lane"] is not None}
            leave_recheck(cr, recompute(cr, sorted(lanes)))
        cr.execute("SET LOCAL lock_timeout = '5s'; RELEASE SAVEPOINT insertion")
        return made

    def _supersede(self, cr, messages, lanes):
        """Cancel what older events still owe, for the types of which only the latest counts."""
        names = self._validity.latest_names(cr) if messages else ()
        if names:
            pairs = [
                (m["event_id"], m["subscription_id"])
                for m in messages
                if m["type_name"] in names and m["cancel_reason"] is None and m["system_id"] not in self._left_out
            ]
            replace_older(cr, pairs, lanes)

    @staticmethod
    def _taken(cr, lanes):
        """Lanes in which a new message is not the head: one is, or some wait for a recheck."""
        if not lanes:
            return set()
        systems, keys = (list(column) for column in zip(*sorted(lanes), strict=True))
        cr.execute(
            """
            SELECT l.system_id, l.lane FROM unnest(%s::int[], %s::text[]) AS l(system_id, lane)
             WHERE EXISTS (SELECT 1 FROM logistics_outbox_message m
                            WHERE m.system_id = l.system_id AND m.lane = l.lane AND m.lane IS NOT NULL
                              AND m.is_head AND m.state IN ('pending', 'sending', 'dead'))
                OR EXISTS (SELECT 1 FROM (
                               SELECT m.id FROM logistics_outbox_message m
                                WHERE m.system_id = l.system_id AND m.lane = l.lane AND m.lane IS NOT NULL
                                  AND m.state = 'pending' ORDER BY m.position DESC LIMIT 1) newest)
            """,
            [systems, keys],
        )
        return set(cr.fetchall())

    @staticmethod
    def _held(cr, pairs):
        """Pairs (subscription, lane) with held messages: what is new queues up behind them."""
        cr.execute("SELECT 1 FROM logistics_outbox_message WHERE state = 'held' LIMIT 1")
        if not cr.fetchone():
            return set()
        cr.execute(
            "SELECT DISTINCT subscription_id, lane FROM logistics_outbox_message"
            " WHERE state = 'held' AND subscription_id = ANY(%s)",
            [sorted({subscription_id for subscription_id, _lane in pairs})],
        )
        return set(cr.fetchall()) & pairs
