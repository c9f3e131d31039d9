"""What a supplier answers for one line, in the codes of X12 855 (ACK01) and what each of them means. Plain Python."""

from dataclasses import dataclass
from datetime import datetime, timezone

from dateutil.parser import isoparse

CODES = [
    ("IA", "Accepted"),
    ("IB", "Backordered"),
    ("IC", "Accepted with changes"),
    ("IP", "Accepted, price changed"),
    ("IQ", "Accepted, quantity changed"),
    ("IR", "Rejected"),
    ("IS", "Substitute offered"),
    ("DR", "Accepted, date changed"),
    ("BP", "Part now, rest backordered"),
]
# Codes by which nothing of the line is promised.
WITHOUT_PROMISE = ("IR", "IS")


class AnswerError(ValueError):
    """A line of an answer does not add up; the text says where."""


@dataclass(frozen=True)
class LineAnswer:
    """One line's answer. ``promises``: (quantity, naive UTC date) pairs; ``refused``: what will not come;
    ``undated``: what comes some day; ``price``: None when nothing is said about it."""

    code: str
    promises: tuple
    refused: float = 0.0
    undated: float = 0.0
    price: float | None = None
    substitute: str = ""
    reason: str = ""


def read_answer(item, ordered, planned):
    """Read one line of an answer.

    :param dict item: ``code`` (none: a plain promise), ``quantity``, ``promised_at``, ``backorder_quantity``,
        ``backorder_at``, ``price``, ``substitute``, ``reason``
    :param float ordered: quantity of the line, in its unit
    :param datetime planned: naive UTC; what is accepted without a date is accepted for it
    :raises AnswerError: naming what is wrong
    """
    code = str(item.get("code") or "").upper()
    if code and code not in dict(CODES):
        raise AnswerError(f"Code {item['code']!r} is none of {', '.join(dict(CODES))}.")
    plain = not code
    code = code or "IA"
    price = _number(item["price"], "Price") if item.get("price") not in (None, "") else None
    words = {"substitute": str(item.get("substitute") or ""), "reason": str(item.get("reason") or "")[:500]}
    needs_quantity = plain or code in ("IQ", "BP")
    quantity = _quantity(item, "quantity", None if needs_quantity else ordered)
    at = _time(item, "promised_at", required=plain or code == "DR")
    if code == "IR":
        return LineAnswer(code, (), refused=quantity, **words)
    if code == "IS":
        if not words["substitute"]:
            raise AnswerError("Code IS offers a substitute: the line lacks substitute.")
        return LineAnswer(code, (), undated=quantity, price=price, **words)
    if code == "IP" and price is None:
        raise AnswerError("Code IP changes the price: the line lacks price.")
    if code == "IB" and not at:
        return LineAnswer(code, (), undated=quantity, price=price, **words)
    promises = [(quantity, at or planned)]
    refused = undated = 0.0
    if code in ("IQ", "IC"):
        refused = max(ordered - quantity, 0.0)
    elif code == "BP":
        rest = _quantity(item, "backorder_quantity", ordered - quantity)
        later = _time(item, "backorder_at")
        if quantity + rest > ordered + 1e-6:
            raise AnswerError(f"{quantity:g} now and {rest:g} later are more than the {ordered:g} ordered.")
        if later:
            promises.append((rest, later))
        else:
            undated = rest
    return LineAnswer(code, tuple(promises), refused, undated, price, **words)


def _quantity(item, key, default):
    value = item.get(key)
    if value in (None, "") and default is not None:
        value = default
    number = _number(value, "Quantity")
    if number <= 0:
        raise AnswerError(f"Quantity {value} is no amount above zero.")
    return number


def _number(value, what):
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e12 < value < 1e12:
        raise AnswerError(f"{what} {value} is no amount above zero.")
    if value < 0:
        raise AnswerError(f"{what} {value} is no amount above zero.")
    return float(value)


def _time(item, key, required=False):
    raw = item.get(key)
    if raw in (None, ""):
        if required:
            raise AnswerError(f"The line lacks {key}.")
        return None
    if isinstance(raw, datetime):
        return raw.replace(microsecond=0)
    try:
        moment = isoparse(raw)
    except (ValueError, TypeError) as error:
        raise AnswerError(f"{key} {raw} is no ISO 8601 date.") from error
    if moment.tzinfo:
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return moment.replace(microsecond=0)
