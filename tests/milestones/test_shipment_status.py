"""The status of a shipment from those of its parcels, and the table itself."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from milestones import CLOSED, EXCEPTIONS, MILESTONES, TRANSITIONS, find_transition, rank, shipment_status
from milestones.track import CLEARED_BY, Status

START = datetime(2026, 3, 2)


def parcels(*codes):
    return [
        Status(milestone, exception, "actual", START + timedelta(hours=hour))
        for hour, (milestone, exception) in enumerate(codes)
    ]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], ("unknown", None)),
        ([("in_transit", None), ("delivered", None)], ("in_transit", None)),
        ([("delivered", None), ("delivered", None)], ("delivered", None)),
        ([("delivered", None), ("returning", "refused")], ("returning", "refused")),
        ([("delivered", None), ("returned", "refused")], ("delivered", "refused")),
        ([("cancelled", None), ("in_transit", None)], ("in_transit", None)),
        ([("cancelled", None), ("delivered", None)], ("delivered", None)),
        ([("cancelled", None), ("cancelled", None)], ("cancelled", None)),
        ([("in_transit", "delayed"), ("out_for_delivery", "damaged")], ("in_transit", "damaged")),
        ([("unknown", None), ("pre_transit", None)], ("unknown", None)),
    ],
)
def test_the_least_advanced_open_parcel_counts(codes, expected):
    for some in permutations(parcels(*codes)):
        status = shipment_status(some)
        assert (status.milestone, status.exception) == expected


def test_delivered_when_the_last_parcel_was():
    assert shipment_status(parcels(("delivered", None), ("delivered", None))).since == START + timedelta(hours=1)


def test_the_table_speaks_of_known_codes_and_has_no_double_rows():
    codes = {code for code, _label, _rank in MILESTONES}
    assert {row.source for row in TRANSITIONS} | {row.target for row in TRANSITIONS} <= codes
    assert len({(row.source, row.target, row.who) for row in TRANSITIONS}) == len(TRANSITIONS)
    known = {code for code, _label, _severity in EXCEPTIONS}
    assert {code for row in TRANSITIONS for code in row.after} | set(CLEARED_BY) <= known


def test_every_move_back_is_one_we_meant():
    back = {(row.source, row.target) for row in TRANSITIONS if rank(row.target) < rank(row.source)}
    assert {pair for pair in back if pair[0] != "cancelled"} == {
        ("at_customs", "in_transit"),
        ("arrived_at_destination", "in_transit"),
        ("out_for_delivery", "in_transit"),
        ("out_for_delivery", "arrived_at_destination"),
        ("available_for_pickup", "out_for_delivery"),
        ("delivered", "returning"),
    }


def test_every_open_milestone_has_a_way_to_an_end():
    reach = set(CLOSED)
    for _round in MILESTONES:
        reach |= {row.source for row in TRANSITIONS if row.target in reach}
    assert reach == {code for code, _label, _rank in MILESTONES}


def test_a_person_may_move_anything_to_any_known_code():
    assert find_transition("returned", "in_transit", "planner").event == "logistics.shipment.status_changed"
    with pytest.raises(ValueError, match="nowhere"):
        find_transition("returned", "nowhere", "planner")


def test_a_delivery_is_told_as_such():
    events = {row.event for row in TRANSITIONS if row.target == "delivered"}
    assert events == {"logistics.delivery.confirmed"}
