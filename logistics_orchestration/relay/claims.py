"""Claiming: which messages this process sends next.

In a transaction of its own, right after that of the last results: look which systems may be called and what is due
there, share the free threads out, take in-flight slots (:mod:`.slots`), claim (:mod:`.taking`); cancel what is not
wanted any more (:mod:`.validity`, :mod:`.voiding`) before it is sent. Suspects (:mod:`.suspects`) are claimed alone.

What becomes due does so "now" (see heads.py), so the due index is consumed from one end, and everything claimed stays
there as a dead entry until vacuum may remove it: not while any old transaction is open in the installation. Therefore
each claim starts at a *floor*, a little before what was claimed last, and only now and then at the very beginning, for
what was committed late.
"""

import time
from collections import Counter
from datetime import timedelta
from typing import NamedTuple

from psycopg2 import sql

from .outgoing import Job, SystemConfig
from .rates import Rates
from .slots import Slots
from .suspects import ALONE, WAIT, Isolation
from .taking import settle_doubts, take_due, take_suspect
from .validity import Validity

CONFIG_COLUMNS = (
    "id", "name", "write_date", "outbound_url", "timeout", "max_in_flight", "signing", "allow_http",
    "allowed_networks", "content_type", "retry_schedule", "secret_out_enc", "secret_out_prev_enc",
    "secret_out_prev_until", "auth_type", "auth_user", "auth_header", "auth_secret_enc",
    "oauth_token_url", "oauth_scope", "oauth_audience", "oauth_method", "client_cert", "client_key_enc", "ca_bundle",
    "dead_statuses",
)  # fmt: skip

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
    breaker: str
    # nothing to remember about failures, and: nothing at all
    steady: bool
    settled: bool


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
        self._validity = Validity()
        self._rates = Rates()
        self._isolation = Isolation()
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
        looks = self._look(cr)
        mode = self._isolation.look(cr, list(self.looks), bool(flying))
        if mode == WAIT:
            return [], None
        if mode == ALONE:
            looks = [look._replace(due=1) for look in looks if look.id == self._isolation.system]
            free = 1
        looks = [look for look in looks if look.due > 0]
        limits, soon = self._limits(cr, looks, flying)
        wanted = self._take_slots(cr, self._share_out(limits, free), flying)
        jobs, refused = [], 0
        if wanted:
            chosen = [look for look in looks if look.id in wanted]
            self._refresh(cr, chosen)
            jobs, refused = self._take(cr, worker, wanted, mode == ALONE)
            counts = Counter(job.system.id for job in jobs)
            spent = {look.id: counts[look.id] / look.rate for look in chosen if look.rate and look.id in counts}
            self._rates.spend(cr, spent)
            probes = [look.id for look in chosen if look.breaker == "open" and look.id in counts]
            if probes:
                cr.execute("UPDATE logistics_system SET breaker_state = 'half_open' WHERE id = ANY(%s)", [probes])
        if mode == ALONE:
            if jobs:
                self._isolation.claimed()
            else:
                self._isolation.end(cr)
                soon.append(0.0)
        if refused:
            soon.append(0.0)  # what waits behind it is next
        return jobs, min(soon, default=None)

    def attached(self):
        """The pump has a new connection: the locks of the old one are gone."""
        self.slots.forget()
        self._isolation.forget()
        self._rates.forget()

    def failed(self):
        """A transaction failed: what is held is not known for sure."""
        self.slots.doubt()
        self._rates.forget()

    def _limits(self, cr, looks, flying):
        """The most that may be claimed per system now, by its cap, rate and breaker.

        :returns: ({system id: number}, seconds after which rates let more through)
        """
        waits = self._rates.lock(cr, [look.id for look in looks if look.rate > 0])
        probes = self._lock_probes(cr, [look.id for look in looks if look.breaker == "open"])
        limits, soon = {}, []
        for look in looks:
            limit = min(look.due, look.cap - flying.get(look.id, 0))
            if look.rate > 0:
                # not locked: another process claims for it at this moment, and its turn comes
                allowed = self._rates.allowance(look.rate, waits[look.id]) if look.id in waits else 0
                if limit > allowed:
                    soon.append(max(0.01, 1 / look.rate))
                limit = min(limit, allowed)
            if limit > 0 and (look.breaker != "open" or look.id in probes):
                limits[look.id] = limit
        return limits, soon

    def _look(self, cr):
        """Systems that may be called now, and how much is due there (up to what they may get at once)."""
        begin = time.monotonic()
        full = begin >= self._next_full
        floors = {} if full else self._floors
        cr.execute(
            """
            SELECT s.id, s.write_date, s.rate_per_second, s.breaker_state,
                   s.breaker_state = 'closed' AND COALESCE(s.breaker_failures, 0) = 0
                   AND COALESCE(s.breaker_ramp, 0) = 0 AND s.failing_since IS NULL,
                   s.breaker_window IS NULL,
                   CASE WHEN s.breaker_state <> 'closed' THEN 1
                        ELSE GREATEST(LEAST(s.max_in_flight, NULLIF(s.breaker_ramp, 0)), 1) END,
                   (SELECT count(*) FROM (
                        SELECT 1 FROM logistics_outbox_message m
                         WHERE m.system_id = s.id AND m.state = 'pending' AND m.is_head AND m.claim_count < 3
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
            Look(system_id, version, cap, due, rate or 0.0, state, steady, steady and quiet)
            for system_id, version, rate, state, steady, quiet, cap, due in cr.fetchall()
        ]
        if full:
            spent = time.monotonic() - begin
            self._next_full = begin + spent + max(_FULL_EVERY, _FULL_SHARE * spent)
            self._floors = {}
        self.looks = {look.id: look for look in looks}
        return looks

    @staticmethod
    def _lock_probes(cr, system_ids):
        """Lock the systems that this claim is to try out, but those that somebody edits.

        :returns: set of the ids that are locked and still open
        """
        if not system_ids:
            return set()
        cr.execute(
            "SELECT id FROM logistics_system WHERE id = ANY(%s) AND breaker_state = 'open'"
            " FOR NO KEY UPDATE SKIP LOCKED",
            [system_ids],
        )
        return {row[0] for row in cr.fetchall()}

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

    def _refresh(self, cr, looks):
        """Read the settings of systems that have changed since they were read."""
        changed = [
            look.id for look in looks if look.id not in self._configs or self._configs[look.id].version != look.version
        ]
        if changed:
            columns = sql.SQL(", ").join(map(sql.Identifier, CONFIG_COLUMNS))
            cr.execute(sql.SQL("SELECT {} FROM logistics_system WHERE id = ANY(%s)").format(columns), [changed])
            for row in cr.fetchall():
                self._configs[row[0]] = SystemConfig(dict(zip(CONFIG_COLUMNS, row, strict=True)), self._box)

    def _take(self, cr, worker, wanted, alone):
        """The claim itself; see :mod:`.taking`.

        :param wanted: {system id: number}
        :param bool alone: not those, but the suspect
        :returns: (list of jobs, number of messages that were due and are not to be sent)
        """
        ruled = list(self._validity.rules(cr))
        if alone:
            suspect = self._isolation
            found = take_suspect(cr, worker, ruled, suspect.message, self._configs[suspect.system].lease)
        else:
            found = take_due(
                cr,
                worker,
                ruled,
                [
                    (system, number, self._floors.get(system, "-infinity"), self._configs[system].lease)
                    for system, number in wanted.items()
                ],
            )
            for row in found:
                floor = row.due - _FLOOR_MARGIN
                self._floors[row.system_id] = max(self._floors.get(row.system_id, floor), floor)
        found, refused = settle_doubts(cr, worker, found, self._validity, self._configs)
        jobs = [
            Job(
                self._configs[row.system_id], row.id, row.token, row.attempts, row.lane, row.position,
                row.subscription_id, row.webhook_id, row.url, row.body,
            )
            for row in found
        ]  # fmt: skip
        return jobs, refused
