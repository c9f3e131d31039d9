"""A carrier's words for ours, as data.

The default is the REST dialect of the suite itself (documented in `rest_json`). An account whose carrier speaks
differently gives a JSON object that says only what differs::

    {"paths": {"book": "POST /v2/shipments", "find": "GET /v2/shipments?clientRef={reference}"},
     "send": {"book": {"reference": "clientRef", "from": "shipper", "to": "consignee", "parcels": "packages"},
              "address": {"zip": "postalCode", "country": "countryCode"},
              "parcel": {"weight_kg": "weight.value"}},
     "constant": {"book": {"account.number": "4711"}, "parcel": {"weight.unit": "KG"}},
     "read": {"bookings": "data.shipments", "booking": {"id": "shipmentId", "amount": "price.total"}},
     "services": {}, "label_formats": {"pdf": "PDF_A6"}, "voided_states": ["CANCELLED"]}

Values are dotted paths (a number steps into a list); null leaves a field out.
"""

import copy
from string import Formatter
from urllib.parse import quote

from .errors import TransientCarrierError, VocabularyError

DEFAULT = {
    "paths": {
        "rates": "POST /rates",
        "book": "POST /bookings",
        "find": "GET /bookings?reference={reference}",
        "label": "GET /labels/{tracking_number}.{format}",
        "void": "POST /bookings/{id}/void",
        "check": "GET /bookings?reference=connection-test",
    },
    "send": {
        "rate": {"from": "from", "to": "to", "parcels": "parcels", "services": "services"},
        "book": {
            "reference": "reference",
            "service": "service",
            "from": "from",
            "to": "to",
            "parcels": "parcels",
            "label_format": "label_format",
        },
        "address": {
            key: key
            for key in ("name", "company", "street", "street2", "city", "zip", "state", "country", "phone", "email")
        },
        "parcel": {key: key for key in ("reference", "weight_kg", "length_cm", "width_cm", "height_cm")},
    },
    "constant": {"rate": {}, "book": {}, "address": {}, "parcel": {}, "void": {}},
    "read": {
        "rates": "rates",
        "rate": {key: key for key in ("service", "name", "amount", "currency", "transit_days")},
        "bookings": "bookings",
        "booked": "",
        "booking": {key: key for key in ("id", "reference", "service", "amount", "currency", "parcels", "state")},
        "parcel": {key: key for key in ("reference", "tracking_number", "label_url")},
        "error": {"message": "error.message", "field": "error.field"},
    },
    "label_formats": {"pdf": "pdf", "zpl": "zpl"},
    "voided_states": ["voided", "cancelled", "canceled"],
    "auth": {"header": "Authorization", "scheme": "Bearer"},
}
_MAY_BE_NULL = {"send", "paths"}
_PLACEHOLDERS = {
    "find": {"reference"},
    "label": {"tracking_number", "format", "id", "reference"},
    "void": {"id"},
}


class Vocabulary:
    """The default with an account's differences laid over it, checked when it is built.

    :raises VocabularyError: naming the key that is not known or has the wrong kind of value
    """

    def __init__(self, differences=None):
        self._words = _merge(DEFAULT, differences or {}, "")
        for name, path in self._words["paths"].items():
            if path is not None:
                _check_path(name, path)

    @property
    def auth(self):
        """Header and scheme in which the token is sent."""
        return self._words["auth"]

    def path(self, name, **values):
        """(method, path) of a call, or None when this carrier does not offer it; values are URL-quoted."""
        template = self._words["paths"][name]
        if template is None:
            return None
        method, _, path = template.partition(" ")
        return method, path.format_map({key: quote(str(value), safe="") for key, value in values.items()})

    def say(self, kind, values):
        """Our values in the carrier's words: a nested dict. Values that are None or empty are left out."""
        body = {}
        for key, target in self._words["send"][kind].items():
            value = values.get(key)
            if target is not None and value not in (None, "", [], ()):
                _put(body, target, value)
        for target, value in self._words["constant"][kind].items():
            _put(body, target, value)
        return body

    def constants(self, kind):
        """What is always sent with a call that has no values of its own."""
        body = {}
        for target, value in self._words["constant"][kind].items():
            _put(body, target, value)
        return body

    def rows(self, kind, payload):
        """The list of `rates` or `bookings` in an answer."""
        rows = dig(payload, self._words["read"][kind])
        if rows is None and isinstance(payload, list):
            rows = payload
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            where = self._words["read"][kind]
            raise TransientCarrierError(f"The carrier's answer has no list of {kind} at {where!r}.")
        return rows

    def booked(self, payload):
        """The booking in the answer to a booking call."""
        row = dig(payload, self._words["read"]["booked"])
        return row if isinstance(row, dict) else {}

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
    for step in where.split(".") if where else ():
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _put(body, where, value):
    *steps, last = where.split(".")
    for step in steps:
        body = body.setdefault(step, {})
    body[last] = value


def _is_text(payload, key):
    return isinstance(payload, dict) and isinstance(payload.get(key), str)


def _merge(default, given, where):
    """A copy of the default with the given values over it; unknown keys and wrong kinds are refused."""
    if not isinstance(given, dict):
        raise VocabularyError(f"{where or 'The mapping'} must be a JSON object, not {type(given).__name__}.")
    merged = copy.deepcopy(default)
    # `constant` holds the carrier's own fields, so any key goes there.
    free = where.startswith("constant.") or where == "label_formats"
    for key, value in given.items():
        name = f"{where}.{key}" if where else key
        if free:
            merged[key] = value
        elif key not in default:
            raise VocabularyError(f"{name} is not a known key; known here: {', '.join(sorted(default))}.")
        elif isinstance(default[key], dict):
            merged[key] = _merge(default[key], value, name)
        elif value is None and where.partition(".")[0] in _MAY_BE_NULL | {"read"}:
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
    unknown = used - _PLACEHOLDERS.get(name, set())
    if unknown:
        allowed = ", ".join(sorted(_PLACEHOLDERS.get(name, ()))) or "none"
        raise VocabularyError(f"paths.{name} uses {{{sorted(unknown)[0]}}}; placeholders allowed here: {allowed}.")
