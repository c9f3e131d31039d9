"""A carrier (or an aggregator) that speaks JSON over REST with a bearer token.

The dialect, unless the account's vocabulary says otherwise::

    POST /rates              {"from", "to", "parcels", "services"?}
                             -> {"rates": [{"service", "name", "amount", "currency", "transit_days"}]}
    POST /bookings           {"reference", "service", "from", "to", "label_format",
                              "parcels": [{"reference", "weight_kg"}]}
                             -> 201 {"id", "reference", "service", "amount", "currency",
                                     "parcels": [{"reference", "tracking_number", "label_url"}]}
    GET  /bookings?reference=R -> {"bookings": [...]}
    GET  /labels/<tracking number>.pdf|.zpl
    POST /bookings/<id>/void -> {"id", "state": "voided"}

Nothing is taken on trust: an answer that lacks what we need, or names another reference, is an error, never a booking.
"""

from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from .errors import LookupUnsupported, NotSupported, RejectedByCarrier, TransientCarrierError
from .port import BookedParcel, Booking, CarrierAdapter, Label, Rate
from .registry import register
from .vocabulary import Vocabulary

_MAGIC = {"pdf": b"%PDF", "zpl": b"^XA"}


@register
class RestJson(CarrierAdapter):
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
        return self.http.json(method, path, body, headers=headers, explain=self.words.explain, changes=changes)

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
        }
        headers = {"Idempotency-Key": request.reference}
        answer = self._call("book", self.words.say("book", values), headers=headers, changes=True)
        booking = self._booking(self.words.booked(answer), request.reference)
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
        if parcel.label_url:
            url = parcel.label_url if urlsplit(parcel.label_url).scheme else "/" + parcel.label_url.lstrip("/")
        else:
            values = {"tracking_number": parcel.tracking_number, "format": self.words.label_format(label_format)}
            found = self.words.path("label", id=booking.id, reference=booking.reference, **values)
            if found is None:
                raise NotSupported("This carrier offers no labels.")
            url = found[1]
        content = self.http.content(url, explain=self.words.explain)
        if _MAGIC[label_format] not in content[:1024]:
            start = self.http.excerpt(content[:200])
            raise TransientCarrierError(
                f"The label of {parcel.tracking_number} is no {label_format.upper()}: {start!r}"
            )
        return Label(parcel.tracking_number, label_format, content)

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
        for parcel in request.parcels:
            values = {key: value for key, value in asdict(parcel).items() if value}
            parcels.append(self.words.say("parcel", values))
        return {
            "from": self.words.say("address", asdict(request.sender)),
            "to": self.words.say("address", asdict(request.recipient)),
            "parcels": parcels,
        }

    def _rate(self, row):
        if not row.get("service"):
            raise TransientCarrierError("The carrier's answer has a rate without a service.")
        return Rate(
            service=str(row["service"]),
            amount=_amount(row.get("amount"), "rate"),
            currency=str(row.get("currency") or ""),
            name=str(row.get("name") or row["service"]),
            transit_days=_days(row.get("transit_days")),
        )

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
        rows = values.get("parcels")
        parcels = [self.words.understand("parcel", each) for each in rows or [] if isinstance(each, dict)]
        amount = values.get("amount")
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
                )
                for each in parcels
                if each.get("tracking_number")
            ),
        )


def _amount(value, what, doubt=False):
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or amount < 0:
        raise TransientCarrierError(f"The carrier's answer has a {what} with amount {value!r}.", maybe_done=doubt)
    return amount


def _days(value):
    try:
        return max(int(value), 0)
    except (TypeError, ValueError):
        return None
