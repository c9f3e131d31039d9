"""Taking claims back from those who cannot finish them, and looking for what must not exist.

Done by the leader every few seconds, and by each process for the number it takes over.
"""

import logging

from . import schema
from .claims import SUSPECT_CLAIMS
from .heads import leave_recheck

_logger = logging.getLogger(__name__)

# A message that was claimed again and again without a result waits 1, 2, 4, ... seconds, at most this long.
LONGEST_SUSPECT_WAIT = 60

_FREE = """
    UPDATE logistics_outbox_message m
       SET state = 'pending', claimed_by = NULL, lease_until = NULL,
           next_attempt_at = timezone('UTC', statement_timestamp()) + make_interval(secs =>
               CASE WHEN m.claim_count < %(suspect)s THEN 0
                    ELSE LEAST(%(longest)s, 2 ^ LEAST(m.claim_count - %(suspect)s, 10)) END)
      FROM (SELECT f.id FROM logistics_outbox_message f
             WHERE f.state = 'sending'
               AND (f.claimed_by = ANY(%(workers)s::int[]) OR f.lease_until < %(before)s::timestamp)
               AND f.id <> ALL(%(keep)s::int[])
               FOR NO KEY UPDATE SKIP LOCKED) lost
     WHERE m.id = lost.id
"""


def _free(cr, workers, before, keep=()):
    """Free claims by worker number or by lease. The message stays the head of its lane: nothing may overtake it."""
    cr.execute(
        _FREE,
        {
            "workers": list(workers),
            "before": before,
            "keep": list(keep),
            "suspect": SUSPECT_CLAIMS,
            "longest": LONGEST_SUSPECT_WAIT,
        },
    )
    return cr.rowcount


def free_own(cr, number, keep=()):
    """Free what the previous owner of a worker number left behind. The caller holds the number's lock.

    :param keep: ids of messages that this process itself still works on
    """
    return _free(cr, [number], None, keep)


def reap(cr, own=None):
    """Free the claims of dead processes and those whose lease has passed.

    :param int own: number of the calling process, which is alive (a session can always take its own locks again)
    :returns: number of claims freed
    """
    cr.execute("SELECT DISTINCT claimed_by FROM logistics_outbox_message WHERE state = 'sending'")
    workers = [row[0] for row in cr.fetchall()]
    if not workers:
        return 0
    dead = []
    for number in workers:
        if number == own:
            continue
        # a lock of this transaction: a process that starts now cannot take the number before we are done
        cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [schema.LOCK_WORKER, number or -1])
        if cr.fetchone()[0]:
            dead.append(number)
    cr.execute("SELECT timezone('UTC', statement_timestamp())")
    count = _free(cr, dead, cr.fetchone()[0])
    if count:
        _logger.warning("%s claims freed (dead relay processes: %s)", count, dead or "none, leases passed")
    return count


def sweep(cr, limit=1000):
    """Find lanes that wait without a head and without a pointer that would give them one. There must be none.

    :returns: number of lanes found; each gets a recheck pointer
    """
    cr.execute(
        """
        SELECT DISTINCT m.system_id, m.lane FROM logistics_outbox_message m
         WHERE m.state = 'pending' AND m.lane IS NOT NULL AND NOT m.is_head
           AND m.created_at < timezone('UTC', statement_timestamp()) - interval '1 minute'
           AND NOT EXISTS (SELECT 1 FROM logistics_outbox_message h
                            WHERE h.system_id = m.system_id AND h.lane = m.lane AND h.lane IS NOT NULL
                              AND h.is_head AND h.state IN ('pending', 'sending', 'dead'))
           AND NOT EXISTS (SELECT 1 FROM logistics_outbox_pointer p
                            WHERE p.recheck_system_id = m.system_id AND p.recheck_key = m.lane)
         LIMIT %s
        """,
        [limit],
    )
    lanes = cr.fetchall()
    if lanes:
        _logger.error("%s lanes waited without a head; the first: system %s, %s", len(lanes), *lanes[0])
        leave_recheck(cr, lanes)
    return len(lanes)
