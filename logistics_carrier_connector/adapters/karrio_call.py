"""One operation of a carrier's package, in three steps: request made, exchanged, answer read.

Karrio folds every failure into a list of messages. What a booking needs to know is whether the carrier may have acted:
that is kept apart here, step by step, with what the line (`karrio_line`) saw.
"""

import base64
import hashlib
import json
import threading
from collections import OrderedDict
from importlib import import_module
from itertools import permutations
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.parse import urlsplit

from . import karrio_carriers, karrio_library
from .errors import AccountRefused, CarrierError, RejectedByCarrier, TransientCarrierError
from .karrio_line import Line

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
# Login tokens by account, in memory only: without them every call would log in anew.
_tokens = OrderedDict()
_tokens_lock = threading.Lock()
_MOST_TOKENS = 200


class KarrioCall:
    """The part of the adapter that talks; `settings`, `http` and `_config` are the adapter's."""

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
