"""Shippo: ``track_updated`` tells the present status and the whole history. Dates may be missing in what it sends."""

from .reading import an_object, need, objects, part, text
from .statement import ETA, STATUS, Statement
from .zones import moment

CODE = "shippo"


def read(body, _headers):
    """Statements of one webhook; one about something else than tracking has none.

    :raises TrackingError: what is needed is missing
    """
    event = text(an_object(body, "The body"), "event")
    if event and event != "track_updated":
        return []
    track = an_object(body.get("data"), "data")
    about = {
        "tracking_number": need(track, "data", "tracking_number"),
        "carrier": text(track, "carrier"),
        "service": text(part(track, "servicelevel"), "name", "token"),
        "test": body.get("test") is True,
    }
    scans = objects(track.get("tracking_history"), "data.tracking_history")
    last = part(track, "tracking_status")
    if last and not any(_same(last, scan) for scan in scans):
        scans = [*scans, last]
    found = [_scan(about, scan) for scan in scans]
    if text(track, "eta"):
        told = text(last, "object_updated", "status_date", "object_created")
        raw = {"tracking_number": about["tracking_number"], "eta": track["eta"], "told": told}
        when = moment(told, "tracking_status.status_date") if told else None
        found.append(Statement(ETA, **about, when=when, eta=moment(track["eta"], "data.eta"), raw=raw))
    return found


def _same(one, other):
    return (text(one, "status"), text(one, "status_date")) == (text(other, "status"), text(other, "status_date"))


def _scan(about, scan):
    place = {key: text(part(scan, "location"), key) for key in ("city", "state", "zip", "country")}
    told = text(scan, "status_date", "object_created")
    sub = text(part(scan, "substatus"), "code")
    codes = [("substatus.code", sub)] if sub else []
    return Statement(
        STATUS,
        **about,
        codes=(*codes, ("status", need(scan, "a status", "status"))),
        when=moment(told, "status_date", place) if told else None,
        place=place,
        description=text(scan, "status_details"),
        raw=scan,
    )
