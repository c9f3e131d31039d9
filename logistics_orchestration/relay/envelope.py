"""Reading the native envelope: CloudEvents 1.0 in its JSON form, lenient in what it does not use."""

import json
from dataclasses import dataclass
from datetime import datetime, timezone

PREFIX = "logistics."


class EnvelopeError(ValueError):
    """The body is no message we can read; the text says what is wrong with it."""


@dataclass(frozen=True)
class Envelope:
    """What is used of an inbound message. ``occurred_at`` is naive UTC."""

    type: str
    subject: str
    occurred_at: datetime
    data: dict
    correlation_uid: str


def parse_time(text):
    """Naive UTC datetime of an RFC 3339 text; a time without zone is taken as UTC.

    :raises EnvelopeError: not a time
    """
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
        if moment.tzinfo:
            moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise EnvelopeError(f"'{text}' is not a time in RFC 3339 form (2026-01-31T12:00:00Z)") from error
    return moment.replace(microsecond=0)


def _no_number(name):
    # Python takes NaN and Infinity; they are no JSON, and every comparison of a handler would let them pass
    raise ValueError(f"{name} is no number")


def read_json(raw):
    """What stands in JSON text or bytes, strictly: no NaN, no Infinity, no nesting without end.

    :raises EnvelopeError: not JSON
    """
    try:
        return json.loads(raw, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise EnvelopeError("The body is not JSON") from error


def parse_envelope(raw):
    """The :class:`Envelope` in the bytes of a request body.

    :raises EnvelopeError: no JSON object, no ``type``, ``data`` no object, or ``time`` no time
    """
    return read_envelope(read_json(raw))


def read_envelope(body):
    """The :class:`Envelope` in a parsed body.

    :raises EnvelopeError: no JSON object, no ``type``, ``data`` no object, or ``time`` no time
    """
    if not isinstance(body, dict):
        raise EnvelopeError("The body is not a JSON object")
    kind = body.get("type")
    if not isinstance(kind, str) or not kind:
        raise EnvelopeError("The body has no 'type'")
    data = body.get("data", {})
    if not isinstance(data, dict):
        raise EnvelopeError("'data' is not a JSON object")
    moment = body.get("time")
    return Envelope(
        type=kind[len(PREFIX) :] if kind.startswith(PREFIX) else kind,
        subject=str(body.get("subject") or ""),
        occurred_at=parse_time(moment) if moment else datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0),
        data=data,
        correlation_uid=str(body.get("correlationid") or ""),
    )
