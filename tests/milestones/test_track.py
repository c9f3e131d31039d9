"""What a parcel's scans fold to, one behaviour at a time."""

from datetime import datetime, timedelta

import pytest
from milestones import Scan, Track, advance

START = datetime(2026, 3, 2, 8, 0)


def scan(hour, milestone=None, exception=None, **more):
    return Scan(START + timedelta(hours=hour), milestone, exception, **more)


def walk(*scans):
    """Milestone, exception and the effect of each scan, told in the given order."""
    track, effects = Track(), []
    for one in scans:
        track, effect = advance(track, one)
        effects.append(effect)
    return track.status.milestone, track.status.exception, effects


def test_a_parcel_without_trouble():
    codes = ["pre_transit", "picked_up", "in_transit", "arrived_at_destination", "out_for_delivery", "delivered"]
    milestone, exception, effects = walk(*(scan(hour, code) for hour, code in enumerate(codes)))
    assert (milestone, exception) == ("delivered", None)
    assert set(effects) == {"applied"}


def test_a_carrier_may_leave_steps_out():
    assert walk(scan(0, "pre_transit"), scan(1, "delivered"))[0] == "delivered"


def test_a_late_scan_does_not_move_back():
    assert walk(scan(5, "delivered"), scan(3, "in_transit")) == ("delivered", None, ["applied", "late"])


def test_a_depot_scan_told_after_the_delivery_changes_nothing():
    assert walk(scan(5, "delivered"), scan(6, "in_transit")) == ("delivered", None, ["applied", "late"])


def test_the_same_scan_twice_counts_once():
    assert walk(scan(1, "picked_up"), scan(1, "picked_up"))[2] == ["applied", "duplicate"]


def test_a_scan_that_confirms_the_milestone_is_applied():
    assert walk(scan(1, "in_transit"), scan(2, "in_transit"))[2] == ["applied", "applied"]


def test_back_to_the_depot_only_after_a_failed_attempt():
    assert walk(scan(1, "out_for_delivery"), scan(2, "in_transit"))[0] == "out_for_delivery"
    failed = walk(scan(1, "out_for_delivery"), scan(2, exception="attempt_failed"), scan(3, "in_transit"))
    assert failed == ("in_transit", "attempt_failed", ["applied", "applied", "applied"])


def test_the_failed_attempt_told_last_explains_the_depot_scan():
    late = walk(scan(1, "out_for_delivery"), scan(3, "in_transit"), scan(2, exception="attempt_failed"))
    assert late == ("in_transit", "attempt_failed", ["applied", "late", "applied"])


def test_a_new_attempt_ends_the_failed_one():
    scans = [scan(1, "out_for_delivery"), scan(2, exception="attempt_failed"), scan(3, "in_transit")]
    assert walk(*scans, scan(9, "out_for_delivery"))[:2] == ("out_for_delivery", None)


def test_a_failed_attempt_told_after_the_delivery_is_old_news():
    assert walk(scan(5, "delivered"), scan(2, exception="attempt_failed"))[1:] == (None, ["applied", "late"])
    assert walk(scan(5, "delivered"), scan(6, exception="attempt_failed"))[1:] == (None, ["applied", "late"])


def test_released_by_customs():
    assert walk(scan(1, "at_customs", "customs_hold"), scan(2, "in_transit"))[:2] == ("in_transit", None)


def test_damage_stays_until_a_person_closes_it():
    scans = [scan(1, "in_transit"), scan(2, exception="damaged"), scan(3, "out_for_delivery"), scan(4, "delivered")]
    assert walk(*scans)[:2] == ("delivered", "damaged")
    assert walk(*scans, scan(5, "delivered", who="planner"))[:2] == ("delivered", None)


def test_damage_found_after_the_delivery():
    assert walk(scan(1, "delivered"), scan(2, exception="damaged"))[:2] == ("delivered", "damaged")


def test_lost_and_found():
    assert walk(scan(1, "in_transit"), scan(2, exception="lost"), scan(9, "in_transit"))[:2] == ("in_transit", None)


def test_a_lesser_exception_does_not_hide_a_severer_one():
    assert walk(scan(1, "in_transit"), scan(2, exception="damaged"), scan(3, exception="delayed"))[1] == "damaged"


def test_refused_and_sent_back_keeps_its_reason():
    scans = [scan(1, "out_for_delivery"), scan(2, exception="refused"), scan(3, "returning"), scan(9, "returned")]
    assert walk(*scans)[:2] == ("returned", "refused")


def test_delivered_on_the_way_back_is_returned():
    assert walk(scan(1, "out_for_delivery"), scan(2, "returning"), scan(3, "delivered"))[0] == "returned"


def test_a_delivered_parcel_can_come_back():
    assert walk(scan(1, "delivered"), scan(50, "returning"))[0] == "returning"


def test_scanned_although_cancelled():
    assert walk(scan(1, "pre_transit"), scan(2, "cancelled"), scan(3, "picked_up"))[0] == "picked_up"
    assert walk(scan(1, "pre_transit"), scan(3, "cancelled", who="odoo"), scan(2, "picked_up"))[0] == "cancelled"


def test_a_delivered_parcel_is_not_cancelled():
    assert walk(scan(1, "delivered"), scan(2, "cancelled", who="odoo"))[0] == "delivered"


def test_an_estimate_or_an_information_scan_moves_nothing():
    assert walk(scan(1, "pre_transit"), scan(2, "delivered", certainty="estimated"))[2] == ["applied", "statement"]
    assert walk(scan(1, "pre_transit"), scan(2))[2] == ["applied", "statement"]
    assert walk(scan(1, "pre_transit"), scan(2, "unknown"))[2] == ["applied", "statement"]


def test_a_person_may_set_any_milestone_and_scans_go_on_from_there():
    by_hand = scan(6, "in_transit", who="planner")
    assert walk(scan(5, "delivered"), by_hand)[0] == "in_transit"
    assert walk(scan(5, "delivered"), by_hand, scan(7, "out_for_delivery"))[0] == "out_for_delivery"
    assert walk(scan(5, "delivered"), by_hand, scan(4, "out_for_delivery"))[0] == "in_transit"


def test_scans_of_one_second_fold_in_the_order_of_the_way():
    codes = ["delivered", "out_for_delivery", "at_customs", "in_transit"]
    assert walk(*(scan(1, code) for code in codes))[0] == "delivered"


@pytest.mark.parametrize("wrong", [{"milestone": "gone"}, {"exception": "gone"}, {"who": "nobody"}])
def test_unknown_words_are_refused_by_name(wrong):
    with pytest.raises(ValueError, match=r"gone|nobody"):
        scan(1, **wrong)
