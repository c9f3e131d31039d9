"""What the tests of Karrio share: three carriers, an account with each on a local socket, orders they take."""

import dataclasses

import pytest
from carrier_adapters import Address, HttpClient, Parcel, Settings, adapter_class

from .karrio_server import CLIENT, SECRET, KarrioServer

CREDENTIALS = {
    "ups": {"client_id": CLIENT, "client_secret": SECRET, "account_number": "A1B2C3"},
    "canadapost": {"username": CLIENT, "password": SECRET, "customer_number": "2004381", "contract_id": "42708517"},
    "dhl_parcel_de": {"username": "u", "password": "p4ssword", "client_id": CLIENT, "client_secret": SECRET},
}
SERVICES = {"ups": "ups_ground", "canadapost": "canadapost_expedited_parcel", "dhl_parcel_de": "dhl_parcel_de_paket"}
WORDS = {"dhl_parcel_de": {"config": {"default_billing_number": "33333333330102"}}}
CARRIERS = sorted(CREDENTIALS)
BUY = {"ups": "/ship", "canadapost": "/shipment", "dhl_parcel_de": "/orders"}


@pytest.fixture(scope="module")
def karrio_server():
    with KarrioServer() as server:
        yield server


@pytest.fixture
def desk(karrio_server):
    """The carriers, with nothing sold, no fault, and nobody logged in."""
    import carrier_adapters.karrio_call as module

    karrio_server.clear()
    module._tokens.clear()
    return karrio_server


@pytest.fixture
def karrio_account(desk):
    """Function that makes the adapter of a carrier; keyword arguments change its credentials."""

    def adapter(carrier, timeout=5.0, url=None, **changes):
        settings = Settings(
            url or desk.url,
            WORDS.get(carrier, {}),
            carrier=carrier,
            credentials=CREDENTIALS[carrier] | changes,
        )
        return adapter_class("karrio")(settings, HttpClient("", timeout=timeout))

    return adapter


@pytest.fixture
def karrio_order(request_for):
    """Function that makes an order for a carrier, within its country."""
    places = {
        "ups": ("US", "NJ", "07470", "Wayne"),
        "canadapost": ("CA", "ON", "K1A0B1", "Ottawa"),
        "dhl_parcel_de": ("DE", "", "53113", "Bonn"),
    }

    def make(carrier, count=1, zip_code="", **values):
        country, state, usual, city = places[carrier]
        address = Address("Dora Desk", "Main Street 1", city=city, zip=usual, state=state, country=country)
        address = dataclasses.replace(address, phone="+15145550100", email="dora@example.com", company="Desk Ltd")
        parcels = tuple(Parcel(f"P{number}", 2.0, 30.0, 20.0, 10.0) for number in range(1, count + 1))
        given = {"service": SERVICES[carrier], "sender": address, "recipient": address, "parcels": parcels}
        if zip_code:
            given["recipient"] = dataclasses.replace(address, zip=zip_code)
        return dataclasses.replace(request_for(), **(given | values))

    return make
