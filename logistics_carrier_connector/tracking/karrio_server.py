"""A Karrio server: ``tracker_updated`` tells every event of a tracker.

The server's own status of a tracker is coarse and differs per carrier, so it counts only where an event carries no
status of its own and no code of the carrier that somebody can map.
"""

from datetime import datetime

from .errors import TrackingError
from .reading import an_object, need, objects, part, text
from .statement import ETA, STATUS, Statement
from .zones import local, moment

CODE = "karrio"
_TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %I:%M %p", "%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d")


def read(body, _headers):
    """Statements of one webhook; one about something else than a tracker has none.

    :raises TrackingError: what is needed is missing
    """
    event = text(an_object(body, "The body"), "event")
    if event and not event.startswith("tracker"):
        return []
    tracker = an_object(body.get("data"), "data")
    carrier = text(tracker, "carrier_name", "carrier_id")
    about = {
        "tracking_number": need(tracker, "data", "tracking_number"),
        "carrier": carrier,
        "test": True in (tracker.get("test_mode"), body.get("test_mode")),
    }
    signer = text(part(tracker, "info"), "signed_by")
    found = []
    for number, scan in enumerate(objects(tracker.get("events"), "data.events"), 1):
        codes = [(name, text(scan, name)) for name in ("reason", "status") if text(scan, name)]
        if not codes and text(scan, "code"):
            codes = [(f"{carrier}.code", text(scan, "code"))]
        if codes:
            found.append(_statement(about, codes, scan, f"event {number}", signer))
    if not found and text(tracker, "status"):
        told = text(tracker, "updated_at", "created_at")
        words = {"timestamp": told, "status": tracker["status"]}
        found.append(_statement(about, [("status", text(tracker, "status"))], words, "data", signer))
    if text(tracker, "estimated_delivery"):
        told = text(tracker, "updated_at")
        raw = {"tracking_number": about["tracking_number"], "estimated_delivery": tracker["estimated_delivery"]}
        eta = moment(tracker["estimated_delivery"], "estimated_delivery")
        when = moment(told, "updated_at") if told else None
        found.append(Statement(ETA, **about, when=when, eta=eta, raw={**raw, "updated_at": told}))
    return found


def _statement(about, codes, scan, where, signer):
    words = text(scan, "description")
    if signer and text(scan, "status") == "delivered":
        words = f"{words} ({signer})"
    return Statement(
        STATUS,
        **about,
        codes=tuple(codes),
        when=_when(scan, where),
        place={"name": text(scan, "location")},
        description=words,
        raw=scan,
    )


def _when(scan, where):
    if told := text(scan, "timestamp"):
        return moment(told, f"{where}.timestamp")
    told = f"{need(scan, where, 'date')} {text(scan, 'time')}".strip()
    for form in _TIMES:
        try:
            return local(datetime.strptime(told, form), told)  # no zone is told
        except ValueError:
            continue
    raise TrackingError(f"{where} has no time: {told[:40]!r}")
