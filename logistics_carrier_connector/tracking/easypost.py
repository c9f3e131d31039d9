"""EasyPost: events about a Tracker; each tells the whole way so far (``tracking_details``)."""

from .reading import an_object, need, objects, part, text
from .statement import ETA, STATUS, Statement
from .zones import moment

CODE = "easypost"


def read(body, _headers):
    """Statements of one event; one about something else than a tracker has none.

    :raises TrackingError: what is needed is missing
    """
    tracker = an_object(an_object(body, "The body").get("result"), "result")
    if text(tracker, "object") != "Tracker":
        return []
    about = {
        "tracking_number": need(tracker, "result", "tracking_code"),
        "carrier": text(tracker, "carrier"),
        "service": text(part(tracker, "carrier_detail"), "service"),
        "test": text(body, "mode") == "test",
    }
    signer = text(tracker, "signed_by")
    scans = objects(tracker.get("tracking_details"), "result.tracking_details")
    found = [_scan(about, scan, number, signer) for number, scan in enumerate(scans, 1)]
    told = text(tracker, "updated_at", "created_at") or text(body, "created_at")
    if not found and text(tracker, "status"):
        found.append(_scan(about, {**tracker, "datetime": told}, 0, signer))
    if text(tracker, "est_delivery_date"):
        eta = moment(tracker["est_delivery_date"], "est_delivery_date")
        raw = {key: tracker.get(key) for key in ("tracking_code", "est_delivery_date", "updated_at")}
        found.append(Statement(ETA, **about, when=moment(told, "updated_at"), eta=eta, raw=raw))
    return found


def _scan(about, scan, number, signer):
    where = f"tracking_details {number}" if number else "result"
    place = part(scan, "tracking_location")
    place = {key: text(place, key) for key in ("city", "state", "zip", "country")}
    codes = [(name, text(scan, name)) for name in ("status_detail", "status") if text(scan, name)]
    words = text(scan, "message", "description")
    if signer and text(scan, "status") == "delivered":
        words = f"{words} ({signer})"
    return Statement(
        STATUS,
        **about,
        codes=tuple(codes or [("status", need(scan, where, "status"))]),
        when=moment(need(scan, where, "datetime"), f"{where}.datetime", place),
        place=place,
        description=words,
        raw=scan if number else {key: scan.get(key) for key in ("tracking_code", "status", "status_detail")},
    )
