"""Plans, scores and the choice among them."""

import random

import pytest
from scoring.plans import (
    ASK,
    CHOSEN,
    EXTRA_COST,
    NONE,
    PARTIAL,
    REFUSED,
    SHIP_COMPLETE,
    TOO_MANY,
    WAIT,
    Need,
    Site,
    Terms,
    choose,
    judge,
    make_plans,
    score_plans,
)

WEIGHTS = {"cost": 35, "distance": 25, "coverage": 30, "shipments": 10}


def decide(needs, sites, terms=None, cost=10.0):
    """(verdict, plan, all plans) where every shipment costs the same."""
    terms = terms or Terms(policy_max=2, max_extra_cost=100)
    plans = make_plans(needs, sites)
    for plan in plans:
        plan.cost = cost * plan.shipments
    plans = score_plans(plans, WEIGHTS)
    judge(plans, sites, terms)
    return (*choose(plans, terms), plans)


def test_the_nearest_of_equals_ships():
    needs = [Need(1, 10, 5)]
    verdict, plan, plans = decide(needs, [Site(1, {10: 5}, 500), Site(2, {10: 9}, 20)])
    assert (verdict, plan.sites, plan.shares) == (CHOSEN, (2,), {1: {2: 5}})
    assert len(plans) == 2, "nobody thinks of splits where one has it all"
    assert plan.parts == {"cost": 1.0, "distance": 1.0, "coverage": 1.0, "shipments": 1.0}
    assert plan.score == pytest.approx(100)


def test_the_score_is_the_weighted_mean_of_its_parts():
    plans = make_plans([Need(1, 10, 4)], [Site(1, {10: 4}, 0), Site(2, {10: 1}, 90)])
    for plan, cost in zip(plans, (9.0, 19.0), strict=True):
        plan.cost = cost
    score_plans(plans, {"cost": 2, "distance": 1, "coverage": 1, "shipments": 0})
    worse = plans[1]
    assert worse.parts == {"cost": 0.5, "distance": 0.1, "coverage": 0.25, "shipments": 1.0}
    assert worse.score == pytest.approx(100 * (2 * 0.5 + 0.1 + 0.25) / 4)


def test_a_split_where_nobody_has_it_all():
    needs = [Need(1, 10, 6), Need(2, 20, 2)]
    sites = [Site(1, {10: 6}), Site(2, {20: 2}), Site(3, {10: 1})]
    verdict, plan, _plans = decide(needs, sites)
    assert (verdict, plan.shares) == (CHOSEN, {1: {1: 6}, 2: {2: 2}})


def test_a_line_is_split_only_where_no_site_has_all_of_it():
    sites = [Site(1, {10: 4}), Site(2, {10: 3})]
    verdict, plan, _plans = decide([Need(1, 10, 6)], sites)
    assert (verdict, plan.shares) == (CHOSEN, {1: {1: 4, 2: 2}})
    verdict, plan, _plans = decide([Need(1, 10, 6, divisible=False)], sites)
    assert verdict == WAIT


def test_two_lines_of_one_product_share_its_stock():
    verdict, plan, _plans = decide([Need(1, 10, 3), Need(2, 10, 3)], [Site(1, {10: 5}), Site(2, {10: 1})])
    assert verdict == CHOSEN
    assert sum(plan.shares[line].get(1, 0) for line in (1, 2)) == 5


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (Terms(ship_complete=True, policy_max=3, max_extra_cost=100), SHIP_COMPLETE),
        (Terms(policy_max=1, max_extra_cost=100), TOO_MANY),
        (Terms(policy_max=3, customer_max=1, max_extra_cost=100), TOO_MANY),
        (Terms(policy_max=3, max_extra_cost=5), EXTRA_COST),
        (Terms(policy_max=2, max_extra_cost=100, shipments_before=1), TOO_MANY),
    ],
)
def test_a_split_beyond_the_terms_is_asked_for(terms, why):
    sites = [Site(1, {10: 4}), Site(2, {10: 3})]
    verdict, plan, _plans = decide([Need(1, 10, 6)], sites, terms)
    assert (verdict, plan.why_not) == (ASK, [why])
    terms.approved = True
    assert decide([Need(1, 10, 6)], sites, terms)[0] == CHOSEN


def test_what_is_there_goes_where_parts_are_allowed():
    sites = [Site(1, {10: 4}), Site(2, {10: 1}, 5)]
    needs = [Need(1, 10, 9)]
    verdict, plan, _plans = decide(needs, sites, Terms(policy_max=3, max_extra_cost=100))
    assert (verdict, plan.coverage, plan.missing) == (PARTIAL, 5 / 9, {1: 4})
    for terms in (
        Terms(policy_max=3, partial=False),
        Terms(policy_max=3, ship_complete=True),
        Terms(policy_max=1),
    ):
        assert decide(needs, sites, terms)[0] == WAIT


def test_who_refused_is_shown_and_not_taken():
    sites = [Site(1, {10: 9}, 1, refused=True), Site(2, {10: 9}, 900)]
    verdict, plan, plans = decide([Need(1, 10, 5)], sites)
    assert (verdict, plan.sites) == (CHOSEN, (2,))
    assert next(p for p in plans if p.sites == (1,)).why_not == [REFUSED]
    sites[1].refused = True
    assert decide([Need(1, 10, 5)], sites)[0] == NONE


def test_nothing_is_lost_and_nothing_is_taken_twice():
    """Whatever is needed and there: what is shipped plus what is missing is what is needed, within each stock."""
    dice = random.Random(4)
    for _round in range(300):
        needs = [Need(line, dice.randint(1, 3), dice.randint(1, 9)) for line in range(dice.randint(1, 5))]
        sites = [
            Site(key, {product: dice.randint(0, 8) for product in range(1, 4)}, dice.random() * 900)
            for key in range(dice.randint(1, 5))
        ]
        for plan in make_plans(needs, sites):
            taken = {}
            for need in needs:
                parts = plan.shares.get(need.line, {})
                assert sum(parts.values()) + plan.missing.get(need.line, 0) == pytest.approx(need.quantity)
                for key, quantity in parts.items():
                    taken[key, need.product] = taken.get((key, need.product), 0) + quantity
            for (key, product), quantity in taken.items():
                assert quantity <= sites[key].stock[product]


def test_many_sites_stay_quick_to_compare():
    sites = [Site(key, dict.fromkeys(range(6), 1), key) for key in range(60)]
    plans = make_plans([Need(line, line, 4) for line in range(6)], sites)
    assert len(plans) < 600
