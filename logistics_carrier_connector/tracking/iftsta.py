"""EDIFACT IFTSTA, multimodal status report: one statement per STS, with its times and places.

The status itself is a code of UN/ECE Recommendation 24 (element 9011), the reason one of element 9013.
"""

from datetime import datetime

from .errors import TrackingError
from .statement import ETA, STATUS, Statement
from .zones import fixed, local

CODE = "edifact_iftsta"
KIND = "IFTSTA"
# DTM qualifiers of a status, the closest first: status change, actual arrival, departure, delivery, pick-up, effective.
_HAPPENED = ("334", "178", "186", "35", "200", "11", "7", "137")
_EXPECTED = ("132", "17", "191")
_FORMATS = {"102": "%Y%m%d", "203": "%Y%m%d%H%M", "204": "%Y%m%d%H%M%S", "303": "%Y%m%d%H%M", "205": "%Y%m%d%H%M"}
_REFERENCES = ("CN", "BM", "BN", "AAS", "AWB", "FF", "CU", "SI", "AAM", "MB")
_TRACKING = ("CW", "AWE", "ABT")


class _Part:
    """What one consignment (CNI) or one status (STS) says, on top of what stands above it."""

    def __init__(self, above=None):
        self.status = self.reason = self.words = self.place = self.code = ""
        self.times = dict(above.times) if above else {}
        self.numbers = list(above.numbers) if above else []
        self.tracking = list(above.tracking) if above else []
        self.position = 0


def read(message):
    """Statements of one IFTSTA: segments have ``tag``, ``get(element, component)``, empty where there is nothing.

    :raises TrackingError: naming segment and position
    """
    top = _Part()
    consignment, scan, found = top, None, []
    for segment in message.segments:
        here = scan or consignment
        if segment.tag == "CNI":
            consignment, scan = _Part(top), None
            if segment.get(2):
                consignment.numbers.insert(0, segment.get(2))
        elif segment.tag == "STS":
            scan = _Part(consignment)
            scan.status, scan.reason = segment.get(2), segment.get(3)
            scan.words = segment.get(2, 4) or segment.get(3, 4)
            scan.position = segment.position
            found.append(scan)
        elif segment.tag == "DTM":
            here.times[segment.get(1)] = (segment.get(1, 2), segment.get(1, 3))
        elif segment.tag == "RFF" and segment.get(1, 2):
            if segment.get(1) in _REFERENCES:
                here.numbers.append(segment.get(1, 2))
            elif segment.get(1) in _TRACKING:
                here.tracking.append(segment.get(1, 2))
        elif segment.tag == "LOC" and not here.place:
            here.code, here.place = segment.get(2), segment.get(2, 4) or segment.get(2)
        elif segment.tag == "FTX" and scan:
            scan.words = segment.joined(4) or scan.words
        elif segment.tag == "EQD" and segment.get(2):
            here.tracking.append(segment.get(2))
        elif segment.tag == "GIN" and segment.get(1) in ("BJ", "AW"):
            here.tracking += [number for number in (segment.get(at) for at in range(2, 7)) if number]
    if not found:
        raise TrackingError("The IFTSTA has no STS: it tells no status")
    told = []
    for scan in found:
        told += _statements(scan)
    return told


def _statements(scan):
    if not scan.status:
        raise TrackingError(f"STS at segment {scan.position} has no status (C555.9011)")
    numbers = list(dict.fromkeys(scan.tracking)) or [""]
    references = tuple(dict.fromkeys(scan.numbers))
    if not references and not any(numbers):
        raise TrackingError(f"STS at segment {scan.position} belongs to no consignment, container or package")
    country = scan.code[:2] if len(scan.code) == 5 else ""
    codes = [("9013", scan.reason)] if scan.reason else []
    codes.append(("9011", scan.status))
    place = {"name": scan.place, "country": "" if scan.place == scan.code else country}
    happened = _first(scan, _HAPPENED, country)
    expected = _first(scan, _EXPECTED, country)
    raw = {"sts": scan.status, "reason": scan.reason, "dtm": scan.times, "loc": scan.code, "cni": references}
    told = []
    for number in numbers:
        about = {"tracking_number": number, "references": references}
        more = {"when": happened, "place": place, "description": scan.words, "raw": raw}
        told.append(Statement(STATUS, **about, codes=tuple(codes), **more))
        if expected:
            told.append(Statement(ETA, **about, eta=expected, when=happened, raw=raw))
    return told


def _first(scan, qualifiers, country):
    """The moment under the first of these qualifiers that is there."""
    for qualifier in qualifiers:
        value, form = scan.times.get(qualifier, ("", ""))
        if value:
            return _when(value, form, scan, country)
    return None


def _when(value, form, scan, country):
    layout = _FORMATS.get(form)
    length = {"102": 8, "204": 14}.get(form, 12)
    try:
        if layout is None:
            raise ValueError(form)
        found = datetime.strptime(value[:length], layout)  # its zone comes below
    except ValueError as error:
        raise TrackingError(f"A time of the STS at segment {scan.position} is none: {value!r} ({form})") from error
    rest = value[length:]
    if form in ("205", "303") and rest[:1] in "+-" and rest[1:].isdigit():
        hours = int(rest[1:3]) + int(rest[3:5] or 0) / 60
        return fixed(found, value, -hours if rest[0] == "-" else hours, rest)
    if rest in ("UTC", "GMT", "Z"):
        return fixed(found, value, 0, rest)
    return local(found, value, country)
