"""Requests of carriers and aggregators as messages of the inbox: one per thing said, each with an id of its own.

So what a sender tells again with every push (the whole way of a parcel) is known by its id and stored once, and one
code that nobody has mapped keeps nothing else back. No model.
"""

import hashlib
from datetime import datetime, timezone

from odoo.addons.logistics_orchestration.models.intake.adapters import EDI_TYPES, read_edifact, read_x12
from odoo.addons.logistics_orchestration.parsers import edifact, x12
from odoo.addons.logistics_orchestration.parsers.errors import LibraryMissing, OrderError
from odoo.addons.logistics_orchestration.relay.envelope import EnvelopeError
from odoo.addons.logistics_orchestration.relay.inbound import ADAPTERS, Adapter, Incoming, known_id
from odoo.addons.logistics_orchestration.relay.signature import header_value

from ...tracking import JSON_SENDERS, TrackingError, iftsta, reading, shopify, x12_214

JSON_TYPES = ("application/json", "application/ld+json")
UNREADABLE, OTHER = "tracking.unreadable", "tracking.other"


def _now():
    return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)


def incoming(statement, sender):
    """The message of one statement.

    :param str sender: code of the sender, for ids
    """
    key = known_id(statement.key)
    moment = statement.when.utc if statement.when else None
    return Incoming(
        statement.kind, key, key, moment or _now(), statement.raw_text(), statement.uid(sender), statement.data()
    )


def messages_of(statements, sender, text):
    """The messages of all statements of a request, each once; none is a message too, which tells that."""
    found = {}
    for statement in statements:
        one = incoming(statement, sender)
        found.setdefault(one.external_id, one)
    return list(found.values()) or [Incoming(OTHER, "", "", _now(), text, data={})]


def unreadable(error, text):
    """A request in which something is missing is kept: a person sees what, and replays it when it can be read."""
    uid = f"unreadable/{hashlib.sha256(text.encode()).hexdigest()[:40]}"
    return [Incoming(UNREADABLE, "", "", _now(), text, uid, {"unreadable": str(error)})]


def _reader(sender):
    def read(raw, headers):
        """One request of a sender that speaks JSON.

        :raises EnvelopeError: it is no JSON
        """
        body = _json(raw)
        try:
            statements = sender.read(body, headers)
        except TrackingError as error:
            return unreadable(error, raw.decode("utf-8"))
        return messages_of(statements, sender.code, raw.decode("utf-8"))

    return read


def _json(raw):
    try:
        return reading.read_json(raw)
    except TrackingError as error:
        raise EnvelopeError(str(error)) from error


def _shopify_reader(orders):
    def read(raw, headers):
        """One webhook of a shop: about a fulfilment, or (as ever) about an order.

        :raises EnvelopeError: it is no JSON object
        """
        topic = header_value(headers, "x-shopify-topic").lower()
        if topic not in shopify.TOPICS:
            return orders(raw, headers)
        body = _json(raw)
        try:
            statements = shopify.read(body, topic)
        except TrackingError as error:
            return unreadable(error, raw.decode("utf-8"))
        return messages_of(statements, "shopify", raw.decode("utf-8"))

    return read


def read_x12_tracking(raw, headers):
    """One X12 interchange: each AT7 of each 214 is a message; other transactions are told as the order adapter does.

    :raises EnvelopeError: its envelopes do not hold, or nothing is in it
    """
    try:
        interchange = x12.read(x12.decode(raw))
    except OrderError as error:
        raise EnvelopeError(str(error)) from error
    return _documents(
        [one for one in interchange.transactions if one.code == x12_214.TRANSACTION],
        x12_214.read,
        f"x12_214/{interchange.sender}",
        f"document.x12_{x12_214.TRANSACTION}",
        lambda: read_x12(raw, headers),
    )


def read_edifact_tracking(raw, headers):
    """One EDIFACT interchange: each STS of each IFTSTA is a message.

    :raises EnvelopeError: its envelopes do not hold, or nothing is in it
    :raises LibraryMissing: pydifact is not installed
    """
    try:
        interchange = edifact.read(x12.decode(raw))
    except LibraryMissing:
        raise  # not the sender's fault: kept as it came, and read on replay when the library is there
    except OrderError as error:
        raise EnvelopeError(str(error)) from error
    return _documents(
        [one for one in interchange.messages if one.kind == iftsta.KIND],
        iftsta.read,
        f"iftsta/{interchange.sender}",
        "document.edifact_iftsta",
        lambda: read_edifact(raw, headers),
    )


def _documents(documents, read, sender, kind, others):
    """The messages of the documents of our kind, and those of the rest of the interchange.

    :param str kind: type that the order adapter gives to documents of our kind
    :param others: function that reads the interchange as the order adapter does
    """
    found = []
    for document in documents:
        try:
            found += messages_of(read(document), sender, document.text)
        except TrackingError as error:
            found += unreadable(error, document.text)
    found += [message for message in others() if message.type != kind]
    return found


def again(sender_code, text):
    """What an unreadable request is now: its messages.

    :raises TrackingError: it still cannot be read
    """
    sender = JSON_SENDERS[sender_code]
    return messages_of(sender.read(reading.read_json(text.encode()), {}), sender.code, text)


for _sender in JSON_SENDERS.values():
    ADAPTERS[_sender.code] = Adapter(_reader(_sender), JSON_TYPES)
ADAPTERS["shopify"] = Adapter(_shopify_reader(ADAPTERS["shopify"].read), ("application/json",))
ADAPTERS["x12_214"] = Adapter(read_x12_tracking, EDI_TYPES)
ADAPTERS["edifact_iftsta"] = Adapter(read_edifact_tracking, EDI_TYPES)
