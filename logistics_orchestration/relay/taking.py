"""The statements of the claim: what is due is locked and, where nothing speaks against it, claimed by the same one.

Each row is updated once at most. A second update in one transaction has PostgreSQL check the row's foreign keys again,
and so wait for whoever is changing the system, for as long as that takes. For the same reason results are committed
before claims are made (see pump.py): the next head of a lane was updated with them.
"""

from typing import NamedTuple

from psycopg2 import sql

from .cancelling import Unwanted, cancel_due
from .heads import leave_recheck

# Seconds after which a message is looked at again whose validity cannot be told at the moment.
_UNSURE = 5


class Found(NamedTuple):
    """A message that was due and is locked; with a ``token`` it is claimed."""

    id: int
    system_id: int
    lane: str | None
    position: int
    webhook_id: str
    subscription_id: int
    attempts: int
    due: object
    token: int | None
    active: bool
    void: str | None
    type_id: int
    url: str | None
    body: str


_COLUMNS = sql.SQL("m.id, m.system_id, m.lane, m.position, m.webhook_id, m.subscription_id, m.attempt_count,"
                   " m.next_attempt_at, m.event_id, m.payload")  # fmt: skip
_DUE = sql.SQL(
    """
    SELECT d.*, w.lease
      FROM unnest(%s::int[], %s::int[], %s::timestamp[], %s::float[]) AS w(system_id, number, floor, lease)
     CROSS JOIN LATERAL (
           SELECT {columns} FROM logistics_outbox_message m
            WHERE m.system_id = w.system_id AND m.state = 'pending' AND m.is_head AND m.claim_count < 3
              AND m.next_attempt_at >= w.floor
              AND m.next_attempt_at <= timezone('UTC', statement_timestamp())
            ORDER BY m.next_attempt_at, m.id LIMIT w.number
              FOR NO KEY UPDATE SKIP LOCKED) d
    """
).format(columns=_COLUMNS)
_SUSPECT = sql.SQL(
    """
    SELECT {columns}, %s::float AS lease FROM logistics_outbox_message m
     WHERE m.id = %s AND COALESCE(m.state, '') = 'pending' AND m.is_head AND m.claim_count >= 3
       FOR NO KEY UPDATE SKIP LOCKED
    """
).format(columns=_COLUMNS)
_TAKEN = sql.SQL(
    """
        UPDATE logistics_outbox_message m
           SET state = 'sending', claim_token = m.claim_token + 1, claim_count = m.claim_count + 1,
               suspect_count = COALESCE(m.suspect_count, 0) + (m.claim_count >= 3)::int, claimed_by = %s,
               lease_until = timezone('UTC', statement_timestamp()) + make_interval(secs => c.lease)
    """
)
# The look for void events is part of it, with the snapshot of this very moment.
_CLAIM = """
    WITH due AS MATERIALIZED ({due}), known AS MATERIALIZED (
        SELECT due.*, s.active, s.url, e.type_id, e.body,
               (SELECT COALESCE(p.void_reason, 'void') FROM logistics_outbox_pointer p
                 WHERE p.void_event_id = due.event_id LIMIT 1) AS void
          FROM due
          JOIN logistics_subscription s ON s.id = due.subscription_id
          JOIN logistics_event e ON e.id = due.event_id
    ), taken AS ({taken}
          FROM known c
         WHERE m.id = c.id AND c.active AND c.void IS NULL AND c.type_id <> ALL(%s::int[])
        RETURNING m.id, m.claim_token
    )
    SELECT k.id, k.system_id, k.lane, k.position, k.webhook_id, k.subscription_id, k.attempt_count,
           k.next_attempt_at, t.claim_token, k.active, k.void, k.type_id, k.url, COALESCE(k.payload, k.body)
      FROM known k LEFT JOIN taken t ON t.id = k.id ORDER BY k.id
"""
_CLAIM_DUE, _CLAIM_SUSPECT = (sql.SQL(_CLAIM).format(due=due, taken=_TAKEN) for due in (_DUE, _SUSPECT))
_CLAIM_VALID = sql.SQL(
    "{taken} FROM unnest(%s::int[], %s::float[]) AS c(id, lease) WHERE m.id = c.id RETURNING m.id, m.claim_token"
).format(taken=_TAKEN)


def take_due(cr, worker, ruled, wanted):
    """Lock heads that are due, oldest first, those that others have locked left out; claim what is clear.

    :param int worker: number of this process
    :param ruled: ids of event types whose messages must be looked at before they are claimed
    :param wanted: (system id, number, floor, lease in seconds) each
    :returns: list of :class:`Found`
    """
    cr.execute(_CLAIM_DUE, [*(list(column) for column in zip(*wanted, strict=True)), worker, ruled])
    return [Found(*row) for row in cr.fetchall()]


def take_suspect(cr, worker, ruled, message, lease):
    """The same for one message that may be what kills the relay."""
    cr.execute(_CLAIM_SUSPECT, [lease, message, worker, ruled])
    return [Found(*row) for row in cr.fetchall()]


def settle_doubts(cr, worker, found, validity, configs):
    """Claim, cancel, hold or put off what was locked and not claimed at once.

    :param found: list of :class:`Found`
    :param validity: :class:`~.validity.Validity`
    :param configs: {system id: its settings}
    :returns: (the claimed of them, number of messages cancelled)
    """
    doubts = [row for row in found if row.token is None]
    if not doubts:
        return found, 0
    open_to_rules = {row.id: row.type_id for row in doubts if row.active and not row.void}
    reasons, unsure = validity.refused(cr, open_to_rules)
    reasons.update((row.id, row.void) for row in doubts if row.void)
    refused = [row for row in doubts if row.id in reasons]
    cancel_due(
        cr, [Unwanted(r.id, r.system_id, r.lane, r.position, r.webhook_id, reasons[r.id]) for r in refused], worker
    )
    _hold(cr, [row for row in doubts if not row.active and row.id not in reasons])
    _put_off(cr, list(unsure.difference(reasons)))
    valid = [row for row in doubts if row.id in open_to_rules and row.id not in reasons and row.id not in unsure]
    tokens = {}
    if valid:
        leases = [configs[row.system_id].lease for row in valid]
        cr.execute(_CLAIM_VALID, [worker, [row.id for row in valid], leases])
        tokens = dict(cr.fetchall())
    claimed = [row._replace(token=tokens.get(row.id, row.token)) for row in found]
    return [row for row in claimed if row.token is not None], len(refused)


def _hold(cr, rows):
    """Messages fanned out while their subscription was being switched off: held like the others."""
    if rows:
        cr.execute(
            "UPDATE logistics_outbox_message SET state = 'held', is_head = false, claim_count = 0, suspect_count = 0"
            " WHERE id = ANY(%s)",
            [[row.id for row in rows]],
        )
        leave_recheck(cr, [(row.system_id, row.lane) for row in rows])


def _put_off(cr, ids):
    """Nothing can be said about their validity now; they keep their place."""
    if ids:
        cr.execute(
            "UPDATE logistics_outbox_message"
            " SET next_attempt_at = timezone('UTC', statement_timestamp()) + make_interval(secs => %s)"
            " WHERE id = ANY(%s)",
            [_UNSURE, ids],
        )
