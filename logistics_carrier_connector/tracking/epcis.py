"""EPCIS 2.0: events of logistic units, known by their SSCC. An error declaration takes an event back."""

from .reading import an_object, need, objects, part, text
from .statement import RETRACTION, STATUS, Statement
from .zones import moment

CODE = "epcis2"


def read(body, _headers):
    """Statements of a document, a list of events or one event.

    :raises TrackingError: what is needed is missing
    """
    if isinstance(body, list):
        events = body
    else:
        found = an_object(body, "The body")
        inner = part(found, "epcisBody")
        events = inner.get("eventList") if inner else found.get("eventList", [found])
    told = []
    for number, event in enumerate(objects(events, "eventList"), 1):
        told += _read(event, f"event {number}")
    return told


def _read(event, where):
    uid = text(event, "eventID")
    declared = part(event, "errorDeclaration")
    if declared:
        when = text(declared, "declarationTime")
        when = moment(when, f"{where}.declarationTime") if when else None
        reason = _last(text(declared, "reason"))
        gone = need(event, where, "eventID")
        return [Statement(RETRACTION, when=when, retracts=(gone,), reason=reason, raw=event)]
    step = _last(text(event, "bizStep"))
    if not step:
        return []
    told = need(event, where, "eventTime")
    when = moment(told, f"{where}.eventTime")
    listed = event.get("epcList")
    units = [*(listed if isinstance(listed, list) else []), event.get("parentID")]
    return [
        Statement(
            STATUS, tracking_number=sscc(unit), codes=(("bizStep", step),), when=when, event_id=uid,
            place={"name": _last(text(part(event, "bizLocation") or part(event, "readPoint"), "id"))},
            description=_last(text(event, "disposition")), raw=event,
        )
        for unit in units
        if isinstance(unit, str) and sscc(unit)
    ]  # fmt: skip


def sscc(unit):
    """The 18 digits of a logistic unit's EPC (URN or Digital Link); empty where it is none."""
    if unit.startswith("urn:epc:id:sscc:"):
        prefix, _dot, serial = unit[len("urn:epc:id:sscc:") :].partition(".")
        digits = serial[:1] + prefix + serial[1:]
        if not (digits.isascii() and digits.isdigit() and len(digits) == 17):
            return ""
        total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(digits))
        return digits + str(-total % 10)
    _before, mark, rest = unit.partition("/00/")
    digits = rest[:18]
    return digits if mark and digits.isascii() and digits.isdigit() and len(digits) == 18 else ""


def _last(name):
    """The word of a URN or a URL."""
    return name.rsplit(":", 1)[-1].rsplit("/", 1)[-1]
