"""The customs declaration in Karrio's words: what is in the parcels, complete or refused before anything leaves."""

import dataclasses
from decimal import Decimal

from .errors import RejectedByCarrier

# Who pays the duties, by Incoterm: the sender only where the goods are delivered duty paid.
_DUTY_PAID = {"DDP"}
_CENT = Decimal("0.01")
# Incoterms 2010 and 2020 in the words of the edition before, which some carriers' lists have still: DAP took the place
# of DDU, DPU that of DAT.
_BEFORE = {"DAP": "DDU", "DPU": "DAT"}


def declaration(request):
    """Karrio's customs of a `BookingRequest`; None within the customs territory.

    An Incoterm alone is no declaration: carriers refuse one without goods.
    """
    if not request.goods:
        return None
    payer = "sender" if request.incoterm in _DUTY_PAID else "recipient"
    numbers = {"eori_number": request.eori, "vat_registration_number": request.vat}
    commodities = [commodity(good) for good in request.goods]
    total = sum(each["value_amount"] * each["quantity"] for each in commodities)
    return {
        "incoterm": request.incoterm or None,
        "content_type": "return_merchandise" if request.is_return else "merchandise",
        "commodities": commodities,
        "duty": {"paid_by": payer, "currency": request.goods[0].currency, "declared_value": round(total, 2)},
        "options": {key: number for key, number in numbers.items() if number},
    }


def in_known_terms(request, known):
    """The request with its Incoterm as the carrier calls it.

    The packages leave out a term they do not know, or put another in its place, so the wrong side would pay the duties.

    :param known: the carrier's Incoterms; empty: it takes any
    :raises RejectedByCarrier: the carrier has no word for it
    """
    term = request.incoterm
    if not request.export or not term or not known or term in known:
        return request
    if _BEFORE.get(term) not in known:
        raise RejectedByCarrier(
            f"The carrier does not know the Incoterm {term}. It takes: {', '.join(sorted(known))}. "
            "Choose one of them on the shipping method or the order."
        )
    return dataclasses.replace(request, incoterm=_BEFORE[term])


def commodity(good):
    """Karrio's commodity of a `Good`: whole pieces, each with its weight and its value in full cents.

    Karrio counts in whole numbers. What is sold by measure (1.5 kg), or at less than a cent, is one piece of it all,
    with the measure in its name.
    """
    quantity, weight, value, title = good.quantity, good.weight_kg, good.value, good.description
    if quantity != int(quantity) or value < _CENT:
        title = " ".join(filter(None, (f"{float(quantity):g}", good.unit, title)))
        weight, value, quantity = weight * float(quantity), value * quantity, 1
    return {
        "sku": good.sku or None,
        "title": title,
        "description": title,
        "quantity": int(quantity),
        "weight": round(weight, 4),
        "weight_unit": "KG",
        "value_amount": float(max(value.quantize(_CENT), _CENT)),
        "value_currency": good.currency,
        "hs_code": good.hs_code,
        "origin_country": good.origin,
    }


def lacking(request):
    """What the customs will ask for and nobody has said: products and their fields in words; empty when complete."""
    if not request.export:
        return ""
    words = [] if request.incoterm else ["the Incoterm (on the shipping method or the order)"]
    if not request.goods:
        words.append("what is in the parcels")
    for name, fields in _by_product(request.goods).items():
        words.append(f"{', '.join(fields)} of {name}")
    return "; ".join(words)


def _by_product(goods):
    """{product: names of its empty fields, in order}."""
    found = {}
    for good in goods:
        named = {
            "HS code": good.hs_code,
            "country of origin": good.origin,
            "weight": good.weight_kg,
            "value": good.value and good.currency,
            "quantity": good.quantity > 0,
        }
        if fields := [field for field, value in named.items() if not value]:
            found[f"{good.description} ({good.sku})" if good.sku else good.description] = fields
    return found
