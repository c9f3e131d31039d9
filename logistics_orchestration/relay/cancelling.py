"""Cancelling by the relay: what is void, superseded or no longer valid. The rows are locked by the caller.

People and business transactions cancel what is at rest themselves (models/outbox/outbox_message.py).
"""

from typing import NamedTuple

from .heads import leave_recheck, next_statement, try_lanes


class Unwanted(NamedTuple):
    """A message not to be sent any more, and why, in words."""

    id: int
    system_id: int
    lane: str | None
    position: int
    webhook_id: str
    reason: str


def cancel(cr, rows, worker=None):
    """Cancel messages whose rows this transaction has locked, with an attempt row each. Lanes are the caller's affair.

    :param rows: list of :class:`Unwanted`
    :param int worker: number of the process that would have sent them
    """
    if not rows:
        return
    ids, reasons = [row.id for row in rows], [row.reason for row in rows]
    cr.execute(
        """
        UPDATE logistics_outbox_message m
           SET state = 'cancelled', cancel_reason = v.reason, is_head = false, claimed_by = NULL, lease_until = NULL,
               dead_at = NULL
          FROM unnest(%s::int[], %s::text[]) AS v(id, reason) WHERE m.id = v.id
        """,
        [ids, reasons],
    )
    cr.execute(
        """
        INSERT INTO logistics_outbox_attempt (message_id, system_id, webhook_id, started_at, outcome, error, worker,
               sent)
        SELECT a.message, a.system, a.webhook, timezone('UTC', statement_timestamp()), 'cancelled', a.reason, %s, false
          FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[]) AS a(message, system, webhook, reason)
        """,
        [worker, ids, [row.system_id for row in rows], [row.webhook_id for row in rows], reasons],
    )


def cancel_due(cr, rows, worker):
    """Cancel heads that the claim has locked, and free what waits behind them where that needs no waiting.

    Other lanes may be locked by others who wait for ours: those that cannot be had at once get a recheck pointer.
    """
    if not rows:
        return
    mine = try_lanes(cr, [(row.system_id, row.lane) for row in rows])
    cancel(cr, rows, worker)
    statement = next_statement([(r.system_id, r.lane, r.position) for r in rows if (r.system_id, r.lane) in mine])
    if statement:
        cr.execute(*statement)
    leave_recheck(cr, [pair for row in rows if (pair := (row.system_id, row.lane)) not in mine])
