"""X12 860, purchase order change request of the buyer, as neutral change.

BCH01 says what it is: ``04`` names only what changes, line by line, ``05`` the whole order as it is to be, ``01`` takes
the order back. POC01 is the line's number in the 850 (PO101), POC02 what becomes of it (data element 670).
"""

from .errors import OrderError
from .neutral import day, finish, number, text
from .x12_850 import products, walk

CODE = "860"
_PURPOSES = {"01": "cancellation", "03": "cancellation", "04": "change", "05": "change"}
_WHOLE = "05"
# data element 670, as far as it says what becomes of a line
_ACTIONS = {
    "AI": "add", "DI": "delete",
    "CA": "change", "CT": "change", "MU": "change", "NC": "change", "PC": "change", "PQ": "change", "PR": "change",
    "QD": "change", "QI": "change", "RA": "change", "RB": "change", "RE": "change", "RQ": "change", "RS": "change",
    "RZ": "change",
}  # fmt: skip
_REQUESTED = ("002", "010")
_CORRECT = "Correct it and send the change again."


def read(transaction):
    """The neutral order of an 860: a cancellation, a whole change, or a partial one.

    :param transaction: a :class:`~.x12.Transaction`
    :raises OrderError: naming segment, position and value
    """
    order = walk(transaction, "BCH", _begin, "POC", _line, _of_line)
    if order["purpose"] == "cancellation":
        order["lines"] = []
    elif not order["partial"]:
        # the whole order: what is deleted is not in it any more
        order["lines"] = [line for line in order["lines"] if line["action"] != "delete"]
        _whole_day(order)
    if not order["partial"]:
        del order["partial"]
    return finish(order, f"860 {transaction.control}")


def _begin(order, segment):
    purpose = _PURPOSES.get(segment.get(1))
    if not purpose:
        known = ", ".join(sorted(_PURPOSES))
        raise OrderError(f"one of {known} is needed", segment.where(1), segment.position, segment.get(1), _CORRECT)
    order["purpose"] = purpose
    order["partial"] = purpose == "change" and segment.get(1) != _WHOLE
    order["reference"] = text(segment.get(3))
    if segment.get(6):
        order["ordered_on"] = day(segment.get(6), segment.where(6), segment.position)


def _line(segment):
    position = segment.position
    action = _ACTIONS.get(segment.get(2))
    if not action:
        known = ", ".join(sorted(_ACTIONS))
        raise OrderError(f"one of {known} is needed", segment.where(2), position, segment.get(2), _CORRECT)
    line = {"line": text(segment.get(1)), "action": action, "uom": text(segment.get(5))}
    if segment.get(3) and action != "delete":
        # POC03 is the quantity as it is to be; POC04, what is left to receive, follows from it
        line["quantity"] = number(segment.get(3), segment.where(3), position, above=0)
    if segment.get(6) and action != "delete":
        line["price_unit"] = number(segment.get(6), segment.where(6), position, least=0)
    products(line, segment, 8)
    return line


def _of_line(line, segment):
    """The day a line is wanted, by DTM or by its schedule."""
    at = {"DTM": (1, 2), "SCH": (5, 6)}.get(segment.tag)
    if not at or segment.get(at[0]) not in _REQUESTED:
        return
    found = day(segment.get(at[1]), segment.where(at[1]), segment.position)
    if line.setdefault("requested_on", found) != found:
        raise OrderError(
            f"a line is taken for one day, this one has {line['requested_on']} too",
            segment.where(at[1]), segment.position, segment.get(at[1]), "Send a line for each day.",
        )  # fmt: skip


def _whole_day(order):
    """Where the whole order is said anew, its lines' days are the order's."""
    days = {line.get("requested_on") for line in order["lines"]} - {None}
    if not days:
        return
    if len(days) > 1 or order.setdefault("requested_on", next(iter(days))) not in days:
        said = ", ".join(sorted({*days, order.get("requested_on") or ""} - {""}))
        raise OrderError("lines of one order go out together, but have different dates", "DTM", value=said,
                         way_out="Send one date for the whole order, or agree on it by hand.")  # fmt: skip
