"""What answers say about a system: its breaker, the pauses it asks for, and its suspension after a long outage.

Kept in ``logistics_system``, so that all processes and the people in Odoo see the same. The row is taken with SKIP
LOCKED: when somebody is editing the system, what was learnt is kept in memory and written the next time. A row the
relay writes all the time could not be edited by anybody (Odoo's transactions are REPEATABLE READ: theirs would fail),
so what is good news about a healthy system stays in memory, and what can wait is written once a second.
"""

import logging
import time

from . import notices
from .breaker import WINDOW_MINUTES, Breaker, Policy, count, read_window, step, write_window

_logger = logging.getLogger(__name__)

# seconds between two writes about one system that only keep its window of answers up to date
_LAZY = 1.0


class _News:
    """What came in about one system and is not written yet."""

    __slots__ = ("answers", "pause", "urgent")

    def __init__(self):
        # (True, False or None; the error in words) in the order of the answers; longest pause asked for
        self.answers, self.pause, self.urgent = [], 0.0, False


class Health:
    """Collects what results say and writes it when there is something to write."""

    def __init__(self):
        self._news = {}
        # system id -> {minute of this process: good answers}: what a first failure will be measured against
        self._quiet = {}
        self._lazy_until = {}

    def note(self, results, looks):
        """Take in the results of one batch.

        :param results: list of :class:`~.results.Result`
        :param looks: what the last claim saw; a healthy system that stays healthy needs no write
        """
        for result in results:
            system_id, outcome = result.job.system.id, result.outcome
            if outcome.health is None and outcome.pause is None:
                continue
            look = looks.get(system_id)
            if outcome.health and look and look.settled and system_id not in self._news:
                self._note_quietly(system_id)
                continue
            news = self._news.setdefault(system_id, _News())
            news.answers.append((outcome.health, outcome.error))
            news.pause = max(news.pause, outcome.pause or 0.0)
            news.urgent |= not outcome.health or look is None or not look.steady

    def _note_quietly(self, system_id):
        minute = int(time.monotonic() // 60)
        minutes = self._quiet.setdefault(system_id, {})
        if minute not in minutes:
            for old in [known for known in minutes if known <= minute - WINDOW_MINUTES]:
                del minutes[old]
        minutes[minute] = minutes.get(minute, 0) + 1

    def write(self, cr):  # pylint: disable=method-required-super
        """Write what was noted, in the caller's transaction; call :meth:`written` after its commit.

        :returns: system ids that were written
        """
        now = time.monotonic()
        due = [key for key, news in self._news.items() if news.urgent or now >= self._lazy_until.get(key, 0.0)]
        if not due:
            return set()
        cr.execute(
            """
            SELECT id, name, breaker_state, breaker_failures, breaker_trips, breaker_ramp, breaker_window,
                   breaker_threshold, breaker_percent, breaker_answers, breaker_wait, breaker_longest_wait,
                   GREATEST(max_in_flight, 1), EXTRACT(EPOCH FROM statement_timestamp())::bigint / 60,
                   COALESCE(suspend_after_hours, 0) > 0
                   AND failing_since + make_interval(hours => suspend_after_hours)
                       <= timezone('UTC', statement_timestamp())
              FROM logistics_system WHERE id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED
            """,
            [due],
        )
        told = []
        rows = cr.fetchall()
        for system_id, name, state, failures, trips, ramp, window, *limits, cap, minute, long_outage in rows:
            news = self._news[system_id]
            window = self._with_quiet(system_id, read_window(window), minute, now)
            before = Breaker(state or "closed", failures or 0, trips or 0, ramp or 0, window)
            breaker, reason = self._judge(before, news, minute, _policy(limits), cap)
            ends_well = any(answer for answer, _error in news.answers) and breaker.failures == 0
            failed = any(answer is False for answer, _error in news.answers)
            suspend = bool(long_outage) and not ends_well and breaker.state != "closed"
            suspended = self._update(cr, system_id, breaker, reason, news.pause, (ends_well, failed), suspend)
            if breaker.state != before.state:
                _logger.info("System %s (%s): breaker %s -> %s", system_id, name, before.state, breaker.state)
            if "closed" in (before.state, breaker.state) and breaker.state != before.state:
                opened = breaker.state != "closed"
                told.append(
                    ("circuit_opened" if opened else "circuit_closed", system_id, None, reason if opened else None)
                )
            if suspended:
                _logger.warning("System %s (%s) failed for too long and is suspended: messages wait", system_id, name)
                told.append(("suspended", system_id, None, _last_error(news) or reason))
        notices.leave(cr, told)
        return {row[0] for row in rows}

    def _with_quiet(self, system_id, window, minute, now):
        """The window with the good answers that were not worth a write when they came."""
        shift = minute - int(now // 60)
        for at, good in sorted(self._quiet.get(system_id, {}).items()):
            if at + shift > minute - WINDOW_MINUTES:
                window = count(window, at + shift, good=good)
        return window

    @staticmethod
    def _judge(breaker, news, minute, policy, cap):
        """(breaker after the news, why it has opened in words, or None)"""
        reason = None
        for answer, error in news.answers:
            if answer is not None:
                breaker = step(breaker, answer, minute, policy, cap)
                if breaker.reason:
                    reason = f"{breaker.reason}; the last: {error}" if error else breaker.reason
                    breaker = breaker._replace(reason=None)
        if breaker.state == "half_open":
            # the probe was told to wait (429): no verdict, the next one tries again after the pause
            breaker = breaker._replace(state="open", wait=news.pause or None)
        return breaker, reason

    def written(self, system_ids):
        """Forget what has been committed."""
        for system_id in system_ids:
            self._news.pop(system_id, None)
            self._quiet.pop(system_id, None)
            self._lazy_until[system_id] = time.monotonic() + _LAZY

    @staticmethod
    def _update(cr, system_id, breaker, reason, pause, verdict, suspend):
        """Write one system.

        :param verdict: (whether its answers end well, whether one of them was a failure)

        :returns: whether it was suspended by this
        """
        cr.execute(
            """
            UPDATE logistics_system
               SET breaker_state = %(state)s,
                   breaker_failures = %(failures)s,
                   breaker_trips = %(trips)s,
                   breaker_ramp = %(ramp)s,
                   breaker_window = %(window)s,
                   breaker_reason = CASE WHEN %(state)s = 'closed' THEN NULL
                                         ELSE COALESCE(%(reason)s, breaker_reason) END,
                   breaker_until = CASE WHEN %(state)s = 'closed' THEN NULL
                                        WHEN %(wait)s::float IS NOT NULL
                                        THEN timezone('UTC', statement_timestamp()) + make_interval(secs => %(wait)s)
                                        ELSE breaker_until END,
                   paused_until = CASE WHEN %(pause)s > 0
                                       THEN GREATEST(paused_until, timezone('UTC', statement_timestamp())
                                                                   + make_interval(secs => %(pause)s))
                                       ELSE paused_until END,
                   failing_since = CASE WHEN %(well)s THEN NULL
                                        WHEN %(failed)s
                                        THEN COALESCE(failing_since, timezone('UTC', statement_timestamp()))
                                        ELSE failing_since END,
                   state = CASE WHEN %(suspend)s AND state = 'active' THEN 'suspended' ELSE state END,
                   suspended_at = CASE WHEN %(suspend)s AND state = 'active'
                                       THEN timezone('UTC', statement_timestamp()) ELSE suspended_at END
             WHERE id = %(id)s
            RETURNING %(suspend)s AND suspended_at = timezone('UTC', statement_timestamp())
            """,
            {
                "id": system_id,
                "state": breaker.state,
                "failures": breaker.failures,
                "trips": breaker.trips,
                "ramp": breaker.ramp,
                "window": write_window(breaker.window),
                "reason": reason,
                "wait": breaker.wait,
                "pause": pause,
                "well": verdict[0],
                "failed": verdict[1],
                "suspend": suspend,
            },
        )
        return cr.fetchone()[0]


def _policy(limits):
    """The system's own thresholds; where a column is empty, the usual ones."""
    return Policy(*(given if given is not None else usual for given, usual in zip(limits, Policy(), strict=True)))


def _last_error(news):
    return next((error for _answer, error in reversed(news.answers) if error), None)
