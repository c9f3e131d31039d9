"""Asking an aggregator what it knows: what to ask, and its answer as the bodies its webhooks would have had.

A poll goes by the time of the last change. What was pushed already is recognised by its id, so each question reaches
back a little further than the last answer. Some aggregators (``NUMBER_POLLS``) have no such question: they are asked
about one number after the other.

- Shippo, ``GET /tracks/<carrier>/<number>`` (https://docs.goshippo.com/api-reference/tracking-status)
- Sendcloud, ``GET /api/v2/tracking/<number>``
  (https://sendcloud.dev/api/v2/tracking/retrieve-tracking-information-of-a-parcel); its words for a status are those
  of the numbers it pushes (https://sendcloud.dev/api/v2/parcel-statuses)
"""

from dataclasses import dataclass
from datetime import timedelta, timezone
from urllib.parse import quote

from .errors import TrackingError
from .reading import an_object, need, objects, part, text
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


# What Sendcloud calls a status when asked, and the number it pushes for it.
SENDCLOUD_STATUSES = {
    "announced": 1, "to-sorting": 3, "delayed": 4, "sorted": 5, "unsorted": 6, "unsorted2": 6, "sorting": 7,
    "delivery-failed": 8, "delivery-forced": 11, "delivered": 11, "awaiting-customer-pickup": 12,
    "announced-uncollected": 13, "collect-error": 15, "picked-up-by-driver": 22, "undeliverable": 80,
    "shipment-on-route": 91, "driver-on-route": 92, "collected-by-customer": 93, "no-label": 999,
    "ready-to-send": 1000, "announcing": 1001, "announcement-failed": 1002, "unknown": 1337,
    "cancelled-upstream": 1998, "cancelling-upstream": 1999, "cancelled": 2000, "cancelling": 2001,
    "at-customs": 62989, "at-sorting-centre": 62990, "refused-by-recipient": 62991, "returned-to-sender": 62992,
    "delivery-method-changed": 62993, "delivery-date-changed": 62994, "delivery-address-changed": 62995,
    "exception": 62996, "address-invalid": 62997,
}  # fmt: skip


@dataclass(frozen=True)
class NumberPoll:
    """How one aggregator is asked about one number.

    :ivar path: function from number and carrier to what follows the address of the poll
    :ivar bodies: function from number and answer to the bodies of the webhooks that would have told the same
    """

    path: object
    bodies: object


def shippo_webhook(track):
    """Shippo's object of a tracked parcel as the webhook that tells it."""
    return {"event": "track_updated", "data": track, "test": track.get("test")}


def _sendcloud_bodies(number, answer):
    found = []
    for at, status in enumerate(objects(answer.get("statuses"), "statuses"), 1):
        told = need(status, f"status {at}", "carrier_update_timestamp")
        word = need(status, f"status {at}", "parent_status")
        # a word nobody knows is told as it stands, for a person to map
        known = SENDCLOUD_STATUSES.get(word.lower())
        stamp = moment(told, "carrier_update_timestamp").utc.replace(tzinfo=timezone.utc)
        parcel = {
            "id": text(answer, "parcel_id"),
            "tracking_number": number,
            "carrier": {"code": text(status, "carrier_code") or text(answer, "carrier_code")},
            "status": {"id" if known else "code": known or word, "message": text(status, "carrier_message")},
        }
        stamp = int(stamp.timestamp() * 1000)
        found.append({"action": "parcel_status_changed", "timestamp": stamp, "parcel": parcel})
    if found and text(answer, "expected_delivery_date"):
        newest = max(found, key=lambda body: body["timestamp"])
        newest["parcel"]["expected_delivery_date"] = answer["expected_delivery_date"]
    return found


NUMBER_POLLS = {
    # without a carrier the question cannot be asked
    "shippo": NumberPoll(
        lambda number, carrier: f"{quote(carrier, safe='')}/{quote(number, safe='')}" if carrier else "",
        lambda _number, answer: [shippo_webhook(answer)] if part(answer, "tracking_status") else [],
    ),
    "sendcloud": NumberPoll(lambda number, _carrier: quote(number, safe=""), _sendcloud_bodies),
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


def about(code, url, number, carrier):
    """The address at which one number is asked about; empty where it cannot be.

    :param str url: of the poll, e.g. https://api.goshippo.com/tracks
    """
    path = NUMBER_POLLS[code].path(number, carrier)
    return f"{url.rstrip('/')}/{path}" if path else ""


def told(code, number, body):
    """An answer about one number as bodies of webhooks.

    :raises TrackingError: it is none
    """
    return NUMBER_POLLS[code].bodies(number, an_object(body, "The answer"))


__all__ = ["NUMBER_POLLS", "POLLS", "TrackingError", "about", "answer", "question", "told"]
