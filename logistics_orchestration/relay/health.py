"""What answers say about a system: its breaker, the pauses it asks for, and its suspension after a long outage.

Kept in ``logistics_system``, so that all processes and the people in Odoo see the same. The row is taken with SKIP
LOCKED: when somebody is editing the system, what was learnt is kept in memory and written the next time.
"""

import logging

from .breaker import Breaker, step

_logger = logging.getLogger(__name__)


class Health:
    """Collects what results say and writes it when there is something to write."""

    def __init__(self):
        # system id -> ([health, ...] in the order of the answers, longest pause asked for)
        self._news = {}

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
            if outcome.health and look and not look.failing and look.breaker == ("closed", 0):
                if system_id in self._news:
                    self._news[system_id][0].append(True)
                continue
            answers, pause = self._news.get(system_id, ([], 0.0))
            answers.append(outcome.health)
            self._news[system_id] = (answers, max(pause, outcome.pause or 0.0))

    def write(self, cr):  # pylint: disable=method-required-super
        """Write what was noted, in the caller's transaction; call :meth:`written` after its commit.

        :returns: system ids that were written
        """
        if not self._news:
            return set()
        cr.execute(
            """
            SELECT id, name, breaker_state, breaker_failures,
                   COALESCE(suspend_after_hours, 0) > 0
                   AND failing_since + make_interval(hours => suspend_after_hours)
                       <= timezone('UTC', statement_timestamp())
              FROM logistics_system WHERE id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED
            """,
            [list(self._news)],
        )
        rows = cr.fetchall()
        for system_id, name, state, failures, long_outage in rows:
            answers, pause = self._news[system_id]
            breaker = Breaker(state or "closed", failures or 0)
            for answer in answers:
                if answer is not None:
                    breaker = step(breaker, answer)
            if breaker.state == "half_open":
                # the probe was told to wait (429): no verdict, the next one tries again after the pause
                breaker = Breaker("open", breaker.failures, pause or None)
            ends_well = True in answers and breaker.failures == 0
            suspend = bool(long_outage) and not ends_well and breaker.state != "closed"
            self._update(cr, system_id, breaker, pause, ends_well, suspend)
            if breaker.state != state:
                _logger.info("System %s (%s): breaker %s -> %s", system_id, name, state, breaker.state)
            if suspend:
                _logger.warning("System %s (%s) failed for too long and is suspended: messages wait", system_id, name)
        return {row[0] for row in rows}

    def written(self, system_ids):
        """Forget what has been committed."""
        for system_id in system_ids:
            self._news.pop(system_id, None)

    @staticmethod
    def _update(cr, system_id, breaker, pause, ends_well, suspend):
        cr.execute(
            """
            UPDATE logistics_system
               SET breaker_state = %(state)s,
                   breaker_failures = %(failures)s,
                   breaker_until = CASE WHEN %(state)s = 'closed' THEN NULL
                                        WHEN %(wait)s::float IS NOT NULL
                                        THEN timezone('UTC', statement_timestamp()) + make_interval(secs => %(wait)s)
                                        ELSE breaker_until END,
                   paused_until = CASE WHEN %(pause)s > 0
                                       THEN GREATEST(paused_until, timezone('UTC', statement_timestamp())
                                                                   + make_interval(secs => %(pause)s))
                                       ELSE paused_until END,
                   failing_since = CASE WHEN %(well)s THEN NULL
                                        ELSE COALESCE(failing_since, timezone('UTC', statement_timestamp())) END,
                   state = CASE WHEN %(suspend)s AND state = 'active' THEN 'suspended' ELSE state END,
                   suspended_at = CASE WHEN %(suspend)s AND state = 'active'
                                       THEN timezone('UTC', statement_timestamp()) ELSE suspended_at END
             WHERE id = %(id)s
            """,
            {
                "id": system_id,
                "state": breaker.state,
                "failures": breaker.failures,
                "wait": breaker.wait,
                "pause": pause,
                "well": ends_well,
                "suspend": suspend,
            },
        )
