"""Taking claims back from those who cannot finish them, and looking for what must not exist.

Done by the leader every few seconds, and by each process for the number it takes over.
"""

import logging

from . import notices, schema
from .heads import leave_recheck
from .suspects import POISON, POISON_CLAIMS, SUSPECT_CLAIMS

_logger = logging.getLogger(__name__)

# A message that was claimed again and again without a result waits 1, 2, 4, ... seconds, at most this long.
LONGEST_SUSPECT_WAIT = 60

_FREE = """
    UPDATE logistics_outbox_message m
       SET state = CASE WHEN lost.poison THEN 'dead' ELSE 'pending' END,
           is_head = CASE WHEN lost.poison THEN m.lane IS NOT NULL AND s.dead_policy = 'hold' ELSE m.is_head END,
           dead_at = CASE WHEN lost.poison THEN timezone('UTC', statement_timestamp()) END,
           last_error = CASE WHEN lost.poison THEN %(words)s ELSE m.last_error END,
           claimed_by = NULL, lease_until = NULL,
           next_attempt_at = timezone('UTC', statement_timestamp()) + make_interval(secs =>
               CASE WHEN m.claim_count < %(suspect)s THEN 0
                    ELSE LEAST(%(longest)s, 2 ^ LEAST(m.claim_count - %(suspect)s, 10)) END)
      FROM (SELECT f.id, COALESCE(f.suspect_count, 0) >= %(poison)s AS poison FROM logistics_outbox_message f
             WHERE f.state = 'sending'
               AND (f.claimed_by = ANY(%(workers)s::int[]) OR f.lease_until < %(before)s::timestamp)
               AND f.id <> ALL(%(keep)s::int[])
               FOR NO KEY UPDATE SKIP LOCKED) lost, logistics_system s
     WHERE m.id = lost.id AND s.id = m.system_id
    RETURNING m.id, m.system_id, m.lane, m.webhook_id, m.attempt_count, lost.poison
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
            "poison": POISON_CLAIMS,
            "words": POISON,
        },
    )
    rows = cr.fetchall()
    _bury(cr, [row[:5] for row in rows if row[5]])
    return len(rows)


def _bury(cr, rows):
    """Tell of messages that were found to kill the relay; what waits behind them goes on where the policy lets it."""
    for message, system, lane, webhook_id, attempts in rows:
        _logger.error("Message %s is given up: %s", message, POISON)
        # each of those claims may have reached the partner before the process ended
        cr.execute(
            """
            INSERT INTO logistics_outbox_attempt (message_id, system_id, webhook_id, attempt_number, started_at,
                   outcome, error, sent)
            VALUES (%s, %s, %s, %s, timezone('UTC', statement_timestamp()), 'dead', %s, true)
            """,
            [message, system, webhook_id, attempts, POISON],
        )
        leave_recheck(cr, [(system, lane)])
    notices.leave(cr, [("dead", system, message, POISON) for message, system, *_rest in rows])


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


def let_pass(cr):
    """Dead messages that hold their lanes although their system's policy is to go on without them.

    Whoever changes the policy lets those pass that are dead then; one that died at the same moment is found here.

    :returns: number of lanes freed
    """
    cr.execute(
        """
        WITH held AS MATERIALIZED (
            SELECT m.id FROM logistics_system s
              JOIN logistics_outbox_message m ON m.system_id = s.id AND m.state = 'dead'
             WHERE s.dead_policy = 'skip' AND m.is_head AND m.lane IS NOT NULL
        ), taken AS (
            SELECT m.id FROM logistics_outbox_message m
             WHERE m.id IN (SELECT id FROM held) AND COALESCE(m.state, '') = 'dead' AND m.is_head
               FOR NO KEY UPDATE SKIP LOCKED)
        UPDATE logistics_outbox_message m SET is_head = false FROM taken WHERE m.id = taken.id
        RETURNING m.system_id, m.lane
        """
    )
    lanes = cr.fetchall()
    leave_recheck(cr, lanes)
    return len(lanes)


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
