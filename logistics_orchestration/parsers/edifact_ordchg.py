"""EDIFACT ORDCHG (D96A, D01B), purchase order change request of the buyer, as neutral change.

BGM 1225 says what it is: ``4`` names only what changes, line by line, ``5`` the whole order as it is to be, ``1`` takes
the order back. The order is named by RFF+ON, else by BGM. LIN 1229 says what becomes of a line.
"""

from . import edifact_orders as orders
from .errors import OrderError
from .neutral import day, finish, text

KIND = "ORDCHG"
_PURPOSES = {"1": "cancellation", "4": "change", "5": "change"}
_WHOLE = "5"
_ACTIONS = {"": "change", "1": "add", "2": "delete", "3": "change", "4": "change"}
# 137 is the day of the change itself
_DATES = {"2": "requested_on", "10": "requested_on", "63": "cancel_after", "61": "cancel_after"}
_CORRECT = "Correct it and send the change again."


def read(message):
    """The neutral order of an ORDCHG: a cancellation, a whole change, or a partial one.

    :param message: a :class:`~.edifact.Message`
    :raises OrderError: naming segment, position and value
    """
    order = orders.walk(message, _begin, _DATES, _line, _of_line)
    if "purpose" not in order:
        raise OrderError("the segment is missing", "BGM", way_out=_CORRECT)
    if order["purpose"] == "cancellation":
        order["lines"] = []
    elif not order["partial"]:
        # the whole order: what is deleted is not in it any more
        order["lines"] = [line for line in order["lines"] if line["action"] != "delete"]
    if not order["partial"]:
        del order["partial"]
        for position, line in enumerate(order["lines"], 1):
            if "quantity" not in line:
                raise OrderError("the line has no QTY+21", "LIN", position, line["line"], _CORRECT)
            if line.get("requested_on", order.get("requested_on")) != order.get("requested_on"):
                raise OrderError("lines of one order go out together, but have different dates", "DTM 2380", position,
                                 line["requested_on"], "Send one date for the whole order.")  # fmt: skip
    return finish(order, f"ORDCHG {message.reference}")


def _begin(order, segment):
    if segment.tag == "BGM":
        purpose = _PURPOSES.get(segment.get(3))
        if not purpose:
            known = ", ".join(_PURPOSES)
            raise OrderError(f"one of {known} is needed", "BGM 1225", segment.position, segment.get(3), _CORRECT)
        order["purpose"] = purpose
        order["partial"] = purpose == "change" and segment.get(3) != _WHOLE
        order["reference"] = text(segment.get(2))
    elif segment.get(1) == "ON" and segment.get(1, 2):
        order["reference"] = text(segment.get(1, 2))


def _line(segment):
    action = _ACTIONS.get(segment.get(2))
    if not action:
        known = ", ".join(filter(None, _ACTIONS))
        raise OrderError(f"one of {known} is needed", "LIN 1229", segment.position, segment.get(2), _CORRECT)
    line = {"line": text(segment.get(1)), "action": action}
    if segment.get(3):
        line["gtin"] = text(segment.get(3))
    return line


def _of_line(line, segment):
    if segment.tag == "DTM" and segment.get(1) in ("2", "10"):
        line["requested_on"] = day(segment.get(1, 2), "DTM 2380", segment.position)
    elif line["action"] != "delete" or segment.tag not in ("QTY", "PRI"):
        orders.of_line(line, segment)
