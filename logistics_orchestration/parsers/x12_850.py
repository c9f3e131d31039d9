"""X12 850, purchase order, as neutral order."""

from .errors import OrderError
from .neutral import day, finish, number, party, text

CODE = "850"
_PURPOSES = {
    "00": "original", "06": "original", "07": "original", "01": "cancellation", "03": "cancellation",
    "04": "change", "05": "change",
}  # fmt: skip
_PARTIES = {"BY": "buyer", "ST": "ship_to", "BT": "bill_to"}
DATES = {"002": "requested_on", "010": "requested_on", "001": "cancel_after", "063": "cancel_after"}
# what a product is called: qualifiers of PO106 and on
_GTIN = ("UP", "EN", "UK", "UI", "UA")
_OURS = ("VN", "VP", "VC", "SK")
_BUYERS = ("BP", "IN", "PI", "CB")
_CORRECT = "Correct it and send the order again."


def read(transaction):
    """The neutral order of an 850.

    :param transaction: a :class:`~.x12.Transaction`
    :raises OrderError: naming segment, position and value
    """
    return finish(walk(transaction, "BEG", _begin, "PO1", _line), f"850 {transaction.control}")


def walk(transaction, begin_tag, begin, line_tag, make_line, of_line=None):
    """What 850 and 860 have in common: heading, parties, lines and their total.

    :param begin: function(order, segment) of the segment ``begin_tag``
    :param make_line: function(segment) of each segment ``line_tag``
    :param of_line: function(line, segment) of the other segments of a line
    :returns: the order, not finished yet
    :raises OrderError: naming segment, position and value
    """
    order = {"lines": []}
    address, line, notes = None, None, []
    for segment in transaction.segments:
        tag = segment.tag
        if tag == begin_tag:
            begin(order, segment)
        elif tag == "CUR":
            order["currency"] = text(segment.get(2)).upper()
        elif tag == "REF" and segment.get(1) in ("IA", "VR"):
            order["vendor"] = text(segment.get(2))
        elif tag == "DTM" and segment.get(1) in DATES and line is None:
            order[DATES[segment.get(1)]] = day(segment.get(2), segment.where(2), segment.position)
        elif tag == "TD5" and line is None:
            order["service"] = text(segment.get(12) or segment.get(5) or segment.get(3))
        elif tag == "MSG":
            notes.append(text(segment.get(1)))
        elif tag == "N1" and line is None:
            address = order.setdefault(_PARTIES[segment.get(1)], {}) if segment.get(1) in _PARTIES else {}
            address.update(party(name=segment.get(2), code=segment.get(4)))
        elif tag in ("N2", "N3", "N4", "PER") and address is not None and line is None:
            _address(address, segment)
        elif tag == line_tag:
            line = make_line(segment)
            order["lines"].append(line)
        elif tag == "PID" and line is not None:
            line.setdefault("description", text(segment.get(5)))
        elif tag == "CTT":
            _total(order, segment)
        elif line is not None and of_line:
            of_line(line, segment)
    if "reference" not in order:
        raise OrderError("the segment is missing", begin_tag, way_out=_CORRECT)
    order["notes"] = " ".join(notes)[:2000]
    return order


def _begin(order, segment):
    purpose = _PURPOSES.get(segment.get(1))
    if not purpose:
        known = ", ".join(sorted(_PURPOSES))
        raise OrderError(f"one of {known} is needed", segment.where(1), segment.position, segment.get(1), _CORRECT)
    order["purpose"] = purpose
    order["reference"] = text(segment.get(3))
    if segment.get(5):
        order["ordered_on"] = day(segment.get(5), segment.where(5), segment.position)


def _address(address, segment):
    if segment.tag == "N3":
        address.update(party(street=segment.get(1), street2=segment.get(2)))
    elif segment.tag == "N4":
        address.update(
            party(city=segment.get(1), state=segment.get(2), zip=segment.get(3), country=segment.get(4))
        )  # fmt: skip
    elif segment.tag == "PER":
        said = {segment.get(at): segment.get(at + 1) for at in (3, 5, 7)}
        address.update(party(phone=said.get("TE"), email=said.get("EM")))
    elif segment.get(1):
        address["name"] = text(f"{address.get('name', '')} {segment.get(1)}")


def _line(segment):
    position = segment.position
    line = {
        "line": text(segment.get(1)),
        "quantity": number(segment.get(2), segment.where(2), position, above=0),
        "uom": text(segment.get(3)),
    }
    if segment.get(4):
        line["price_unit"] = number(segment.get(4), segment.where(4), position, least=0)
    products(line, segment, 6)
    return line


def products(line, segment, first):
    """What the product is called: pairs of qualifier and code, from element ``first`` on."""
    for at in range(first, len(segment.elements) + 1, 2):
        qualifier, code = segment.get(at), text(segment.get(at + 1))
        for key, qualifiers in (("gtin", _GTIN), ("sku", _OURS), ("buyer_sku", _BUYERS)):
            if qualifier in qualifiers and code:
                line.setdefault(key, code)


def _total(order, segment):
    """CTT01 counts the lines, CTT02 may be the sum of their quantities (where each line has one)."""
    said = number(segment.get(1), segment.where(1), segment.position, least=0)
    if said != len(order["lines"]):
        raise OrderError(
            f"there are {len(order['lines'])} lines", segment.where(1), segment.position, segment.get(1), _CORRECT
        )
    if segment.get(2) and all("quantity" in line for line in order["lines"]):
        total = sum(line["quantity"] for line in order["lines"])
        if abs(number(segment.get(2), segment.where(2), segment.position) - total) > 0.001:
            raise OrderError(
                f"the quantities sum up to {total:g}", segment.where(2), segment.position, segment.get(2), _CORRECT
            )
