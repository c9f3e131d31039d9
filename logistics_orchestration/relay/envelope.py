"""The native envelope, CloudEvents 1.0 in its JSON form: written exactly, read lenient in what is not used."""

import hashlib
import json
import math
import re
from dataclasses import dataclass
from datetime import datetime, timezone

PREFIX = "logistics."
_ZONE = re.compile(r"(?<=[0-9:.])([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)$")
# A body above SOFT_LIMIT bytes is noted on the event; above HARD_LIMIT partners get a link to the data instead.
SOFT_LIMIT = 20_000
HARD_LIMIT = 64_000


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
    causation_uid: str = ""


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


def zone_in(text):
    """The offset that stands in a time (``+01:00``; ``UTC`` for Z), or an empty text: it names none."""
    found = _ZONE.search(str(text or "").strip())
    return ("UTC" if found[0].upper() == "Z" else found[0]) if found else ""


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
        causation_uid=str(body.get("causationid") or ""),
    )


def envelope_text(event, source, dataschema, default=None):
    """The CloudEvents 1.0 JSON text of an event, its exact bytes once encoded.

    :param dict event: uid, type, subject, occurred_at (naive UTC), company_id, correlation_uid, causation_uid,
        ordering_key, certainty, data
    :param default: what json does with values it does not know
    :raises ValueError: a number that JSON does not have (see :func:`without_nan`)
    """
    return json.dumps(
        {
            "specversion": "1.0",
            "id": event["uid"],
            "source": source,
            "type": event["type"],
            "subject": event["subject"],
            "time": event["occurred_at"].isoformat(timespec="seconds") + "Z",
            "dataschema": dataschema,
            "datacontenttype": "application/json",
            "companyid": str(event["company_id"]),
            "correlationid": event["correlation_uid"],
            "causationid": event["causation_uid"] or "",
            "orderingkey": event["ordering_key"],
            "certainty": event["certainty"],
            "data": event["data"],
        },
        ensure_ascii=False,
        separators=(",", ":"),
        default=default,
        allow_nan=False,
    )


def without_nan(value):
    """The same data with null for NaN and the infinities, which JSON does not have."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: without_nan(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(inner) for inner in value]
    return value


def link_data(base, uid, body):
    """What stands in for the data of a body that is too large to be posted.

    :param str base: this Odoo's address, without a slash at the end
    :param bytes body: the whole envelope, which the link leads to
    """
    return {
        "link": f"{base}/logistics/events/{uid}",
        "bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
    }
