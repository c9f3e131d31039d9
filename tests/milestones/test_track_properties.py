"""What holds for any scans: order of arrival and repeats do not matter, and nothing moves outside the table."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from milestones import (
    CERTAINTIES,
    CLOSED,
    EXCEPTIONS,
    MILESTONES,
    Scan,
    Track,
    advance,
    find_transition,
    rank,
    retract,
)
from milestones.transitions import PLANNER

START = datetime(2026, 3, 2)
CODES = [code for code, _label, _rank in MILESTONES]


def scans(who=("carrier", "odoo", PLANNER)):
    return st.builds(
        Scan,
        occurred_at=st.integers(0, 12).map(lambda hours: START + timedelta(hours=hours)),
        milestone=st.sampled_from([None, *CODES]),
        exception=st.sampled_from([None, None, *(code for code, _label, _severity in EXCEPTIONS)]),
        certainty=st.sampled_from(["actual"] * 4 + [code for code, _label in CERTAINTIES]),
        who=st.sampled_from(who),
        raw_code=st.sampled_from(["", "A", "B"]),
        uid=st.sampled_from(["", "e1", "e2", "e3", "e4"]),
    )


def told(some):
    track = Track()
    for one in some:
        track, _effect = retract(track, one) if isinstance(one, str) else advance(track, one)
    return track


@given(st.data(), st.lists(scans(), max_size=9))
def test_any_order_and_any_repeats_end_in_the_same_state(data, some):
    repeats = data.draw(st.lists(st.sampled_from(some), max_size=6)) if some else []
    shuffled = data.draw(st.permutations(some + repeats))
    assert told(shuffled).status == told(some).status


@given(st.data(), st.lists(st.one_of(scans(), st.sampled_from(["e1", "e2", "e3"])), max_size=9))
def test_what_is_taken_back_never_counts_whenever_we_hear_of_it(data, some):
    repeats = data.draw(st.lists(st.sampled_from(some), max_size=6)) if some else []
    shuffled = data.draw(st.permutations(some + repeats))
    gone = {one for one in some if isinstance(one, str)}
    left = [one for one in some if not isinstance(one, str) and one.uid not in gone]
    assert told(shuffled).status == told(left).status


@given(st.lists(scans(), max_size=9))
def test_step_by_step_is_the_same_as_all_at_once(some):
    assert told(some) == Track.of(some)


@given(st.lists(scans(who=("carrier",)), max_size=9))
def test_in_the_order_of_occurrence_every_move_stands_in_the_table(some):
    track = Track()
    for scan in sorted(some, key=lambda one: one.order):
        after, _effect = advance(track, scan)
        old, new = track.status, after.status
        if old.milestone != new.milestone:
            assert find_transition(old.milestone, new.milestone, "carrier", scan.exception or old.exception)
        track = after


@given(st.lists(scans(who=("carrier",)), max_size=9), scans(who=("carrier",)))
def test_what_came_late_or_is_known_changes_neither_axis(some, last):
    before = told(some)
    after, effect = advance(before, last)
    if effect != "applied":
        assert after.status.milestone == before.status.milestone
        assert after.status.exception == before.status.exception


@given(st.lists(st.tuples(st.integers(0, 12), st.sampled_from(CODES[1:10])), max_size=9), st.integers(0, 12))
def test_without_trouble_an_outbound_scan_never_moves_a_parcel_back(some, hour):
    """Only customs, a new delivery after collection and the way back stand in the table without an exception."""
    way = [Scan(START + timedelta(hours=at), code) for at, code in some if code not in ("at_customs", "returning")]
    way = [scan for scan in way if scan.milestone != "available_for_pickup"]
    before = told(way)
    after, _effect = advance(before, Scan(START + timedelta(hours=hour), "in_transit"))
    assert rank(after.status.milestone) >= rank(before.status.milestone)


@given(st.lists(scans(who=("carrier",)), max_size=9))
def test_a_closed_parcel_has_no_open_attempt(some):
    status = told(some).status
    if status.milestone == "delivered":
        assert status.exception not in ("attempt_failed", "recipient_unavailable", "delayed", "weather")
    assert status.milestone in CLOSED or status.milestone in CODES
