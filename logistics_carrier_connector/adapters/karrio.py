"""Carriers through Karrio's SDK: one package per carrier, its own interface behind our port.

What Karrio does is to know each carrier's requests and answers. What it is not trusted with is everything around them:
the exchanges themselves (`karrio_line`), the process it runs in (`karrio_library`), its coarse tracking statuses (the
carrier's raw codes are told on), and its habit of folding every failure into a message: each operation is done in three
steps (request made, exchanged, answer read), so that it stays known whether the carrier may have acted.

No carrier package can look up a booking by our reference. After a lost reply nothing is bought again: a person is told
to ask the carrier for the reference (see `LookupUnsupported`).
"""

import re
from types import SimpleNamespace

from . import karrio_carriers, karrio_customs, karrio_library, karrio_words
from .errors import NotSupported, RejectedByCarrier, VocabularyError
from .karrio_call import KarrioCall
from .port import CarrierAdapter, Label, Manifest, Pickup, label_format_of
from .registry import register

_GONE_ALREADY = re.compile(r"already\s+(?:been\s+)?(?:void|cancel|delet)", re.IGNORECASE)
_UNKNOWN_NUMBER = "000000000000"


@register
class Karrio(KarrioCall, CarrierAdapter):
    """See the module's text. The settings' vocabulary may hold ``{"config": {...}, "options": {...}}``: what Karrio's
    documentation of the carrier calls connection config, and options sent along with every shipment."""

    code = "karrio"
    name = "Carrier's own interface (Karrio)"
    needs_url = False
    many_carriers = True

    def __init__(self, settings, http=None):
        super().__init__(settings, http)
        self._config, self._options = check_words(settings.vocabulary)

    @classmethod
    def check_vocabulary(cls, words):
        """Connection config and options alone."""
        check_words(words)

    def __repr__(self):
        return f"<Karrio {self.settings.carrier}>"

    def abilities(self):
        """What the carrier's package can do; labels come with the booking."""
        try:
            able = set(karrio_carriers.abilities(self.settings.carrier))
        except karrio_library.KarrioMissing:
            return frozenset({"book"})  # the call itself says what is missing
        if "book" in able:
            able.add("label")
        return frozenset(able - {"cancel_pickup", "address"})

    def check(self):
        """Log in; a carrier without a login is asked for a parcel that does not exist."""
        self._forget_tokens()
        line = self._line(False)
        with line.in_use():
            gateway = self._gateway(line)
            if self._log_in(gateway, line, SimpleNamespace(ctx={})):
                return
        if "track" not in self.abilities():
            super().check()
        try:
            self._ask("track", {"tracking_numbers": [_UNKNOWN_NUMBER]})
        except RejectedByCarrier:
            # It knows us well enough to tell that there is no such parcel.
            return

    def rate(self, request):
        """The carrier's offers, cheapest first."""
        self._require("rate", "gives no rates over its interface")
        _check_addresses(sender=request.sender, recipient=request.recipient)
        return karrio_words.rates(self._ask("rate", karrio_words.rate_request(request, self._options)))

    def book(self, request):
        """Buy; the labels come with the answer."""
        what = "return" if request.is_return else "book"
        self._require(what, "takes no returns over its interface" if request.is_return else "cannot be booked with")
        _check_addresses(sender=request.sender, recipient=request.recipient)
        if lacking := karrio_customs.lacking(request):
            raise RejectedByCarrier(f"The customs declaration is not complete. Missing: {lacking}.")
        request = karrio_customs.in_known_terms(request, karrio_carriers.incoterms(self.settings.carrier))
        details = self._ask(what, karrio_words.shipment_request(request, self._options))
        return karrio_words.booking(request, details)

    def label(self, booking, parcel, label_format):
        """The label that came with the booking; it cannot be had again."""
        if parcel.label:
            found = label_format_of(parcel.label)
            if found:
                return Label(parcel.tracking_number, found, parcel.label)
        if parcel.label_url == karrio_words.IN_ONE:
            raise NotSupported("The label of this parcel is in the document of the first one.")
        raise RejectedByCarrier(
            f"No label of {parcel.tracking_number} came with the booking, and this carrier hands it out only then: get "
            "it from the carrier's own site, or void the booking and book anew."
        )

    def void(self, booking_id):
        """Cancel; all its parts, where the carrier gave one number for each parcel."""
        self._require("void", "cannot cancel over its interface")
        ids = booking_id.split()
        payload = {"shipment_identifier": ids[0], "options": {"shipment_identifiers": ids[1:]} if ids[1:] else {}}
        self._confirm("void", payload)

    def track(self, tracking_number):
        """The carrier's scans of a parcel, the oldest first."""
        self._require("track", "tells nothing about parcels over its interface")
        # Some packages (Canada Post's) understand the answer about several parcels alone.
        found = self._ask("track", {"tracking_numbers": [tracking_number]}) or self._ask(
            "track", {"tracking_numbers": [tracking_number] * 2}
        )
        found = list(filter(None, found or ()))
        return karrio_words.scans(found[0]) if found else []

    def pickup(self, request):
        """Ask for a driver. The id is the carrier's number with the day, which some want back to call it off."""
        self._require("pickup", "takes no pickup requests over its interface")
        _check_addresses(pickup=request.address)
        details = self._ask("pickup", karrio_words.pickup_request(request, self._options))
        day = details.pickup_date or f"{request.ready_at:%Y-%m-%d}"
        return Pickup(f"{details.confirmation_number} {day}", request.reference, request.ready_at)

    def cancel_pickup(self, pickup_id):
        """Call it off."""
        self._require("cancel_pickup", "takes no cancellation of pickups over its interface")
        number, _space, day = pickup_id.rpartition(" ")
        self._confirm("cancel_pickup", {"confirmation_number": number or day, "pickup_date": day if number else None})

    def manifest(self, request):
        """Close the day."""
        self._require("manifest", "wants no manifest")
        payload = {
            "shipment_identifiers": [each for booking_id in request.booking_ids for each in booking_id.split()],
            "address": karrio_words.address(request.address),
            "reference": request.reference,
        }
        details = self._ask("manifest", payload)
        paper = karrio_words.content(details.doc.manifest if details.doc else None)
        number = (details.meta or {}).get("manifest_id") or details.id or request.reference
        return Manifest(str(number), request.reference, label_format_of(paper) or "pdf", paper)

    # -- one operation ----------------------------------------------------------------------------------------------

    def _require(self, what, words):
        able = karrio_carriers.abilities(self.settings.carrier)
        if what not in able:
            raise NotSupported(f"{karrio_carriers.CARRIERS.get(self.settings.carrier, self.settings.carrier)} {words}.")

    def _confirm(self, what, payload):
        """An operation answered with yes or no; a thing that is gone already is as good as cancelled."""
        try:
            details = self._ask(what, payload)
        except RejectedByCarrier as error:
            if _GONE_ALREADY.search(str(error)):
                return
            raise
        if not getattr(details, "success", True):
            raise RejectedByCarrier("The carrier did not confirm the cancellation.")


def _check_addresses(**addresses):
    lacking = karrio_words.lacking(**addresses)
    if lacking:
        raise RejectedByCarrier(f"The address is not complete. {lacking.capitalize()}.")


def check_words(words):
    """(connection config, options) of an account's words.

    :raises VocabularyError: it holds anything else
    """
    unknown = set(words or {}) - {"config", "options"}
    if unknown:
        raise VocabularyError(f"{min(unknown)} is not a known key; known here: config, options.")
    parts = [(words or {}).get(key) or {} for key in ("config", "options")]
    if not all(isinstance(part, dict) for part in parts):
        raise VocabularyError("config and options must be JSON objects.")
    return parts
