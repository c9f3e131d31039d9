"""When a failing system is left alone: the pure functions, by example and against a model that remembers everything."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relay.breaker import (
    RAMP_THRESHOLD,
    WINDOW_MINUTES,
    Breaker,
    Policy,
    count,
    read_window,
    step,
    wait_after,
    write_window,
)


def run(answers, breaker=None, minute=0, **settings):
    """The breaker after a row of answers in one minute; ``settings``: cap and the policy's."""
    cap = settings.pop("cap", 1)
    breaker = breaker or Breaker()
    for answer in answers:
        breaker = step(breaker, answer, minute, Policy(**settings), cap)
    return breaker


def test_five_in_a_row_open_it():
    breaker = Breaker()
    for failures in range(1, 5):
        breaker = step(breaker, False)
        assert (breaker.state, breaker.failures) == ("closed", failures)
    breaker = step(breaker, False)
    assert (breaker.state, breaker.failures, breaker.wait, breaker.reason) == ("open", 5, 30, "5 failures in a row")
    assert step(breaker, False) == breaker, "an answer to an older call does not lengthen the wait"


def test_the_threshold_is_a_setting():
    assert run([False], threshold=1).state == "open"
    assert run([False] * 7, threshold=8, percent=0).state == "closed"


def test_success_forgets():
    for state, failures in (("closed", 4), ("half_open", 9), ("open", 9)):
        assert step(Breaker(state, failures), True)[:2] == ("closed", 0)


def test_most_answers_failed():
    """Never five in a row, but 7 of 10: open. One fewer: not."""
    assert run([False, False, True] * 3 + [False]).reason == "7 of 10 answers within 5 minutes were failures"
    assert run([False, False, True] * 2 + [False, True, False, False]).state == "open"
    assert run([False, False, True] * 2 + [False, True, True, False]).state == "closed"
    assert run([False, False, True] * 2 + [False, False]).state == "closed", "8 answers say nothing"
    assert run([False, False, True] * 20, percent=0).state == "closed", "switched off"


def test_old_answers_do_not_count():
    breaker = run([False, False, True, False, False, True, False], minute=10)
    assert run([True, True, False, True, False], breaker, minute=14).window == ((10, 2, 5), (14, 3, 2))
    later = run([True, True, False, True, False], breaker, minute=15)
    assert later.window == ((15, 3, 2),)


def test_a_clock_that_is_behind():
    window = count(count((), 20, bad=1), 19, good=2)
    assert window == ((19, 2, 0), (20, 0, 1))
    assert count(window, 12, bad=5) == window, "too old to count"


def test_windows_are_stored_while_there_is_a_failure_in_them():
    assert write_window(((3, 5, 0), (4, 1, 0))) is None
    window = ((3, 5, 0), (4, 1, 2))
    assert read_window(write_window(window)) == window
    for nonsense in ("", None, "x", "1:2", "1:2:3:4"):
        assert read_window(nonsense) == ()


def test_each_failed_probe_doubles_the_wait():
    breaker, waits = run([False] * 5), []
    for _ in range(8):
        breaker = step(breaker._replace(state="half_open"), False)
        assert breaker.state == "open"
        waits.append(breaker.wait)
    assert waits == [60, 120, 240, 480, 900, 900, 900, 900]
    assert wait_after(10**6) == 900
    assert wait_after(3, Policy(first_wait=10, longest_wait=35)) == 35


def test_opened_before_openings_were_counted():
    assert step(Breaker("half_open", 7, 0), False).wait == 60


@pytest.mark.parametrize("cap,rooms", [(1, [0]), (4, [1, 2, 3, 0]), (6, [1, 2, 3, 4, 5, 0])])
def test_after_the_probe_it_is_not_overrun(cap, rooms):
    """One call at once, one more for every success: each round twice as many, until its own limit."""
    breaker, seen = Breaker("half_open", 5, 2), []
    for _ in rooms:
        breaker = step(breaker, True, cap=cap)
        seen.append(breaker.ramp)
        assert breaker.trips == (2 if breaker.ramp else 0), "the wait is forgotten when it is wholly back"
    assert seen == rooms
    assert step(breaker, True, cap=cap).ramp == 0


def test_a_relapse_on_the_ramp():
    breaker = run([True, True, True], Breaker("half_open", 5, 2), cap=16)
    assert breaker.ramp == 3
    breaker = step(breaker, False, cap=16)
    assert (breaker.state, breaker.ramp) == ("closed", 1), "one may be the message's own fault: slower"
    assert step(breaker, True, cap=16).ramp == 2
    breaker = step(breaker, False, cap=16)
    assert (breaker.state, breaker.trips, breaker.wait) == ("open", 3, 120), "two are not"


# -- against a model ---------------------------------------------------------------------------------------------

POLICIES = st.builds(
    Policy,
    threshold=st.integers(1, 6),
    percent=st.sampled_from([0, 50, 70, 100]),
    answers=st.integers(1, 12),
    first_wait=st.just(30.0),
    longest_wait=st.sampled_from([30.0, 100.0, 900.0]),
)
# what happens: an answer, minutes that pass, or the wait that ends (one may try)
EVENTS = st.lists(st.one_of(st.sampled_from([True, False, False, "try"]), st.integers(1, 7)), max_size=80)


class Model:
    """Keeps every answer since it last opened or closed and decides from the whole list."""

    def __init__(self, policy, cap):
        self.policy, self.cap = policy, cap
        self.state, self.answers, self.trips, self.successes_since_probe = "closed", [], 0, None

    @property
    def ramping(self):
        return self.successes_since_probe is not None

    def failures(self):
        return next((n for n, (_at, good) in enumerate(reversed(self.answers)) if good), len(self.answers))

    def answer(self, good, minute):
        if good and self.state != "closed":
            self.state, self.answers, self.successes_since_probe = "closed", [], 1
        elif good:
            self.answers.append((minute, True))
            if self.ramping:
                self.successes_since_probe += 1
        elif self.state == "half_open":
            self.open()
        elif self.state == "closed":
            self.answers.append((minute, False))
            recent = [well for at, well in self.answers if at > minute - WINDOW_MINUTES]
            failed = recent.count(False)
            limit = min(RAMP_THRESHOLD, self.policy.threshold) if self.ramping else self.policy.threshold
            enough = len(recent) >= self.policy.answers and self.policy.percent
            if self.failures() >= limit or (enough and failed / len(recent) * 100 >= self.policy.percent - 1e-9):
                self.open()
            elif self.ramping:
                self.successes_since_probe = 1
        if self.ramping and self.successes_since_probe >= self.cap:
            self.successes_since_probe, self.trips = None, 0

    def open(self):
        self.state, self.answers, self.successes_since_probe = "open", [], None
        self.trips += 1
        self.wait = min(self.policy.first_wait * 2 ** (self.trips - 1), self.policy.longest_wait)


@settings(max_examples=400, deadline=None)
@given(POLICIES, st.integers(1, 9), EVENTS)
def test_like_the_model(policy, cap, events):
    breaker, model, minute = Breaker(), Model(policy, cap), 0
    for event in events:
        if event == "try":
            if model.state == "open":
                model.state = "half_open"
                breaker = breaker._replace(state="half_open")
        elif isinstance(event, bool):
            opened = model.state != "open"
            breaker = step(breaker, event, minute, policy, cap)
            model.answer(event, minute)
            breaker = breaker._replace(window=read_window(write_window(breaker.window)) or breaker.window)
            if model.state == "open" and opened:
                assert breaker.wait == model.wait
                assert breaker.reason
        else:
            minute += event
        assert breaker.state == model.state
        assert breaker.trips == model.trips
        assert breaker.ramp == (model.successes_since_probe or 0)
        if model.state == "closed":
            assert breaker.failures == model.failures()
