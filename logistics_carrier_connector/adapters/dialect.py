"""The suite's own REST dialect as data: what a vocabulary is laid over. `rest_json` shows it call by call."""

_ADDRESS = ("name", "company", "street", "street2", "city", "zip", "state", "country", "phone", "email")


def _same(*keys):
    return {key: key for key in keys}


DEFAULT = {
    # "METHOD /path"; null: this carrier does not offer the call, a person does it
    "paths": {
        "rates": "POST /rates",
        "book": "POST /bookings",
        "find": "GET /bookings?reference={reference}",
        "label": "GET /labels/{tracking_number}.{format}",
        "void": "POST /bookings/{id}/void",
        "check": "GET /bookings?reference=connection-test",
        "track": "GET /tracking/{tracking_number}",
        "pickup": "POST /pickups",
        "find_pickup": "GET /pickups?reference={reference}",
        "cancel_pickup": "POST /pickups/{id}/cancel",
        "manifest": "POST /manifests",
        "find_manifest": "GET /manifests?reference={reference}",
        "instruct": "POST /bookings/{id}/instructions",
        "find_instruction": "GET /instructions?reference={reference}",
    },
    "send": {
        "rate": {"from": "from", "to": "to", "parcels": "parcels", "services": "services"},
        "book": _same(
            "reference",
            "service",
            "from",
            "to",
            "parcels",
            "label_format",
            "packaging",
            "incoterm",
            "is_return",
            "goods",
            "eori",
            "vat",
        ),
        "address": _same(*_ADDRESS),
        # Empty: not told. A carrier that wants the goods within their parcels gives `goods` a place here.
        "parcel": _same("reference", "weight_kg", "length_cm", "width_cm", "height_cm") | {"goods": ""},
        "good": _same(
            "sku", "description", "quantity", "unit", "weight_kg", "value", "currency", "hs_code", "origin", "parcel"
        ),
        "pickup": _same("reference", "address", "ready_at", "close_at", "parcel_count", "weight_kg", "instructions"),
        "manifest": {"reference": "reference", "address": "address", "booking_ids": "bookings"},
        "instruct": _same("reference", "kind", "tracking_numbers", "address", "point", "day"),
    },
    "constant": {
        "rate": {},
        "book": {},
        "address": {},
        "parcel": {},
        "good": {},
        "void": {},
        "pickup": {},
        "cancel_pickup": {},
        "manifest": {},
        "instruct": {},
    },
    "read": {
        "rates": "rates",
        "rate": _same("service", "name", "amount", "currency", "transit_days", "base", "surcharges"),
        "surcharge": _same("name", "amount"),
        "bookings": "bookings",
        "booked": "",
        "booking": _same("id", "reference", "service", "amount", "currency", "parcels", "state", "label"),
        "parcel": _same("reference", "tracking_number", "label_url", "label"),
        # Where in the answer to `label` the base64 text stands; empty: the answer is the label itself.
        "label": "",
        "events": "events",
        "event": {
            "code": "code",
            "occurred_at": "occurred_at",
            "description": "description",
            "place": "location.city",
        },
        "pickups": "pickups",
        "picked": "",
        "pickup": _same("id", "reference", "planned_at", "state"),
        "manifests": "manifests",
        "manifested": "",
        "manifest": _same("id", "reference", "document", "document_url"),
        "instructions": "instructions",
        "instructed": "",
        "instruction": _same("id", "reference", "tracking_numbers"),
        "error": {"message": "error.message", "field": "error.field"},
        # Where a carrier that answers 200 to everything says that it refused; empty: it does not do that.
        "failure": "",
    },
    "label_formats": {"pdf": "pdf", "zpl": "zpl"},
    # Their number = ours times this: {"weight_kg": 1000} for grams, {"amount": 100} for cents.
    "factor": {},
    # Our word: theirs; null: this carrier does not do it.
    "instructions": _same("redirect", "correct_address", "hold_at_point", "change_date", "intercept"),
    "voided_states": ["voided", "cancelled", "canceled"],
    # `query`: the token goes into this parameter of the address, and into no header.
    "auth": {"header": "Authorization", "scheme": "Bearer", "query": ""},
    # What is sent with every call besides, such as a customer number or the version of the interface.
    "headers": {},
}
# Parts in which a value may be null: the field or call is not there.
MAY_BE_NULL = {"send", "paths", "read", "instructions"}
PLACEHOLDERS = {
    "find": {"reference"},
    "label": {"tracking_number", "format", "id", "reference"},
    "void": {"id"},
    "track": {"tracking_number"},
    "find_pickup": {"reference"},
    "cancel_pickup": {"id"},
    "find_manifest": {"reference"},
    "instruct": {"id"},
    "find_instruction": {"reference"},
}
