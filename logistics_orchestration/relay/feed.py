"""The pull feed: the log in an order that does not change any more, for partners who cannot receive.

Ids of events are drawn before their transactions commit, so "everything after id N" loses rows. The feed has numbers of
its own: the leader writes one entry per event it fans out, after that event's commit, in the order of the pointers (for
one ordering key that is the order of commits). There is one leader, its transactions follow one another, so whoever
has read up to entry N has missed nothing below N, ever.
"""

import json
from typing import NamedTuple

from .addressing import narrowed
from .matching import DomainError, compile_domain
from .shaping import Shapes

# the most one answer carries
MAX_EVENTS, MAX_BYTES = 500, 1_000_000
# entries looked at for one answer: what a partner did not subscribe to must not make an answer slow
SCAN = 5000
_CHUNK = 50
_PREFIX = "f1-"
_shapes = Shapes()


class CursorError(ValueError):
    """The cursor is none of ours."""


class Gone(Exception):
    """Entries after the cursor have been purged.

    :ivar int oldest: where reading can go on
    """

    def __init__(self, oldest):
        super().__init__("Entries after this cursor are not kept any more")
        self.oldest = oldest


class Page(NamedTuple):
    """One answer: bodies as JSON texts, where to go on, and whether there is more right now."""

    bodies: list
    position: int
    more: bool


def append(cr, events):
    """Give these events their numbers, in the leader's transaction.

    :param events: (event id, type id, company id) in the order partners shall see them
    """
    if events:
        cr.execute(
            """
            INSERT INTO logistics_feed_entry (event_id, type_id, company_id, created_at)
            SELECT v.event_id, v.type_id, v.company_id, timezone('UTC', statement_timestamp())
              FROM unnest(%s::int[], %s::int[], %s::int[]) WITH ORDINALITY AS v(event_id, type_id, company_id, ord)
             ORDER BY v.ord
            ON CONFLICT (event_id) DO NOTHING
            """,
            [list(column) for column in zip(*events, strict=True)],
        )


def write_cursor(position):
    """The cursor partners hand back; they are not to look into it."""
    return f"{_PREFIX}{position}"


def read_cursor(text):
    """Position of a cursor; None for none (from the oldest entry kept).

    :raises CursorError: not written by :func:`write_cursor`
    """
    if not text:
        return None
    digits = text[len(_PREFIX) :]
    if not text.startswith(_PREFIX) or not digits.isascii() or not digits.isdigit() or len(digits) > 10:
        raise CursorError("The cursor must be one that this feed gave out")
    return int(digits)


def read(cr, system_id, after=None, limit=100, types=None, purged=0):
    """What a system's active subscriptions match, in order.

    The answer to a cursor is always the same, as long as entries, subscriptions and ``limit`` are; at the end of the
    feed it grows at its end only.

    :param int after: position, see :func:`read_cursor`; None begins with the oldest entry kept
    :param int limit: at most so many events (never more than :data:`MAX_EVENTS`, nor than :data:`MAX_BYTES`)
    :param types: names of event types, to see less than what is subscribed to; None for all of it
    :param int purged: highest position that retention has removed
    :returns: :class:`Page`
    :raises Gone: retention has removed entries after ``after``
    """
    if after is None:
        after = purged
    elif after < purged:
        raise Gone(purged)
    wanted = _subscriptions(cr, system_id, types)
    cr.execute(
        """
        SELECT id, event_id, type_id, company_id FROM logistics_feed_entry WHERE id > %s ORDER BY id LIMIT %s
        """,
        [after, SCAN],
    )
    entries = cr.fetchall()
    candidates = [
        (position, event_id, found)
        for position, event_id, type_id, company_id in entries
        if (found := [(s, test) for s, test, owner in wanted.get(type_id, ()) if owner in (None, company_id)])
    ]
    bodies, size, last = [], 0, after
    for start in range(0, len(candidates), _CHUNK):
        chunk = candidates[start : start + _CHUNK]
        texts = _bodies(cr, [event_id for _position, event_id, _found in chunk])
        matching = []
        for position, event_id, found in chunk:
            if texts.get(event_id) is None:
                raise Gone(position)
            subscription = _first_match(found, texts[event_id][1])
            if subscription is not None:
                matching.append((position, (event_id, subscription)))
        # the form in which it would have been sent to this partner
        shaped = _shapes.payloads(cr, [pair for _position, pair in matching]) if matching else {}
        for position, pair in matching:
            text = shaped.get(pair) or texts[pair[0]][0]
            length = len(text.encode())
            if len(bodies) >= min(limit, MAX_EVENTS) or (bodies and size + length > MAX_BYTES):
                return Page(bodies, last, True)
            bodies.append(text)
            size += length
            last = position
    return Page(bodies, entries[-1][0] if entries else after, len(entries) == SCAN)


def _first_match(found, text):
    """The oldest subscription that wants this event, or None."""
    envelope = None
    for subscription, test in found:
        if test is None:
            return subscription
        envelope = json.loads(text) if envelope is None else envelope
        if test(envelope):
            return subscription
    return None


def _subscriptions(cr, system_id, types):
    """{event type id: [(subscription id, test or None, company of the system)]} of what the system wants."""
    cr.execute(
        """
        SELECT r.event_type_id, s.id, s.domain, y.company_id, t.name, y.kind, y.code
          FROM logistics_subscription s
          JOIN logistics_subscription_event_type_rel r ON r.subscription_id = s.id
          JOIN logistics_event_type t ON t.id = r.event_type_id
          JOIN logistics_system y ON y.id = s.system_id
         WHERE s.system_id = %s AND s.active AND (%s OR t.name = ANY(%s))
         ORDER BY s.id
        """,
        [system_id, types is None, list(types or ())],
    )
    found = {}
    for type_id, subscription_id, domain, company_id, *address in cr.fetchall():
        try:
            test = compile_domain(domain)
        except DomainError:
            test = None  # as in the fan-out: better told than lost
        found.setdefault(type_id, []).append((subscription_id, narrowed(test, *address), company_id))
    return found


def _bodies(cr, event_ids):
    """{event id: (the text that goes out, the whole envelope)} of those whose content is kept."""
    cr.execute(
        "SELECT id, body, COALESCE(full_body, body) FROM logistics_event WHERE id = ANY(%s) AND body IS NOT NULL",
        [event_ids],
    )
    return {event_id: texts for event_id, *texts in cr.fetchall()}
