"""AfterShip: ``tracking_update`` tells every checkpoint. The time of a checkpoint is local to its place, mostly without
offset."""

from .reading import an_object, need, objects, part, text
from .statement import ETA, STATUS, Statement
from .zones import moment

CODE = "aftership"


def read(body, _headers):
    """Statements of one webhook.

    :raises TrackingError: what is needed is missing
    """
    found = an_object(body, "The body")
    key = "msg" if "msg" in found else "data"
    tracking = an_object(found.get(key), key)
    about = {
        "tracking_number": need(tracking, key, "tracking_number"),
        "carrier": text(tracking, "slug"),
        "references": tuple(one for one in [text(tracking, "order_id", "order_number")] if one),
        "service": text(tracking, "shipment_type"),
    }
    checkpoints = objects(tracking.get("checkpoints"), f"{key}.checkpoints")
    told = [_scan(about, point, f"checkpoint {number}") for number, point in enumerate(checkpoints, 1)]
    if not told and text(tracking, "tag"):
        when = text(tracking, "updated_at", "last_updated_at", "created_at")
        told.append(_scan(about, {**tracking, "checkpoint_time": when}, key))
    eta = text(part(tracking, "courier_estimated_delivery_date"), "estimated_delivery_date")
    eta = eta or text(tracking, "expected_delivery")
    if eta:
        when = text(tracking, "updated_at", "last_updated_at")
        raw = {"tracking_number": about["tracking_number"], "expected_delivery": eta, "updated_at": when}
        place = {"country": text(tracking, "destination_country_iso3", "destination_country_region")}
        when = moment(when, f"{key}.updated_at") if when else None
        told.append(Statement(ETA, **about, when=when, eta=moment(eta, f"{key}.expected_delivery", place), raw=raw))
    return told


def _scan(about, point, where):
    place = {
        "name": "" if text(point, "city") else text(point, "location"),
        "city": text(point, "city"),
        "state": text(point, "state"),
        "zip": text(point, "zip", "postal_code"),
        "country": text(point, "country_iso3", "country_region"),
    }
    codes = [(name, text(point, name)) for name in ("subtag", "tag") if text(point, name)]
    return Statement(
        STATUS,
        **about,
        codes=tuple(codes or [("tag", need(point, where, "tag"))]),
        when=moment(need(point, where, "checkpoint_time"), f"{where}.checkpoint_time", place),
        place=place,
        description=text(point, "message", "subtag_message"),
        raw={name: value for name, value in point.items() if name != "checkpoints"},
    )
