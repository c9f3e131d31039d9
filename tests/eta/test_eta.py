"""Days, estimates and measures: tables of what follows from what, and laws that hold for any journey."""

from datetime import date, datetime, timedelta

import pytest
from eta import DELAY, STOPS, DeliveryDays, Journey, Trip, estimate, measure, percentile, weekend
from hypothesis import given
from hypothesis import strategies as st

# 2 March 2026 is a Monday.
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = (date(2026, 3, 2 + n) for n in range(7))
NEXT_MONDAY, NEXT_TUESDAY = date(2026, 3, 9), date(2026, 3, 10)


def at(day, hour=9):
    return datetime(day.year, day.month, day.day, hour)


@pytest.mark.parametrize(
    "start, count, off, holidays, expected",
    [
        (MONDAY, 2, {5, 6}, (), WEDNESDAY),
        (THURSDAY, 2, {5, 6}, (), NEXT_MONDAY),
        (SATURDAY, 0, {5, 6}, (), NEXT_MONDAY),
        (SATURDAY, 1, {5, 6}, (), NEXT_MONDAY),
        (MONDAY, 0, {5, 6}, (), MONDAY),
        (MONDAY, 1, {5, 6}, (TUESDAY,), WEDNESDAY),
        (WEDNESDAY, 2, {4, 5}, (), SUNDAY),
        (FRIDAY, 1, set(), (), SATURDAY),
    ],
)
def test_days_are_counted_by_delivery_days(start, count, off, holidays, expected):
    days = DeliveryDays(frozenset(off), frozenset(holidays))
    assert days.add(start, count) == expected
    if start in days:
        assert days.between(start, expected) == count


def test_weekends_differ_by_country():
    assert weekend("de") == {5, 6}
    assert weekend("EG") == {4, 5}
    assert weekend("IN") == {6}
    assert weekend(None) == {5, 6}
    with pytest.raises(ValueError, match="no day of the week"):
        DeliveryDays(frozenset(range(7)))


@pytest.mark.parametrize(
    "known, expected, last",
    [
        ({"days": 2}, WEDNESDAY, "takes"),
        ({"days": 1.2}, WEDNESDAY, "takes"),
        ({"days": 5, "working": False}, NEXT_MONDAY, "takes"),
        ({"days": 5}, NEXT_MONDAY, "takes"),
        ({"days": None}, None, "unknown_transit"),
        # on the way: the plan stands
        ({"days": 2, "milestone": "in_transit", "since": at(TUESDAY)}, WEDNESDAY, "takes"),
        # at the door: today, whatever the plan was
        ({"days": 4, "milestone": "out_for_delivery", "since": at(MONDAY)}, MONDAY, "out_for_delivery"),
        ({"days": None, "milestone": "out_for_delivery", "since": at(MONDAY)}, MONDAY, "out_for_delivery"),
        ({"days": 4, "milestone": "arrived_at_destination", "since": at(MONDAY)}, TUESDAY, "arrived_at_destination"),
        ({"days": 1, "milestone": "at_customs", "since": at(TUESDAY)}, THURSDAY, "at_customs"),
        ({"days": 5, "milestone": "at_customs", "since": at(TUESDAY)}, NEXT_MONDAY, "takes"),
        # there already, waiting to be fetched; its day may be over
        ({"days": 4, "milestone": "available_for_pickup", "since": at(MONDAY)}, MONDAY, "available_for_pickup"),
        # trouble
        ({"days": 1, "exception": "weather", "exception_since": at(WEDNESDAY)}, THURSDAY, "trouble"),
        ({"days": 5, "exception": "weather", "exception_since": at(TUESDAY)}, NEXT_MONDAY, "takes"),
        ({"days": 2, "exception": "customs_documents", "exception_since": at(FRIDAY)}, date(2026, 3, 11), "trouble"),
        (
            {"days": 2, "milestone": "out_for_delivery", "since": at(WEDNESDAY), "exception": "attempt_failed",
             "exception_since": at(FRIDAY, 18)},
            NEXT_MONDAY,
            "trouble",
        ),
        ({"days": 2, "exception": "lost"}, None, "trouble"),
        ({"days": 2, "exception": "damaged"}, WEDNESDAY, "takes"),
        ({"days": 2, "milestone": "returning"}, None, "returning"),
        # what was asked of the carrier
        ({"days": 2, "not_before": FRIDAY}, FRIDAY, "asked_for"),
        ({"days": 2, "not_before": SATURDAY}, NEXT_MONDAY, "asked_for"),
        ({"days": 2, "not_before": TUESDAY}, WEDNESDAY, "takes"),
        ({"days": 2, "stopped": True}, None, "stopped"),
        # the day is over and it is not there: it slips
        ({"days": 1, "now": at(THURSDAY)}, THURSDAY, "overdue"),
        ({"days": 1, "now": at(FRIDAY, 21)}, NEXT_MONDAY, "overdue"),
        ({"days": 1, "now": at(SATURDAY)}, NEXT_MONDAY, "overdue"),
        ({"days": 1, "now": at(TUESDAY, 21)}, WEDNESDAY, "overdue"),
        ({"days": 1, "now": at(TUESDAY, 19)}, TUESDAY, "takes"),
    ],
)  # fmt: skip
def test_estimate(known, expected, last):
    found = estimate(Journey(**{"now": at(MONDAY), "ship_day": MONDAY, **known}))
    assert (found.day, found.reasons[-1][0]) == (expected, last)


_JOURNEYS = st.builds(
    Journey,
    now=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 31)),
    ship_day=st.dates(min_value=date(2025, 12, 1), max_value=date(2026, 12, 31)),
    days=st.none() | st.floats(min_value=0, max_value=40),
    working=st.booleans(),
    milestone=st.sampled_from(["unknown", "pre_transit", "in_transit", "at_customs", "out_for_delivery", "delivered"]),
    since=st.none() | st.datetimes(min_value=datetime(2025, 12, 1), max_value=datetime(2026, 12, 31)),
    exception=st.none() | st.sampled_from(sorted(DELAY) + sorted(STOPS)),
    exception_since=st.none() | st.datetimes(min_value=datetime(2025, 12, 1), max_value=datetime(2026, 12, 31)),
    not_before=st.none() | st.dates(min_value=date(2026, 1, 1), max_value=date(2027, 1, 1)),
    stopped=st.booleans(),
)


@given(_JOURNEYS)
def test_an_arrival_is_never_in_the_past_and_always_explained(journey):
    found = estimate(journey)
    assert found.reasons
    assert found.day is None or found.day >= journey.now.date()


@given(_JOURNEYS, st.integers(0, 20))
def test_time_alone_never_brings_it_nearer(journey, later):
    today = estimate(journey).day
    then = estimate(Journey(**{**journey.__dict__, "now": journey.now + timedelta(days=later)})).day
    if today and then and (journey.exception is None or journey.exception_since):
        assert then >= today


@given(st.dates(), st.integers(0, 50), st.frozensets(st.integers(0, 6), max_size=6))
def test_adding_and_counting_agree(start, count, off):
    days = DeliveryDays(off)
    if start.year < 9990:
        assert days.between(start, days.add(start, count)) in (count, count + (start not in days and not count))


def test_lanes_with_few_deliveries_say_nothing():
    near = [Trip(("air", "WH", "DE", "10"), days) for days in (1, 1, 1, 1, 1, 1, 1, 2, 2, 9)]
    far = [Trip(("air", "WH", "DE", "80"), 4)] * 2
    found = measure(near + far, (3, 4), least=10)
    assert found == {("air", "WH", "DE", "10"): (1, 2, 10), ("air", "WH", "DE"): (1, 4, 12)}
    assert percentile([3, 1, 2, 5, 4], 0.8) == 4
    assert percentile([7], 0.5) == 7
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)
