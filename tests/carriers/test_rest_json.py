"""The REST adapter against the carrier simulator: rates, bookings, labels, voids and everything that goes wrong."""

import socket
import time
from decimal import Decimal

import pytest
from carrier_adapters import (
    AccountRefused,
    CarrierBusy,
    RateRequest,
    RejectedByCarrier,
    TransientCarrierError,
)


def bookings(carrier):
    return carrier.state()["bookings"]


def test_rates_come_cheapest_first_as_exact_amounts(make_adapter, request_for):
    ask = request_for()
    rates = make_adapter().rate(RateRequest(ask.sender, ask.recipient, ask.parcels))
    assert [(rate.service, rate.amount, rate.currency, rate.transit_days) for rate in rates] == [
        ("standard", Decimal("8.5"), "EUR", 3),
        ("express", Decimal("18.65"), "EUR", 1),
    ]


def test_rates_can_be_narrowed_to_services(make_adapter, request_for):
    ask = request_for()
    rates = make_adapter().rate(RateRequest(ask.sender, ask.recipient, ask.parcels, services=("express",)))
    assert [rate.service for rate in rates] == ["express"]


def test_booking_is_found_again_by_our_reference(make_adapter, request_for, carrier):
    adapter = make_adapter()
    booking = adapter.book(request_for(weights=(1, 2)))
    assert [parcel.reference for parcel in booking.parcels] == ["P1", "P2"]
    assert len({parcel.tracking_number for parcel in booking.parcels}) == 2
    assert adapter.find_bookings("BKG-00001-AB12") == [booking]
    assert adapter.find_bookings("BKG-00002-AB12") == []
    sent = next(row for row in carrier.received() if row["method"] == "POST")
    assert sent["headers"]["Idempotency-Key"] == "BKG-00001-AB12"


@pytest.mark.parametrize(("form", "magic"), [("pdf", b"%PDF"), ("zpl", b"^XA")])
def test_label_is_what_was_asked_for(make_adapter, request_for, form, magic):
    adapter = make_adapter()
    booking = adapter.book(request_for(label_format=form))
    label = adapter.label(booking, booking.parcels[0], form)
    assert label.content.startswith(magic)
    assert label.tracking_number == booking.parcels[0].tracking_number


def test_an_error_page_is_no_label(make_adapter, request_for, carrier):
    adapter = make_adapter()
    booking = adapter.book(request_for())
    carrier.control(mode="garbage", path="/labels", times=1)
    with pytest.raises(TransientCarrierError, match="is no PDF"):
        adapter.label(booking, booking.parcels[0], "pdf")


def test_voided_booking_is_told_as_voided(make_adapter, request_for):
    adapter = make_adapter()
    booking = adapter.book(request_for())
    adapter.void(booking.id)
    assert [found.voided for found in adapter.find_bookings(booking.reference)] == [True]


def test_refusal_names_the_field_and_is_final(make_adapter, request_for, carrier):
    with pytest.raises(RejectedByCarrier) as caught:
        make_adapter().book(request_for(city=""))
    assert caught.value.field == "to.city"
    assert "to.city is missing" in str(caught.value)
    assert not caught.value.maybe_done
    assert not bookings(carrier)


def test_lost_reply_leaves_doubt(make_adapter, request_for, carrier):
    carrier.control(mode="drop_reply", times=1)
    with pytest.raises(TransientCarrierError) as caught:
        make_adapter().book(request_for())
    assert caught.value.maybe_done
    assert len(bookings(carrier)) == 1


def test_garbage_instead_of_a_booking_leaves_doubt(make_adapter, request_for, carrier):
    carrier.control(mode="garbage", times=1)
    with pytest.raises(TransientCarrierError, match="not JSON") as caught:
        make_adapter().book(request_for())
    assert caught.value.maybe_done


def test_server_error_leaves_doubt(make_adapter, request_for, carrier):
    carrier.control(mode="500", times=1)
    with pytest.raises(TransientCarrierError, match="answered 500") as caught:
        make_adapter().book(request_for())
    assert caught.value.maybe_done


def test_refused_connection_leaves_no_doubt(make_adapter, request_for):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(TransientCarrierError, match="no connection") as caught:
            make_adapter(url=url).book(request_for())
    assert not caught.value.maybe_done
    assert "0x" not in str(caught.value)


def test_busy_carrier_says_for_how_long(make_adapter, request_for, carrier):
    carrier.control(mode="429", retry_after=7, times=1)
    with pytest.raises(CarrierBusy) as caught:
        make_adapter().book(request_for())
    assert caught.value.retry_after == 7
    assert not bookings(carrier)


def test_wrong_token_is_the_accounts_fault_and_stays_secret(make_adapter, request_for):
    with pytest.raises(AccountRefused) as caught:
        make_adapter(token="wrong-t0ken").check()
    assert "401" in str(caught.value)
    assert "wrong-t0ken" not in str(caught.value)


def test_redirects_are_not_followed(make_adapter, carrier):
    carrier.control(mode="302", times=1)
    with pytest.raises(AccountRefused, match="redirects are not followed"):
        make_adapter().check()
    assert len(carrier.received()) == 1


def test_slow_carrier_is_given_up_in_time(make_adapter, request_for, carrier):
    carrier.control(mode="slow", delay_s=3, times=1)
    begun = time.monotonic()
    with pytest.raises(TransientCarrierError, match=r"no answer within 0\.5 s") as caught:
        make_adapter(timeout=0.5).book(request_for())
    assert caught.value.maybe_done
    assert time.monotonic() - begun < 2
    carrier.control(mode="ok")


def test_reset_waits_for_a_call_its_caller_gave_up(make_adapter, request_for, carrier):
    carrier.control(mode="slow", delay_s=30, times=1)
    with pytest.raises(TransientCarrierError):
        make_adapter(timeout=0.2).book(request_for())
    assert not bookings(carrier)
    carrier.reset()
    make_adapter().check()
    assert not bookings(carrier)
    assert [row["method"] for row in carrier.received()] == ["GET"]


def test_check_works_and_leaves_no_trace(make_adapter, carrier):
    make_adapter().check()
    assert not bookings(carrier)


def test_address_that_must_not_be_called_is_refused_before_any_call(make_adapter, carrier):
    def resolve(url):
        raise ValueError("127.0.0.1 is a private address")

    with pytest.raises(AccountRefused, match=r"must not be called: 127\.0\.0\.1 is a private"):
        make_adapter(resolve=resolve).check()
    assert not carrier.received()


def test_connection_goes_to_the_checked_address(make_adapter, carrier):
    port = carrier.url.rpartition(":")[2]
    adapter = make_adapter(url=f"http://carrier.invalid:{port}", resolve=lambda url: "127.0.0.1")
    adapter.check()
    assert carrier.received()[0]["headers"]["Host"] == f"carrier.invalid:{port}"


def test_token_goes_to_the_accounts_own_host_only(make_adapter, carrier):
    adapter = make_adapter()
    elsewhere = carrier.url.replace("127.0.0.1", "localhost") + "/labels/X.pdf"
    with pytest.raises(AccountRefused, match="401"):
        adapter.http.content(elsewhere)
    assert "Authorization" not in carrier.received()[-1]["headers"]


def test_refusal_begins_with_what_the_carrier_says(make_adapter, request_for):
    with pytest.raises(RejectedByCarrier) as caught:
        make_adapter().book(request_for(service="pigeon"))
    assert str(caught.value).startswith("Unknown service 'pigeon'")
    assert "answered 422" in str(caught.value)
