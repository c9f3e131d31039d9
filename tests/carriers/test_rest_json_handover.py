"""The REST adapter at the dock and after it: drivers, the day's list, scans, changes of plan, against the simulator."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from carrier_adapters import (
    INSTRUCTIONS,
    InstructionRequest,
    LookupUnsupported,
    ManifestRequest,
    NotSupported,
    PickupRequest,
    RateRequest,
    RejectedByCarrier,
    TransientCarrierError,
)
from carrier_adapters.rest_json_handover import moment

READY = datetime(2026, 3, 4, 15, 0, tzinfo=timezone.utc)


@pytest.fixture
def pickup_for(request_for):
    def make(reference="PUP-1", hours=2):
        close = READY + timedelta(hours=hours)
        return PickupRequest(reference, request_for().sender, READY, close, 3, 7.5)

    return make


def test_everything_the_dialect_offers_is_an_ability(make_adapter):
    calls = {"rate", "book", "find", "label", "void", "track", "pickup", "manifest", "return"}
    assert make_adapter().abilities() == calls | set(INSTRUCTIONS)
    poor = {"paths": {"pickup": None, "instruct": None}, "send": {"book": {"is_return": None}}}
    able = make_adapter(vocabulary=poor).abilities()
    assert able == calls - {"pickup", "return"}


def test_pickup_is_asked_found_and_called_off(make_adapter, pickup_for, carrier):
    adapter = make_adapter()
    pickup = adapter.pickup(pickup_for())
    assert pickup.planned_at == READY
    assert adapter.find_pickups("PUP-1") == [pickup]
    adapter.cancel_pickup(pickup.id)
    assert [found.cancelled for found in adapter.find_pickups("PUP-1")] == [True]
    assert carrier.state()["pickups"][0]["parcel_count"] == 3


def test_refused_pickup_names_the_field(make_adapter, pickup_for):
    with pytest.raises(RejectedByCarrier) as caught:
        make_adapter().pickup(pickup_for(hours=-1))
    assert caught.value.field == "close_at"


def test_lost_reply_of_a_pickup_leaves_doubt(make_adapter, pickup_for, carrier):
    carrier.control(mode="drop_reply", path="/pickups", times=1)
    with pytest.raises(TransientCarrierError) as caught:
        make_adapter().pickup(pickup_for())
    assert caught.value.maybe_done
    assert len(make_adapter().find_pickups("PUP-1")) == 1


def test_look_up_that_is_not_offered_says_so(make_adapter):
    adapter = make_adapter(vocabulary={"paths": {"find_pickup": None, "find_manifest": None}})
    with pytest.raises(LookupUnsupported):
        adapter.find_pickups("PUP-1")
    with pytest.raises(LookupUnsupported):
        adapter.find_manifests("MAN-1")


def test_manifest_brings_its_document(make_adapter, request_for):
    adapter = make_adapter()
    ids = tuple(adapter.book(request_for(reference=f"R{number}")).id for number in range(2))
    manifest = adapter.manifest(ManifestRequest("MAN-1", request_for().sender, ids))
    assert manifest.content.startswith(b"%PDF")
    assert manifest.format == "pdf"
    assert [found.id for found in adapter.find_manifests("MAN-1")] == [manifest.id]
    with pytest.raises(RejectedByCarrier, match="is on a manifest already"):
        adapter.manifest(ManifestRequest("MAN-2", request_for().sender, ids[:1]))


def test_scans_come_oldest_first_with_their_zone(make_adapter, request_for, carrier):
    adapter = make_adapter()
    number = adapter.book(request_for()).parcels[0].tracking_number
    assert adapter.track(number) == []
    carrier.act("scan", tracking_number=number, code="DEPOT", wait=False)
    carrier.act("scan", tracking_number=number, code="COLLECTED", age_s=60, wait=False)
    events = adapter.track(number)
    assert [event.raw_code for event in events] == ["COLLECTED", "DEPOT"]
    assert events[0].place == "Ghent"
    assert events[0].occurred_at.tzinfo is not None


def test_change_of_plan_is_told_in_the_carriers_word(make_adapter, request_for, carrier):
    adapter = make_adapter()
    booking = adapter.book(request_for())
    numbers = (booking.parcels[0].tracking_number,)
    ask = InstructionRequest("INS-1", "change_date", booking.id, numbers, day=date(2026, 3, 9))
    assert adapter.instruct(ask).tracking_numbers == numbers
    (told,) = carrier.state()["instructions"]
    assert (told["kind"], told["day"], told["reference"]) == ("change_date", "2026-03-09", "INS-1")
    assert [found.id for found in adapter.find_instructions("INS-1")] == [told["id"]]
    assert adapter.find_instructions("INS-2") == []
    with pytest.raises(LookupUnsupported, match="instructions"):
        make_adapter(vocabulary={"paths": {"find_instruction": None}}).find_instructions("INS-1")
    other = make_adapter(vocabulary={"instructions": {"change_date": None}})
    with pytest.raises(NotSupported, match="change_date"):
        other.instruct(ask)


def test_return_is_said_only_where_it_is_one(make_adapter, request_for, carrier):
    adapter = make_adapter()
    adapter.book(request_for(reference="OUT"))
    adapter.book(replace(request_for(reference="BACK"), is_return=True, packaging="BOX", incoterm="DAP"))
    out, back = (json.loads(row["body"]) for row in carrier.received() if row["method"] == "POST")
    assert not {"is_return", "packaging", "incoterm"} & set(out)
    assert (back["is_return"], back["packaging"], back["incoterm"]) == (True, "BOX", "DAP")
    with pytest.raises(NotSupported, match="no returns"):
        make_adapter(vocabulary={"send": {"book": {"is_return": None}}}).book(replace(request_for(), is_return=True))


def test_price_comes_in_parts(make_adapter, request_for):
    ask = request_for()
    rate = make_adapter().rate(RateRequest(ask.sender, ask.recipient, ask.parcels))[0]
    assert (rate.base, rate.surcharges) == (Decimal("6.5"), (("Weight", Decimal("2.0")),))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("2026-03-04T15:00:00Z", READY),
        ("2026-03-04T16:00:00+01:00", READY),
        ("2026-03-04T15:00:00", READY),
        (1772636400, READY),
        (1772636400000, READY),
    ],
)
def test_times_of_many_kinds(value, expected):
    assert moment(value) == expected


def test_what_is_no_time_is_refused():
    with pytest.raises(ValueError, match=r"is no time|Invalid isoformat"):
        moment("tomorrow")
