"""Our own words: the ``data`` of a message ``order.received``.

``customer`` may be a name, a code, or be left out where ``buyer`` is an object. Times may be whole timestamps. A change
with ``partial`` says only what changes, line by line with ``action``.
"""

from .errors import OrderError
from .neutral import PARTIES, day, finish, number, party, text

_DATES = {"ordered_at": "ordered_on", "requested_at": "requested_on"}


def read(data):
    """The neutral order of ``data``.

    :param dict data: as in the message
    :raises OrderError: something in it cannot be taken; the text names the field
    """
    if not isinstance(data, dict):
        raise OrderError("an object is needed", "data", value=data)
    order = {key: text(data.get(key)) for key in ("reference", "customer", "currency", "service", "channel")}
    order["currency"] = order["currency"].upper()
    order["purpose"] = text(data.get("purpose")) or "original"
    order["notes"] = text(data.get("notes"), 2000)
    order["partial"] = data.get("partial") is True
    for key in PARTIES:
        said = data.get(key)
        if said not in (None, "") and not isinstance(said, dict):
            raise OrderError("an object with name, street, zip, city, country is needed", key, value=said)
        order[key] = party(**{name: value for name, value in (said or {}).items() if isinstance(name, str)})
    for key in ("ordered_on", "requested_on", "cancel_after", *_DATES):
        if data.get(key):
            order[_DATES.get(key, key)] = day(data[key], key)
    lines = data.get("lines") or []
    if not isinstance(lines, list):
        raise OrderError("a list of lines is needed", "lines", value=lines)
    order["lines"] = [_line(line, position, order["partial"]) for position, line in enumerate(lines, 1)]
    if not order["partial"]:
        del order["partial"]
    return finish(order)


def _line(line, position, partial):
    if not isinstance(line, dict):
        raise OrderError("an object is needed", "lines", position, line)
    made = {key: text(line.get(key)) for key in ("line", "gtin", "sku", "buyer_sku", "description", "uom")}
    if partial:
        made["action"] = text(line.get("action"))
        if line.get("requested_on"):
            made["requested_on"] = day(line["requested_on"], "lines.requested_on", position)
    if not partial or line.get("quantity") not in (None, ""):
        made["quantity"] = number(line.get("quantity"), "lines.quantity", position, above=0)
    if line.get("price_unit") not in (None, ""):
        made["price_unit"] = number(line["price_unit"], "lines.price_unit", position, least=0)
    return made
