"""Telling an aggregator which number to watch: what it is asked, and what its answer means.

Asking twice makes no second tracker, so a lost answer is simply asked for again:

- EasyPost, ``POST /v2/trackers`` (https://docs.easypost.com/docs/trackers): a number that was registered within three
  months gives the same tracker again
- AfterShip, ``POST /tracking/<version>/trackings`` (https://www.aftership.com/docs/tracking): 400 with meta code 4003,
  "Tracking already exists"
- Shippo, ``POST /tracks`` (https://docs.goshippo.com/api-reference/tracking-status/register-a-tracking-webhook): the
  same tracking object again
- Karrio server, ``POST /v1/trackers`` (https://docs.karrio.io/reference/api/add-tracker): "creates or retrieves (if
  existent)"
"""

import json
from dataclasses import dataclass, field

from .errors import TrackingError
from .polls import POLLS, shippo_webhook
from .reading import an_object, part, read_json, text

REGISTERED, LATER, NOT_LET_IN, REFUSED = "registered", "later", "not_let_in", "refused"
# Statuses after which the same question may be answered: the partner's trouble, not ours.
# A Karrio server says 424 when it cannot reach the carrier.
_PASSING = (408, 409, 424, 425, 429)
# Whom a LATER is about: this number alone; the system with all its numbers; one of the two, which the answers to other
# numbers tell apart.
NUMBER, SYSTEM, UNSURE = "number", "system", "unsure"
_SYSTEM_WIDE = (408, 429, 503)
_ALREADY_EXISTS = 4003
_MOST_WORDS = 300


@dataclass(frozen=True)
class Registrar:
    """How one aggregator is told.

    :ivar str url: where, as it publishes it
    :ivar str word: what it calls the carrier's code
    :ivar str auth: how to enter its key on our side
    :ivar body: function from number and carrier to what is sent
    :ivar item: function from an answer to the tracker in it
    :ivar webhook: function from a tracker to the body of the webhook that tells it
    """

    url: str
    word: str
    auth: str
    body: object
    item: object
    webhook: object
    query: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What an answer means.

    :ivar str kind: REGISTERED, LATER (ask again), NOT_LET_IN (the key) or REFUSED (this number)
    :ivar str words: what the partner said, where it is no success
    :ivar str reference: its own id of the tracker
    :ivar str about: of LATER: NUMBER, SYSTEM or UNSURE
    :ivar body: what it told about the parcel at once, as the body of its webhook; None where it told nothing
    """

    kind: str
    words: str = ""
    reference: str = ""
    body: object = None
    about: str = NUMBER


def _aftership_item(body):
    data = part(body, "data")
    return part(data, "tracking") or data


def _plain(number_key, carrier_key):
    def make(number, carrier):
        return {number_key: number, **({carrier_key: carrier} if carrier else {})}

    return make


_easypost = _plain("tracking_code", "carrier")
REGISTRARS = {
    "easypost": Registrar(
        "https://api.easypost.com/v2/trackers",
        "carrier",
        "Bearer token: the API key.",
        lambda number, carrier: {"tracker": _easypost(number, carrier)},
        lambda body: body,
        POLLS["easypost"].wrap,
    ),
    "aftership": Registrar(
        "https://api.aftership.com/tracking/2024-10/trackings",
        "slug",
        "API key in the header as-api-key.",
        _plain("tracking_number", "slug"),
        _aftership_item,
        POLLS["aftership"].wrap,
    ),
    "shippo": Registrar(
        "https://api.goshippo.com/tracks",
        "carrier",
        "API key in the header Authorization, entered as: ShippoToken <token>.",
        _plain("tracking_number", "carrier"),
        lambda body: body,
        shippo_webhook,
    ),
    "karrio": Registrar(
        "",
        "carrier_name",
        "API key in the header Authorization, entered as: Token <key>.",
        _plain("tracking_number", "carrier_name"),
        lambda body: body,
        POLLS["karrio"].wrap,
        # a parcel that was not picked up yet is unknown to its carrier
        {"pending_pickup": "true"},
    ),
}


def request(code, number, carrier):
    """The body of the call that registers a number.

    :param str code: of the sender
    :param str carrier: the sender's code of the carrier; empty: it finds out by the number
    :returns: JSON as bytes
    """
    return json.dumps(REGISTRARS[code].body(number, carrier)).encode()


def outcome(code, number, status, raw):
    """What an answer means.

    :param str number: that was asked about: an answer about another one is none
    :param int status: of HTTP
    :param bytes raw: its body
    """
    try:
        body = an_object(read_json(raw), "The answer")
    except TrackingError as error:
        body = {}
        if status // 100 == 2:
            return Outcome(LATER, str(error))
    if status // 100 == 2:
        return _registered(code, number, body)
    if _meta_code(body) == _ALREADY_EXISTS:
        return Outcome(REGISTERED, reference=text(REGISTRARS[code].item(body), "id"))
    words = _words(body)
    words = f"HTTP {status}: {words}" if words else f"HTTP {status}"
    if status in (401, 403):
        return Outcome(NOT_LET_IN, words)
    if status >= 500 or status in _PASSING:
        return Outcome(LATER, words, about=_about(status))
    return Outcome(REFUSED, words)


def _about(status):
    if status in _SYSTEM_WIDE:
        return SYSTEM
    return UNSURE if status >= 500 else NUMBER


def _registered(code, number, body):
    item = REGISTRARS[code].item(body)
    told = text(item, "tracking_code", "tracking_number")
    if not told:
        return Outcome(LATER, "the answer tells of no tracker")
    # what it says of a number written differently would be taken for somebody else's
    tells = _bare(told) == _bare(number)
    return Outcome(
        REGISTERED,
        reference=text(item, "id", "object_id"),
        body=REGISTRARS[code].webhook(item) if tells else None,
    )


def _bare(number):
    return "".join(number.split()).upper()


def _meta_code(body):
    code = part(body, "meta").get("code")
    return code if isinstance(code, int) else None


def _words(body):
    """What a refusal says, from the places where these senders say it."""
    error = body.get("error")
    places = [part(body, "error"), part(body, "meta"), body]
    for key in ("errors", "messages"):
        listed = body.get(key)
        if isinstance(listed, list):
            places += [one for one in listed if isinstance(one, dict)]
    for place in places:
        if said := text(place, "message", "detail", "text"):
            return said[:_MOST_WORDS]
    return error[:_MOST_WORDS] if isinstance(error, str) else ""


__all__ = [
    "LATER", "NOT_LET_IN", "NUMBER", "REFUSED", "REGISTERED", "REGISTRARS", "SYSTEM", "UNSURE", "Outcome", "outcome",
    "request",
]  # fmt: skip
