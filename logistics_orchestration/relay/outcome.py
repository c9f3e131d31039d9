"""What an answer means for the message and for the system it went to.

=====================================  ===========================================================================
answer                                 meaning
=====================================  ===========================================================================
2xx                                    delivered
429 or 503 with Retry-After            deferred: the system is paused, the message waits, no attempt is spent
410                                    gone: the subscription is switched off, what it is owed is held
400, 413, 422                          dead at once: the same bytes will not be better tomorrow
everything else, also 3xx, and no      tried again by the schedule; dead when the schedule is used up
answer at all
=====================================  ===========================================================================
"""

from typing import NamedTuple

from .backoff import is_last, parse_retry_after, retry_delay

DEAD_AT_ONCE = frozenset({400, 413, 422})


class Outcome(NamedTuple):
    """Next state of the message and what to remember.

    ``health`` tells the breaker: True the system is alive, False it failed, None says nothing about it.
    """

    name: str
    state: str
    cost: int
    delay: float
    health: bool | None
    pause: float | None = None
    error: str | None = None


def classify(response, attempts, schedule):
    """The :class:`Outcome` of one call.

    :param response: a :class:`~.transport.Response`
    :param int attempts: attempts spent before this one
    :param schedule: seconds between attempts
    """
    status = response.status
    if status is not None and 200 <= status < 300:
        return Outcome("delivered", "delivered", 1, 0.0, True)
    if status in (429, 503):
        pause = parse_retry_after(response.retry_after)
        if pause is not None:
            return Outcome("deferred", "pending", 0, 0.0, None, pause, f"HTTP {status}, wait {pause:.0f} s")
    if status == 410:
        return Outcome("gone", "held", 1, 0.0, None, None, "HTTP 410: the partner does not want this any more")
    if status in DEAD_AT_ONCE:
        return Outcome("dead", "dead", 1, 0.0, True, None, f"HTTP {status}: the partner refuses the content")
    error = response.error or f"HTTP {status}"
    if status is not None and 300 <= status < 400:
        error = f"HTTP {status}: redirects are not followed, enter the final URL"
    spent = attempts + 1
    if is_last(spent, schedule):
        return Outcome("dead", "dead", 1, 0.0, False, None, f"{error} (attempt {spent}, the last one)")
    return Outcome("retry", "pending", 1, retry_delay(spent, schedule), False, None, error)
