"""Real carriers' packages of Karrio against their interfaces on a socket: three ways of asking, one port."""

import json
import socket
from datetime import datetime
from decimal import Decimal

import pytest
from carrier_adapters import (
    AccountRefused,
    Address,
    CarrierBusy,
    LookupUnsupported,
    ManifestRequest,
    NotSupported,
    PickupRequest,
    RateRequest,
    RejectedByCarrier,
    TransientCarrierError,
    buy_once,
)

from .karrio_case import BUY, CARRIERS
from .karrio_server import Fault

pytest.importorskip("karrio", reason="Karrio needs Python 3.11 or later")

# -- what works -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("carrier", CARRIERS)
def test_account_is_let_in(karrio_account, carrier):
    karrio_account(carrier).check()


@pytest.mark.parametrize("carrier", ["ups", "canadapost"])
def test_rates_are_the_carriers_own(karrio_account, karrio_order, carrier):
    request = karrio_order(carrier)
    rates = karrio_account(carrier).rate(RateRequest(request.sender, request.recipient, request.parcels))
    assert [rate.service for rate in rates] == {
        "ups": ["ups_ground", "ups_next_day_air"],
        "canadapost": ["canadapost_expedited_parcel", "canadapost_priority"],
    }[carrier]
    assert rates[0].amount == {"ups": Decimal("12.35"), "canadapost": Decimal("10.21")}[carrier]
    assert rates[0].currency == {"ups": "USD", "canadapost": "CAD"}[carrier]
    assert rates[0].transit_days == {"ups": 4, "canadapost": 2}[carrier]


def test_a_price_list_within_the_library_is_no_offer(karrio_account, karrio_order, desk):
    request = karrio_order("dhl_parcel_de")
    adapter = karrio_account("dhl_parcel_de")
    assert "rate" not in adapter.abilities()
    with pytest.raises(NotSupported, match="gives no rates"):
        adapter.rate(RateRequest(request.sender, request.recipient, request.parcels))
    assert not desk.requests


@pytest.mark.parametrize("label_format", ["pdf", "zpl"])
@pytest.mark.parametrize("carrier", CARRIERS)
def test_booking_brings_numbers_and_labels(karrio_account, karrio_order, desk, carrier, label_format):
    adapter, request = karrio_account(carrier), karrio_order(carrier, label_format=label_format)
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
def test_each_parcel_has_its_own_number_and_label_in_order(karrio_account, karrio_order, desk, carrier):
    adapter = karrio_account(carrier)
    kind = "pdf" if carrier == "canadapost" else "zpl"
    booking = adapter.book(karrio_order(carrier, count=3, label_format=kind))
    numbers = [parcel.tracking_number for parcel in booking.parcels]
    assert numbers == sorted(numbers) and len(set(numbers)) == 3
    assert [parcel.reference for parcel in booking.parcels] == ["P1", "P2", "P3"]
    for parcel in booking.parcels:
        content = adapter.label(booking, parcel, kind).content.decode()
        assert parcel.tracking_number in content or parcel.tracking_number[-3:] in content
    adapter.void(booking.id)
    assert sorted(desk.voided) == sorted(desk.sold)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_void(karrio_account, karrio_order, desk, carrier):
    adapter = karrio_account(carrier)
    booking = adapter.book(karrio_order(carrier))
    adapter.void(booking.id)
    assert desk.voided == desk.sold


def test_voiding_what_is_void_is_no_error(karrio_account, karrio_order, desk):
    adapter = karrio_account("ups")
    booking = adapter.book(karrio_order("ups"))
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
def test_scans_hold_the_carriers_own_codes(karrio_account, carrier, codes, first):
    scans = karrio_account(carrier).track("1Z12345" if carrier == "ups" else "00340434161094015902")
    assert [scan.raw_code for scan in scans] == codes
    assert {scan.field for scan in scans} == {"code"}
    # None of the three says in which zone the clock stands, so none is made up.
    assert scans[0].occurred_at == first and scans[0].occurred_at.tzinfo is None


def test_pickup_and_calling_it_off(karrio_account, desk):
    adapter = karrio_account("ups")
    address = Address("Own", "Quay 1", city="Wayne", zip="07470", state="NJ", country="US", phone="15145550100")
    request = PickupRequest("PU-1", address, datetime(2026, 12, 1, 14), datetime(2026, 12, 1, 17), 3, 6.0)
    pickup = adapter.pickup(request)
    assert pickup.id == "2929602E9CP 2026-12-01"
    adapter.cancel_pickup(pickup.id)
    method, path, headers, _body = desk.requests[-1]
    assert method == "DELETE" and headers["Prn"] == "2929602E9CP", path


def test_a_return_runs_from_the_customer_to_us(karrio_account, karrio_order, desk):
    booking = karrio_account("ups").book(karrio_order("ups", is_return=True))
    sent = json.loads(next(body for _m, path, _h, body in desk.requests if path.endswith("/ship")))
    assert "ReturnService" in sent["ShipmentRequest"]["Shipment"]
    assert booking.parcels[0].tracking_number


def test_what_a_carrier_cannot_do_is_said_so(karrio_account):
    adapter = karrio_account("ups")
    with pytest.raises(LookupUnsupported):
        adapter.find_bookings("BKG-1")
    with pytest.raises(NotSupported, match="UPS wants no manifest"):
        adapter.manifest(ManifestRequest("M-1", Address("Own"), ("1Z",)))
    assert adapter.abilities() == {"rate", "book", "label", "void", "track", "pickup", "return"}


def test_login_is_kept_for_the_next_call(karrio_account, karrio_order, desk):
    karrio_account("ups").book(karrio_order("ups"))
    karrio_account("ups").book(karrio_order("ups"))
    assert len([path for path in desk.paths() if "token" in path]) == 1


# -- what goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("carrier", CARRIERS)
def test_refused_credentials(karrio_account, karrio_order, desk, carrier):
    wrong = {"password": "wrong"} if carrier == "canadapost" else {"client_secret": "wrong"}
    adapter = karrio_account(carrier, **wrong)
    with pytest.raises(AccountRefused) as caught:
        adapter.check()
    with pytest.raises(AccountRefused):
        adapter.book(karrio_order(carrier))
    assert not desk.sold
    assert "wrong" not in str(caught.value)


def test_what_the_account_lacks_is_named_before_anything_is_sent(karrio_account, karrio_order, desk):
    with pytest.raises(AccountRefused, match="lacks what the carrier wants to know: Client secret"):
        karrio_account("ups", client_secret="").book(karrio_order("ups"))
    assert not desk.requests


@pytest.mark.parametrize("carrier", CARRIERS)
def test_silence_after_sending_leaves_doubt_and_nothing_is_bought_twice(karrio_account, karrio_order, desk, carrier):
    desk.fault = Fault(BUY[carrier], delay=1.5)
    adapter, request = karrio_account(carrier, timeout=0.5), karrio_order(carrier)
    with pytest.raises(TransientCarrierError) as caught:
        buy_once(adapter, request, first_try=True)
    assert caught.value.maybe_done
    desk.fault = None
    with pytest.raises(LookupUnsupported):
        buy_once(adapter, request, first_try=False)
    assert len(desk.sold) == 1


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_cut_line_leaves_doubt(karrio_account, karrio_order, desk, carrier):
    desk.fault = Fault(BUY[carrier], cut=True)
    with pytest.raises(TransientCarrierError) as caught:
        karrio_account(carrier).book(karrio_order(carrier))
    assert caught.value.maybe_done and len(desk.sold) == 1


@pytest.mark.parametrize("carrier", ["ups", "dhl_parcel_de"])
def test_silence_at_the_login_leaves_no_doubt(karrio_account, karrio_order, desk, carrier):
    desk.fault = Fault("token", delay=1.5)
    with pytest.raises(TransientCarrierError) as caught:
        karrio_account(carrier, timeout=0.5).book(karrio_order(carrier))
    assert not caught.value.maybe_done and not desk.sold


def test_nobody_listens(karrio_account, karrio_order):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(TransientCarrierError, match="no connection") as caught:
            karrio_account("canadapost", url=url).book(karrio_order("canadapost"))
    assert not caught.value.maybe_done


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("body", [b"<html>Welcome</html>", b"", b"\xff\xfe\x00garbage", b'{"a": [1, 2'])
def test_garbage_after_sending_leaves_doubt(karrio_account, karrio_order, desk, carrier, body):
    desk.fault = Fault(BUY[carrier], status=200, body=body)
    with pytest.raises(TransientCarrierError) as caught:
        karrio_account(carrier).book(karrio_order(carrier))
    assert caught.value.maybe_done


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_carrier_in_trouble(karrio_account, karrio_order, desk, carrier):
    desk.fault = Fault(BUY[carrier], status=502, body=b"Bad gateway")
    with pytest.raises(TransientCarrierError, match="answered 502: Bad gateway") as caught:
        karrio_account(carrier).book(karrio_order(carrier))
    assert caught.value.maybe_done
    assert len([path for path in desk.paths() if BUY[carrier] in path]) == 1, "the library tried again by itself"


@pytest.mark.parametrize(("status", "headers"), [(429, {"Retry-After": "7"}), (503, {"Retry-After": "7"})])
def test_a_busy_carrier_is_left_alone(karrio_account, karrio_order, desk, status, headers):
    desk.fault = Fault("/ship", status=status, body=b"{}", headers=headers)
    with pytest.raises(CarrierBusy) as caught:
        karrio_account("ups").book(karrio_order("ups"))
    assert caught.value.retry_after == 7


def test_redirects_are_not_followed(karrio_account, karrio_order, desk):
    desk.fault = Fault("/ship", status=302, body=b"", headers={"Location": "http://127.0.0.1:1/elsewhere"})
    with pytest.raises(AccountRefused, match="redirects are not followed"):
        karrio_account("ups").book(karrio_order("ups"))


def test_a_refusal_says_what_is_wrong(karrio_account, karrio_order, desk):
    with pytest.raises(RejectedByCarrier, match="postal code is not known"):
        karrio_account("dhl_parcel_de").book(karrio_order("dhl_parcel_de", zip_code="99999"))
    assert not desk.sold


def test_the_second_of_three_parcels_refused_leaves_doubt(karrio_account, karrio_order, desk):
    from . import karrio_answers

    body = karrio_answers.canadapost_messages("9111", "Postal code is invalid").encode()
    desk.fault = Fault("/shipment", status=400, body=body, skip=1)
    with pytest.raises(TransientCarrierError, match=r"Postal code is invalid|cannot be read") as caught:
        karrio_account("canadapost").book(karrio_order("canadapost", count=3))
    assert caught.value.maybe_done


def test_a_label_that_cannot_be_fetched_does_not_undo_the_booking(karrio_account, karrio_order, desk):
    desk.fault = Fault("/artifact/", status=500, body=b"later")
    adapter = karrio_account("canadapost")
    booking = adapter.book(karrio_order("canadapost"))
    assert booking.id == desk.sold[0]
    with pytest.raises(RejectedByCarrier, match=r"No label of .* came with the booking"):
        adapter.label(booking, booking.parcels[0], "pdf")


def test_an_address_that_is_not_complete_is_said_so_at_once(karrio_account, karrio_order, desk):
    with pytest.raises(RejectedByCarrier, match="Recipient: street, country"):
        karrio_account("ups").book(karrio_order("ups", recipient=Address("Dora", city="Wayne")))
    assert not desk.requests


def test_an_unknown_number_is_a_refusal(karrio_account):
    with pytest.raises(RejectedByCarrier, match="Invalid inquiry number"):
        karrio_account("ups").track("0")
