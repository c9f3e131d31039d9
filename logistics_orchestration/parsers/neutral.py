"""The neutral order: what every reader returns, built and checked in one place.

A dictionary of plain values: ``reference`` (the buyer's number), ``purpose`` (original, change, cancellation),
``ordered_on``, ``requested_on``, ``cancel_after`` (ISO dates), ``currency``, ``customer`` (a name or code to know the
buyer by), ``buyer`` / ``ship_to`` / ``bill_to`` (parties), ``service``, ``notes``, ``channel`` and ``lines`` (line,
gtin, sku, buyer_sku, description, quantity, uom, price_unit). What is not said is not there.

A change may say the whole order anew, or with ``partial`` only what changes: then each line has an ``action`` (add,
change, delete) and may have ``requested_on``, and :func:`~.change.apply` makes the whole order of it.
"""

import hashlib
import json
from datetime import date
from decimal import Decimal, InvalidOperation

from .errors import OrderError

PURPOSES = ("original", "change", "cancellation")
PARTIES = ("buyer", "ship_to", "bill_to")
PARTY_KEYS = ("code", "name", "street", "street2", "city", "state", "zip", "country", "phone", "email", "vat")
ACTIONS = ("add", "change", "delete")
LINE_KEYS = ("line", "gtin", "sku", "buyer_sku", "description", "quantity", "uom", "price_unit")
MAX_LINES = 10_000
_LARGEST = Decimal("1e12")
_LONGEST = 255
_CORRECT = "Correct it and send the order again."


def text(value, longest=_LONGEST):
    """One line of text without control characters, cut to ``longest``; empty where there is none."""
    if value is None or isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    clean = "".join(char if char.isprintable() else " " for char in str(value))
    return " ".join(clean.split())[:longest]


def number(value, where, position=0, least=None, above=None):
    """A decimal number as float.

    :param least: the smallest that is allowed
    :param above: it has to be larger than this
    :raises OrderError: no number, not finite, or out of range
    """
    try:
        found = Decimal(str(value).strip()) if not isinstance(value, bool) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or abs(found) > _LARGEST:
        raise OrderError("a number is needed", where, position, value, _CORRECT)
    if above is not None and found <= above:
        raise OrderError(f"it has to be more than {above}", where, position, value, _CORRECT)
    if least is not None and found < least:
        raise OrderError(f"it has to be {least} or more", where, position, value, _CORRECT)
    return float(found)


def day(value, where, position=0):
    """An ISO date from ``YYYYMMDD``, ``YYMMDD``, or the beginning of an ISO 8601 time.

    :raises OrderError: it is no date
    """
    said = str(value).strip()
    digits = said[:10].replace("-", "") if said[4:5] == "-" else said[:8]
    if len(digits) == 6:
        digits = "20" + digits
    try:
        if not (digits.isascii() and digits.isdigit() and len(digits) == 8):
            raise ValueError(digits)
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
    except ValueError:
        raise OrderError("a date like 20260731 is needed", where, position, value, _CORRECT) from None


def party(**said):
    """A party of the keys that have a value; an empty dictionary where nothing is said."""
    return {key: found for key in PARTY_KEYS if (found := text(said.get(key)))}


def finish(order, where="the order"):
    """The order without what is empty, after the checks that hold for every language.

    :raises OrderError: no number, no lines, a line without product or quantity, or too much of it
    """
    made = {key: value for key, value in order.items() if value not in (None, "", [], {})}
    made["reference"] = text(made.get("reference"))
    made.setdefault("purpose", "original")
    if not made["reference"]:
        raise OrderError(
            "the buyer's order number is missing", where, way_out="Send it: it is what an order is known by."
        )
    if made["purpose"] not in PURPOSES:
        raise OrderError(f"the purpose is one of {', '.join(PURPOSES)}", where, value=made["purpose"])
    lines = made.get("lines") or []
    if made.get("partial"):
        return _finish_change(made, lines, where)
    if not lines and made["purpose"] != "cancellation":
        raise OrderError("it has no lines", where, way_out=_CORRECT)
    if len(lines) > MAX_LINES:
        raise OrderError(f"it has {len(lines)} lines; {MAX_LINES} are taken", where, way_out="Send it in parts.")
    made["lines"] = [{key: line[key] for key in LINE_KEYS if line.get(key) not in (None, "")} for line in lines]
    for count, line in enumerate(made["lines"], 1):
        line["line"] = text(line.get("line") or count, 20)
        _named(line, count)
    _numbered_once(made["lines"])
    return made


def _numbered_once(lines):
    seen = set()
    for count, line in enumerate(lines, 1):
        if line["line"] in seen:
            raise OrderError("two lines have this number", "line", count, line["line"], _CORRECT)
        seen.add(line["line"])


def _named(line, count):
    if not (line.get("gtin") or line.get("sku") or line.get("buyer_sku")):
        raise OrderError("no product is named", "line", count, line["line"], "Send a GTIN, our code or your own.")


def _finish_change(order, lines, where):
    """Only what changes: each line says by its number and action what is meant; what stays need not be said."""
    if order["purpose"] != "change":
        raise OrderError("only a change says a part of an order", where, value=order["purpose"])
    if len(lines) > MAX_LINES:
        raise OrderError(f"it has {len(lines)} lines; {MAX_LINES} are taken", where, way_out="Send it in parts.")
    kept = ("action", "requested_on", *LINE_KEYS)
    order["lines"] = [{key: line[key] for key in kept if line.get(key) not in (None, "")} for line in lines]
    for count, line in enumerate(order["lines"], 1):
        line.setdefault("action", "change")
        line["line"] = text(line.get("line"), 20)
        if not line["line"]:
            raise OrderError("a changed line has the number it has in the order", "line", count, way_out=_CORRECT)
        if line["action"] not in ACTIONS:
            raise OrderError(f"one of {', '.join(ACTIONS)} is needed", "action", count, line["action"], _CORRECT)
        if line["action"] == "add":
            _named(line, count)
            if "quantity" not in line:
                raise OrderError("a new line needs a quantity", "line", count, line["line"], _CORRECT)
    _numbered_once(order["lines"])
    return order


def digest(order):
    """SHA-256 of what an order says, whatever message it came in: to tell a repeat from a change."""
    said = json.dumps(order, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()
