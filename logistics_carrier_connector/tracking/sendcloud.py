"""Sendcloud: ``parcel_status_changed`` tells one status of one parcel, by number or (version 3) by word."""

from datetime import datetime, timezone

from .errors import TrackingError
from .reading import an_object, need, part, text
from .statement import ETA, STATUS, Statement, When
from .zones import moment

CODE = "sendcloud"


def read(body, _headers):
    """Statements of one webhook; one about something else than a parcel's status has none.

    :raises TrackingError: what is needed is missing
    """
    action = text(an_object(body, "The body"), "action")
    if action and action != "parcel_status_changed":
        return []
    parcel = an_object(body.get("parcel"), "parcel")
    status = part(parcel, "status")
    about = {
        "tracking_number": need(parcel, "parcel", "tracking_number"),
        "references": tuple(one for one in [text(parcel, "external_reference"), text(parcel, "order_number")] if one),
        "carrier": text(part(parcel, "carrier"), "code"),
        "service": text(part(parcel, "shipment"), "name"),
    }
    when = _when(body.get("carrier_status_change_timestamp") or body.get("timestamp"))
    if text(status, "id"):
        code = ("parcel.status.id", text(status, "id"))
    else:
        code = ("parcel.status.code", need(status, "parcel.status", "id", "code"))
    raw = {"timestamp": body.get("timestamp"), "parcel": {"id": parcel.get("id"), "status": status}}
    raw["parcel"]["tracking_number"] = about["tracking_number"]
    found = [
        Statement(STATUS, **about, codes=(code,), when=when, description=text(status, "message"), raw=raw),
    ]
    if text(parcel, "expected_delivery_date"):
        raw = {**raw, "expected_delivery_date": parcel["expected_delivery_date"]}
        place = {"country": text(part(parcel, "country"), "iso_2")}
        eta = moment(parcel["expected_delivery_date"], "expected_delivery_date", place)
        found.append(Statement(ETA, **about, when=when, eta=eta, raw=raw))
    return found


def _when(stamp):
    """The moment of a Unix time, in milliseconds or (older) seconds.

    :raises TrackingError: it is none
    """
    if isinstance(stamp, bool) or not isinstance(stamp, int | float) or not 0 < stamp < 1e14:
        raise TrackingError(f"timestamp is no Unix time: {str(stamp)[:40]!r}")
    found = datetime.fromtimestamp(stamp / 1000 if stamp > 1e11 else stamp, timezone.utc)
    utc = found.replace(tzinfo=None, microsecond=0)
    return When(utc.isoformat() + "Z", str(stamp), "UTC", "told", utc)
