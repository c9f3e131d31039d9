"""Loads the adapters as a plain package: importing the addon itself would import Odoo."""

import importlib.util
import sys
from pathlib import Path

import pytest

from tests.simulators.process import SimulatorProcess

_ROOM = Path(__file__).resolve().parents[2] / "logistics_carrier_connector" / "adapters"
TOKEN = "t0ken-of-the-carrier"

if "carrier_adapters" not in sys.modules:
    _spec = importlib.util.spec_from_file_location(
        "carrier_adapters", _ROOM / "__init__.py", submodule_search_locations=[str(_ROOM)]
    )
    _module = importlib.util.module_from_spec(_spec)
    sys.modules["carrier_adapters"] = _module
    _spec.loader.exec_module(_module)


@pytest.fixture(scope="session")
def carrier_process():
    with SimulatorProcess("carrier", token=TOKEN) as simulator:
        yield simulator


@pytest.fixture
def carrier(carrier_process):
    """A carrier with no bookings, no faults and an empty log."""
    carrier_process.reset()
    return carrier_process


@pytest.fixture
def make_adapter(carrier):
    """Function that makes a `rest_json` adapter for the simulator; keyword arguments change it."""
    from carrier_adapters import HttpClient, Settings, adapter_class

    def make(url=None, token=TOKEN, timeout=5.0, vocabulary=None, resolve=None):
        http = HttpClient(url or carrier.url, token=token, timeout=timeout, resolve=resolve)
        return adapter_class("rest_json")(Settings(url or carrier.url, vocabulary or {}), http)

    return make


@pytest.fixture
def request_for():
    """Function that makes a booking request for a reference."""
    from carrier_adapters import Address, BookingRequest, Parcel

    def make(reference="BKG-00001-AB12", service="standard", weights=(2.5,), city="Ghent", label_format="pdf"):
        return BookingRequest(
            reference=reference,
            service=service,
            sender=Address("Own Warehouse", "Quay 1", city="Antwerp", zip="2000", country="BE"),
            recipient=Address("Dora Desk", "Street 2", city=city, zip="9000", country="BE", phone="+32 1"),
            parcels=tuple(Parcel(f"P{i}", weight) for i, weight in enumerate(weights, 1)),
            label_format=label_format,
        )

    return make


# Known to every test of this folder; the adapters have to be there before they are imported.
from .karrio_case import desk, karrio_account, karrio_order, karrio_server  # noqa: E402, F401
