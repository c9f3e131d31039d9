"""Requests of shops and trading partners as messages ``order.received``: one per order, however many come at once."""

import hashlib
import json
from datetime import datetime, timezone

from ...parsers import edifact, edifact_orders, shopify, x12, x12_850, x12_out
from ...parsers.errors import LibraryMissing, OrderError
from ...relay.envelope import EnvelopeError
from ...relay.inbound import ADAPTERS, Adapter, Incoming
from ...relay.signature import header_value

EDI_TYPES = ("text/plain", "application/edi-x12", "application/edifact", "application/octet-stream")
RECEIVED = "order.received"


def _now():
    return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)


def _order(read, document, reference, raw, uid, more):
    """The message of one order. One that cannot be read is kept too, with what is wrong: the others go on.

    :param read: function from ``document`` to the neutral order
    :param str reference: what it is known by where it cannot be read
    :param dict more: about the document it stood in
    """
    try:
        data = read(document)
    except OrderError as error:
        data = {"reference": reference, "unreadable": str(error)}
    key = data["reference"][:255]
    return Incoming(RECEIVED, key, key, _now(), raw, uid, {**data, "document": more})


def _uid(*parts, text):
    """A document's own numbers, and its content: numbers are used again, by mistake or after their last."""
    return "/".join((*parts, hashlib.sha256(text.encode()).hexdigest()[:12]))


def read_shopify(raw, headers):
    """One webhook of a shop.

    :raises EnvelopeError: it is no JSON object
    """
    topic = header_value(headers, "x-shopify-topic").lower()
    try:
        body = json.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise EnvelopeError("The body is no JSON in UTF-8") from error
    if not isinstance(body, dict) or "\\u0000" in raw.decode("utf-8"):
        raise EnvelopeError("The body is no JSON object")
    event, delivery = (header_value(headers, name) for name in shopify.ID_HEADERS)
    # one event of the shop may be told under several topics
    uid = f"{event}/{topic}" if event else delivery
    reference = str(body.get("name") or body.get("id") or "")
    more = {"format": "shopify", "topic": topic, "shop": header_value(headers, "x-shopify-shop-domain")}
    text = raw.decode("utf-8")
    return [_order(lambda said: shopify.read(said, topic), raw, reference, text, uid, more)]


def read_x12(raw, headers):
    """One X12 interchange: each 850 is an order, a 997 is a word about a document of ours.

    :raises EnvelopeError: its envelopes do not hold, or nothing is in it
    """
    try:
        interchange = x12.read(x12.decode(raw))
    except OrderError as error:
        raise EnvelopeError(str(error)) from error
    messages = []
    for group in interchange.groups:
        made = [(one, _x12_message(interchange, group, one)) for one in group.transactions]
        messages += [message for _one, message in made]
        orders = [(one, message) for one, message in made if message.type == RECEIVED]
        # how the group was taken is told once, with the first order of it that was read
        first = next((message for _one, message in orders if "unreadable" not in message.data), None)
        if first:
            first.data["document"]["group"] = {
                "code": group.code,
                "control": group.control,
                "transactions": [[one.code, one.control, "unreadable" not in message.data] for one, message in orders],
            }
    return _some(messages)


def _x12_message(interchange, group, transaction):
    parts = (interchange.sender, interchange.control, group.control, transaction.control)
    uid = _uid(*parts, text=transaction.text)
    more = {
        "format": "x12",
        "sender": interchange.sender,
        "receiver": interchange.receiver,
        "control": interchange.control,
        "test": interchange.test,
    }
    if transaction.code == x12_850.CODE:
        begin = next((one for one in transaction.segments if one.tag == "BEG"), None)
        reference = begin.get(3) if begin else ""
        return _order(x12_850.read, transaction, reference, transaction.text, uid, more)
    data = {"document": more, "code": transaction.code}
    if transaction.code == "997":
        data.update(x12_out.read_functional(transaction))
        return Incoming("document.acknowledged", data["group"], "", _now(), transaction.text, uid, data)
    return Incoming(f"document.x12_{transaction.code}", transaction.control, "", _now(), transaction.text, uid, data)


def read_edifact(raw, headers):
    """One EDIFACT interchange: each ORDERS is an order.

    :raises EnvelopeError: its envelopes do not hold, or nothing is in it
    :raises LibraryMissing: pydifact is not installed
    """
    try:
        interchange = edifact.read(x12.decode(raw))
    except LibraryMissing:
        raise  # not the sender's fault: kept as it came, and read on replay when the library is there
    except OrderError as error:
        raise EnvelopeError(str(error)) from error
    more = {
        "format": "edifact",
        "sender": interchange.sender,
        "receiver": interchange.receiver,
        "control": interchange.reference,
        "test": interchange.test,
    }
    messages = []
    for message in interchange.messages:
        uid = _uid(interchange.sender, interchange.reference, message.reference, text=message.text)
        if message.kind == edifact_orders.KIND:
            begin = next((one for one in message.segments if one.tag == "BGM"), None)
            reference = begin.get(2) if begin else ""
            messages.append(_order(edifact_orders.read, message, reference, message.text, uid, dict(more)))
        else:
            kind = f"document.edifact_{message.kind.lower()}"
            messages.append(Incoming(kind, message.reference, "", _now(), message.text, uid, {"document": more}))
    return _some(messages)


def _some(messages):
    if not messages:
        raise EnvelopeError("The interchange holds no document")
    return messages


ADAPTERS["shopify"] = Adapter(read_shopify, ("application/json",))
ADAPTERS["x12"] = Adapter(read_x12, EDI_TYPES)
ADAPTERS["edifact"] = Adapter(read_edifact, EDI_TYPES)
