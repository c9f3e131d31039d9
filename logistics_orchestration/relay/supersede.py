"""Event types of which only the latest counts: a newer event about the same record replaces what still waits.

Done in fan-out, with the lanes of the new messages locked. What is under way is left alone; should it come back, the
claim sees that a newer one waits (see validity.py).
"""

from .cancelling import Unwanted, cancel
from .heads import leave_recheck, recompute

# How many older events of a record are looked at: all but the last few were replaced before.
_BACK = 50


def replace_older(cr, pairs, lanes):
    """Cancel what older events still owe where a newer one is owed now.

    :param pairs: (event id, subscription id) of the new messages of such types
    :param lanes: set of (system id, lane) this transaction has locked
    :returns: number of messages cancelled
    """
    if not pairs:
        return 0
    cr.execute(
        """
        SELECT o.id, o.system_id, o.lane, o.position, o.webhook_id, (array_agg(e.uid ORDER BY e.id DESC))[1]
          FROM unnest(%s::int[], %s::int[]) AS v(event_id, subscription_id)
          JOIN logistics_event e ON e.id = v.event_id
         CROSS JOIN LATERAL (
               SELECT f.id FROM logistics_event f
                WHERE f.res_model = e.res_model AND f.res_id = e.res_id AND f.id < e.id AND f.type_name = e.type_name
                ORDER BY f.id DESC LIMIT %s) older
          JOIN logistics_outbox_message o ON o.event_id = older.id AND o.subscription_id = v.subscription_id
         WHERE COALESCE(o.state, '') IN ('pending', 'held') GROUP BY o.id
        """,
        [*(list(column) for column in zip(*pairs, strict=True)), _BACK],
    )
    found = cr.fetchall()
    if not found:
        return 0
    cr.execute(
        "SELECT id FROM logistics_outbox_message WHERE id = ANY(%s) AND COALESCE(state, '') IN ('pending', 'held')"
        " FOR NO KEY UPDATE SKIP LOCKED",
        [[row[0] for row in found]],
    )
    taken = {row[0] for row in cr.fetchall()}
    rows = [Unwanted(*row[:5], f"superseded by {row[5]}") for row in found if row[0] in taken]
    cancel(cr, rows)
    touched = {(row.system_id, row.lane) for row in rows if row.lane is not None}
    # a lane of another key (the root document has changed) is not ours to decide on
    leave_recheck(cr, [*recompute(cr, sorted(touched & lanes)), *(touched - lanes)])
    return len(rows)
