"""Writing what came of calls: one fenced UPDATE for all of them, their attempt rows, and the next heads.

A result counts only while the claim it was made under stands (same token, still ``sending``). Attempts are recorded in
any case: that a partner was called is a fact, also when the claim had passed to somebody else meanwhile.
"""

from typing import NamedTuple

from .database import together
from .heads import lock_statement, next_statement
from .notices import leave, notice_statement
from .outcome import classify

EXCERPT_OK, EXCERPT_FAILED = 500, 4000
GONE = "HTTP 410: the partner does not want this any more"


class Result(NamedTuple):
    """A finished call, judged."""

    job: object
    response: object
    outcome: object


def judge(job, response):
    """The :class:`Result` of a finished call."""
    return Result(job, response, classify(response, job.attempts, job.system.schedule))


def write(cr, results, worker):
    """Write results and free what waited behind them, in the caller's transaction.

    :param results: list of :class:`Result`
    :param int worker: number of this process
    :returns: ids of the messages whose claim still stood
    """
    if not results:
        return set()
    locks = lock_statement((r.job.system.id, r.job.lane) for r in results if r.outcome.state != "pending")
    # COALESCE keeps the planner off the index of what is being sent: it looks small and is full of dead entries
    update = (
        """
        WITH r AS (
            SELECT * FROM unnest(%s::int[], %s::int[], %s::text[], %s::int[], %s::float[], %s::int[], %s::text[])
                       AS r(id, token, state, cost, delay, status, error))
        UPDATE logistics_outbox_message m
           SET state = r.state,
               attempt_count = m.attempt_count + r.cost,
               claim_count = 0,
               suspect_count = 0,
               claimed_by = NULL,
               lease_until = NULL,
               last_status = r.status,
               last_error = r.error,
               is_head = CASE r.state WHEN 'pending' THEN true
                                      WHEN 'dead' THEN m.lane IS NOT NULL AND s.dead_policy = 'hold'
                                      ELSE false END,
               next_attempt_at = timezone('UTC', statement_timestamp()) + make_interval(secs => r.delay),
               delivered_at = CASE r.state WHEN 'delivered' THEN timezone('UTC', statement_timestamp())
                                           ELSE m.delivered_at END,
               dead_at = CASE r.state WHEN 'dead' THEN timezone('UTC', statement_timestamp()) END
          FROM r, logistics_system s
         WHERE m.id = r.id AND m.claim_token = r.token AND COALESCE(m.state, '') = 'sending' AND s.id = m.system_id
        RETURNING m.id, m.is_head
        """,
        [
            [r.job.id for r in results],
            [r.job.token for r in results],
            [r.outcome.state for r in results],
            [r.outcome.cost for r in results],
            [r.outcome.delay for r in results],
            [r.response.status for r in results],
            [r.outcome.error for r in results],
        ],
    )
    together(cr, locks, update)
    kept = dict(cr.fetchall())
    finished = [
        (r.job.system.id, r.job.lane, r.job.position)
        for r in results
        if r.job.lane is not None and kept.get(r.job.id) is False
    ]
    dead = [
        ("dead", r.job.system.id, r.job.id, r.outcome.error)
        for r in results
        if r.outcome.state == "dead" and r.job.id in kept
    ]
    together(cr, _attempts(results, kept, worker), notice_statement(dead), next_statement(finished))
    return set(kept)


def _attempts(results, kept, worker):
    """Statement that adds one append-only row per call."""
    return (
        """
        INSERT INTO logistics_outbox_attempt (message_id, system_id, webhook_id, attempt_number, started_at,
               duration_ms, status_code, outcome, error, response_excerpt, worker, superseded, sent)
        SELECT a.message, a.system, a.webhook, a.number, a.started, a.duration, a.status, a.outcome, a.error,
               a.excerpt, %s, a.superseded, a.sent
          FROM unnest(%s::int[], %s::int[], %s::text[], %s::int[], %s::timestamp[], %s::int[], %s::int[], %s::text[],
                      %s::text[], %s::text[], %s::bool[], %s::bool[])
                 AS a(message, system, webhook, number, started, duration, status, outcome, error, excerpt, superseded,
                      sent)
        """,
        [
            worker,
            [r.job.id for r in results],
            [r.job.system.id for r in results],
            [r.job.webhook_id for r in results],
            [r.job.attempts + r.outcome.cost for r in results],
            [r.response.started_at for r in results],
            [r.response.duration_ms for r in results],
            [r.response.status for r in results],
            [r.outcome.name for r in results],
            [r.outcome.error for r in results],
            [r.response.excerpt[: EXCERPT_OK if r.outcome.state == "delivered" else EXCERPT_FAILED] for r in results],
            [r.job.id not in kept for r in results],
            [r.response.sent for r in results],
        ],
    )


def give_back(cr, jobs, worker=None):
    """Calls that a stop came before: free again, no attempt spent, but recorded: they may have arrived."""
    if jobs:
        cr.execute(
            """
            WITH freed AS (
                UPDATE logistics_outbox_message m
                   SET state = 'pending', claim_count = GREATEST(m.claim_count - 1, 0),
                       suspect_count = GREATEST(m.suspect_count - 1, 0), claimed_by = NULL, lease_until = NULL,
                       next_attempt_at = timezone('UTC', statement_timestamp())
                  FROM unnest(%s::int[], %s::int[], %s::bool[]) AS r(id, token, sent)
                 WHERE m.id = r.id AND m.claim_token = r.token AND COALESCE(m.state, '') = 'sending'
                RETURNING m.id, m.system_id, m.webhook_id, m.attempt_count, r.sent)
            INSERT INTO logistics_outbox_attempt (message_id, system_id, webhook_id, attempt_number, started_at,
                   outcome, error, worker, sent)
            SELECT id, system_id, webhook_id, attempt_count, timezone('UTC', statement_timestamp()), 'deferred',
                   'the relay was stopped during the call', %s, sent FROM freed
            """,
            [[job.id for job in jobs], [job.token for job in jobs], [bool(job.sent) for job in jobs], worker],
        )


def switch_off(cr, subscription_ids):
    """410: switch subscriptions off; the router then holds what they are owed.

    :returns: those that somebody is editing at the moment; to be tried again
    """
    if not subscription_ids:
        return set()
    cr.execute(
        "SELECT id FROM logistics_subscription WHERE id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED",
        [sorted(subscription_ids)],
    )
    locked = [row[0] for row in cr.fetchall()]
    if locked:
        cr.execute(
            """
            WITH off AS (
                UPDATE logistics_subscription
                   SET active = false, disabled_reason = %s, disabled_at = timezone('UTC', statement_timestamp())
                 WHERE id = ANY(%s) AND active RETURNING id)
            INSERT INTO logistics_outbox_pointer (hold_subscription_id) SELECT id FROM off
            RETURNING hold_subscription_id, (SELECT s.system_id FROM logistics_subscription s
                                              WHERE s.id = hold_subscription_id)
            """,
            [GONE, locked],
        )
        leave(cr, [("switched_off", system, None, f"subscription {sub}: {GONE}") for sub, system in cr.fetchall()])
    return set(subscription_ids).difference(locked)
