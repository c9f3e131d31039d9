"""A carrier (or an aggregator) that speaks JSON over REST with a token in a header.

The dialect, unless the account's vocabulary says otherwise::

    POST /rates              {"from", "to", "parcels", "services"?}
                             -> {"rates": [{"service", "name", "amount", "currency", "transit_days",
                                            "base"?, "surcharges"?: [{"name", "amount"}]}]}
    POST /bookings           {"reference", "service", "from", "to", "label_format", "packaging"?, "incoterm"?,
                              "is_return"?, "parcels": [{"reference", "weight_kg"}],
                              and out of the customs territory, weight and value of one:
                              "eori"?, "vat"?, "goods": [{"sku", "description", "quantity", "unit", "weight_kg",
                                                          "value", "currency", "hs_code", "origin", "parcel"?}]}
                             -> 201 {"id", "reference", "service", "amount", "currency", "label"?: base64,
                                     "parcels": [{"reference", "tracking_number", "label_url"? | "label"?: base64}]}
    GET  /bookings?reference=R -> {"bookings": [...]}
    GET  /labels/<tracking number>.pdf|.zpl
    POST /bookings/<id>/void -> {"id", "state": "voided"}
    GET  /tracking/<tracking number> -> {"events": [{"code", "occurred_at", "description", "location": {"city"}}]}
    POST /pickups            {"reference", "address", "ready_at", "close_at", "parcel_count", "weight_kg"}
                             -> {"id", "reference", "planned_at", "state"}
    GET  /pickups?reference=R, POST /pickups/<id>/cancel
    POST /manifests          {"reference", "address", "bookings": [ids]} -> {"id", "reference", "document": base64}
    GET  /manifests?reference=R
    POST /bookings/<id>/instructions {"reference", "kind", "tracking_numbers", "address"?, "point"?, "day"?} -> {"id"}
    GET  /instructions?reference=R

Nothing is taken on trust: an answer that lacks what we need, or names another reference, is an error, never a booking.
What happens at the hand-over and after it (pickup, manifest, tracking, change of plan) is in `rest_json_handover`.
"""

import base64
import binascii
import json
from dataclasses import asdict, replace
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from .errors import LookupUnsupported, NotSupported, RejectedByCarrier, TransientCarrierError
from .port import INSTRUCTIONS, BookedParcel, Booking, CarrierAdapter, Label, Rate
from .registry import register
from .rest_json_handover import RestJsonHandover
from .vocabulary import Vocabulary, dig

_MAGIC = {"pdf": b"%PDF", "zpl": b"^XA"}


@register
class RestJson(RestJsonHandover, CarrierAdapter):
    """See the module's text."""

    code = "rest_json"
    name = "REST and JSON"

    def __init__(self, settings, http=None):
        super().__init__(settings, http)
        self.words = Vocabulary(settings.vocabulary)

    def _call(self, name, body=None, headers=None, changes=False, **values):
        found = self.words.path(name, **values)
        if found is None:
            raise NotSupported(f"This carrier offers no call for {name!r}.")
        method, path = found
        answer = self.http.json(method, path, body, headers=headers, explain=self.words.explain, changes=changes)
        self.words.check_success(answer)
        return answer

    def abilities(self):
        """What the vocabulary gives a path for; returns where the carrier knows the word."""
        calls = {"rates": "rate", "book": "book", "find": "find", "label": "label", "void": "void", "track": "track"}
        calls |= {"pickup": "pickup", "manifest": "manifest"}
        able = {ours for call, ours in calls.items() if self.words.offers(call)}
        if self.words.knows("book", "is_return"):
            able.add("return")
        if self.words.offers("instruct"):
            able |= {kind for kind in INSTRUCTIONS if self.words.instruction(kind)}
        return frozenset(able)

    def check(self):
        """Look up a reference that cannot exist."""
        self._call("check")

    def rate(self, request):
        """Offers, cheapest first."""
        body = self.words.say("rate", self._both_ends(request) | {"services": list(request.services)})
        rows = self.words.rows("rates", self._call("rates", body))
        rates = [self._rate(self.words.understand("rate", row)) for row in rows]
        return sorted(rates, key=lambda rate: rate.amount)

    def book(self, request):
        """Buy. The reference also goes along as idempotency key, for carriers that heed one."""
        values = self._both_ends(request) | {
            "reference": request.reference,
            "service": request.service,
            "label_format": self.words.label_format(request.label_format),
            "packaging": request.packaging,
            "incoterm": request.incoterm,
            "is_return": request.is_return or None,
            "goods": [self._good(good) for good in request.goods],
            "eori": request.eori,
            "vat": request.vat,
        }
        if request.is_return and "return" not in self.abilities():
            raise NotSupported("This carrier takes no returns over its interface.")
        headers = {"Idempotency-Key": request.reference}
        answer = self._call("book", self.words.say("book", values), headers=headers, changes=True)
        booking = self._booking(self.words.booked(answer), request.reference)
        booking = _in_our_words(booking, request.parcels)
        missing = {parcel.reference for parcel in request.parcels} - {parcel.reference for parcel in booking.parcels}
        if missing:
            raise TransientCarrierError(
                f"The carrier's answer to {request.reference} has no tracking number for parcel {min(missing)}.",
                maybe_done=True,
            )
        return booking

    def find_bookings(self, reference):
        """Bookings under our reference. One that overlooks the filter would make us buy twice: it is found out."""
        if self.words.path("find", reference=reference) is None:
            raise LookupUnsupported("This carrier offers no look-up by our reference.")
        rows = self.words.rows("bookings", self._call("find", reference=reference))
        bookings = [self._booking(row, None) for row in rows]
        if any(booking.reference != reference for booking in bookings):
            raise LookupUnsupported(
                f"The carrier answered the look-up of {reference} with bookings of other references."
            )
        return bookings

    def label(self, booking, parcel, label_format):
        """The label of one parcel, from where the booking says or else from the usual place."""
        if parcel.label:
            return Label(parcel.tracking_number, label_format, self._checked(parcel.label, parcel, label_format))
        if parcel.label_url:
            url = parcel.label_url if urlsplit(parcel.label_url).scheme else "/" + parcel.label_url.lstrip("/")
        else:
            values = {"tracking_number": parcel.tracking_number, "format": self.words.label_format(label_format)}
            found = self.words.path("label", id=booking.id, reference=booking.reference, **values)
            if found is None:
                raise NotSupported("This carrier offers no labels.")
            url = found[1]
        content = self.http.content(url, explain=self.words.explain)
        if self.words.label_place() and not parcel.label_url:
            content = self._unwrapped(content)
        return Label(parcel.tracking_number, label_format, self._checked(content, parcel, label_format))

    def _unwrapped(self, raw):
        """A label out of the JSON it came in; what cannot be unwrapped is judged as it is."""
        try:
            return _decoded(dig(json.loads(raw), self.words.label_place())) or raw
        except ValueError:
            return raw

    def _checked(self, content, parcel, label_format):
        """The label's bytes, if they are a label of the format that was asked for."""
        if _MAGIC[label_format] in content[:1024]:
            return content
        start = self.http.excerpt(content[:200])
        raise TransientCarrierError(f"The label of {parcel.tracking_number} is no {label_format.upper()}: {start!r}")

    def void(self, booking_id):
        """Cancel; a booking that is gone already is as good as cancelled."""
        try:
            self._call("void", self.words.constants("void"), changes=True, id=booking_id)
        except RejectedByCarrier as error:
            if error.status != 410:
                raise

    # -- words ---------------------------------------------------------------------------------------------------

    def _both_ends(self, request):
        parcels = []
        goods = getattr(request, "goods", ())
        for parcel in request.parcels:
            values = {key: value for key, value in asdict(parcel).items() if value}
            values["goods"] = [self._good(good) for good in goods if good.parcel == parcel.reference]
            parcels.append(self.words.say("parcel", values))
        return {
            "from": self.words.say("address", asdict(request.sender)),
            "to": self.words.say("address", asdict(request.recipient)),
            "parcels": parcels,
        }

    def _good(self, good):
        """A `Good` in the carrier's words; amounts go as numbers, what is not known is left out."""
        values = {key: value for key, value in asdict(good).items() if value}
        return self.words.say("good", values | {key: _number(values.get(key)) for key in ("quantity", "value")})

    def _parcel(self, row):
        """What is told of one parcel; a bare text is its tracking number."""
        return self.words.understand("parcel", row) if isinstance(row, dict) else {"tracking_number": row}

    def _rate(self, row):
        if not row.get("service"):
            raise TransientCarrierError("The carrier's answer has a rate without a service.")
        return Rate(
            service=str(row["service"]),
            amount=_amount(self.words.amount(row.get("amount")), "rate"),
            currency=str(row.get("currency") or ""),
            name=str(row.get("name") or row["service"]),
            transit_days=_days(row.get("transit_days")),
            base=None if row.get("base") is None else _amount(self.words.amount(row["base"]), "rate"),
            surcharges=tuple(self._surcharges(row.get("surcharges"))),
        )

    def _surcharges(self, rows):
        for row in rows if isinstance(rows, list) else ():
            told = self.words.understand("surcharge", row)
            if told.get("amount") is not None:
                yield str(told.get("name") or "-"), _amount(self.words.amount(told["amount"]), "surcharge", sign=False)

    def _booking(self, row, reference):
        """A `Booking` from the carrier's row.

        :param reference: the reference it must have (an answer without one is taken for it), None for any
        """
        values = self.words.understand("booking", row)
        doubt = reference is not None
        if not values.get("id"):
            raise TransientCarrierError("The carrier's answer has a booking without an id.", maybe_done=doubt)
        said = str(values.get("reference") or reference or "")
        if reference is not None and said != reference:
            raise TransientCarrierError(f"We booked {reference}, the carrier answered about {said}.", maybe_done=True)
        parcels = [self._parcel(each) for each in _rows(values.get("parcels"))]
        amount = self.words.amount(values.get("amount"))
        whole = _decoded(values.get("label"))
        return Booking(
            id=str(values["id"]),
            reference=said,
            service=str(values.get("service") or ""),
            amount=None if amount is None else _amount(amount, "booking", doubt),
            currency=str(values.get("currency") or ""),
            voided=self.words.is_voided(values.get("state")),
            parcels=tuple(
                BookedParcel(
                    reference=str(each.get("reference") or ""),
                    tracking_number=str(each["tracking_number"]),
                    label_url=str(each.get("label_url") or ""),
                    # One document for all parcels goes with the first.
                    label=_decoded(each.get("label")) or (whole if number == 0 else b""),
                )
                for number, each in enumerate(parcels)
                if each.get("tracking_number")
            ),
        )


def _rows(value):
    """The parcels of an answer: a list, or the one thing itself where the carrier knows no lists."""
    if isinstance(value, list):
        return [one for one in value if _is_row(one)]
    return [value] if _is_row(value) else []


def _is_row(value):
    return isinstance(value, dict | str | int) and not isinstance(value, bool)


def _in_our_words(booking, parcels):
    """A carrier that does not repeat our parcels' references answers in our order, or with one number for all."""
    told = booking.parcels
    if any(parcel.reference for parcel in told) or len(told) not in (1, len(parcels)):
        return booking
    if len(told) < len(parcels):
        # one number, and one label, is the whole shipment's
        told = (told[0], *(replace(told[0], label=b"", label_url="") for _parcel in parcels[1:]))
    named = (replace(one, reference=ours.reference) for one, ours in zip(told, parcels, strict=True))
    return replace(booking, parcels=tuple(named))


def _amount(value, what, doubt=False, sign=True):
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = None
    # A surcharge may be a discount; a price is never below 0.
    if amount is None or not amount.is_finite() or (sign and amount < 0):
        raise TransientCarrierError(f"The carrier's answer has a {what} with amount {value!r}.", maybe_done=doubt)
    return amount


def _number(value):
    """JSON's number for an exact one; None stays None."""
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)


def _decoded(text):
    """The bytes of a base64 text; empty when it is none."""
    if not isinstance(text, str):
        return b""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _days(value):
    try:
        return max(int(value), 0)
    except (TypeError, ValueError):
        return None
