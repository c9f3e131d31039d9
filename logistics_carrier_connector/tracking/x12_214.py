"""X12 214, shipment status: one statement per AT7, with the place that follows it (MS1).

``LT`` is the local time of the stop. Estimates of the arrival at the consignee are expected arrivals.
"""

from datetime import datetime

from .errors import TrackingError
from .statement import ETA, STATUS, Statement
from .zones import fixed, local, named

CODE = "x12_214"
TRANSACTION = "214"
# Codes that tell what is going to happen; of these, the arrival at the consignee.
ESTIMATES = frozenset({"AG", "B6", "C1", "X2"})
ARRIVALS = frozenset({"AG", "X2"})
# L11 qualifiers of numbers a shipment may be known by: tracking, carrier's reference, bill of lading, shipper's number.
_TRACKING = ("2I", "08")
_REFERENCES = ("CN", "BM", "SI", "MB", "FN")
_NAMED = {
    "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles",
    "AT": "America/Halifax", "NT": "America/St_Johns", "HT": "Pacific/Honolulu", "TT": "Pacific/Honolulu",
}  # fmt: skip
_FIXED = {
    "UT": 0, "GM": 0, "ES": -5, "ED": -4, "CS": -6, "CD": -5, "MS": -7, "MD": -6, "PS": -8, "PD": -7, "AS": -4,
    "AD": -3, "NS": -3.5, "ND": -2.5, "HS": -10,
}  # fmt: skip


def read(transaction):
    """Statements of one 214: segments have ``tag`` and ``get(number)``, empty where there is nothing.

    :raises TrackingError: naming segment and position
    """
    head, shared, numbers, found = None, [], [], []
    tracking = own = ""
    open_scan = None
    for segment in transaction.segments:
        if segment.tag == "B10":
            head = segment
            shared += [segment.get(1), segment.get(2)]
        elif segment.tag == "LX":
            own, numbers = "", []
        elif segment.tag == "L11" and segment.get(1):
            before_loops = not found and open_scan is None
            if segment.get(2) in _TRACKING:
                own = segment.get(1)
                tracking = tracking or own
            elif segment.get(2) in _REFERENCES:
                (shared if before_loops else numbers).append(segment.get(1))
        elif segment.tag == "AT7":
            open_scan = (segment, own, tuple(numbers))
            found.append([open_scan, {}])
        elif segment.tag == "MS1" and found:
            found[-1][1] = {"city": segment.get(1), "state": segment.get(2), "country": _country(segment)}
    if head is None:
        raise TrackingError("The 214 has no B10")
    if not found:
        raise TrackingError("The 214 has no AT7: it tells no status")
    told = []
    for (segment, own_number, own_references), place in found:
        about = {
            "tracking_number": own_number or tracking,
            "references": tuple(dict.fromkeys(filter(None, (*own_references, *shared)))),
            "carrier": head.get(3),
        }
        told += _scan(segment, place, about)
    return told


def _country(segment):
    if segment.get(3):
        return segment.get(3)
    return "US" if segment.get(2) else ""


def _scan(segment, place, about):
    status, reason = segment.get(1), segment.get(2)
    codes = [("AT702", reason)] if reason and status else []
    codes.append(("AT701", status) if status else ("AT703", segment.get(3)))
    if not codes[-1][1]:
        raise TrackingError(f"AT7 at segment {segment.position} has neither AT701 nor AT703")
    when = _when(segment, place)
    raw = f"AT7*{'*'.join(segment.elements)}"
    certainty = "estimated" if status in ESTIMATES else "actual"
    told = [
        Statement(STATUS, **about, codes=tuple(codes), when=when, certainty=certainty, place=place, raw=raw),
    ]
    if status in ARRIVALS:
        told.append(Statement(ETA, **about, eta=when, raw=raw))
    return told


def _when(segment, place):
    day, clock, zone = segment.get(5), segment.get(6) or "0000", segment.get(7)
    told = f"{day} {clock} {zone}".strip()
    try:
        found = datetime.strptime(day + clock[:6].ljust(6, "0"), "%Y%m%d%H%M%S")  # its zone comes below
    except ValueError as error:
        raise TrackingError(f"AT7 at segment {segment.position} has no time: {told!r}") from error
    if zone in _NAMED:
        return named(found, told, _NAMED[zone])
    if zone in _FIXED:
        return fixed(found, told, _FIXED[zone], zone)
    if zone.isdigit() and 1 <= int(zone) <= 24:
        # 01 to 12 are hours east of Greenwich, 13 to 24 hours west of it (13 is -12, 24 is -1)
        hours = int(zone) if int(zone) <= 12 else int(zone) - 25
        return fixed(found, told, hours, zone)
    return local(found, told, place.get("country", ""), place.get("state", ""))
