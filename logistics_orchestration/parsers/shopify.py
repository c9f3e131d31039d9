"""A web shop's order webhook in Shopify's form (topic ``orders/create``, ``orders/updated``, ``orders/cancelled``).

Its signature is an HMAC-SHA256 over the raw bytes, base64, in ``X-Shopify-Hmac-Sha256``: that is the inbox's scheme
*HMAC-SHA256* with that header, encoding base64 and no prefix. Only what is used is required; the rest is let be.
"""

import json

from .errors import OrderError
from .neutral import day, finish, number, party, text

ID_HEADERS = ("x-shopify-event-id", "x-shopify-webhook-id")
TOPICS = ("orders/create", "orders/updated", "orders/edited", "orders/cancelled", "orders/paid")


def read(raw, topic="orders/create"):
    """The neutral order of a webhook's body.

    :param bytes raw: the body as it came
    :param str topic: what the shop says it tells
    :raises OrderError: unreadable, or something that is needed is missing
    """
    try:
        body = json.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise OrderError("it is no JSON in UTF-8", "body", way_out="Send the webhook in format JSON.") from None
    if not isinstance(body, dict):
        raise OrderError("an object is needed", "body", value=str(body))
    if topic and topic not in TOPICS:
        raise OrderError(f"of a shop, {', '.join(TOPICS)} are taken", "X-Shopify-Topic", value=topic)
    customer = _object(body, "customer")
    shipping, billing = _object(body, "shipping_address"), _object(body, "billing_address")
    email = text(body.get("email") or body.get("contact_email") or customer.get("email"))
    name = text(f"{text(customer.get('first_name'))} {text(customer.get('last_name'))}")
    services = [text(one.get("code") or one.get("title")) for one in _list(body, "shipping_lines")]
    cancelled = topic == "orders/cancelled" or body.get("cancelled_at")
    order = {
        "reference": text(body.get("name") or body.get("order_number") or body.get("id")),
        "purpose": "cancellation" if cancelled else "original",
        "ordered_on": day(body["created_at"], "created_at") if body.get("created_at") else "",
        "currency": text(body.get("currency")).upper(),
        "customer": email or name or text(customer.get("id")),
        "buyer": {**_address(billing or shipping), **party(code=customer.get("id"), name=name, email=email)},
        "ship_to": {**_address(shipping), **party(email=email)} if shipping else {},
        "bill_to": {**_address(billing), **party(email=email)} if billing else {},
        "service": services[0] if services else "",
        "notes": text(body.get("note"), 2000),
        "lines": [
            line
            for position, item in enumerate(_list(body, "line_items"), 1)
            if (line := _line(item, position)) is not None
        ],
    }
    return finish(order)


def _object(body, key):
    found = body.get(key)
    return found if isinstance(found, dict) else {}


def _list(body, key):
    found = body.get(key) or []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise OrderError("a list of objects is needed", key, value=str(found))
    return found


def _address(said):
    name = text(said.get("company")) or text(said.get("name"))
    return party(
        name=name or f"{text(said.get('first_name'))} {text(said.get('last_name'))}",
        street=said.get("address1"),
        street2=said.get("address2"),
        city=said.get("city"),
        state=said.get("province_code"),
        zip=said.get("zip"),
        country=said.get("country_code"),
        phone=said.get("phone"),
    )


def _line(item, position):
    """One line; None where nothing of it is left to ship."""
    current = item.get("current_quantity", item.get("quantity"))
    quantity = number(current, "line_items.quantity", position, least=0)
    if not quantity:
        return None
    line = {
        "line": text(item.get("id")),
        "sku": text(item.get("sku")),
        "buyer_sku": text(item.get("variant_id")),
        "description": text(item.get("name") or item.get("title")),
        "quantity": quantity,
    }
    if item.get("price") not in (None, ""):
        line["price_unit"] = number(item["price"], "line_items.price", position, least=0)
    return line
