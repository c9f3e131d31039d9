"""Events whose purpose has gone while a message of theirs was under way.

A business transaction cancels what is at rest itself. It must not touch what is being sent: the relay would have to
wait for it. So it leaves a *void* pointer. The claim sends nothing of such an event any more, and the leader cancels
what is at rest, also what comes back from a failed call or a lost claim, until nothing of the event is left.
"""

from .cancelling import Unwanted, cancel
from .heads import leave_recheck, lock_lanes, recompute

BATCH = 500


def settle(cr):
    """Cancel what is at rest of voided events; forget the events of which nothing is owed any more.

    :returns: number of messages cancelled
    """
    cr.execute(
        """
        SELECT id, void_event_id, void_reason FROM logistics_outbox_pointer
         WHERE void_event_id IS NOT NULL ORDER BY void_event_id LIMIT %s FOR UPDATE SKIP LOCKED
        """,
        [BATCH],
    )
    pointers = cr.fetchall()
    if not pointers:
        return 0
    reasons = {event: reason for _pointer, event, reason in pointers}
    owed = _owed(cr, reasons)
    lanes = sorted({(row[1], row[2]) for row in owed if row[2] is not None})
    lock_lanes(cr, lanes)
    cr.execute(
        "SELECT id FROM logistics_outbox_message"
        " WHERE id = ANY(%s) AND COALESCE(state, '') IN ('pending', 'held', 'dead') FOR NO KEY UPDATE SKIP LOCKED",
        [[row[0] for row in owed]],
    )
    taken = {row[0] for row in cr.fetchall()}
    unwanted = [
        Unwanted(message, system, lane, position, webhook_id, reasons[event] or "void")
        for message, system, lane, position, webhook_id, event in owed
        if message in taken
    ]
    cancel(cr, unwanted)
    leave_recheck(cr, recompute(cr, lanes))
    left = {row[5] for row in _owed(cr, reasons)}
    done = [pointer for pointer, event, _reason in pointers if event not in left]
    if done:
        cr.execute("DELETE FROM logistics_outbox_pointer WHERE id = ANY(%s)", [done])
    return len(unwanted)


def _owed(cr, events):
    """What is still owed of these events, or under way."""
    cr.execute(
        """
        SELECT id, system_id, lane, position, webhook_id, event_id FROM logistics_outbox_message
         WHERE event_id = ANY(%s) AND COALESCE(state, '') IN ('pending', 'sending', 'held', 'dead')
        """,
        [list(events)],
    )
    return cr.fetchall()
