"""EDIFACT ORDERS (directories D96A and D01B, which agree in what is used here) as neutral order."""

from .errors import OrderError
from .neutral import day, finish, number, party, text

KIND = "ORDERS"
_PURPOSES = {"": "original", "9": "original", "7": "original", "31": "original", "1": "cancellation",
             "4": "change", "5": "change"}  # fmt: skip
_PARTIES = {"BY": "buyer", "DP": "ship_to", "ST": "ship_to", "IV": "bill_to"}
_DATES = {"137": "ordered_on", "2": "requested_on", "10": "requested_on", "63": "cancel_after", "61": "cancel_after"}
_CORRECT = "Correct it and send the order again."


def read(message):
    """The neutral order of an ORDERS.

    :param message: a :class:`~.edifact.Message`
    :raises OrderError: naming segment, position and value
    """
    order = walk(message, _begin, _DATES, _line, of_line)
    for position, line in enumerate(order["lines"], 1):
        if "quantity" not in line:
            raise OrderError("the line has no QTY+21", "LIN", position, line["line"], _CORRECT)
    return finish(order, f"ORDERS {message.reference}")


def walk(message, begin, dates, make_line, of_line):
    """What ORDERS and ORDCHG have in common: heading, parties, lines and their count.

    :param begin: function(order, segment) of BGM and RFF before the first line
    :param dict dates: DTM 2005 -> key of the order
    :param make_line: function(segment) of each LIN
    :param of_line: function(line, segment) of the other segments of a line
    :returns: the order, not finished yet
    :raises OrderError: naming segment, position and value
    """
    order, notes = {"lines": []}, []
    address = line = None
    for segment in message.segments:
        tag, position = segment.tag, segment.position
        if tag == "BGM" or (tag == "RFF" and line is None):
            begin(order, segment)
        elif tag == "DTM" and line is None and segment.get(1) in dates:
            order[dates[segment.get(1)]] = day(segment.get(1, 2), "DTM 2380", position)
        elif tag == "CUX" and line is None:
            order["currency"] = text(segment.get(1, 2)).upper()
        elif tag == "FTX":
            notes.append(text(segment.joined(4), 500))
        elif tag == "TDT" and line is None:
            order["service"] = text(segment.get(8) or segment.get(5, 4) or segment.get(5))
        elif tag == "NAD" and line is None:
            address = _party(order, segment)
        elif tag == "COM" and address is not None and line is None:
            key = {"TE": "phone", "EM": "email"}.get(segment.get(1, 2))
            address.update(party(**{key: segment.get(1)}) if key else {})
        elif tag == "LIN":
            line = make_line(segment)
            order["lines"].append(line)
        elif tag == "UNS":
            line = None
        elif tag == "CNT" and segment.get(1) == "2":
            if number(segment.get(1, 2), "CNT 6066", position) != len(order["lines"]):
                found = len(order["lines"])
                raise OrderError(f"there are {found} lines", "CNT 6066", position, segment.get(1, 2), _CORRECT)
        elif line is not None:
            of_line(line, segment)
    if "reference" not in order:
        raise OrderError("the segment is missing", "BGM", way_out=_CORRECT)
    order["notes"] = " ".join(filter(None, notes))[:2000]
    return order


def _begin(order, segment):
    if segment.tag != "BGM":
        return
    purpose = _PURPOSES.get(segment.get(3))
    if not purpose:
        known = ", ".join(filter(None, _PURPOSES))
        raise OrderError(f"one of {known} is needed", "BGM 1225", segment.position, segment.get(3), _CORRECT)
    order["purpose"] = purpose
    order["reference"] = text(segment.get(2))


def _line(segment):
    line = {"line": text(segment.get(1))}
    if segment.get(3):
        line["gtin"] = text(segment.get(3))
    return line


def _party(order, segment):
    """NAD: the party it names, to which contacts that follow are added."""
    kind = _PARTIES.get(segment.get(1))
    address = order.setdefault(kind, {}) if kind else {}
    name, streets = segment.joined(4) or segment.get(3), segment.get_all(5)
    address.update(
        party(
            code=segment.get(2),
            name=name,
            street=streets[0] if streets else "",
            street2=" ".join(streets[1:]),
            city=segment.get(6),
            state=segment.get(7),
            zip=segment.get(8),
            country=segment.get(9),
        )
    )
    return address


def of_line(line, segment):
    """What a segment says of the line it stands below."""
    position = segment.position
    if segment.tag == "PIA":
        for at in range(2, len(segment.elements) + 1):
            code, kind = text(segment.get(at)), segment.get(at, 2)
            key = {"SA": "sku", "VN": "sku", "BP": "buyer_sku", "IN": "buyer_sku", "EN": "gtin", "SRV": "gtin"}.get(
                kind
            )
            if key and code:
                line.setdefault(key, code)
    elif segment.tag == "IMD":
        line.setdefault("description", text(" ".join(segment.get_all(3)[3:])))
    elif segment.tag == "QTY" and segment.get(1) == "21":
        line["quantity"] = number(_decimal(segment.get(1, 2)), "QTY 6060", position, above=0)
        line["uom"] = text(segment.get(1, 3))
    elif segment.tag == "PRI" and segment.get(1) in ("AAA", "AAB", "CAL"):
        found = number(_decimal(segment.get(1, 2)), "PRI 5118", position, least=0)
        if segment.get(1) == "AAA" or "price_unit" not in line:
            line["price_unit"] = found


def _decimal(said):
    """Both decimal marks are in use, whatever UNA says; none is used for thousands."""
    return said.replace(",", ".")
