"""Carrier adapters: how the suite talks to a carrier, in plain Python.

This room knows nothing of Odoo and is tested without a database (`tests/carriers/` at the top of the repository).

* `port`       what every adapter can do, and the words it uses (Address, Parcel, Rate, Booking, Label)
* `errors`     the few ways a call can go wrong, by what the caller has to do about it
* `registry`   adapters by code; an addon adds one with ``@register``
* `buying`     buy exactly once: look up by our own reference before every booking that is not the first try
* `choice`     which of several offers to take, and why
* `packing`    how many parcels an order will make
* `lifecycle`  the states of a booking and the moves allowed between them
* `http`       one small JSON client: deadline, size limit, no redirects, vetted address, token kept out of every text
* `dialect`, `vocabulary` a carrier's words for ours, as data
* `rest_json`, `manual`  the two adapters that need no further package
* `karrio`     real carriers through Karrio's packages, with `karrio_call`, `_library`, `_line`, `_words`, `_customs`,
  `_carriers`
"""

# Importing an adapter registers it.
from . import karrio, manual, rest_json
from .buying import Purchase, ask_once, buy_once, settle, void_all
from .choice import Candidate, Choice, Policy, choose, choose_by, in_time
from .errors import (
    AccountRefused,
    CarrierBusy,
    CarrierError,
    LookupUnsupported,
    NotSupported,
    RejectedByCarrier,
    TransientCarrierError,
    VocabularyError,
)
from .http import HttpClient
from .karrio_carriers import carrier_choices, credentials, package_missing, services
from .karrio_library import KarrioMissing
from .lifecycle import LIVE, TRANSITIONS, can_move
from .packing import pack
from .port import (
    INSTRUCTIONS,
    Address,
    BookedParcel,
    Booking,
    BookingRequest,
    CarrierAdapter,
    Good,
    Instruction,
    InstructionRequest,
    Label,
    Manifest,
    ManifestRequest,
    Parcel,
    Pickup,
    PickupRequest,
    Rate,
    RateRequest,
    Settings,
    TrackingEvent,
    label_format_of,
)
from .registry import adapter_class, choices, register
from .vocabulary import Vocabulary

__all__ = [
    "INSTRUCTIONS",
    "LIVE",
    "TRANSITIONS",
    "AccountRefused",
    "Address",
    "BookedParcel",
    "Booking",
    "BookingRequest",
    "Candidate",
    "CarrierAdapter",
    "CarrierBusy",
    "CarrierError",
    "Choice",
    "Good",
    "HttpClient",
    "Instruction",
    "InstructionRequest",
    "KarrioMissing",
    "Label",
    "LookupUnsupported",
    "Manifest",
    "ManifestRequest",
    "NotSupported",
    "Parcel",
    "Pickup",
    "PickupRequest",
    "Policy",
    "Purchase",
    "Rate",
    "RateRequest",
    "RejectedByCarrier",
    "Settings",
    "TrackingEvent",
    "TransientCarrierError",
    "Vocabulary",
    "VocabularyError",
    "adapter_class",
    "ask_once",
    "buy_once",
    "can_move",
    "carrier_choices",
    "choices",
    "choose",
    "choose_by",
    "credentials",
    "in_time",
    "label_format_of",
    "pack",
    "package_missing",
    "register",
    "services",
    "settle",
    "void_all",
]
