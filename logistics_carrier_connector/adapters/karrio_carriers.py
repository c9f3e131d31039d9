"""The carriers Karrio knows, and what each wants to be told: credentials, services, abilities.

The list of names is kept here so that it can be shown without loading the library; everything else is asked of the
installed package.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module, metadata

from .karrio_library import KNOWN_VERSION, PIP, provider

CARRIERS = {
    "allied_express": "Allied Express",
    "allied_express_local": "Allied Express Local",
    "amazon_shipping": "Amazon Shipping",
    "aramex": "Aramex",
    "asendia": "Asendia",
    "asendia_us": "Asendia US",
    "australiapost": "Australia Post",
    "boxknight": "BoxKnight",
    "bpost": "Belgian Post",
    "canadapost": "Canada Post",
    "canpar": "Canpar",
    "chronopost": "Chronopost",
    "colissimo": "Colissimo",
    "dhl_express": "DHL Express",
    "dhl_parcel_de": "DHL Germany",
    "dhl_poland": "DHL Parcel Poland",
    "dhl_universal": "DHL Universal",
    "dicom": "Dicom",
    "dpd": "DPD",
    "dpd_meta": "DPD Global",
    "easypost": "EasyPost",
    "easyship": "Easyship",
    "eshipper": "eShipper",
    "fedex": "FedEx",
    "freightcom": "Freightcom",
    "geodis": "GEODIS",
    "gls": "GLS Group",
    "hay_post": "HayPost",
    "hermes": "Hermes",
    "landmark": "Landmark Global",
    "laposte": "La Poste",
    "locate2u": "Locate2u",
    "mydhl": "MyDHL Express",
    "nationex": "Nationex",
    "parcelone": "ParcelOne",
    "postat": "Austrian Post",
    "purolator": "Purolator",
    "roadie": "Roadie",
    "royalmail": "Royal Mail",
    "sapient": "SAPIENT",
    "seko": "SEKO Logistics",
    "sendle": "Sendle",
    "shipengine": "ShipEngine",
    "smartkargo": "SmartKargo",
    "spring": "Spring",
    "teleship": "Teleship",
    "tge": "TGE",
    "tnt": "TNT",
    "ups": "UPS",
    "usps": "USPS",
    "usps_international": "USPS International",
    "veho": "Veho",
    "zoom2u": "Zoom2u",
}

# Karrio's operations by what they are to us.
OPERATIONS = {
    "rate": "get_rates",
    "book": "create_shipment",
    "return": "create_return_shipment",
    "void": "cancel_shipment",
    "track": "get_tracking",
    "pickup": "schedule_pickup",
    "cancel_pickup": "cancel_pickup",
    "manifest": "create_manifest",
    "address": "validate_address",
}
# Fields every carrier's settings have that are no credentials.
_NOT_ASKED = {"carrier_id", "test_mode", "metadata", "config", "id", "services", "label_template"}
_SECRET = re.compile(r"key|secret|pass|token|pin|credential|login|user|guid", re.IGNORECASE)
_PLAIN = re.compile(r"country|language|^lang$|_type$|region")


@dataclass(frozen=True)
class Credential:
    """One thing a carrier wants to know of the account.

    :ivar str name: Karrio's name of it
    :ivar bool secret: must never be shown again; else it may be (a customer number, a language)
    """

    name: str
    required: bool
    secret: bool

    @property
    def label(self):
        return self.name.replace("_", " ").capitalize()


@cache
def _installed():
    """Carriers whose package is there, found without loading any."""
    names = {(each.metadata["Name"] or "").lower().replace("-", "_") for each in metadata.distributions()}
    return {name.removeprefix("karrio_") for name in names if name.startswith("karrio_")} - {"cli", "generic"}


def carrier_choices():
    """(code, name) of every carrier, without loading anything; those whose package is missing say so."""
    installed = _installed()
    found = {code: code.replace("_", " ").title() for code in installed} | CARRIERS
    found = {code: name if code in installed else f"{name} (not installed)" for code, name in found.items()}
    return sorted(found.items(), key=lambda pair: (pair[0] not in installed, pair[1].lower()))


def package_missing(carrier):
    """The command that installs a carrier's package; empty when it is there."""
    return "" if carrier in _installed() else PIP.format(KNOWN_VERSION, carrier.replace("_", "-"))


def credentials(carrier):
    """What a carrier's settings want: a list of `Credential`, the required ones first.

    :raises KarrioMissing: the package is not installed
    """
    settings = provider(carrier).Settings
    from attr import NOTHING

    found = []
    for field in settings.__attrs_attrs__:
        if field.name in _NOT_ASKED:
            continue
        required = field.default is NOTHING
        found.append(Credential(field.name, required, is_secret(field.name)))
    return sorted(found, key=lambda each: (not each.required, not each.secret))


def is_secret(name):
    """Whether a setting of this name must never be shown again: when in doubt it must not."""
    return bool(_SECRET.search(name)) and not _PLAIN.search(name)


def services(carrier):
    """(code, name) of every service the carrier's package knows.

    :raises KarrioMissing: the package is not installed
    """
    known = provider(carrier).services
    names = [each.name for each in known] if known else []
    return [(name, _spoken(name, carrier)) for name in names]


def incoterms(carrier):
    """The Incoterms in the list of a carrier's package; empty: it has none and takes what it is told.

    :raises KarrioMissing: the package is not installed
    """
    provider(carrier)
    try:
        units = import_module(f"karrio.providers.{carrier}.units")
    except ImportError:  # a package without customs may lack the whole file
        return frozenset()
    return frozenset(getattr(getattr(units, "Incoterm", None), "__members__", ()))


def abilities(carrier):
    """What a carrier's package can do, as keys of OPERATIONS.

    A price worked out from a list within Karrio, which nobody agreed on, is no answer of the carrier: no "rate" then.
    """
    proxy = provider(carrier).Proxy
    from karrio.api.proxy import Proxy

    able = {ours for ours, method in OPERATIONS.items() if getattr(proxy, method) is not getattr(Proxy, method)}
    return frozenset(able - {"rate"} if priced_by_list(carrier) else able)


def priced_by_list(carrier):
    """Whether a carrier's prices come from a list within Karrio instead of from the carrier."""
    proxy = provider(carrier).Proxy
    from karrio.universal.mappers.rating_proxy import RatingMixinProxy

    return issubclass(proxy, RatingMixinProxy)


def _spoken(code, carrier):
    short = code.removeprefix(f"{carrier}_") or code
    return short.replace("_", " ").strip().capitalize()
