"""Our words for Karrio's and back: addresses, parcels, labels, scans. Plain dicts in, our port's values out."""

import base64
import binascii
import io
from datetime import datetime
from decimal import Decimal, InvalidOperation

from .errors import TransientCarrierError
from .karrio_customs import declaration
from .port import BookedParcel, Booking, Rate, TrackingEvent, label_format_of

# In place of an address: the label is in the first parcel's document.
IN_ONE = "in-first-document"
_IMAGES = (b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")
_TIMES = ("%H:%M:%S", "%H:%M", "%I:%M %p", "%I:%M:%S %p")


# -- what the carrier is told ---------------------------------------------------------------------------------------


def address(ours):
    """Karrio's address of an `Address`."""
    return {
        "person_name": ours.name or None,
        "company_name": ours.company or None,
        "address_line1": ours.street or "",
        "address_line2": ours.street2 or None,
        "city": ours.city or None,
        "postal_code": ours.zip or None,
        "state_code": ours.state or None,
        "country_code": ours.country or None,
        "phone_number": ours.phone or None,
        "email": ours.email or None,
        "residential": not ours.company,
    }


def lacking(**addresses):
    """What no carrier can do without, said for a person: the address and its empty parts; empty when all is there."""
    return "; ".join(
        f"{whose}: {', '.join(parts)}"
        for whose, ours in addresses.items()
        if (parts := [part for part in ("street", "city", "country") if not getattr(ours, part)])
    )


def parcel(ours, packaging=""):
    """Karrio's parcel of a `Parcel`; sizes nobody measured are left out."""
    said = {
        "weight": ours.weight_kg,
        "weight_unit": "KG",
        "packaging_type": packaging or "your_packaging",
        "reference_number": ours.reference,
    }
    if ours.length_cm and ours.width_cm and ours.height_cm:
        said |= {"length": ours.length_cm, "width": ours.width_cm, "height": ours.height_cm, "dimension_unit": "CM"}
    return said


def rate_request(request, options):
    """Karrio's question for rates of a `RateRequest`."""
    return {
        "shipper": address(request.sender),
        "recipient": address(request.recipient),
        "parcels": [parcel(each) for each in request.parcels],
        "services": list(request.services),
        "options": dict(options),
    }


def shipment_request(request, options):
    """Karrio's order of a `BookingRequest`. A return already runs from the customer to us."""
    said = {
        "service": request.service,
        "shipper": address(request.sender),
        "recipient": address(request.recipient),
        "parcels": [parcel(each, request.packaging) for each in request.parcels],
        "reference": request.reference,
        "label_type": request.label_format.upper(),
        "options": dict(options),
        "payment": {"paid_by": "sender"},
    }
    if customs := declaration(request):
        said["customs"] = customs
        said["shipper"]["federal_tax_id"] = request.vat or request.eori or None
    if request.is_return:
        said |= {"is_return": True, "return_address": address(request.recipient)}
    return said


def pickup_request(request, options):
    """Karrio's call for a driver of a `PickupRequest`; times are told as they stand, so in the address's own zone."""
    weight = request.weight_kg / max(request.parcel_count, 1)
    return {
        "pickup_date": f"{request.ready_at:%Y-%m-%d}",
        "ready_time": f"{request.ready_at:%H:%M}",
        "closing_time": f"{request.close_at:%H:%M}",
        "address": address(request.address),
        "parcels": [{"weight": weight, "weight_unit": "KG"} for _number in range(request.parcel_count)],
        "parcels_count": request.parcel_count,
        "instruction": request.instructions or None,
        "options": dict(options),
    }


# -- what the carrier said ------------------------------------------------------------------------------------------


def rates(details):
    """A list of `Rate`, the cheapest first; offers without a price are left out."""
    found = []
    for each in filter(None, details or ()):
        amount = _amount(each.total_charge)
        if not each.service or not amount:
            continue
        name = (each.meta or {}).get("service_name") or each.service
        extras = tuple(
            (str(extra.name or "-"), _amount(extra.amount) or Decimal(0)) for extra in each.extra_charges or ()
        )
        days = each.transit_days
        found.append(
            Rate(
                service=each.service,
                amount=amount,
                currency=each.currency or "",
                name=str(name).replace("_", " "),
                transit_days=int(days) if days is not None else None,
                surcharges=extras,
            )
        )
    return sorted(found, key=lambda rate: rate.amount)


def booking(request, details):
    """The `Booking` of what Karrio says was bought, a number and where possible a label for each of our parcels.

    :raises TransientCarrierError: bought, but not one number for each parcel: a person has to look
    """
    meta = details.meta or {}
    numbers = meta.get("tracking_numbers") or meta.get("package_tracking_numbers") or []
    numbers = list(dict.fromkeys(str(number) for number in numbers if number))
    main = str(details.tracking_number or "")
    wanted = len(request.parcels)
    if len(numbers) == wanted + 1 and main in numbers:
        numbers.remove(main)
    if not numbers or wanted == 1:
        numbers = [main or (numbers or [""])[0]]
    if len(numbers) == 1:
        numbers *= wanted
    if len(numbers) != wanted or not all(numbers):
        told = ", ".join(number for number in numbers if number) or "none"
        raise TransientCarrierError(
            f"The carrier booked {request.reference} as {details.shipment_identifier}, but for {wanted} parcels it "
            f"gave these tracking numbers: {told}.",
            maybe_done=True,
        )
    ids = list(dict.fromkeys(str(each) for each in meta.get("shipment_identifiers") or [] if each))
    own = str(details.shipment_identifier or main)
    ids = [own, *(each for each in ids if each != own)]
    rate = details.selected_rate
    labels = labels_of(details, wanted, request.label_format)
    return Booking(
        id=" ".join(ids),
        reference=request.reference,
        service=request.service,
        amount=_amount(rate.total_charge) if rate else None,
        currency=(rate.currency or "") if rate else "",
        parcels=tuple(
            BookedParcel(ours.reference, number, label_url="" if label or not labels[0] else IN_ONE, label=label)
            for ours, number, label in zip(request.parcels, numbers, labels, strict=True)
        ),
    )


def labels_of(details, count, label_format):
    """`count` labels as bytes. One document that cannot be told apart goes with the first parcel."""
    pieces = [content(each) for each in (details.meta or {}).get("parcel_labels") or []]
    if len(pieces) == count and all(pieces):
        return pieces
    docs = details.docs
    own = (docs.zpl_label if label_format == "zpl" else docs.pdf_label) if docs else None
    whole = content(own or (docs.label if docs else None))
    pieces = _split(whole, count)
    return pieces if len(pieces) == count else [whole] + [b""] * (count - 1)


def content(text):
    """The bytes of a base64 document; a picture is made a PDF, so that any printer takes it."""
    if not text:
        return b""
    try:
        found = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
    return _as_pdf(found) if found.startswith(_IMAGES) else found


def scans(details):
    """A list of `TrackingEvent`, the oldest first. The carrier's own codes: Karrio's status is not looked at."""
    found = []
    for each in details.events or ():
        moment = _moment(each)
        raw, where = (str(each.code), "code") if each.code else (str(each.description or "").strip(), "description")
        if moment is None or not raw:
            continue
        found.append(
            TrackingEvent(
                raw_code=raw,
                occurred_at=moment,
                field=where,
                description=str(each.description or ""),
                place=str(each.location or ""),
            )
        )
    return sorted(found, key=lambda scan: scan.occurred_at.replace(tzinfo=None))


def _moment(event):
    """When; with a zone only where the carrier named one."""
    if event.timestamp:
        try:
            return datetime.fromisoformat(str(event.timestamp).replace("Z", "+00:00"))
        except ValueError:
            pass
    for form in _TIMES if event.time else ():
        try:
            return datetime.strptime(f"{event.date} {event.time}", f"%Y-%m-%d {form}")
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(str(event.date))
    except ValueError:
        return None


def _split(whole, count):
    if count == 1 or not whole:
        return [whole]
    if label_format_of(whole) == "zpl":
        return [piece.strip() + b"\n^XZ\n" for piece in whole.split(b"^XZ") if piece.strip()]
    if label_format_of(whole) != "pdf":
        return [whole]
    from PyPDF2 import PdfReader, PdfWriter
    from PyPDF2.errors import PdfReadError

    pieces = []
    try:
        for page in PdfReader(io.BytesIO(whole)).pages:
            writer, out = PdfWriter(), io.BytesIO()
            writer.add_page(page)
            writer.write(out)
            pieces.append(out.getvalue())
    except (PdfReadError, ValueError, KeyError):
        # A document only the printer understands: it stays whole.
        return [whole]
    return pieces


def _as_pdf(picture):
    from PIL import Image

    out = io.BytesIO()
    try:
        Image.open(io.BytesIO(picture)).convert("RGB").save(out, format="PDF", resolution=203)
    except OSError:
        return picture
    return out.getvalue()


def _amount(value):
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None
