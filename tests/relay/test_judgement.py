"""When to try again, what an answer means, and the table of states."""

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from relay import states
from relay.backoff import DEFAULT_SCHEDULE, is_last, parse_retry_after, parse_schedule, retry_delay
from relay.outcome import classify
from relay.transport import Response, utcnow


def answer(status=None, retry_after=None, error=None):
    return Response(status, retry_after, "", error, utcnow(), 5)


# -- backoff -----------------------------------------------------------------------------------------------------


def test_schedule_as_designed():
    assert DEFAULT_SCHEDULE == (5, 30, 120, 300, 900, 3600, 10800, 21600, 43200, 86400)
    for attempts, base in enumerate(DEFAULT_SCHEDULE, 1):
        assert retry_delay(attempts, rng=lambda: 0.0) == pytest.approx(base * 0.8)
        assert retry_delay(attempts, rng=lambda: 1.0) == pytest.approx(base * 1.2)
        assert not is_last(attempts)
    assert is_last(len(DEFAULT_SCHEDULE) + 1)
    assert 69120 <= retry_delay(99) <= 103680


@pytest.mark.parametrize("text", ["5,30,120", " 5 , 30,120,"])
def test_schedule_texts(text):
    assert parse_schedule(text) == (5, 30, 120)


@pytest.mark.parametrize("text", ["", None, "soon", "5,-1", "0", "5;30"])
def test_bad_schedules(text):
    with pytest.raises(ValueError):
        parse_schedule(text)


def test_retry_after():
    now = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
    assert parse_retry_after("120", now) == 120
    assert parse_retry_after("0", now) == 1
    assert parse_retry_after("99999999999", now) == 6 * 3600
    assert parse_retry_after(format_datetime(now + timedelta(seconds=90), usegmt=True), now) == 90
    assert parse_retry_after(format_datetime(now - timedelta(days=1), usegmt=True), now) == 1
    for nonsense in ("", None, "soon", "-5", "1.5", "²", "Mon, 99 Foo 2026"):
        assert parse_retry_after(nonsense, now) is None


# -- outcome -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_delivered(status):
    assert classify(answer(status), 0, (5,))[:3] == ("delivered", "delivered", 1)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_dead_at_once(status):
    outcome = classify(answer(status), 0, (5, 30))
    assert (outcome.name, outcome.state, outcome.health) == ("dead", "dead", True)


@pytest.mark.parametrize("status", [301, 302, 307, 401, 403, 404, 408, 425, 429, 500, 502, 503, 504])
def test_tried_again(status):
    outcome = classify(answer(status), 0, (5, 30))
    assert (outcome.name, outcome.state, outcome.cost, outcome.health) == ("retry", "pending", 1, False)
    assert 4 <= outcome.delay <= 6


def test_redirects_say_so():
    assert "redirects are not followed" in classify(answer(302), 0, (5,)).error


@pytest.mark.parametrize("status", [429, 503])
def test_told_to_wait_costs_nothing(status):
    outcome = classify(answer(status, "30"), 10, (5,))
    assert (outcome.name, outcome.state, outcome.cost, outcome.health, outcome.pause) == (
        "deferred",
        "pending",
        0,
        None,
        30,
    )


def test_other_answers_do_not_pause():
    assert classify(answer(500, "30"), 0, (5,)).pause is None


def test_gone():
    assert classify(answer(410), 0, (5,))[:2] == ("gone", "held")


def test_the_schedule_ends():
    schedule = (5, 30)
    assert classify(answer(500), 1, schedule).state == "pending"
    last = classify(answer(error="no answer within 5 s"), 2, schedule)
    assert (last.state, last.health) == ("dead", False)
    assert "no answer within 5 s" in last.error


# -- states ------------------------------------------------------------------------------------------------------


def test_table_of_states():
    names = {name for name, _label in states.STATES}
    assert {old for old, *_rest in states.TRANSITIONS} == names | {"new"}
    assert {new for _old, new, *_rest in states.TRANSITIONS} == names
    assert len({row[:2] for row in states.TRANSITIONS}) == len(states.TRANSITIONS)
    assert set(states.REPLAYABLE) == {"dead", "cancelled", "delivered"}
    assert set(states.CANCELLABLE) == {"pending", "held", "dead"}
