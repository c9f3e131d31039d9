"""UN/EDIFACT: segments and envelopes, over the library pydifact for the syntax (UNA, release characters).

``read`` checks UNB/UNZ and UNH/UNT: counts and references. ``Writer`` makes an interchange of one message. The library
is imported where it is used: everything else works without it.
"""

from dataclasses import dataclass, field

from .envelopes import AGAIN, agree, same
from .errors import LibraryMissing, OrderError
from .x12 import plain

_INSTALL = "Install the Python library pydifact (pip install pydifact) to exchange EDIFACT."


@dataclass(frozen=True)
class Segment:
    """One segment: its tag, its elements as tuples of components, and its number in the interchange, from 1."""

    tag: str
    elements: tuple
    position: int

    def get(self, element, component=1):
        """A component as the standard counts, both from 1; empty where it is not there."""
        if not 0 < element <= len(self.elements):
            return ""
        found = self.elements[element - 1]
        return found[component - 1].strip() if 0 < component <= len(found) else ""

    def joined(self, element):
        """All components of an element in one text."""
        return " ".join(part.strip() for part in self.get_all(element) if part.strip())

    def get_all(self, element):
        """The components of an element."""
        return self.elements[element - 1] if 0 < element <= len(self.elements) else ()


@dataclass
class Message:
    """What stands between UNH and UNT; ``kind`` e.g. ORDERS, ``directory`` e.g. D96A, ``text`` as it came."""

    kind: str
    directory: str
    reference: str
    segments: list = field(default_factory=list)
    text: str = ""


@dataclass
class Interchange:
    """A whole interchange: who sent it to whom, under which reference; whether it asks for a CONTRL."""

    sender: str
    sender_qualifier: str
    receiver: str
    receiver_qualifier: str
    reference: str
    test: bool
    asks: bool = False
    messages: list = field(default_factory=list)


def _library():
    """pydifact's tokenizer, control characters, token types and error.

    :raises LibraryMissing: it is not there
    """
    try:
        from pydifact.control.characters import Characters
        from pydifact.exceptions import EDISyntaxError
        from pydifact.token import Token
        from pydifact.tokenizer import Tokenizer
    except ImportError:
        raise LibraryMissing("EDIFACT cannot be read or written here", way_out=_INSTALL) from None
    return Tokenizer, Characters, Token.Type, EDISyntaxError


def _segments(text):
    tokenizer, characters, types, syntax_error = _library()
    chars = characters()
    if text.startswith("UNA"):
        if len(text) < 9 or len({*text[3:7], text[8]}) < 5 or any(char.isalnum() for char in text[3:9]):
            raise OrderError("the six characters after UNA cannot be told apart", "UNA", 1, text[:9], AGAIN)
        chars = characters.from_str(text[:9])
        text = text[9:].lstrip()
    elements, components, content, position = [], [], "", 0
    ended = True
    try:
        for token in tokenizer().get_tokens(text, chars):
            ended = False
            if token.type is types.CONTENT:
                content = token.value
                continue
            components.append(content)
            content = ""
            if token.type is types.COMPONENT_SEPARATOR:
                continue
            elements.append(tuple(components))
            components = []
            if token.type is types.TERMINATOR:
                position += 1
                yield Segment(elements[0][0].strip(), tuple(elements[1:]), position), chars
                elements, ended = [], True
    except syntax_error as error:
        raise OrderError("it breaks off within a segment", "the interchange", position + 1, way_out=AGAIN) from error
    if not ended:
        raise OrderError("it breaks off within a segment", "the interchange", position + 1, way_out=AGAIN)


def read(text):
    """The interchange in ``text``, its envelopes checked.

    :raises OrderError: naming segment and position, or that the library is missing
    """
    text = text.lstrip("\ufeff \r\n\t")
    if text[:3] not in ("UNA", "UNB"):
        raise OrderError("an interchange begins with UNA or UNB", "UNB", 1, text[:20], AGAIN)
    found = message = None
    closed = False
    for segment, chars in _segments(text):
        tag = segment.tag
        if closed or (found is None) != (tag == "UNB"):
            raise OrderError(
                "only one interchange, from UNB to UNZ, is taken at once", tag, segment.position, way_out=AGAIN
            )
        if tag == "UNB":
            found = Interchange(
                segment.get(2), segment.get(2, 2), segment.get(3), segment.get(3, 2), segment.get(5),
                segment.get(11) == "1", segment.get(9) == "1",
            )  # fmt: skip
        elif tag == "UNH" and message is None:
            message = Message(segment.get(2), segment.get(2, 2) + segment.get(2, 3), segment.get(1), [segment])
        elif tag == "UNT" and message is not None:
            message.segments.append(segment)
            _agree(segment, 1, len(message.segments), "segments")
            _same(segment, 2, message.reference)
            message.text = "".join(_again(one, chars) + "\n" for one in message.segments)
            found.messages.append(message)
            message = None
        elif tag == "UNZ" and message is None:
            _agree(segment, 1, len(found.messages), "messages")
            _same(segment, 2, found.reference)
            closed = True
        elif message is not None and tag not in ("UNH", "UNZ"):
            message.segments.append(segment)
        else:
            raise OrderError("it stands outside its envelope", tag, segment.position, way_out=AGAIN)
    if not closed:
        raise OrderError("it breaks off: the UNZ is missing", "the interchange", way_out=AGAIN)
    return found


def _again(segment, chars):
    """A segment as text."""
    special = (chars.escape_character, chars.component_separator, chars.data_separator, chars.segment_terminator)

    def escape(said):
        return "".join(chars.escape_character + char if char in special else char for char in said)

    parts = [chars.component_separator.join(map(escape, element)) for element in segment.elements]
    return chars.data_separator.join((segment.tag, *parts)) + chars.segment_terminator


def _agree(segment, number, counted, what):
    agree(segment.get(number), counted, what, f"{segment.tag} element {number}", segment.position)


def _same(segment, number, reference):
    same(segment.get(number), reference, "reference", f"{segment.tag} element {number}", segment.position)


@dataclass(frozen=True)
class Envelope:
    """Who writes to whom, and whether it is a test."""

    sender: str
    receiver: str
    sender_qualifier: str = "14"
    receiver_qualifier: str = "14"
    test: bool = False


class Writer:
    """One message in its envelopes: ``add`` segments, then ``text``.

    :param str kind: e.g. ``ORDRSP``
    :param str directory: D96A or D01B
    :param Envelope envelope: the parties
    :param int control: reference of interchange and message; never used twice
    :param datetime.datetime moment: of writing
    """

    def __init__(self, kind, directory, envelope, control, moment):
        characters = _library()[1]
        self._chars = characters(decimal_point=".")
        self._kind, self._directory, self._envelope = kind, directory, envelope
        self._control, self._moment = int(control), moment
        self._segments = []

    def add(self, tag, *elements):
        """One segment; an element is a value or a tuple of components, what is empty at the end is left out."""
        made = [self._element(element) for element in elements]
        while made and not any(made[-1]):
            made.pop()
        self._segments.append(Segment(tag, tuple(made), 0))

    def _element(self, element):
        parts = [self._clean(part) for part in (element if isinstance(element, tuple) else (element,))]
        while len(parts) > 1 and not parts[-1]:
            parts.pop()
        return tuple(parts)

    @staticmethod
    def _clean(part):
        if part is None:
            return ""
        said = plain(part) if isinstance(part, float) else str(part)
        return "".join(char if char.isprintable() else " " for char in said).strip()

    def text(self):
        """The interchange, one segment per line."""
        one, moment, reference = self._envelope, self._moment, str(self._control)
        body, self._segments = self._segments, []
        head = (f"{moment:%y%m%d}", f"{moment:%H%M}")
        # Latin-1 and UTF-8 are the same for plain ASCII, which every partner reads; other letters are UTF-8
        plain_text = all(part.isascii() for segment in body for element in segment.elements for part in element)
        charset = ("UNOC", "3") if plain_text else ("UNOW", "4")
        sender, receiver = (one.sender, one.sender_qualifier), (one.receiver, one.receiver_qualifier)
        test = ("", "", "", "", "", "1") if one.test else ()
        self.add("UNB", charset, sender, receiver, head, reference, *test)
        self.add("UNH", reference, (self._kind, self._directory[:1], self._directory[1:], "UN"))
        self._segments += body
        self.add("UNT", len(body) + 2, reference)
        self.add("UNZ", 1, reference)
        lines = [_again(segment, self._chars) for segment in self._segments]
        return "\n".join([self._chars.service_string_advice, *lines]) + "\n"
