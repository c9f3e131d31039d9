"""Heads of lanes: who may be claimed next. All writers of ``is_head`` but the claims are here and in fan-out.

A lane is (system, ordering key). Its transitions are serialised by an advisory lock on the pair, taken in sorted order.
A message becomes due at the moment it becomes head (``next_attempt_at`` = now), which keeps what can be claimed in the
order of time; the claims rely on it. Rows are only ever taken with SKIP LOCKED: a row that a user's transaction holds
may stay locked for long, and then a *recheck* pointer is left behind instead of waiting.
"""

import hashlib
import struct


def lane_hash(system_id, lane):
    """64-bit signed lock number of a lane. Seeded apart from the locks that writers of events take on their keys."""
    digest = hashlib.blake2b(f"{system_id}\x1f{lane}".encode(), digest_size=8, person=b"outbox-lane").digest()
    return struct.unpack(">q", digest)[0]


def lock_statement(lanes):
    """Statement that locks lanes until the end of the transaction, in one order for everybody: nobody deadlocks.

    It must be a statement of its own: what follows needs a snapshot taken after the locks were given.

    :param lanes: iterable of (system_id, lane); lanes that are None need no lock
    :returns: (query, parameters), or None
    """
    numbers = sorted({lane_hash(system_id, lane) for system_id, lane in lanes if lane is not None})
    return ("SELECT pg_advisory_xact_lock(h) FROM unnest(%s::bigint[]) AS h", [numbers]) if numbers else None


def lock_lanes(cr, lanes):
    """Lock lanes until the end of the transaction; see :func:`lock_statement`."""
    statement = lock_statement(lanes)
    if statement:
        cr.execute(*statement)


def try_lanes(cr, lanes):
    """Lock those lanes that are free, until the end of the transaction; for whoever holds locks others wait for.

    :param lanes: iterable of (system_id, lane)
    :returns: set of the lanes that are locked now
    """
    numbers = {lane_hash(*pair): pair for pair in lanes if pair[1] is not None}
    if not numbers:
        return set()
    cr.execute("SELECT h, pg_try_advisory_xact_lock(h) FROM unnest(%s::bigint[]) AS h", [sorted(numbers)])
    return {numbers[number] for number, got in cr.fetchall() if got}


def next_statement(finished):
    """Statement that makes the next message of each lane its head. The lanes are locked, their old heads written.

    :param finished: list of (system_id, lane, position) of the heads that are done
    :returns: (query, parameters), or None
    """
    if not finished:
        return None
    systems, lanes, positions = (list(column) for column in zip(*finished, strict=True))
    # COALESCE: see MESSAGE_DDL.
    # "position > done" keeps this at one index probe however many finished rows of a hot lane vacuum has not removed
    return (
        """
        WITH next AS MATERIALIZED (
            SELECT n.id, l.system_id, l.lane
              FROM unnest(%s::int[], %s::text[], %s::int[]) AS l(system_id, lane, done)
             CROSS JOIN LATERAL (
                   SELECT m.id FROM logistics_outbox_message m
                    WHERE m.system_id = l.system_id AND m.lane = l.lane AND m.position > l.done
                      AND m.state = 'pending' AND m.lane IS NOT NULL
                    ORDER BY m.position LIMIT 1) n
        ), taken AS MATERIALIZED (
            SELECT m.id FROM logistics_outbox_message m
             WHERE m.id IN (SELECT id FROM next) AND COALESCE(m.state, '') = 'pending'
               FOR NO KEY UPDATE SKIP LOCKED
        ), freed AS (
            UPDATE logistics_outbox_message m
               SET is_head = true, next_attempt_at = timezone('UTC', statement_timestamp())
              FROM taken WHERE m.id = taken.id RETURNING m.id
        ), busy AS (
            INSERT INTO logistics_outbox_pointer (recheck_system_id, recheck_key)
            SELECT next.system_id, next.lane FROM next WHERE next.id NOT IN (SELECT id FROM taken)
        )
        SELECT count(*) FROM freed
        """,
        [systems, lanes, positions],
    )


def leave_recheck(cr, lanes):
    """Leave pointers that have the router look at these lanes again."""
    lanes = sorted({pair for pair in lanes if pair[1] is not None})
    if lanes:
        systems, keys = (list(column) for column in zip(*lanes, strict=True))
        cr.execute(
            """
            INSERT INTO logistics_outbox_pointer (recheck_system_id, recheck_key)
            SELECT * FROM unnest(%s::int[], %s::text[])
            """,
            [systems, keys],
        )


def recompute(cr, lanes):
    """Set the head of lanes that people (or a deactivated subscription) have changed. The lanes are locked already.

    The head is the waiting message with the lowest position, unless one is under way or a dead one holds the lane.

    :param lanes: list of distinct (system_id, lane)
    :returns: set of the lanes that could not be done because a row is locked by somebody
    """
    if not lanes:
        return set()
    systems, keys = (list(column) for column in zip(*lanes, strict=True))
    cr.execute(
        """
        SELECT l.system_id, l.lane, h.id, h.state, n.id
          FROM unnest(%s::int[], %s::text[]) AS l(system_id, lane)
          LEFT JOIN LATERAL (
               SELECT m.id, m.state FROM logistics_outbox_message m
                WHERE m.system_id = l.system_id AND m.lane = l.lane AND m.lane IS NOT NULL
                  AND m.is_head AND m.state IN ('pending', 'sending', 'dead') LIMIT 1) h ON true
          LEFT JOIN LATERAL (
               SELECT m.id FROM logistics_outbox_message m
                WHERE m.system_id = l.system_id AND m.lane = l.lane AND m.lane IS NOT NULL AND m.state = 'pending'
                ORDER BY m.position LIMIT 1) n ON true
        """,
        [systems, keys],
    )
    moves = [
        (system_id, lane, head, first)
        for system_id, lane, head, state, first in cr.fetchall()
        if first is not None and head != first and state in (None, "pending")
    ]
    if not moves:
        return set()
    rows = [row for move in moves for row in move[2:] if row is not None]
    cr.execute(
        "SELECT id FROM logistics_outbox_message WHERE id = ANY(%s) AND COALESCE(state, '') = 'pending'"
        " FOR NO KEY UPDATE SKIP LOCKED",
        [rows],
    )
    locked = {row[0] for row in cr.fetchall()}
    busy, olds, news = set(), [], []
    for system_id, lane, head, first in moves:
        if first in locked and (head is None or head in locked):
            news.append(first)
            if head is not None:
                olds.append(head)
        else:
            busy.add((system_id, lane))
    if olds:
        cr.execute("UPDATE logistics_outbox_message SET is_head = false WHERE id = ANY(%s)", [olds])
    if news:
        cr.execute(
            """
            UPDATE logistics_outbox_message
               SET is_head = true, next_attempt_at = timezone('UTC', statement_timestamp()) WHERE id = ANY(%s)
            """,
            [news],
        )
    return busy
