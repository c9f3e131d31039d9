"""What retention may remove, and from when on: one entry per kind of record, in plain SQL conditions.

Every condition speaks of ``t`` (the table) and ``%(limit)s`` (what is older may go) and never lets pass what is still
owed, open or waiting for a person. What other records point to is left out by the caller, whatever they are.
"""

from typing import NamedTuple

_FINISHED = "m.state IN ('delivered', 'cancelled') AND COALESCE(m.delivered_at, m.created_at) < %(limit)s"
_OPEN_MESSAGE = f"EXISTS (SELECT 1 FROM logistics_outbox_message m WHERE m.event_id = t.id AND NOT ({_FINISHED}))"
_POINTER = "EXISTS (SELECT 1 FROM logistics_outbox_pointer p WHERE p.event_id = t.id)"
_FEED = "EXISTS (SELECT 1 FROM logistics_feed_entry f WHERE f.event_id = t.id)"


class Rule(NamedTuple):
    """How one kind of record is thinned out.

    ``empties``: columns that are emptied (the rest of the row stays) instead of deleting the row, each with the column
    that keeps the SHA-256 of what was there. ``counted``: its rows go into meters, so only counted ones may go.
    ``through_orm``: the record has a chatter, attachments or to-dos that go with it. ``first``: statement run for the
    picked ids before they are deleted.
    """

    label: str
    table: str
    condition: str
    days: int
    empties: tuple = ()
    counted: bool = False
    through_orm: bool = False
    first: str = ""


# In this order: what points to something goes before it.
RULES = {
    "feed": Rule("Pull feed: entries", "logistics_feed_entry", "t.created_at < %(limit)s", 30),
    "outbox_payload": Rule(
        "Outbox: content of finished messages",
        "logistics_outbox_message",
        "t.payload IS NOT NULL AND t.state IN ('delivered', 'cancelled')"
        " AND COALESCE(t.delivered_at, t.created_at) < %(limit)s",
        30,
        empties=(("payload", "body_sha256"),),
    ),
    "attempts": Rule(
        "Outbox: attempts of finished messages",
        "logistics_outbox_attempt",
        "t.started_at < %(limit)s AND EXISTS (SELECT 1 FROM logistics_outbox_message m"
        f" WHERE m.id = t.message_id AND {_FINISHED})",
        90,
        counted=True,
    ),
    "messages": Rule(
        "Outbox: finished messages",
        "logistics_outbox_message",
        "t.created_at < %(limit)s AND t.state IN ('delivered', 'cancelled')"
        " AND COALESCE(t.delivered_at, t.created_at) < %(limit)s"
        " AND NOT EXISTS (SELECT 1 FROM logistics_outbox_attempt a WHERE a.message_id = t.id AND a.id > COALESCE("
        "(SELECT k.up_to FROM logistics_meter_mark k WHERE k.name = 'logistics_outbox_attempt'), 0))",
        90,
        first="DELETE FROM logistics_outbox_attempt WHERE message_id = ANY(%s)",
    ),
    "event_payload": Rule(
        "Events: content, once every delivery is done",
        "logistics_event",
        f"t.body IS NOT NULL AND t.create_date < %(limit)s AND NOT {_OPEN_MESSAGE} AND NOT {_POINTER} AND NOT {_FEED}",
        30,
        empties=(("body", "body_sha256"),),
    ),
    "events": Rule(
        "Events: the log itself",
        "logistics_event",
        f"t.create_date < %(limit)s AND NOT {_POINTER}",
        730,
        counted=True,
    ),
    "inbox_payload": Rule(
        "Inbox: raw content of finished messages",
        "logistics_inbox_message",
        "t.raw IS NOT NULL AND t.state IN ('processed', 'duplicate', 'late', 'discarded')"
        " AND t.received_at < %(limit)s",
        30,
        empties=(("raw", "raw_sha256"), ("headers", None)),
    ),
    "inbox": Rule(
        "Inbox: finished messages",
        "logistics_inbox_message",
        "t.state IN ('processed', 'duplicate', 'late', 'discarded') AND t.received_at < %(limit)s",
        365,
        counted=True,
        through_orm=True,
    ),
    "tasks": Rule(
        "Handlers that are done",
        "logistics_event_task",
        "t.state IN ('done', 'cancelled') AND t.write_date < %(limit)s",
        30,
        through_orm=True,
    ),
    "observations": Rule(
        "Observations (would have acted)", "logistics_observation", "t.observed_at < %(limit)s", 90
    ),
    "statements": Rule("Statements of non-owners", "logistics_statement", "t.stated_at < %(limit)s", 365),
    "alerts": Rule(
        "Closed alarms", "logistics_alert", "t.state = 'closed' AND t.closed_at < %(limit)s", 365, through_orm=True
    ),
    "notices": Rule("Relay notices", "logistics_relay_notice", "t.created_at < %(limit)s", 7),
    "refusals": Rule("Refused inbound requests", "logistics_refusal", "t.at < %(limit)s", 90, counted=True),
}
