"""How fast a system may be called: an allowance that all processes share, spent ahead of time.

Kept in a table of its own. It changes with every claim, and a row that the relay changes all the time could not be
edited by anybody: the transactions of Odoo's users are REPEATABLE READ and would fail.
"""

import math

# A burst may be at most this part of a second's allowance (and at least one message).
_BURST = 0.1


class Rates:
    """Allowances of the systems with a rate limit, for one process."""

    def __init__(self):
        self._known = set()

    def lock(self, cr, system_ids):
        """Lock the allowances of systems, without waiting for anybody.

        :returns: {system id: seconds its allowance is spent ahead}, as of now; locked ones only
        """
        if not system_ids:
            return {}
        new = [system_id for system_id in system_ids if system_id not in self._known]
        if new:
            cr.execute(
                "INSERT INTO logistics_relay_rate (system_id) SELECT unnest(%s::int[]) ON CONFLICT DO NOTHING",
                [sorted(new)],
            )
            self._known.update(new)
        cr.execute(
            """
            SELECT system_id, EXTRACT(EPOCH FROM next_at - timezone('UTC', clock_timestamp()))
              FROM logistics_relay_rate WHERE system_id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED
            """,
            [list(system_ids)],
        )
        return {system_id: float(wait or 0.0) for system_id, wait in cr.fetchall()}

    def forget(self):
        """A transaction failed: what was to be added may not be there."""
        self._known.clear()

    @staticmethod
    def allowance(rate, wait):
        """How many calls the limit lets through now.

        :param float rate: calls per second
        :param float wait: for how many seconds the allowance is spent ahead
        """
        burst = max(1.0, rate * _BURST)
        return max(0, math.floor(burst - max(wait, 0.0) * rate + 1e-6))

    @staticmethod
    def spend(cr, seconds):
        """Move the allowances of locked systems forward.

        :param seconds: {system id: seconds its claims have used up}
        """
        if seconds:
            cr.execute(
                """
                UPDATE logistics_relay_rate r
                   SET next_at = GREATEST(r.next_at, timezone('UTC', clock_timestamp()))
                                 + make_interval(secs => v.seconds)
                  FROM unnest(%s::int[], %s::float[]) AS v(system_id, seconds) WHERE r.system_id = v.system_id
                """,
                [list(seconds), list(seconds.values())],
            )
