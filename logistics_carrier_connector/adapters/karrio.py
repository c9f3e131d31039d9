"""Carriers through Karrio's SDK: one package per carrier, its own interface behind our port.

What Karrio does is to know each carrier's requests and answers. What it is not trusted with is everything around them:
the exchanges themselves (`karrio_line`), the process it runs in (`karrio_library`), its coarse tracking statuses (the
carrier's raw codes are told on), and its habit of folding every failure into a message: each operation is done in three
steps (request made, exchanged, answer read), so that it stays known whether the carrier may have acted.

No carrier package can look up a booking by our reference. After a lost reply nothing is bought again: a person is told
to ask the carrier for the reference (see `LookupUnsupported`).
"""

import base64
import hashlib
import json
import re
import threading
from collections import OrderedDict
from importlib import import_module
from itertools import permutations
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.parse import urlsplit

from . import karrio_carriers, karrio_library, karrio_words
from .errors import (
    AccountRefused,
    CarrierError,
    NotSupported,
    RejectedByCarrier,
    TransientCarrierError,
    VocabularyError,
)
from .karrio_line import Line
from .port import CarrierAdapter, Label, Manifest, Pickup
from .registry import register

# Karrio's method names after "create_" / "parse_" of its mappers, by what is done.
_MAPPINGS = {
    "rate": ("create_rate_request", "parse_rate_response"),
    "book": ("create_shipment_request", "parse_shipment_response"),
    "return": ("create_return_shipment_request", "parse_return_shipment_response"),
    "void": ("create_cancel_shipment_request", "parse_cancel_shipment_response"),
    "track": ("create_tracking_request", "parse_tracking_response"),
    "pickup": ("create_pickup_request", "parse_pickup_response"),
    "cancel_pickup": ("create_cancel_pickup_request", "parse_cancel_pickup_response"),
    "manifest": ("create_manifest_request", "parse_manifest_response"),
}
_MODELS = {
    "rate": "RateRequest",
    "book": "ShipmentRequest",
    "return": "ShipmentRequest",
    "void": "ShipmentCancelRequest",
    "track": "TrackingRequest",
    "pickup": "PickupRequest",
    "cancel_pickup": "PickupCancelRequest",
    "manifest": "ManifestRequest",
}
_CHANGES = {"book", "return", "void", "pickup", "cancel_pickup", "manifest"}
_CANCELS = {"void", "cancel_pickup"}
# A question may be answered with nothing: no offer, no scan yet.
_MAY_BE_EMPTY = {"rate", "track"}
_GONE_ALREADY = re.compile(r"already\s+(?:been\s+)?(?:void|cancel|delet)", re.IGNORECASE)
_UNKNOWN_NUMBER = "000000000000"
# Login tokens by account, in memory only: without them every call would log in anew.
_tokens = OrderedDict()
_tokens_lock = threading.Lock()
_MOST_TOKENS = 200


@register
class Karrio(CarrierAdapter):
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
        details = self._ask(what, karrio_words.shipment_request(request, self._options))
        return karrio_words.booking(request, details)

    def label(self, booking, parcel, label_format):
        """The label that came with the booking; it cannot be had again."""
        if parcel.label:
            found = karrio_words.kind(parcel.label)
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
        return Manifest(str(number), request.reference, karrio_words.kind(paper) or "pdf", paper)

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

    def _ask(self, what, payload):
        """One operation in its three steps; returns Karrio's details."""
        create, parse = _MAPPINGS[what]
        line = self._line(what in _CHANGES)
        with line.in_use():
            gateway = self._gateway(line)
            models, lib = import_module("karrio.core.models"), import_module("karrio.lib")
            try:
                request = getattr(gateway.mapper, create)(lib.to_object(getattr(models, _MODELS[what]), payload))
            except Exception as error:
                # Nothing has left yet: what the carrier's rules say about the request.
                self._raise_failure(line)
                raise RejectedByCarrier(self._said(line, error) or "The request does not suit the carrier.") from None
            self._log_in(gateway, line, request)
            try:
                response = getattr(gateway.proxy, karrio_carriers.OPERATIONS[what])(request)
                details, messages = getattr(gateway.mapper, parse)(response)
            except Exception as error:
                self._raise_failure(line)
                if getattr(error, "messages", None):
                    details, messages = None, error.messages
                elif what in _CANCELS and line.last and line.last.said_done:
                    details, messages = SimpleNamespace(success=True), []
                else:
                    self._refused(line, [], default=f"The carrier's answer cannot be read: {self._said(line, error)}")
            self._raise_failure(line)
            if not details and not (what in _MAY_BE_EMPTY and line.last and line.last.status < 300 and not messages):
                self._refused(line, messages)
            return details

    def _line(self, changes):
        return Line(self.http, self.settings.base_url, changes, _secrets(self.settings.credentials))

    def _gateway(self, line):
        settings = self.settings
        karrio_library.provider(settings.carrier)
        missing = [
            each.label
            for each in karrio_carriers.credentials(settings.carrier)
            if each.required and not settings.credentials.get(each.name)
        ]
        if missing:
            raise AccountRefused(f"The account lacks what the carrier wants to know: {', '.join(missing)}.")
        given = {key: value for key, value in settings.credentials.items() if value}
        connection = {**given, "carrier_id": settings.carrier, "test_mode": settings.test, "config": self._config}
        sdk = import_module("karrio.sdk")
        try:
            gateway = sdk.gateway[settings.carrier].create(
                connection, tracer=karrio_library.quiet_tracer()(), cache=self._token_cache()
            )
            line.hosts = _hosts(gateway.settings)
            return gateway
        except Exception as error:
            # Its text may hold what was given.
            kind = type(error.__cause__ or error).__name__
            raise AccountRefused(f"The account's settings do not suit the carrier ({kind}).") from None

    def _log_in(self, gateway, line, request):
        """Get a token where the carrier gives one, before anything is ordered; whether there was one to get.

        :raises AccountRefused: the carrier does not let us in
        """
        proxy, settings = gateway.proxy, type(gateway.settings)
        names = [name for name in ("authenticate", "get_payment_token") if name in vars(type(proxy))]
        with line.login():
            try:
                if names[:1] == ["authenticate"]:
                    proxy.authenticate(request)
                elif isinstance(getattr(settings, "access_token", None), property):
                    names.append(gateway.settings.access_token and "access_token")
                if line.changes and "get_payment_token" in names:
                    proxy.get_payment_token(request)
            except Exception as error:
                self._raise_failure(line)
                self._forget_tokens()
                raise AccountRefused(f"The carrier does not let us in: {self._said(line, error)}") from None
        self._raise_failure(line)
        return bool(names)

    # -- what went wrong --------------------------------------------------------------------------------------------

    def _raise_failure(self, line):
        if line.failure is None:
            return
        if line.acted and not line.failure.maybe_done:
            raise TransientCarrierError(str(line.failure), maybe_done=True)
        raise line.failure

    def _refused(self, line, messages, default=""):
        """No details came of it: raise what that means."""
        said = line.hide("; ".join(filter(None, map(_text, messages))))
        last = line.last
        where = f"{last.name} answered {last.status}" if last else "nothing was sent"
        words = f"{said} ({where})" if said else f"{default or 'The carrier gave a reason nobody can read'} ({where})"
        answered = [each for each in line.exchanges if each.changes]
        if last is None:
            raise RejectedByCarrier(words)
        if last.status in (401, 403):
            self._forget_tokens()
            if not line.acted:
                raise AccountRefused(words)
        elif last.status >= 400 and not line.acted:
            raise RejectedByCarrier(words, status=last.status)
        elif said and len(answered) <= 1:
            # A refusal within an answer of 200, as some carriers have it.
            raise RejectedByCarrier(words, status=last.status)
        raise TransientCarrierError(words, maybe_done=line.acted)

    def _said(self, line, error):
        """What an error of Karrio's says to a person."""
        messages = getattr(error, "messages", None)
        if messages:
            return line.hide("; ".join(filter(None, map(_text, messages))))
        if isinstance(error, CarrierError | HTTPError):
            return line.hide(str(error))
        details = getattr(error, "details", None)
        if isinstance(details, dict) and details:
            fields = ", ".join(f"{name}: {_reason(why)}" for name, why in details.items())
            return line.hide(f"{error} ({fields})")
        return line.hide(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)

    # -- tokens -----------------------------------------------------------------------------------------------------

    def _token_key(self):
        settings = self.settings
        known = [settings.carrier, settings.test, settings.base_url, settings.credentials, self._config]
        return hashlib.sha256(json.dumps(known, sort_keys=True, default=str).encode()).hexdigest()

    def _token_cache(self):
        key = self._token_key()
        with _tokens_lock:
            if key not in _tokens:
                _tokens[key] = import_module("karrio.core.utils").Cache()
            _tokens.move_to_end(key)
            while len(_tokens) > _MOST_TOKENS:
                _tokens.popitem(last=False)
            return _tokens[key]

    def _forget_tokens(self):
        with _tokens_lock:
            _tokens.pop(self._token_key(), None)


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


def _secrets(credentials):
    """Texts that give an account away: its secrets, and any two of its values as HTTP basic authentication has them."""
    given = {name: str(value) for name, value in credentials.items() if value}
    pairs = (f"{one}:{other}" for one, other in permutations(given.values(), 2))
    return {
        *(value for name, value in given.items() if karrio_carriers.is_secret(name)),
        *(base64.b64encode(pair.encode()).decode() for pair in pairs),
    }


def _hosts(settings):
    """The hosts a carrier's package calls, as its settings name them."""
    names = [name for name in dir(type(settings)) if name.endswith("url") and name != "tracking_url"]
    found = (getattr(settings, name, None) for name in names)
    return {urlsplit(url).hostname for url in found if isinstance(url, str) and urlsplit(url).hostname}


def _text(message):
    text = getattr(message, "message", None)
    code = str(getattr(message, "code", None) or "")
    text = text if isinstance(text, str) else json.dumps(text, default=str) if text else ""
    return f"{code}: {text}" if code and text and code not in text else text or code


def _reason(why):
    return why.get("message", "") if isinstance(why, dict) else str(why)
