"""ANSI X12: segments and envelopes. The separators are those the interchange itself names in its fixed-width ISA.

``read`` checks what can be checked without knowing a document: widths, counts and control numbers of ISA/IEA, GS/GE
and ST/SE. ``Writer`` makes an interchange of one document.
"""

import re
from dataclasses import dataclass, field

from .envelopes import AGAIN, agree, same
from .errors import OrderError

WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
_HEADER = 3 + sum(WIDTHS) + len(WIDTHS) + 1
_TAG = re.compile(r"[A-Z][A-Z0-9]{1,2}")


@dataclass(frozen=True)
class Segment:
    """One segment: its tag, its elements (the first at 0) and its number in the interchange, from 1."""

    tag: str
    elements: tuple
    position: int

    def get(self, number):
        """Element ``number`` as the standard counts (BEG03 is 3); empty where it is not there."""
        return self.elements[number - 1].strip() if 0 < number <= len(self.elements) else ""

    def where(self, number):
        """How the standard names an element, e.g. ``PO102``."""
        return f"{self.tag}{number:02d}"


@dataclass
class Transaction:
    """What stands between ST and SE; ``text`` is that part as it came."""

    code: str
    control: str
    group: "Group"
    segments: list = field(default_factory=list)
    text: str = ""


@dataclass
class Group:
    """What stands between GS and GE."""

    code: str
    control: str
    version: str
    transactions: list = field(default_factory=list)


@dataclass
class Interchange:
    """A whole interchange: who sent it to whom, under which number."""

    sender: str
    sender_qualifier: str
    receiver: str
    receiver_qualifier: str
    control: str
    test: bool
    component: str
    groups: list = field(default_factory=list)

    @property
    def transactions(self):
        """All transactions of all groups."""
        return [transaction for group in self.groups for transaction in group.transactions]


def decode(raw):
    """The text of EDI bytes: UTF-8, else Latin-1, which partners use for names."""
    try:
        found = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        found = raw.decode("latin-1")
    if "\x00" in found:
        raise OrderError("it contains the character NUL", "the interchange", way_out=AGAIN)
    return found


def _separators(text):
    """(element, component, segment) separators from the ISA.

    :raises OrderError: it is no ISA
    """
    if not text.startswith("ISA") or len(text) < _HEADER:
        raise OrderError("an interchange begins with an ISA of 106 characters", "ISA", 1, text[:20], AGAIN)
    element, component, end = text[3], text[_HEADER - 2], text[_HEADER - 1]
    at = 3
    for number, width in enumerate(WIDTHS, 1):
        if text[at] != element or element in text[at + 1 : at + 1 + width - (number == len(WIDTHS))]:
            raise OrderError(f"element {number} has another width than {width}", "ISA", 1, text[:_HEADER], AGAIN)
        at += 1 + width
    if len({element, component, end}) < 3 or any(char.isalnum() or char == " " for char in (element, component, end)):
        raise OrderError("the separators cannot be told apart", "ISA", 1, element + component + end, AGAIN)
    return element, component, end


def _segments(text, element, end):
    parts = text.split(end)
    if parts.pop().strip():
        raise OrderError("it breaks off within a segment", "the interchange", len(parts) + 1, way_out=AGAIN)
    for position, part in enumerate(parts, 1):
        tag, *elements = part.strip("\r\n").split(element)
        if not _TAG.fullmatch(tag):
            raise OrderError("this is no segment", "the interchange", position, part[:40], AGAIN)
        yield Segment(tag, tuple(elements), position)


def read(text):
    """The interchange in ``text``, its envelopes checked.

    :raises OrderError: naming segment and position
    """
    text = text.lstrip("\ufeff \r\n\t")
    element, component, end = _separators(text)
    segments = list(_segments(text, element, end))
    isa = segments[0]
    found = Interchange(
        isa.get(6), isa.get(5), isa.get(8), isa.get(7), isa.get(13), isa.get(15) == "T", component
    )  # fmt: skip
    group = transaction = None
    for segment in segments[1:]:
        if segment.tag == "GS" and group is None:
            group = Group(segment.get(1), segment.get(6), segment.get(8))
        elif segment.tag == "ST" and group is not None and transaction is None:
            transaction = Transaction(segment.get(1), segment.get(2), group, [segment])
        elif segment.tag == "SE" and transaction is not None:
            transaction.segments.append(segment)
            _agree(segment, 1, len(transaction.segments), "segments")
            _same(segment, 2, transaction.control)
            lines = (element.join((one.tag, *one.elements)) for one in transaction.segments)
            transaction.text = "".join(line + end + "\n" for line in lines)
            group.transactions.append(transaction)
            transaction = None
        elif segment.tag == "GE" and group is not None and transaction is None:
            _agree(segment, 1, len(group.transactions), "transactions")
            _same(segment, 2, group.control)
            found.groups.append(group)
            group = None
        elif segment.tag == "IEA" and group is None:
            _agree(segment, 1, len(found.groups), "groups")
            _same(segment, 2, found.control)
            if segment is not segments[-1]:
                after = segments[segment.position]
                raise OrderError("only one interchange is taken at once", after.tag, after.position, way_out=AGAIN)
            return found
        elif transaction is not None and segment.tag not in ("GS", "ST", "GE", "IEA"):
            transaction.segments.append(segment)
        else:
            raise OrderError("it stands outside its envelope", segment.tag, segment.position, way_out=AGAIN)
    raise OrderError("it breaks off: the IEA is missing", "the interchange", len(segments), way_out=AGAIN)


def _agree(segment, number, counted, what):
    agree(segment.get(number), counted, what, segment.where(number), segment.position)


def _same(segment, number, control):
    same(segment.get(number), control, "control number", segment.where(number), segment.position)


@dataclass(frozen=True)
class Envelope:
    """Who writes to whom: identities with their qualifiers, the version, and whether it is a test."""

    sender: str
    receiver: str
    sender_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"
    version: str = "004010"
    test: bool = False


class Writer:
    """One document in its envelopes: ``add`` segments, then ``text``.

    :param str code: transaction set, e.g. ``855``
    :param str group: functional identifier, e.g. ``PR``
    :param Envelope envelope: the parties
    :param int control: number of interchange, group and transaction; never used twice
    :param datetime.datetime moment: of writing
    """

    ELEMENT, COMPONENT, END = "*", ">", "~"

    def __init__(self, code, group, envelope, control, moment):
        self._code, self._group, self._envelope = code, group, envelope
        self._control, self._moment = int(control) % 1_000_000_000, moment
        self._segments = []

    def add(self, tag, *elements):
        """One segment; empty elements at its end are left out, separators in values become blanks."""
        clean = [self._clean(element) for element in elements]
        while clean and not clean[-1]:
            clean.pop()
        self._segments.append(self.ELEMENT.join((tag, *clean)))

    def _clean(self, element):
        if element is None:
            return ""
        if isinstance(element, float):
            return plain(element)
        said = "".join(char if char.isprintable() else " " for char in str(element))
        for char in (self.ELEMENT, self.COMPONENT, self.END):
            said = said.replace(char, " ")
        return said.strip()

    def text(self):
        """The interchange, one segment per line."""
        one, moment, control = self._envelope, self._moment, f"{self._control:09d}"
        isa = (
            "00", " " * 10, "00", " " * 10,
            one.sender_qualifier, one.sender, one.receiver_qualifier, one.receiver,
            moment.strftime("%y%m%d"), moment.strftime("%H%M"), "U", one.version[:5], control, "0",
            "T" if one.test else "P",
        )  # fmt: skip
        fitted = [f"{self._clean(value):<{width}}"[:width] for value, width in zip(isa, WIDTHS, strict=False)]
        transaction = control[-9:]
        gs = (
            self._group, self._clean(one.sender), self._clean(one.receiver), moment.strftime("%Y%m%d"),
            moment.strftime("%H%M"), str(self._control), "X", one.version,
        )  # fmt: skip
        lines = [
            self.ELEMENT.join(("ISA", *fitted, self.COMPONENT)),
            self.ELEMENT.join(("GS", *gs)),
            self.ELEMENT.join(("ST", self._code, transaction)),
            *self._segments,
            self.ELEMENT.join(("SE", str(len(self._segments) + 2), transaction)),
            self.ELEMENT.join(("GE", "1", str(self._control))),
            self.ELEMENT.join(("IEA", "1", control)),
        ]
        return "".join(line + self.END + "\n" for line in lines)


def plain(value):
    """A number without exponent and without zeros behind it."""
    said = f"{value:.6f}".rstrip("0").rstrip(".")
    return said if said not in ("", "-0") else "0"
