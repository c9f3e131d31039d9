"""What retention may remove, and from when on: one entry per kind of record, as SQL conditions on the table ``t``.

Every condition takes a time (what is older may go) and never lets pass what is still owed, open or waiting for a
person. What other records point to is left out by the caller, whatever they are.
"""

from collections.abc import Callable
from typing import NamedTuple

from odoo.tools import SQL


class Rule(NamedTuple):
    """How one kind of record is thinned out.

    ``condition``: function (time) -> SQL. ``empties``: columns that are emptied (the rest of the row stays) instead of
    deleting the row, each with the column that keeps the SHA-256 of what was there. ``counted``: its rows go into
    meters, so only counted ones may go. ``through_orm``: the record has a chatter, attachments or to-dos that go with
    it. ``first``: statement run for the picked ids before they are deleted.
    """

    label: str
    table: str
    condition: Callable
    days: int
    empties: tuple = ()
    counted: bool = False
    through_orm: bool = False
    first: str = ""


def _finished(alias, limit):
    """The outbox message is finished and was so at that time."""
    return SQL(
        "%(m)s.state IN ('delivered', 'cancelled') AND COALESCE(%(m)s.delivered_at, %(m)s.created_at) < %(limit)s",
        m=SQL.identifier(alias),
        limit=limit,
    )


def _attempts(limit):
    return SQL(
        "t.started_at < %s AND EXISTS (SELECT 1 FROM logistics_outbox_message m WHERE m.id = t.message_id AND %s)",
        limit,
        _finished("m", limit),
    )


def _messages(limit):
    """Finished ones whose attempts have all been counted: they go together."""
    return SQL(
        """
        t.created_at < %s AND %s AND NOT EXISTS (
            SELECT 1 FROM logistics_outbox_attempt a WHERE a.message_id = t.id AND a.id > COALESCE(
                (SELECT k.up_to FROM logistics_meter_mark k WHERE k.name = 'logistics_outbox_attempt'), 0))
        """,
        limit,
        _finished("t", limit),
    )


def _event_payload(limit):
    """Every delivery of it is done, nobody is about to be owed it, and the pull feed does not have it any more."""
    return SQL(
        """
        t.body IS NOT NULL AND t.create_date < %s
        AND NOT EXISTS (SELECT 1 FROM logistics_outbox_message m WHERE m.event_id = t.id AND NOT (%s))
        AND NOT EXISTS (SELECT 1 FROM logistics_outbox_pointer p WHERE p.event_id = t.id)
        AND NOT EXISTS (SELECT 1 FROM logistics_feed_entry f WHERE f.event_id = t.id)
        """,
        limit,
        _finished("m", limit),
    )


def _events(limit):
    return SQL(
        "t.create_date < %s AND NOT EXISTS (SELECT 1 FROM logistics_outbox_pointer p WHERE p.event_id = t.id)", limit
    )


def _inbox(limit):
    return SQL("t.state IN ('processed', 'duplicate', 'late', 'discarded') AND t.received_at < %s", limit)


# In this order: what points to something goes before it.
RULES = {
    "feed": Rule("Pull feed: entries", "logistics_feed_entry", lambda limit: SQL("t.created_at < %s", limit), 30),
    "outbox_payload": Rule(
        "Outbox: content of finished messages",
        "logistics_outbox_message",
        lambda limit: SQL("t.payload IS NOT NULL AND %s", _finished("t", limit)),
        30,
        empties=(("payload", "body_sha256"),),
    ),
    "attempts": Rule("Outbox: attempts of finished messages", "logistics_outbox_attempt", _attempts, 90, counted=True),
    "messages": Rule(
        "Outbox: finished messages",
        "logistics_outbox_message",
        _messages,
        90,
        first="DELETE FROM logistics_outbox_attempt WHERE message_id = ANY(%s)",
    ),
    "event_payload": Rule(
        "Events: content, once every delivery is done",
        "logistics_event",
        _event_payload,
        30,
        empties=(("body", "body_sha256"), ("full_body", None)),
    ),
    "events": Rule("Events: the log itself", "logistics_event", _events, 730, counted=True),
    "inbox_payload": Rule(
        "Inbox: raw content of finished messages",
        "logistics_inbox_message",
        lambda limit: SQL("t.raw IS NOT NULL AND %s", _inbox(limit)),
        30,
        empties=(("raw", "raw_sha256"), ("data", None), ("headers", None)),
    ),
    "inbox": Rule("Inbox: finished messages", "logistics_inbox_message", _inbox, 365, counted=True, through_orm=True),
    "tasks": Rule(
        "Handlers that are done",
        "logistics_event_task",
        lambda limit: SQL("t.state IN ('done', 'cancelled') AND t.write_date < %s", limit),
        30,
        through_orm=True,
    ),
    "observations": Rule(
        "Observations (would have acted)",
        "logistics_observation",
        lambda limit: SQL("t.observed_at < %s", limit),
        90,
    ),
    "statements": Rule(
        "Statements of non-owners", "logistics_statement", lambda limit: SQL("t.stated_at < %s", limit), 365
    ),
    "alerts": Rule(
        "Closed alarms",
        "logistics_alert",
        lambda limit: SQL("t.state = 'closed' AND t.closed_at < %s", limit),
        365,
        through_orm=True,
    ),
    "notices": Rule("Relay notices", "logistics_relay_notice", lambda limit: SQL("t.created_at < %s", limit), 7),
    "refusals": Rule(
        "Refused inbound requests", "logistics_refusal", lambda limit: SQL("t.at < %s", limit), 90, counted=True
    ),
}
