"""Requests of shops and trading partners as messages ``order.received``: one per order, however many come at once."""

import hashlib
import json
from datetime import datetime, timezone

from ...parsers import edifact, edifact_ordchg, edifact_orders, edifact_out, shopify, x12, x12_850, x12_860, x12_out
from ...parsers.errors import LibraryMissing, OrderError
from ...relay.envelope import EnvelopeError
from ...relay.inbound import ADAPTERS, Adapter, Incoming
from ...relay.signature import header_value

EDI_TYPES = ("text/plain", "application/edi-x12", "application/edifact", "application/octet-stream")
RECEIVED = "order.received"
RECEIPT = "document.acknowledged"
# transaction set: (reader, segment with the order's number, its element)
_X12_ORDERS = {x12_850.CODE: (x12_850.read, "BEG", 3), x12_860.CODE: (x12_860.read, "BCH", 3)}
_EDIFACT_ORDERS = {edifact_orders.KIND: edifact_orders.read, edifact_ordchg.KIND: edifact_ordchg.read}


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
    """One X12 interchange: each 850 is an order, each 860 a change; a 997 is a word about a document of ours.

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
        transactions = [[one.code, one.control, _was_read(message)] for one, message in orders]
        _receipt(orders, {"format": "x12", "code": group.code, "control": group.control, "transactions": transactions})
    return _some(messages)


def _was_read(message):
    return "unreadable" not in message.data


def _receipt(orders, group):
    """How a group or interchange was taken is told once, with the first order of it that was read.

    :param list orders: of (document, message)
    :param dict group: what the receipt says
    """
    first = next((message for _one, message in orders if _was_read(message)), None)
    if first:
        first.data["document"]["group"] = group


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
    if transaction.code in _X12_ORDERS:
        read, tag, element = _X12_ORDERS[transaction.code]
        begin = next((one for one in transaction.segments if one.tag == tag), None)
        reference = begin.get(element) if begin else ""
        return _order(read, transaction, reference, transaction.text, uid, more)
    data = {"document": more, "code": transaction.code}
    if transaction.code == "997":
        data.update(x12_out.read_functional(transaction))
        return Incoming(RECEIPT, data["group"], "", _now(), transaction.text, uid, data)
    return Incoming(f"document.x12_{transaction.code}", transaction.control, "", _now(), transaction.text, uid, data)


def read_edifact(raw, headers):
    """One EDIFACT interchange: each ORDERS is an order, each ORDCHG a change; a CONTRL is about a document of ours.

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
    made = [(one, _edifact_message(interchange, one, dict(more))) for one in interchange.messages]
    orders = [(one, message) for one, message in made if message.type == RECEIVED]
    group = {
        "format": "edifact",
        "control": interchange.reference,
        "sender": [interchange.sender, interchange.sender_qualifier],
        "receiver": [interchange.receiver, interchange.receiver_qualifier],
        "asked": interchange.asks,
        "transactions": [[one.kind, one.reference, _was_read(message), one.directory] for one, message in orders],
    }
    _receipt(orders, group)
    return _some([message for _one, message in made])


def _edifact_message(interchange, message, more):
    uid = _uid(interchange.sender, interchange.reference, message.reference, text=message.text)
    if message.kind in _EDIFACT_ORDERS:
        reference = _edifact_number(message)
        return _order(_EDIFACT_ORDERS[message.kind], message, reference, message.text, uid, more)
    if message.kind == "CONTRL":
        data = {"document": more, **edifact_out.read_syntax_report(message)}
        return Incoming(RECEIPT, data["group"], "", _now(), message.text, uid, data)
    kind = f"document.edifact_{message.kind.lower()}"
    return Incoming(kind, message.reference, "", _now(), message.text, uid, {"document": more})


def _edifact_number(message):
    """What the order of an unreadable message is known by: RFF+ON of a change, else BGM."""
    named = [one.get(1, 2) for one in message.segments if one.tag == "RFF" and one.get(1) == "ON"]
    begun = [one.get(2) for one in message.segments if one.tag == "BGM"]
    return ((named if message.kind == edifact_ordchg.KIND else []) + begun + [""])[0]


def _some(messages):
    if not messages:
        raise EnvelopeError("The interchange holds no document")
    return messages


ADAPTERS["shopify"] = Adapter(read_shopify, ("application/json",))
ADAPTERS["x12"] = Adapter(read_x12, EDI_TYPES)
ADAPTERS["edifact"] = Adapter(read_edifact, EDI_TYPES)
