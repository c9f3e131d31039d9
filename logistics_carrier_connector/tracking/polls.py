"""Asking an aggregator what it knows: what to ask, and its answer as the bodies its webhooks would have had.

A poll goes by the time of the last change. What was pushed already is recognised by its id, so each question reaches
back a little further than the last answer.
"""

from dataclasses import dataclass
from datetime import timedelta, timezone

from .errors import TrackingError
from .reading import an_object, objects, part, text
from .zones import moment

OVERLAP = timedelta(minutes=15)
PAGE = 100


@dataclass(frozen=True)
class Poll:
    """How one aggregator is asked.

    :ivar str since: name of the parameter for "changed since"
    :ivar wrap: function from one item to the body of a webhook
    :ivar items: function from an answer to its list
    :ivar more: function from an answer to the parameters of the next page, or None
    """

    since: str
    query: dict
    items: object
    wrap: object
    more: object


def _last_id(body):
    trackers = objects(body.get("trackers"), "trackers")
    return {"before_id": text(trackers[-1], "id")} if body.get("has_more") is True and trackers else None


def _next_cursor(body):
    pages = part(part(body, "data"), "pagination")
    cursor = text(pages, "next_cursor")
    return {"cursor": cursor} if pages.get("has_next_page") is True and cursor else None


def _offset(body):
    following = text(body, "next")
    _before, mark, rest = following.partition("offset=")
    return {"offset": rest.split("&", 1)[0]} if mark else None


POLLS = {
    "easypost": Poll(
        "start_datetime",
        {"page_size": PAGE},
        lambda body: objects(body.get("trackers"), "trackers"),
        lambda item: {"result": {"object": "Tracker", **item}, "mode": item.get("mode")},
        _last_id,
    ),
    "aftership": Poll(
        "updated_at_min",
        {"limit": PAGE},
        lambda body: objects(part(body, "data").get("trackings"), "data.trackings"),
        lambda item: {"event": "tracking_update", "msg": item},
        _next_cursor,
    ),
    "karrio": Poll(
        "modified_after",
        {"limit": PAGE},
        lambda body: objects(body.get("results"), "results"),
        lambda item: {"event": "tracker_updated", "data": item},
        _offset,
    ),
}


def question(code, cursor):
    """Parameters of the first page.

    :param str cursor: when the newest thing changed that is known, RFC 3339; empty: from the beginning
    """
    poll = POLLS[code]
    query = dict(poll.query)
    if cursor:
        since = moment(cursor, "cursor").utc - OVERLAP
        query[poll.since] = since.replace(tzinfo=timezone.utc).isoformat().replace("+00:00", "Z")
    return query


def answer(code, body):
    """An answer as (bodies of webhooks, parameters of the next page or None, newest change as text).

    :raises TrackingError: it is none
    """
    poll = POLLS[code]
    found = poll.items(an_object(body, "The answer"))
    changes = [text(item, "updated_at", "created_at") for item in found]
    changes = [moment(told, "updated_at").utc for told in changes if told]
    newest = max(changes).isoformat() + "Z" if changes else ""
    return [poll.wrap(item) for item in found], poll.more(body), newest


__all__ = ["POLLS", "TrackingError", "answer", "question"]
