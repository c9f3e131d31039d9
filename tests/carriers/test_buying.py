"""One label whatever happens: the rule that every try but the first looks up before it buys."""

import pytest
from carrier_adapters import LookupUnsupported, RejectedByCarrier, TransientCarrierError, ask_once, buy_once
from carrier_adapters.buying import settle, void_all

REFERENCE = "BKG-00001-AB12"


def living(carrier):
    return [booking["id"] for booking in carrier.state()["bookings"] if booking["state"] != "voided"]


def test_first_try_buys_without_looking_up(make_adapter, request_for, carrier):
    purchase = buy_once(make_adapter(), request_for(), first_try=True)
    assert not purchase.found
    assert [row["method"] for row in carrier.received()] == ["POST"]


def test_retry_after_a_lost_reply_finds_what_was_bought(make_adapter, request_for, carrier):
    adapter = make_adapter()
    carrier.control(mode="drop_reply", times=1)
    with pytest.raises(TransientCarrierError):
        buy_once(adapter, request_for(), first_try=True)
    purchase = buy_once(adapter, request_for(), first_try=False)
    assert purchase.found
    assert living(carrier) == [purchase.booking.id]


def test_retry_buys_when_nothing_was_bought(make_adapter, request_for, carrier):
    purchase = buy_once(make_adapter(), request_for(), first_try=False)
    assert not purchase.found
    assert living(carrier) == [purchase.booking.id]


def test_retry_does_not_buy_while_the_look_up_fails(make_adapter, request_for, carrier):
    carrier.control(mode="500", method="GET")
    for _try in range(3):
        with pytest.raises(TransientCarrierError):
            buy_once(make_adapter(), request_for(), first_try=False)
    assert not living(carrier)


def test_voided_booking_does_not_count_as_bought(make_adapter, request_for, carrier):
    adapter = make_adapter()
    adapter.void(adapter.book(request_for()).id)
    purchase = buy_once(adapter, request_for(), first_try=False)
    assert not purchase.found
    assert living(carrier) == [purchase.booking.id]


def test_no_second_purchase_where_nobody_can_tell(make_adapter, request_for, carrier):
    adapter = make_adapter(vocabulary={"paths": {"find": None}})
    with pytest.raises(LookupUnsupported):
        buy_once(adapter, request_for(), first_try=False)
    assert not living(carrier)


def test_carrier_that_overlooks_the_filter_is_found_out(make_adapter, request_for):
    make_adapter().book(request_for(reference="SOMETHING-ELSE"))
    unfiltered = make_adapter(vocabulary={"paths": {"find": "GET /bookings?reference=SOMETHING-ELSE"}})
    with pytest.raises(LookupUnsupported, match="other references"):
        buy_once(unfiltered, request_for(), first_try=False)


def test_settle_keeps_ours_and_voids_the_surplus(make_adapter, request_for, carrier):
    adapter = make_adapter()
    first, second = adapter.book(request_for()), adapter.book(request_for())
    settled = settle(adapter, REFERENCE, keep_id=second.id)
    assert settled.booking == second
    assert [booking.id for booking in settled.voided] == [first.id]
    assert living(carrier) == [second.id]
    assert not settle(adapter, REFERENCE, keep_id=second.id).voided


def test_surplus_that_cannot_be_voided_is_told(make_adapter, request_for, carrier):
    adapter = make_adapter()
    first, second = adapter.book(request_for()), adapter.book(request_for())
    carrier.act("scan", tracking_number=second.parcels[0].tracking_number, code="COLLECTED", wait=False)
    settled = settle(adapter, REFERENCE, keep_id=first.id)
    assert [(booking.id, "collected already" in why) for booking, why in settled.surplus] == [(second.id, True)]


def test_void_all_leaves_nothing(make_adapter, request_for, carrier):
    adapter = make_adapter()
    first, second = adapter.book(request_for()), adapter.book(request_for())
    assert void_all(adapter, REFERENCE, first.id) == [first.id, second.id]
    assert not living(carrier)


def test_void_all_of_what_was_never_bought_does_nothing(make_adapter, carrier):
    assert void_all(make_adapter(), REFERENCE) == []


def test_void_all_says_when_nobody_can_tell(make_adapter):
    adapter = make_adapter(vocabulary={"paths": {"find": None}})
    with pytest.raises(LookupUnsupported):
        void_all(adapter, REFERENCE)


def test_refused_void_is_told(make_adapter, request_for, carrier):
    adapter = make_adapter()
    booking = adapter.book(request_for())
    carrier.act("scan", tracking_number=booking.parcels[0].tracking_number, code="COLLECTED", wait=False)
    with pytest.raises(RejectedByCarrier, match="collected already") as caught:
        void_all(adapter, REFERENCE, booking.id, maybe_more=False)
    assert caught.value.status == 409


def test_what_was_asked_for_is_not_asked_for_again():
    class Held:
        def __init__(self, cancelled=False):
            self.cancelled = cancelled

    held, asked = Held(), []
    assert ask_once(lambda reference: [Held(cancelled=True), held], lambda: asked.append(1), REFERENCE, False) is held
    assert not asked
    ask_once(lambda reference: [Held(cancelled=True)], lambda: asked.append(1), REFERENCE, False)
    assert asked == [1], "what was called off does not count"
    ask_once(lambda reference: pytest.fail("looked up"), lambda: asked.append(2), REFERENCE, True)
    assert asked == [1, 2]
