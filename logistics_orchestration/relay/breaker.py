"""When to leave a failing system alone. Pure functions; :mod:`.health` keeps their state in ``logistics_system``.

closed
    calls go out. It opens after so many failures in a row, or when most answers of the last minutes were failures.
open
    no call goes out, so no attempt is spent. After the wait (doubled at each opening, up to a limit) one may try.
half_open
    exactly one call is under way; success closes, failure opens again for twice as long.
closed, with a ramp
    the system is back, but not overrun: one call at once, and one more for every success (1, 2, 4, ... per round)
    until its own limit is reached. Two failures in a row open it again, with the longer wait it had come to.
"""

from typing import NamedTuple

# What "the last minutes" are, and how many failures in a row end a ramp.
WINDOW_MINUTES = 5
RAMP_THRESHOLD = 2


class Policy(NamedTuple):
    """Thresholds of one system.

    :ivar threshold: failures in a row that open it
    :ivar percent: share of failures among the answers of the last minutes that opens it; 0: never
    :ivar answers: fewer answers than this say nothing about the share
    :ivar first_wait: seconds it stays open at first
    :ivar longest_wait: seconds it stays open at most
    """

    threshold: int = 5
    percent: int = 70
    answers: int = 10
    first_wait: float = 30.0
    longest_wait: float = 900.0


DEFAULT = Policy()


class Breaker(NamedTuple):
    """What is kept of one system.

    :ivar failures: failures in a row
    :ivar trips: openings since it was last wholly well; the wait doubles with each
    :ivar ramp: calls at once while it recovers; 0: as many as the system allows
    :ivar window: ((minute, good answers, failures), ...) of the last minutes, the oldest first
    :ivar wait: seconds from now for which it stays open; None: no change
    :ivar reason: in words, why it has just opened; None: it has not
    """

    state: str = "closed"
    failures: int = 0
    trips: int = 0
    ramp: int = 0
    window: tuple = ()
    wait: float | None = None
    reason: str | None = None


def wait_after(trips, policy=DEFAULT):
    """Seconds the breaker stays open at its ``trips``-th opening in a row."""
    return min(policy.first_wait * 2 ** max(0, min(trips - 1, 30)), policy.longest_wait)


def count(window, minute, good=0, bad=0):
    """The window with more answers in one of its minutes; what is older than the window is dropped.

    :param window: ((minute, good, bad), ...); it may lie a little in the future of ``minute``: clocks differ
    """
    minutes = {at: (well, ill) for at, well, ill in window}
    well, ill = minutes.get(minute, (0, 0))
    minutes[minute] = (well + good, ill + bad)
    newest = max(minutes)
    return tuple((at, *minutes[at]) for at in sorted(minutes) if at > newest - WINDOW_MINUTES)


def step(breaker, succeeded, minute=0, policy=DEFAULT, cap=1):
    """The breaker after one more answer.

    A failure that arrives while it is open belongs to a call made before: it must not lengthen the wait. A success
    closes it whenever it comes.

    :param int minute: number of the present minute, the same for all processes
    :param int cap: calls at once the system allows; a ramp ends there
    """
    if succeeded:
        return _after_success(breaker, minute, cap)
    if breaker.state == "open":
        return breaker
    failures = breaker.failures + 1
    if breaker.state == "half_open":
        return _opened(breaker, failures, policy, "the call that was to find out whether it is back failed")
    window = count(breaker.window, minute, bad=1)
    good, bad = sum(entry[1] for entry in window), sum(entry[2] for entry in window)
    limit = min(RAMP_THRESHOLD, policy.threshold) if breaker.ramp else policy.threshold
    if failures >= limit:
        return _opened(breaker, failures, policy, f"{failures} failures in a row")
    if policy.percent and good + bad >= policy.answers and bad * 100 >= policy.percent * (good + bad):
        words = f"{bad} of {good + bad} answers within {WINDOW_MINUTES} minutes were failures"
        return _opened(breaker, failures, policy, words)
    return Breaker("closed", failures, breaker.trips, min(breaker.ramp, 1), window)


def _after_success(breaker, minute, cap):
    if breaker.state != "closed":
        ramp, window = 1, ()
    else:
        ramp, window = breaker.ramp and breaker.ramp + 1, count(breaker.window, minute, good=1)
    if ramp >= cap:
        ramp = 0
    return Breaker("closed", 0, breaker.trips if ramp else 0, ramp, window)


def _opened(breaker, failures, policy, reason):
    # a breaker that was open before its openings were counted has opened once
    trips = max(breaker.trips, int(breaker.state != "closed")) + 1
    return Breaker("open", failures, trips, 0, (), wait_after(trips, policy), reason)


def write_window(window):
    """Text form of a window, to be stored; None when no failure is in it: then there is nothing to remember."""
    if not any(bad for _minute, _good, bad in window):
        return None
    return " ".join(f"{minute}:{good}:{bad}" for minute, good, bad in window)


def read_window(text):
    """The window stored as ``text``; what cannot be read is forgotten."""
    try:
        return tuple(tuple(map(int, entry.split(":", 2))) for entry in (text or "").split())
    except ValueError:
        return ()
