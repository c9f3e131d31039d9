"""Claiming: which messages this process sends next.

In the transaction that also writes the last results: look which systems may be called and what is due there, share the
free threads out, take in-flight slots (:mod:`.slots`), claim.

What becomes due does so "now" (see heads.py), so the due index is consumed from one end, and everything claimed stays
there as a dead entry until vacuum may remove it: not while any old transaction is open in the installation. Therefore
each claim starts at a *floor*, a little before what was claimed last, and only now and then at the very beginning, for
what was committed late.
"""

import math
import time
from datetime import timedelta
from typing import NamedTuple

from .heads import leave_recheck
from .outgoing import Job, SystemConfig
from .slots import Slots

CONFIG_COLUMNS = (
    "id", "name", "write_date", "outbound_url", "timeout", "max_in_flight", "signing", "allow_http",
    "allowed_networks", "content_type", "retry_schedule", "secret_out_enc", "secret_out_prev_enc",
    "secret_out_prev_until", "auth_type", "auth_user", "auth_header", "auth_secret_enc",
    "oauth_token_url", "oauth_scope", "oauth_audience", "oauth_method", "client_cert", "client_key_enc", "ca_bundle",
    "dead_statuses",
)  # fmt: skip

# A burst may be at most this part of a second's allowance (and at least one message).
_BURST = 0.1
# From this many claims without a result on, a message waits longer each time: it may be what kills the process.
SUSPECT_CLAIMS = 3
# How far before the last claim a look begins: transactions that commit within this time are found at once ...
_FLOOR_MARGIN = timedelta(seconds=0.2)
# ... the others by a look from the beginning, every second, or less often where that has become expensive.
_FULL_EVERY = 1.0
_FULL_SHARE = 20


class Look(NamedTuple):
    """One system at the moment of claiming."""

    id: int
    version: object
    cap: int
    due: int
    rate: float
    breaker: tuple
    failing: bool


class Claimer:
    """Claims messages for one process; keeps the settings of systems until they change.

    :param box: :class:`~.secretbox.SecretBox` for their secrets
    """

    def __init__(self, box):
        self._box = box
        self._configs = {}
        self._turn = 0
        self._floors = {}
        self._next_full = 0.0
        self.slots = Slots()
        # what the last look said about each system; health.py spares itself writes with it
        self.looks = {}

    def claim(self, cr, worker, free, flying):
        """Claim at most ``free`` messages for this process.

        :param int worker: number of this process
        :param int free: threads that have nothing to do
        :param flying: {system id: calls of this process that are under way}
        :returns: (list of jobs, seconds after which there may be more to claim, or None)
        """
        looks = [look for look in self._look(cr) if look.due > 0]
        waits = self._lock_guarded(cr, [look for look in looks if look.rate > 0 or look.breaker[0] == "open"])
        limits, soon = {}, []
        for look in looks:
            limit = min(look.due, look.cap - flying.get(look.id, 0))
            if look.id in waits:
                allowed = self._allowance(look.rate, waits[look.id])
                if limit > allowed:
                    soon.append(max(0.01, 1 / look.rate))
                limit = min(limit, allowed)
            elif look.rate > 0 or look.breaker[0] == "open":
                limit = 0  # somebody edits this system, or another process claims for it: its turn comes
            if limit > 0:
                limits[look.id] = limit
        wanted = self._take_slots(cr, self._share_out(limits, free), flying)
        jobs = []
        if wanted:
            chosen = [look for look in looks if look.id in wanted]
            self._refresh(cr, chosen)
            jobs = self._take(cr, worker, wanted)
            self._spend(cr, [look for look in chosen if look.rate > 0], jobs)
            probes = [look.id for look in chosen if look.breaker[0] == "open"]
            if probes:
                cr.execute("UPDATE logistics_system SET breaker_state = 'half_open' WHERE id = ANY(%s)", [probes])
        return jobs, min(soon, default=None)

    def _look(self, cr):
        """Systems that may be called now, and how much is due there (up to what they may get at once)."""
        begin = time.monotonic()
        full = begin >= self._next_full
        floors = {} if full else self._floors
        cr.execute(
            """
            SELECT s.id, s.write_date, s.rate_per_second, s.breaker_state, s.breaker_failures,
                   s.failing_since IS NOT NULL,
                   CASE WHEN s.breaker_state = 'closed' THEN GREATEST(s.max_in_flight, 1) ELSE 1 END,
                   (SELECT count(*) FROM (
                        SELECT 1 FROM logistics_outbox_message m
                         WHERE m.system_id = s.id AND m.state = 'pending' AND m.is_head
                           AND m.next_attempt_at >= COALESCE(
                                   (SELECT f.floor FROM unnest(%s::int[], %s::timestamp[]) AS f(id, floor)
                                     WHERE f.id = s.id), '-infinity')
                           AND m.next_attempt_at <= timezone('UTC', statement_timestamp())
                         ORDER BY m.next_attempt_at LIMIT GREATEST(s.max_in_flight, 1)) d)
              FROM logistics_system s
             WHERE s.state = 'active'
               AND (s.paused_until IS NULL OR s.paused_until <= timezone('UTC', statement_timestamp()))
               AND (s.breaker_state <> 'open' OR s.breaker_until IS NULL
                    OR s.breaker_until <= timezone('UTC', statement_timestamp()))
            """,
            [list(floors), list(floors.values())],
        )
        looks = [
            Look(system_id, version, cap, due, rate or 0.0, (state, failures or 0), failing)
            for system_id, version, rate, state, failures, failing, cap, due in cr.fetchall()
        ]
        if full:
            spent = time.monotonic() - begin
            self._next_full = begin + spent + max(_FULL_EVERY, _FULL_SHARE * spent)
            self._floors = {}
        self.looks = {look.id: look for look in looks}
        return looks

    @staticmethod
    def _lock_guarded(cr, looks):
        """Lock the systems whose row this claim will write, without waiting for anybody.

        :returns: {system id: seconds its rate allowance is spent ahead}, as of now; locked ones only
        """
        if not looks:
            return {}
        cr.execute(
            """
            SELECT id, EXTRACT(EPOCH FROM rate_next_at - timezone('UTC', clock_timestamp()))
              FROM logistics_system WHERE id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED
            """,
            [[look.id for look in looks]],
        )
        return {system_id: float(wait or 0.0) for system_id, wait in cr.fetchall()}

    def _share_out(self, limits, free):
        """How many to claim per system: one each in turn until nothing is free, so that a busy one takes nothing away.

        :param limits: {system id: most it can get now}
        :returns: {system id: number}
        """
        if not limits or free <= 0:
            return {}
        if sum(limits.values()) <= free:
            return limits
        self._turn += 1
        ids = list(limits)
        start = self._turn % len(ids)
        order = ids[start:] + ids[:start]
        shares = dict.fromkeys(order, 0)
        while free > 0 and order:
            for system_id in list(order):
                if free <= 0:
                    break
                shares[system_id] += 1
                free -= 1
                if shares[system_id] >= limits[system_id]:
                    order.remove(system_id)
        return {system_id: share for system_id, share in shares.items() if share}

    def _take_slots(self, cr, shares, flying):
        """Slots for what is under way and what is to come; less is claimed where other processes have them.

        :returns: {system id: number to claim}
        """
        need = {}
        for system_id in {*shares, *flying}:
            look = self.looks.get(system_id)
            count = flying.get(system_id, 0) + shares.get(system_id, 0)
            need[system_id] = (count, look.cap if look else count)
        held = self.slots.adjust(cr, need)
        room = {system_id: held.get(system_id, 0) - flying.get(system_id, 0) for system_id in shares}
        return {system_id: min(share, room[system_id]) for system_id, share in shares.items() if room[system_id] > 0}

    @staticmethod
    def _allowance(rate, wait):
        """What a rate limit lets through now; ``wait`` is for how many seconds the allowance is spent ahead."""
        if rate <= 0:
            return 1 << 30
        burst = max(1.0, rate * _BURST)
        return max(0, math.floor(burst - max(wait, 0.0) * rate + 1e-6))

    @staticmethod
    def _spend(cr, limited, jobs):
        """Move the allowance of rate-limited systems forward by what was claimed."""
        for look in limited:
            count = sum(job.system.id == look.id for job in jobs)
            if count:
                cr.execute(
                    """
                    UPDATE logistics_system
                       SET rate_next_at = GREATEST(rate_next_at, timezone('UTC', clock_timestamp()))
                                          + make_interval(secs => %s)
                     WHERE id = %s
                    """,
                    [count / look.rate, look.id],
                )

    def _refresh(self, cr, looks):
        """Read the settings of systems that have changed since they were read."""
        changed = [
            look.id for look in looks if look.id not in self._configs or self._configs[look.id].version != look.version
        ]
        if changed:
            cr.execute(
                """
                SELECT id, name, write_date, outbound_url, timeout, max_in_flight, signing, allow_http,
                       allowed_networks, content_type, retry_schedule, secret_out_enc, secret_out_prev_enc,
                       secret_out_prev_until, auth_type, auth_user, auth_header, auth_secret_enc,
                       oauth_token_url, oauth_scope, oauth_audience, oauth_method, client_cert, client_key_enc,
                       ca_bundle, dead_statuses
                  FROM logistics_system WHERE id = ANY(%s)
                """,
                [changed],
            )
            for row in cr.fetchall():
                self._configs[row[0]] = SystemConfig(dict(zip(CONFIG_COLUMNS, row, strict=True)), self._box)

    def _take(self, cr, worker, wanted):
        """The claim itself: heads that are due, oldest first, those that others have locked left out."""
        systems = list(wanted)
        cr.execute(
            """
            WITH due AS MATERIALIZED (
                SELECT d.id, w.lease
                  FROM unnest(%s::int[], %s::int[], %s::timestamp[], %s::float[]) AS w(system_id, number, floor, lease)
                 CROSS JOIN LATERAL (
                       SELECT m.id FROM logistics_outbox_message m
                        WHERE m.system_id = w.system_id AND m.state = 'pending' AND m.is_head
                          AND m.next_attempt_at >= w.floor
                          AND m.next_attempt_at <= timezone('UTC', statement_timestamp())
                        ORDER BY m.next_attempt_at, m.id LIMIT w.number
                          FOR NO KEY UPDATE SKIP LOCKED) d
            ), taken AS (
                UPDATE logistics_outbox_message m
                   SET state = 'sending', claim_token = m.claim_token + 1, claim_count = m.claim_count + 1,
                       claimed_by = %s,
                       lease_until = timezone('UTC', statement_timestamp()) + make_interval(secs => due.lease)
                  FROM due WHERE m.id = due.id
                RETURNING m.id, m.system_id, m.claim_token, m.attempt_count, m.lane, m.position, m.subscription_id,
                          m.webhook_id, m.payload, m.event_id, m.next_attempt_at
            )
            SELECT t.id, t.system_id, t.claim_token, t.attempt_count, t.lane, t.position, t.subscription_id,
                   t.webhook_id, s.url, s.active, COALESCE(t.payload, e.body), t.next_attempt_at
              FROM taken t
              JOIN logistics_subscription s ON s.id = t.subscription_id
              JOIN logistics_event e ON e.id = t.event_id
             ORDER BY t.id
            """,
            [
                systems,
                [wanted[system] for system in systems],
                [self._floors.get(system, "-infinity") for system in systems],
                [self._configs[system].lease for system in systems],
                worker,
            ],
        )
        jobs, unwanted = [], []
        for row in cr.fetchall():
            message, system, token, attempts, lane, position, subscription, webhook_id, url, active, body, since = row
            self._floors[system] = max(self._floors.get(system, since - _FLOOR_MARGIN), since - _FLOOR_MARGIN)
            if active:
                config = self._configs[system]
                jobs.append(Job(config, message, token, attempts, lane, position, subscription, webhook_id, url, body))
            else:
                unwanted.append((message, system, lane))
        if unwanted:
            self._hold(cr, unwanted)
        return jobs

    @staticmethod
    def _hold(cr, rows):
        """Messages fanned out while their subscription was being switched off: held like the others."""
        cr.execute(
            """
            UPDATE logistics_outbox_message
               SET state = 'held', is_head = false, claimed_by = NULL, lease_until = NULL, claim_count = 0
             WHERE id = ANY(%s)
            """,
            [[message for message, _system, _lane in rows]],
        )
        leave_recheck(cr, [(system, lane) for _message, system, lane in rows])
