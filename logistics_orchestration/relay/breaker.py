"""When to leave a failing system alone: a breaker that counts consecutive failures.

Pure functions over what is stored in ``logistics_system``; :mod:`.health` reads and writes it.

closed
    calls go out; five failures in a row open it.
open
    no call goes out, so no attempt is spent. After the wait (30 s, doubled each time, at most 15 min) one may try.
half_open
    exactly one call is under way; success closes, failure opens again for twice as long.
"""

from typing import NamedTuple

THRESHOLD = 5
FIRST_WAIT, LONGEST_WAIT = 30.0, 900.0


class Breaker(NamedTuple):
    """State, consecutive failures that counted, and for how many seconds from now it stays open (None: no change)."""

    state: str = "closed"
    failures: int = 0
    wait: float | None = None


def wait_after(failures):
    """Seconds the breaker stays open after this many counted failures."""
    return min(FIRST_WAIT * 2 ** max(0, min(failures - THRESHOLD, 16)), LONGEST_WAIT)


def step(breaker, succeeded):
    """The breaker after one more answer.

    A failure that arrives while it is open belongs to a call made before: it must not lengthen the wait. A success
    closes it whenever it comes.
    """
    if succeeded:
        return Breaker("closed", 0, None)
    if breaker.state == "open":
        return breaker
    failures = max(breaker.failures, THRESHOLD if breaker.state == "half_open" else 0) + 1
    if failures < THRESHOLD:
        return Breaker("closed", failures, None)
    return Breaker("open", failures, wait_after(failures))
