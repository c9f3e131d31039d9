"""Real carriers' packages of Karrio against their interfaces on a socket: three ways of asking, one port."""

import base64
import contextlib
import io
import json
import logging
import re
import socket
import ssl
from datetime import datetime
from decimal import Decimal

import pytest
from carrier_adapters import (
    AccountRefused,
    Address,
    CarrierBusy,
    HttpClient,
    LookupUnsupported,
    ManifestRequest,
    NotSupported,
    Parcel,
    PickupRequest,
    RateRequest,
    RejectedByCarrier,
    Settings,
    TransientCarrierError,
    adapter_class,
    buy_once,
)

from .karrio_server import CLIENT, SECRET, Fault, KarrioServer

pytest.importorskip("karrio", reason="Karrio needs Python 3.11 or later")

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
def _desk():
    with KarrioServer() as server:
        yield server


@pytest.fixture
def desk(_desk):
    """The carriers, with nothing sold, no fault, and nobody logged in."""
    import carrier_adapters.karrio as module

    _desk.clear()
    module._tokens.clear()
    return _desk


@pytest.fixture
def make(desk):
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
def order(request_for):
    """Function that makes an order for a carrier, within its country."""
    places = {
        "ups": ("US", "NJ", "07470", "Wayne"),
        "canadapost": ("CA", "ON", "K1A0B1", "Ottawa"),
        "dhl_parcel_de": ("DE", "", "53113", "Bonn"),
    }

    def make(carrier, count=1, zip_code="", **values):
        import dataclasses

        country, state, usual, city = places[carrier]
        address = Address("Dora Desk", "Main Street 1", city=city, zip=usual, state=state, country=country)
        address = dataclasses.replace(address, phone="+15145550100", email="dora@example.com", company="Desk Ltd")
        parcels = tuple(Parcel(f"P{number}", 2.0, 30.0, 20.0, 10.0) for number in range(1, count + 1))
        given = {"service": SERVICES[carrier], "sender": address, "recipient": address, "parcels": parcels}
        if zip_code:
            given["recipient"] = dataclasses.replace(address, zip=zip_code)
        return dataclasses.replace(request_for(), **(given | values))

    return make


# -- what works -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("carrier", CARRIERS)
def test_account_is_let_in(make, carrier):
    make(carrier).check()


@pytest.mark.parametrize("carrier", ["ups", "canadapost"])
def test_rates_are_the_carriers_own(make, order, carrier):
    request = order(carrier)
    rates = make(carrier).rate(RateRequest(request.sender, request.recipient, request.parcels))
    assert [rate.service for rate in rates] == {
        "ups": ["ups_ground", "ups_next_day_air"],
        "canadapost": ["canadapost_expedited_parcel", "canadapost_priority"],
    }[carrier]
    assert rates[0].amount == {"ups": Decimal("12.35"), "canadapost": Decimal("10.21")}[carrier]
    assert rates[0].currency == {"ups": "USD", "canadapost": "CAD"}[carrier]
    assert rates[0].transit_days == {"ups": 4, "canadapost": 2}[carrier]


def test_a_price_list_within_the_library_is_no_offer(make, order, desk):
    request = order("dhl_parcel_de")
    adapter = make("dhl_parcel_de")
    assert "rate" not in adapter.abilities()
    with pytest.raises(NotSupported, match="gives no rates"):
        adapter.rate(RateRequest(request.sender, request.recipient, request.parcels))
    assert not desk.requests


@pytest.mark.parametrize("label_format", ["pdf", "zpl"])
@pytest.mark.parametrize("carrier", CARRIERS)
def test_booking_brings_numbers_and_labels(make, order, desk, carrier, label_format):
    adapter, request = make(carrier), order(carrier, label_format=label_format)
    booking = adapter.book(request)
    assert booking.id == desk.sold[0] and booking.reference == request.reference
    parcel = booking.parcels[0]
    assert parcel.reference == "P1" and parcel.tracking_number
    label = adapter.label(booking, parcel, label_format)
    if carrier == "canadapost":  # this server of theirs knows PDF alone
        assert label.format == "pdf"
    else:
        assert label.format == label_format
    assert label.content.startswith({"pdf": b"%PDF", "zpl": b"^XA"}[label.format])
    assert label.tracking_number == parcel.tracking_number
    sent = next(body for _method, path, _headers, body in desk.requests if BUY[carrier] in path)
    assert request.reference.encode() in sent


@pytest.mark.parametrize("carrier", CARRIERS)
def test_each_parcel_has_its_own_number_and_label_in_order(make, order, desk, carrier):
    adapter = make(carrier)
    kind = "pdf" if carrier == "canadapost" else "zpl"
    booking = adapter.book(order(carrier, count=3, label_format=kind))
    numbers = [parcel.tracking_number for parcel in booking.parcels]
    assert numbers == sorted(numbers) and len(set(numbers)) == 3
    assert [parcel.reference for parcel in booking.parcels] == ["P1", "P2", "P3"]
    for parcel in booking.parcels:
        content = adapter.label(booking, parcel, kind).content.decode()
        assert parcel.tracking_number in content or parcel.tracking_number[-3:] in content
    adapter.void(booking.id)
    assert sorted(desk.voided) == sorted(desk.sold)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_void(make, order, desk, carrier):
    adapter = make(carrier)
    booking = adapter.book(order(carrier))
    adapter.void(booking.id)
    assert desk.voided == desk.sold


def test_voiding_what_is_void_is_no_error(make, order, desk):
    adapter = make("ups")
    booking = adapter.book(order("ups"))
    adapter.void(booking.id)
    adapter.void(booking.id)
    assert desk.voided == desk.sold


@pytest.mark.parametrize(
    ("carrier", "codes", "first"),
    [
        ("ups", ["OR", "FS"], datetime(2026, 2, 9, 7, 13)),
        ("canadapost", ["20", "1496"], datetime(2026, 2, 3, 11, 59)),
        ("dhl_parcel_de", ["ZU", "ZU"], datetime(2026, 3, 17, 9, 10)),
    ],
)
def test_scans_hold_the_carriers_own_codes(make, carrier, codes, first):
    scans = make(carrier).track("1Z12345" if carrier == "ups" else "00340434161094015902")
    assert [scan.raw_code for scan in scans] == codes
    assert {scan.field for scan in scans} == {"code"}
    # None of the three says in which zone the clock stands, so none is made up.
    assert scans[0].occurred_at == first and scans[0].occurred_at.tzinfo is None


def test_pickup_and_calling_it_off(make, desk):
    adapter = make("ups")
    address = Address("Own", "Quay 1", city="Wayne", zip="07470", state="NJ", country="US", phone="15145550100")
    request = PickupRequest("PU-1", address, datetime(2026, 12, 1, 14), datetime(2026, 12, 1, 17), 3, 6.0)
    pickup = adapter.pickup(request)
    assert pickup.id == "2929602E9CP 2026-12-01"
    adapter.cancel_pickup(pickup.id)
    method, path, headers, _body = desk.requests[-1]
    assert method == "DELETE" and headers["Prn"] == "2929602E9CP", path


def test_a_return_runs_from_the_customer_to_us(make, order, desk):
    booking = make("ups").book(order("ups", is_return=True))
    sent = json.loads(next(body for _m, path, _h, body in desk.requests if path.endswith("/ship")))
    assert "ReturnService" in sent["ShipmentRequest"]["Shipment"]
    assert booking.parcels[0].tracking_number


def test_what_a_carrier_cannot_do_is_said_so(make):
    adapter = make("ups")
    with pytest.raises(LookupUnsupported):
        adapter.find_bookings("BKG-1")
    with pytest.raises(NotSupported, match="UPS wants no manifest"):
        adapter.manifest(ManifestRequest("M-1", Address("Own"), ("1Z",)))
    assert adapter.abilities() == {"rate", "book", "label", "void", "track", "pickup", "return"}


def test_login_is_kept_for_the_next_call(make, order, desk):
    make("ups").book(order("ups"))
    make("ups").book(order("ups"))
    assert len([path for path in desk.paths() if "token" in path]) == 1


# -- what goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("carrier", CARRIERS)
def test_refused_credentials(make, order, desk, carrier):
    wrong = {"password": "wrong"} if carrier == "canadapost" else {"client_secret": "wrong"}
    adapter = make(carrier, **wrong)
    with pytest.raises(AccountRefused) as caught:
        adapter.check()
    with pytest.raises(AccountRefused):
        adapter.book(order(carrier))
    assert not desk.sold
    assert "wrong" not in str(caught.value)


def test_what_the_account_lacks_is_named_before_anything_is_sent(make, order, desk):
    with pytest.raises(AccountRefused, match="lacks what the carrier wants to know: Client secret"):
        make("ups", client_secret="").book(order("ups"))
    assert not desk.requests


@pytest.mark.parametrize("carrier", CARRIERS)
def test_silence_after_sending_leaves_doubt_and_nothing_is_bought_twice(make, order, desk, carrier):
    desk.fault = Fault(BUY[carrier], delay=1.5)
    adapter, request = make(carrier, timeout=0.5), order(carrier)
    with pytest.raises(TransientCarrierError) as caught:
        buy_once(adapter, request, first_try=True)
    assert caught.value.maybe_done
    desk.fault = None
    with pytest.raises(LookupUnsupported):
        buy_once(adapter, request, first_try=False)
    assert len(desk.sold) == 1


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_cut_line_leaves_doubt(make, order, desk, carrier):
    desk.fault = Fault(BUY[carrier], cut=True)
    with pytest.raises(TransientCarrierError) as caught:
        make(carrier).book(order(carrier))
    assert caught.value.maybe_done and len(desk.sold) == 1


@pytest.mark.parametrize("carrier", ["ups", "dhl_parcel_de"])
def test_silence_at_the_login_leaves_no_doubt(make, order, desk, carrier):
    desk.fault = Fault("token", delay=1.5)
    with pytest.raises(TransientCarrierError) as caught:
        make(carrier, timeout=0.5).book(order(carrier))
    assert not caught.value.maybe_done and not desk.sold


def test_nobody_listens(make, order):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(TransientCarrierError, match="no connection") as caught:
            make("canadapost", url=url).book(order("canadapost"))
    assert not caught.value.maybe_done


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("body", [b"<html>Welcome</html>", b"", b"\xff\xfe\x00garbage", b'{"a": [1, 2'])
def test_garbage_after_sending_leaves_doubt(make, order, desk, carrier, body):
    desk.fault = Fault(BUY[carrier], status=200, body=body)
    with pytest.raises(TransientCarrierError) as caught:
        make(carrier).book(order(carrier))
    assert caught.value.maybe_done


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_carrier_in_trouble(make, order, desk, carrier):
    desk.fault = Fault(BUY[carrier], status=502, body=b"Bad gateway")
    with pytest.raises(TransientCarrierError, match="answered 502: Bad gateway") as caught:
        make(carrier).book(order(carrier))
    assert caught.value.maybe_done
    assert len([path for path in desk.paths() if BUY[carrier] in path]) == 1, "the library tried again by itself"


@pytest.mark.parametrize(("status", "headers"), [(429, {"Retry-After": "7"}), (503, {"Retry-After": "7"})])
def test_a_busy_carrier_is_left_alone(make, order, desk, status, headers):
    desk.fault = Fault("/ship", status=status, body=b"{}", headers=headers)
    with pytest.raises(CarrierBusy) as caught:
        make("ups").book(order("ups"))
    assert caught.value.retry_after == 7


def test_redirects_are_not_followed(make, order, desk):
    desk.fault = Fault("/ship", status=302, body=b"", headers={"Location": "http://127.0.0.1:1/elsewhere"})
    with pytest.raises(AccountRefused, match="redirects are not followed"):
        make("ups").book(order("ups"))


def test_a_refusal_says_what_is_wrong(make, order, desk):
    with pytest.raises(RejectedByCarrier, match="postal code is not known"):
        make("dhl_parcel_de").book(order("dhl_parcel_de", zip_code="99999"))
    assert not desk.sold


def test_the_second_of_three_parcels_refused_leaves_doubt(make, order, desk):
    from . import karrio_answers

    body = karrio_answers.canadapost_messages("9111", "Postal code is invalid").encode()
    desk.fault = Fault("/shipment", status=400, body=body, skip=1)
    with pytest.raises(TransientCarrierError, match=r"Postal code is invalid|cannot be read") as caught:
        make("canadapost").book(order("canadapost", count=3))
    assert caught.value.maybe_done


def test_a_label_that_cannot_be_fetched_does_not_undo_the_booking(make, order, desk):
    desk.fault = Fault("/artifact/", status=500, body=b"later")
    adapter = make("canadapost")
    booking = adapter.book(order("canadapost"))
    assert booking.id == desk.sold[0]
    with pytest.raises(RejectedByCarrier, match=r"No label of .* came with the booking"):
        adapter.label(booking, booking.parcels[0], "pdf")


def test_an_address_that_is_not_complete_is_said_so_at_once(make, order, desk):
    with pytest.raises(RejectedByCarrier, match="Recipient: street, country"):
        make("ups").book(order("ups", recipient=Address("Dora", city="Wayne")))
    assert not desk.requests


def test_an_unknown_number_is_a_refusal(make):
    with pytest.raises(RejectedByCarrier, match="Invalid inquiry number"):
        make("ups").track("0")


# -- what the library may not do ------------------------------------------------------------------------------------


def test_certificates_are_still_checked_after_loading():
    from carrier_adapters import karrio_library

    karrio_library.load()
    context = ssl._create_default_https_context()
    assert context.verify_mode == ssl.CERT_REQUIRED and context.check_hostname


def test_no_request_leaves_outside_a_call():
    from carrier_adapters import karrio_library

    karrio_library.load()
    import karrio.lib as lib

    with pytest.raises(AccountRefused, match="outside a call"):
        lib.request(url="http://127.0.0.1:1/", method="GET")


def test_labels_are_not_sent_to_strangers(make, desk):
    from carrier_adapters.karrio_line import Line

    line = Line(HttpClient("", timeout=1))
    import karrio.lib as lib

    with line.in_use(), pytest.raises(AccountRefused, match="labels are not sent there"):
        lib.zpl_to_pdf(base64.b64encode(b"^XA^XZ").decode(), 4, 6)


def test_credentials_go_to_the_carriers_own_hosts_alone(desk):
    from urllib.error import HTTPError
    from urllib.request import Request

    from carrier_adapters.karrio_line import Line

    line = Line(HttpClient("", timeout=2))
    line.hosts = {"api.carrier.example"}
    with pytest.raises(HTTPError):
        line.open(Request(f"{desk.url}/vis/track/pin/1", headers={"Authorization": "Basic c2VjcmV0"}, method="GET"))
    assert "Authorization" not in desk.requests[-1][2]


def test_secrets_stand_in_no_error_no_log_no_name(make, order, desk, caplog):
    caplog.set_level(logging.DEBUG)
    console = io.StringIO()
    said = []
    basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
    tokens = {"ups": "ups-access-token-123456", "dhl_parcel_de": "dhl-access-token-123456", "canadapost": ""}
    with contextlib.redirect_stderr(console), contextlib.redirect_stdout(console):
        for carrier in CARRIERS:
            # What each of them knows of us, said back to us.
            known = f"You said {CLIENT}:{SECRET} {basic if carrier != 'dhl_parcel_de' else 'p4ssword'} "
            echo = f"{known} {tokens[carrier]}".encode()
            for status in (200, 400, 401, 418, 500):
                desk.fault = Fault(BUY[carrier], status=status, body=echo)
                adapter = make(carrier)
                with pytest.raises(Exception) as caught:
                    adapter.book(order(carrier))
                said += [str(caught.value), repr(caught.value), repr(adapter), repr(adapter.settings)]
            desk.fault = Fault("", status=401, body=known.encode())
            with pytest.raises(AccountRefused) as caught:
                make(carrier).check()
            said.append(str(caught.value))
    text = "\n".join([*said, caplog.text, console.getvalue()])
    for secret in (SECRET, "p4ssword", "access-token-123456", basic):
        assert secret not in text
    assert re.search(r"answered 500", text)


def test_what_a_package_does_not_know_is_neither_printed_nor_logged(capfd, caplog):
    from carrier_adapters import karrio_library

    caplog.set_level(logging.DEBUG)
    karrio_library.load()
    import karrio.lib as lib
    from karrio.mappers.ups.settings import Settings as UpsSettings

    given = {"client_id": "a", "client_secret": "b", "carrier_id": "ups", "surprise": "s3cret"}
    assert lib.to_object(UpsSettings, given).client_id == "a"
    assert "s3cret" not in caplog.text + "".join(capfd.readouterr())


def test_an_answer_without_end_is_cut(make, order, desk):
    desk.fault = Fault("/ship", status=200, body=b"x" * (11 * 1024 * 1024))
    with pytest.raises(TransientCarrierError, match="longer than") as caught:
        make("ups").book(order("ups"))
    assert caught.value.maybe_done
