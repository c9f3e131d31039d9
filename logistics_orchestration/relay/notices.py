"""What the relay has to tell people: rows in the transaction of what they tell about. Odoo's watchdog picks them up.

The kinds are :data:`.states.NOTICES`.
"""


def notice_statement(rows):
    """Statement that leaves notices.

    :param rows: list of (kind, system id, message id or None, words)
    :returns: (query, parameters), or None when there is nothing to tell
    """
    if not rows:
        return None
    return (
        """
        INSERT INTO logistics_relay_notice (kind, system_id, message_id, detail, created_at)
        SELECT n.kind, n.system_id, n.message_id, n.detail, timezone('UTC', statement_timestamp())
          FROM unnest(%s::text[], %s::int[], %s::int[], %s::text[]) AS n(kind, system_id, message_id, detail)
        """,
        [list(column) for column in zip(*rows, strict=True)],
    )


def leave(cr, rows):
    """Leave notices in the caller's transaction; see :func:`notice_statement`."""
    statement = notice_statement(rows)
    if statement:
        cr.execute(*statement)
