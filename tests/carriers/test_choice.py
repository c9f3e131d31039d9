"""Which offer is taken, and the reason that is told for it."""

import pytest
from carrier_adapters import Candidate, Policy, choose, choose_by, in_time

CHEAP_SLOW = Candidate("road", 6.5, 4)
DEAR_FAST = Candidate("air", 15.0, 1)
MIDDLE = Candidate("rail", 9.0, 2)
SILENT = Candidate("mule", 1.0)


@pytest.mark.parametrize(
    ("candidates", "days_left", "expected"),
    [
        ([], 3, (None, "none")),
        ([DEAR_FAST], 0, ("air", "only")),
        ([DEAR_FAST, CHEAP_SLOW], None, ("road", "cheapest")),
        ([DEAR_FAST, MIDDLE, CHEAP_SLOW], 2, ("rail", "cheapest_in_time")),
        ([DEAR_FAST, MIDDLE, CHEAP_SLOW], 0, ("air", "fastest_late")),
        ([SILENT, DEAR_FAST], 1, ("air", "cheapest_in_time")),
        ([SILENT, Candidate("ox", 2.0)], 1, ("mule", "cheapest")),
    ],
)
def test_choice(candidates, days_left, expected):
    assert choose(candidates, days_left) == expected


ROAD = Candidate(1, 10.0, 4, carrier="road")
RAIL = Candidate(2, 12.0, 2, carrier="rail", contract=True)
AIR = Candidate(3, 30.0, 1, carrier="air")
ALL = [AIR, ROAD, RAIL]


@pytest.mark.parametrize(
    ("policy", "days_left", "key", "reason"),
    [
        (Policy(), 2, 2, "cheapest_in_time"),
        (Policy(goal="cheapest"), 2, 1, "cheapest"),
        (Policy(goal="fastest"), 4, 3, "fastest"),
        (Policy(), None, 1, "cheapest"),
        (Policy(), 0, 3, "fastest_late"),
        (Policy(late="cheapest"), 0, 1, "cheapest_late"),
        (Policy(late="ask"), 0, None, "late"),
        (Policy(excluded=frozenset({"rail"})), 2, 3, "cheapest_in_time"),
        (Policy(excluded=frozenset({"rail", "road", "air"})), 2, None, "excluded"),
        (Policy(goal="cheapest", preferred=("rail",), percent=20.0), None, 2, "preferred"),
        (Policy(goal="cheapest", preferred=("rail",), percent=19.0), None, 1, "cheapest"),
        (Policy(goal="cheapest", preferred=("rail",), extra=2.0), None, 2, "preferred"),
        (Policy(goal="cheapest", preferred=("air", "rail"), percent=25.0), None, 2, "preferred"),
        (Policy(preferred=("road",), percent=500.0), 2, 2, "cheapest_in_time"),
        (Policy(goal="cheapest", contract_first=True), None, 2, "cheapest"),
        (Policy(limit=11.0), 2, None, "limit"),
        (Policy(limit=12.0), 2, 2, "cheapest_in_time"),
    ],
)
def test_choice_by_policy(policy, days_left, key, reason):
    choice = choose_by(policy, ALL, days_left)
    assert (choice.key, choice.reason) == (key, reason)


def test_choice_tells_the_order_and_what_a_preference_costs():
    choice = choose_by(Policy(goal="cheapest", preferred=("rail",), percent=20.0), ALL)
    assert choice.order == (2, 1, 3)
    assert choice.more == pytest.approx(2.0)
    assert choose_by(Policy(), ALL, 2).order == (2, 3, 1), "those that are late come last"
    assert choose_by(Policy(excluded=frozenset({"air"})), ALL, 2).order == (2, 1)


def test_a_person_who_has_to_choose_is_still_advised():
    assert choose_by(Policy(limit=5.0), ALL, 2).key_best == 2
    assert choose_by(Policy(late="ask"), ALL, 0).key_best == 3


def test_promise_is_kept_or_cannot_be_told():
    assert in_time(2, 2) is True
    assert in_time(3, 2) is False
    assert in_time(None, 2) is None
    assert in_time(2, None) is None


def test_contract_offers_go_first_and_it_is_told():
    choice = choose_by(Policy(goal="cheapest", contract_first=True), ALL)
    assert (choice.key, choice.contract, choice.order) == (2, True, (2, 1, 3))
