"""A change that says only what is different, made into the whole order it leads to."""

from .errors import OrderError
from .neutral import LINE_KEYS, PARTIES, finish

_BY_HAND = "Send one date for the whole order, or agree on it by hand."


def apply(known, change):
    """The whole neutral order after a partial change.

    The same change twice leads to the same order: a line that is there as it is to be added, or was deleted already, is
    no mistake.

    :param dict known: the order as the buyer said it last
    :param dict change: a neutral order with ``partial``
    :returns: a neutral order with purpose ``change``; ``removed`` keeps the numbers of deleted lines
    :raises OrderError: it is about a line that is not known, or gives lines dates of their own
    """
    whole = {**known, **{key: value for key, value in change.items() if key not in ("partial", "lines")}}
    for key in PARTIES:
        if change.get(key):
            whole[key] = {**known.get(key, {}), **change[key]}
    lines = {line["line"]: dict(line) for line in known.get("lines", ())}
    removed = set(known.get("removed", ()))
    days = {}
    for position, said in enumerate(change["lines"], 1):
        number, action = said["line"], said["action"]
        if said.get("requested_on"):
            days[number] = said["requested_on"]
        told = {key: said[key] for key in LINE_KEYS if key in said}
        if action == "add":
            if number in lines and any(lines[number].get(key) != value for key, value in told.items()):
                raise OrderError("the order has another line of this number", "line", position, number)
            lines[number] = {**lines.get(number, {}), **told}
            removed.discard(number)
        elif action == "delete":
            if lines.pop(number, None) is None and number not in removed:
                raise OrderError("the order has no line of this number", "line", position, number)
            removed.add(number)
        elif number not in lines:
            raise OrderError("the order has no line of this number", "line", position, number)
        else:
            lines[number].update(told)
    whole["lines"] = list(lines.values())
    whole["removed"] = sorted(removed)
    _one_day(whole, days)
    return finish(whole, "the changed order")


def _one_day(order, days):
    """Lines cannot have days of their own here: they agree with the order's, or all of them name the same new one."""
    others = set(days.values()) - {order.get("requested_on")}
    if not others:
        return
    if len(others) > 1 or any(days.get(line["line"]) not in others for line in order["lines"]):
        raise OrderError("lines of one order go out together, but have different dates",
                         "requested_on", value=", ".join(sorted(set(days.values()))), way_out=_BY_HAND)  # fmt: skip
    order["requested_on"] = others.pop()
