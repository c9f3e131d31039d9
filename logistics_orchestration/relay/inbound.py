"""What stands in an inbound request: adapters from a partner's words to messages. Plain Python.

An adapter is a function ``(raw, headers) -> [Incoming, …]``; one request may hold several messages, each with an id of
its own, and they are stored all or none. ``ADAPTERS`` names them. ``native`` reads our own envelope (CloudEvents 1.0
JSON, one or a batch); an adapter of a partner with another language puts what it understood into ``Incoming.data``.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime

from .envelope import EnvelopeError, read_envelope, read_json

JSON_TYPES = ("application/json", "application/cloudevents+json")
BATCH_TYPE = "application/cloudevents-batch+json"
MAX_BATCH = 1000
MAX_ID = 255
# A body whose adapter broke is kept under this type: stored before it is understood.
UNREAD = "unread"
# What a message is about where it names no subject, so that words about one document stay in order.
_REFERENCES = (
    "fulfillment", "tracking_number", "shipment", "purchase", "invoice", "case", "return", "request", "order",
    "warehouse",
)  # fmt: skip
_SPACE = re.compile(r"[ \t\r\n]*")
_decoder = json.JSONDecoder()


@dataclass(frozen=True)
class Incoming:
    """One message of a request. ``occurred_at`` is naive UTC; ``raw`` is the text as it came.

    ``external_id`` may be empty: then the request gives it (see :func:`name_messages`). ``data`` is what a translating
    adapter made of it; None where ``raw`` is our own envelope.
    """

    type: str
    subject: str
    order_key: str
    occurred_at: datetime
    raw: str
    external_id: str = ""
    data: dict | None = None


def _incoming(text, body):
    envelope = read_envelope(body)
    reference = envelope.subject or next(
        (str(envelope.data[key]) for key in _REFERENCES if isinstance(envelope.data.get(key), str | int)), ""
    )
    uid = body.get("id")
    return Incoming(
        type=_storable(envelope.type)[:MAX_ID],
        subject=_storable(envelope.subject),
        order_key=_storable(reference)[:MAX_ID],
        occurred_at=envelope.occurred_at,
        raw=text,
        external_id=known_id(_storable(str(uid))) if isinstance(uid, str | int) and uid != "" else "",
    )


def _storable(text):
    """Text as PostgreSQL takes it: a lone surrogate is a character no column can hold."""
    return text.encode("utf-8", "replace").decode()


def known_id(text):
    """A partner's id as we keep it and look for it: one that no index takes is known by its hash.

    Cutting it would make two of one; an id that was shortened before stays as it is.
    """
    return text if len(text) <= MAX_ID else f"sha256:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"


def _text(raw):
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EnvelopeError("The body is not UTF-8") from error
    if "\\u0000" in text:
        raise EnvelopeError("The body contains the character NUL")
    return text


def native(raw, headers):
    """Our envelope: one object, or with content type ``application/cloudevents-batch+json`` an array of them.

    :raises EnvelopeError: unreadable, or a batch that is empty, too long, or has an event without id
    """
    text = _text(raw)
    body = read_json(text)
    if _content_type(headers) != BATCH_TYPE:
        return [_incoming(text, body)]
    if not isinstance(body, list) or not body:
        raise EnvelopeError("The body is not a JSON array of events")
    if len(body) > MAX_BATCH:
        raise EnvelopeError(f"The batch has {len(body)} events; {MAX_BATCH} are taken at once")
    messages = []
    for number, (part, event) in enumerate(zip(_parts(text), body, strict=True), 1):
        try:
            message = _incoming(part, event)
        except EnvelopeError as error:
            raise EnvelopeError(f"Event {number}: {error}") from error
        if not message.external_id:
            raise EnvelopeError(f"Event {number} has no 'id'")
        messages.append(message)
    if len({message.external_id for message in messages}) < len(messages):
        raise EnvelopeError("Two events of the batch have the same 'id'")
    return messages


def _content_type(headers):
    value = next((value for key, value in headers.items() if key.lower() == "content-type"), "")
    return value.split(";", 1)[0].strip().lower()


def _parts(text):
    """The elements of a JSON array (known to be valid), each exactly as it stands in the text."""
    at = text.index("[") + 1
    while True:
        at = _SPACE.match(text, at).end()
        _value, end = _decoder.raw_decode(text, at)
        yield text[at:end]
        at = _SPACE.match(text, end).end()
        if text[at] == "]":
            return
        at += 1


@dataclass(frozen=True)
class Adapter:
    """A way to read requests: the function and the content types it takes."""

    read: object
    content_types: tuple = JSON_TYPES


ADAPTERS = {"native": Adapter(native, (*JSON_TYPES, BATCH_TYPE))}


def unread(raw, moment):
    """The whole request as one message, for when its adapter broke: nothing a partner said is lost.

    :param datetime moment: naive UTC, when it came
    """
    text = raw.decode("utf-8", "replace").replace("\x00", "")
    return [Incoming(UNREAD, "", "", moment, text)]


def name_messages(messages, raw, headers, id_path=""):
    """(id, message) pairs: the partner's id of each message, the key against duplicates.

    Of one message: what ``id_path`` points to (``header:<name>`` or a dotted path into the JSON), else the header
    ``webhook-id``, else the id the adapter found, else the hash of the body. Of several: the adapter's, else the
    hash of the part.
    """
    if len(messages) == 1:
        message = messages[0]
        uid = (id_path and _pointed(message.raw, headers, id_path)) or _header(headers, "webhook-id")
        uid = uid or message.external_id or hashlib.sha256(raw).hexdigest()
        return [(known_id(_storable(uid)), message)]
    return [(m.external_id or hashlib.sha256(m.raw.encode()).hexdigest(), m) for m in messages]


def _header(headers, name):
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")


def _pointed(text, headers, id_path):
    """Value of a header or of a path like ``data.event.id`` or ``result.0.id``; empty where there is none."""
    if id_path.startswith("header:"):
        return _header(headers, id_path[len("header:") :].strip())
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    for step in id_path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return ""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
