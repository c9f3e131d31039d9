"""A carrier's words for ours, as data.

The default is the REST dialect of the suite itself (`dialect`, shown in `rest_json`). An account whose carrier speaks
differently gives a JSON object that says only what differs::

    {"paths": {"book": "POST /v2/shipments", "find": "GET /v2/shipments?clientRef={reference}"},
     "send": {"book": {"reference": "clientRef", "from": "shipper", "to": "consignee", "parcels": "packages"},
              "address": {"zip": "postalCode", "country": "countryCode"},
              "parcel": {"weight_kg": "weight.value"}},
     "constant": {"book": {"account.number": "4711"}, "parcel": {"weight.unit": "KG"}},
     "read": {"bookings": "data.shipments", "booking": {"id": "shipmentId", "amount": "price.total"}},
     "factor": {"weight_kg": 1000}, "label_formats": {"pdf": "PDF_A6"}, "voided_states": ["CANCELLED"]}

Values are dotted paths: a number steps into a list, ``*`` into each of its items (the lists found are joined). Null
leaves a field out.
"""

import copy
import itertools
import re
from decimal import Decimal, InvalidOperation
from string import Formatter
from urllib.parse import quote

from .dialect import DEFAULT, MAY_BE_NULL, PLACEHOLDERS
from .errors import RejectedByCarrier, TransientCarrierError, VocabularyError

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_ONE_LINE = re.compile(r"[ -~]*")


class Vocabulary:
    """The default with an account's differences laid over it, checked when it is built.

    :raises VocabularyError: naming the key that is not known or has the wrong kind of value
    """

    def __init__(self, differences=None):
        self._words = _merge(DEFAULT, differences or {}, "")
        for name, path in self._words["paths"].items():
            if path is not None:
                _check_path(name, path)
        for key, factor in self._words["factor"].items():
            if isinstance(factor, bool) or not isinstance(factor, int | float) or factor <= 0:
                raise VocabularyError(f"factor.{key} must be a number above 0, not {factor!r}.")
        for key, value in self._words["headers"].items():
            if not isinstance(value, str) or not _HEADER.fullmatch(key) or not _ONE_LINE.fullmatch(value):
                raise VocabularyError(f"headers.{key} must be a header of one line of text, not {value!r}.")

    @property
    def auth(self):
        """Header and scheme, or parameter of the address, in which the token is sent."""
        return self._words["auth"]

    @property
    def headers(self):
        """What is sent with every call besides."""
        return self._words["headers"]

    def path(self, name, **values):
        """(method, path) of a call, or None when this carrier does not offer it; values are URL-quoted."""
        template = self._words["paths"][name]
        if template is None:
            return None
        method, _, path = template.partition(" ")
        return method, path.format_map({key: quote(str(value), safe="") for key, value in values.items()})

    def offers(self, name):
        """Whether this carrier has a call."""
        return self._words["paths"][name] is not None

    def knows(self, kind, key):
        """Whether this carrier can be told one of our values."""
        return bool(self._words["send"][kind].get(key))

    def say(self, kind, values):
        """Our values in the carrier's words: a nested dict. Values that are None or empty are left out."""
        body = {}
        for key, target in self._words["send"][kind].items():
            value = values.get(key)
            if target and value not in (None, "", [], ()):
                _put(body, target, self._scaled(key, value))
        for target, value in self._words["constant"][kind].items():
            _put(body, target, value)
        return body

    def _scaled(self, key, value):
        """Our number in the carrier's unit."""
        factor = self._words["factor"].get(key)
        if not factor or isinstance(value, bool) or not isinstance(value, int | float):
            return value
        scaled = round(value * factor, 6)
        return int(scaled) if scaled == int(scaled) else scaled

    def amount(self, value):
        """The carrier's amount, a number or its text, in our unit; what is no number comes back as it is."""
        factor = self._words["factor"].get("amount")
        if not factor or isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
            return value
        try:
            return Decimal(str(value).strip()) / Decimal(str(factor))
        except InvalidOperation:
            return value

    def constants(self, kind):
        """What is always sent with a call that has no values of its own."""
        body = {}
        for target, value in self._words["constant"][kind].items():
            _put(body, target, value)
        return body

    def rows(self, kind, payload):
        """The list of `rates`, `bookings`, `pickups`... in an answer."""
        rows = dig(payload, self._words["read"][kind])
        if rows is None and isinstance(payload, list):
            rows = payload
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            where = self._words["read"][kind]
            raise TransientCarrierError(f"The carrier's answer has no list of {kind} at {where!r}.")
        return rows

    def row(self, kind, payload):
        """The one thing that is `booked`, `picked`, `manifested` or `instructed` in the answer to its call."""
        where = self._words["read"][kind]
        row = payload if where is None else dig(payload, where)
        return row if isinstance(row, dict) else {}

    def booked(self, payload):
        """The booking in the answer to a booking call."""
        return self.row("booked", payload)

    def label_place(self):
        """Where the base64 text of a label stands in the answer to its call; empty: the answer is the label."""
        return self._words["read"]["label"] or ""

    def instruction(self, kind):
        """The carrier's word for one of INSTRUCTIONS, None when it does not do that."""
        return self._words["instructions"].get(kind)

    def check_success(self, payload):
        """Find the refusal in an answer that looks like a success.

        :raises RejectedByCarrier: there is something where this carrier tells refusals
        """
        where = self._words["read"]["failure"]
        found = dig(payload, where) if where else None
        if found:
            message, field = self.explain(payload)
            raise RejectedByCarrier(message or str(found)[:200], field=field)

    def understand(self, kind, row):
        """A dict of our keys from one row of the carrier's."""
        return {key: dig(row, where) for key, where in self._words["read"][kind].items() if where is not None}

    def explain(self, payload):
        """(message, field) of an error answer, whatever of it can be found."""
        found = self.understand("error", payload) if isinstance(payload, dict) else {}
        message = found.get("message")
        if not isinstance(message, str):
            message = next((payload[k] for k in ("message", "error", "detail") if _is_text(payload, k)), "")
        field = found.get("field")
        return message, field if isinstance(field, str) else ""

    def label_format(self, ours):
        """The carrier's word for pdf or zpl."""
        return self._words["label_formats"].get(ours, ours)

    def is_voided(self, state):
        """Whether a booking's state means that it was cancelled."""
        return str(state or "").lower() in {str(each).lower() for each in self._words["voided_states"]}


def dig(payload, where):
    """The value at a dotted path, None when there is none; the empty path is the whole."""
    value = payload
    steps = where.split(".") if where else []
    for number, step in enumerate(steps):
        if step == "*":
            rest = ".".join(steps[number + 1 :])
            found = [dig(item, rest) for item in value] if isinstance(value, list) else []
            return [one for each in found for one in (each if isinstance(each, list) else [each]) if one is not None]
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _put(body, where, value):
    """Set the value at a dotted path, making the objects and lists on the way."""
    steps = where.split(".")
    last = steps[-1]
    for step, following in itertools.pairwise(steps):
        body = _child(body, step, [] if following.isdigit() else {})
    if isinstance(body, list):
        _child(body, last, value)
    else:
        body[last] = value


def _child(body, step, empty):
    if not isinstance(body, list):
        return body.setdefault(step, empty)
    while len(body) < int(step):
        body.append({})
    if len(body) == int(step):
        body.append(empty)
    return body[int(step)]


def _is_text(payload, key):
    return isinstance(payload, dict) and isinstance(payload.get(key), str)


def _merge(default, given, where):
    """A copy of the default with the given values over it; unknown keys and wrong kinds are refused."""
    if not isinstance(given, dict):
        raise VocabularyError(f"{where or 'The mapping'} must be a JSON object, not {type(given).__name__}.")
    merged = copy.deepcopy(default)
    # `constant` holds the carrier's own fields, so any key goes there.
    free = where.startswith("constant.") or where in ("label_formats", "factor", "headers")
    for key, value in given.items():
        name = f"{where}.{key}" if where else key
        if free:
            merged[key] = value
        elif key not in default:
            raise VocabularyError(f"{name} is not a known key; known here: {', '.join(sorted(default))}.")
        elif isinstance(default[key], dict):
            merged[key] = _merge(default[key], value, name)
        elif value is None and where.partition(".")[0] in MAY_BE_NULL:
            merged[key] = None
        elif not isinstance(value, type(default[key])):
            raise VocabularyError(f"{name} must be a {_kind(default[key])}, not {value!r}.")
        else:
            merged[key] = value
    return merged


def _kind(value):
    return {"str": "text", "list": "list"}[type(value).__name__]


def _check_path(name, template):
    method, _, path = template.partition(" ")
    if method not in ("GET", "POST", "PUT", "DELETE", "PATCH") or not path.startswith("/"):
        raise VocabularyError(f"paths.{name} is {template!r}: write a method and a path, as in 'POST /bookings'.")
    try:
        used = {field for _, field, _, _ in Formatter().parse(path) if field is not None}
    except ValueError as error:
        raise VocabularyError(f"paths.{name} is {template!r}: {error}.") from error
    unknown = used - PLACEHOLDERS.get(name, set())
    if unknown:
        allowed = ", ".join(sorted(PLACEHOLDERS.get(name, ()))) or "none"
        raise VocabularyError(f"paths.{name} uses {{{sorted(unknown)[0]}}}; placeholders allowed here: {allowed}.")
