"""Shopify: what a shop tells about its fulfilments.

``fulfillments/create|update`` names the tracking numbers and the present status; ``fulfillment_events/create`` tells
one event of one fulfilment by the fulfilment's id alone, which is known from the former.
"""

from .reading import an_object, need, text
from .statement import ETA, STATUS, Statement
from .zones import moment

CODE = "shopify"
TOPICS = ("fulfillments/create", "fulfillments/update", "fulfillment_events/create", "fulfillment_events/update")


def read(body, topic):
    """Statements of one webhook.

    :param str topic: of the webhook, one of TOPICS
    :raises TrackingError: what is needed is missing
    """
    found = an_object(body, "The body")
    return _event(found) if topic.startswith("fulfillment_events/") else _fulfillment(found)


def _alias(number):
    return f"shopify/fulfillment/{number}"


def _event(body):
    place = {
        "city": text(body, "city"), "state": text(body, "province"), "zip": text(body, "zip"),
        "country": text(body, "country"),
    }  # fmt: skip
    references = (_alias(need(body, "The event", "fulfillment_id")),)
    when = moment(need(body, "The event", "happened_at", "created_at"), "happened_at", place)
    code = ("status", need(body, "The event", "status").lower())
    told = [
        Statement(
            STATUS, references=references, codes=(code,), when=when, place=place, event_id=text(body, "id"),
            description=text(body, "message"), raw=body,
        )
    ]  # fmt: skip
    if text(body, "estimated_delivery_at"):
        eta = moment(body["estimated_delivery_at"], "estimated_delivery_at", place)
        told.append(Statement(ETA, references=references, when=when, eta=eta, raw=body))
    return told


def _fulfillment(body):
    """One statement per number; without a status of the way it only says which numbers the fulfilment has."""
    numbers = body.get("tracking_numbers")
    numbers = [str(one) for one in numbers if one] if isinstance(numbers, list) else []
    numbers = numbers or [one for one in [text(body, "tracking_number")] if one]
    when = moment(need(body, "The fulfilment", "updated_at", "created_at"), "updated_at")
    code = ("fulfillment.status", text(body, "status").lower())
    if text(body, "shipment_status"):
        code = ("status", text(body, "shipment_status").lower())
    raw = {key: body.get(key) for key in ("id", "order_id", "status", "shipment_status", "updated_at", "name")}
    return [
        Statement(
            STATUS, tracking_number=number, codes=(code,), when=when, carrier=text(body, "tracking_company"),
            alias=_alias(need(body, "The fulfilment", "id")), raw={**raw, "tracking_number": number},
        )
        for number in numbers
        if code[1]
    ]  # fmt: skip
