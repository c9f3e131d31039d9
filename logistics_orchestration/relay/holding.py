"""Subscriptions that are switched off and on: what they are owed waits as *held*, and goes on in its old order.

Held follows from the subscription: whoever switches it off (a person, or a 410) leaves a pointer, and the router holds
what is owed in batches; when it is on again the router frees it, lane by lane. New messages of a subscription queue up
as held behind those that are, so order survives. The claim looks at the subscription too: what slipped through between
is held then, and not sent.
"""

from .heads import leave_recheck, lock_lanes

BATCH = 4000
LANES = 400


def hold_owed(cr, subscription_id):
    """Hold one batch of what a switched-off subscription is owed.

    :returns: True when nothing is left (or somebody has it locked: then the claim holds it)
    """
    cr.execute(
        """
        WITH owed AS MATERIALIZED (
            (SELECT m.id FROM logistics_subscription s
               JOIN logistics_outbox_message m ON m.system_id = s.system_id AND m.subscription_id = s.id
              WHERE s.id = %(id)s AND NOT s.active AND m.state = 'pending' AND m.lane IS NOT NULL LIMIT %(batch)s)
            UNION ALL
            (SELECT m.id FROM logistics_subscription s
               JOIN logistics_outbox_message m ON m.system_id = s.system_id AND m.subscription_id = s.id
              WHERE s.id = %(id)s AND NOT s.active AND m.state = 'pending' AND m.is_head AND m.lane IS NULL
              LIMIT %(batch)s)
        ), taken AS (
            SELECT m.id FROM logistics_outbox_message m
             WHERE m.id IN (SELECT id FROM owed) AND COALESCE(m.state, '') = 'pending' FOR NO KEY UPDATE SKIP LOCKED)
        UPDATE logistics_outbox_message m SET state = 'held', is_head = false FROM taken WHERE m.id = taken.id
        RETURNING m.system_id, m.lane
        """,
        {"id": subscription_id, "batch": BATCH},
    )
    rows = cr.fetchall()
    leave_recheck(cr, rows)
    return not rows


def release_held(cr):
    """Free one batch of lanes whose subscription was switched on again.

    :returns: number of messages freed
    """
    cr.execute(
        """
        SELECT DISTINCT h.system_id, h.lane FROM logistics_subscription s
         CROSS JOIN LATERAL (
               SELECT m.system_id, m.lane FROM logistics_outbox_message m
                WHERE m.subscription_id = s.id AND m.state = 'held' LIMIT %s) h
         WHERE s.active
        """,
        [LANES],
    )
    lanes = cr.fetchall()
    if not lanes:
        return 0
    lock_lanes(cr, lanes)
    systems, keys = (list(column) for column in zip(*lanes, strict=True))
    # new positions, at the end and in the old order: a lane's positions only grow, see heads.free_next
    cr.execute(
        """
        WITH freed AS (
            SELECT o.id, nextval('logistics_outbox_message_id_seq')::int AS position
              FROM (SELECT m.id FROM unnest(%s::int[], %s::text[]) AS l(system_id, lane)
                      JOIN logistics_subscription s ON s.system_id = l.system_id AND s.active
                      JOIN logistics_outbox_message m ON m.subscription_id = s.id AND m.state = 'held'
                                                     AND m.lane IS NOT DISTINCT FROM l.lane
                     ORDER BY m.position FOR NO KEY UPDATE OF m SKIP LOCKED) o)
        UPDATE logistics_outbox_message m
           SET state = 'pending', position = freed.position, is_head = m.lane IS NULL,
               next_attempt_at = timezone('UTC', statement_timestamp())
          FROM freed WHERE m.id = freed.id
        """,
        [systems, keys],
    )
    count = cr.rowcount
    # heads are set in the next pass: a second update of these rows would have PostgreSQL look at what they refer to,
    # and wait for whoever is changing that
    leave_recheck(cr, lanes)
    return count
