"""What an answer means for the message and for the system it went to.

=====================================  ===========================================================================
answer                                 meaning
=====================================  ===========================================================================
2xx                                    delivered
429 or 503 with Retry-After            deferred: the system is paused, the message waits, no attempt is spent
410                                    gone: the subscription is switched off, what it is owed is held
400, 413, 422 (a setting)              dead at once: the same bytes will not be better tomorrow
too large to be sent at all            dead at once
everything else, also 3xx, and no      tried again by the schedule; dead when the schedule is used up
answer at all
=====================================  ===========================================================================

Each outcome but a delivery names its :mod:`failure <.failures>`.
"""

from typing import NamedTuple

from .backoff import is_last, parse_retry_after, retry_delay
from .failures import of_status

DEAD_AT_ONCE = frozenset({400, 413, 422})
# These mean something to the engine itself and cannot be made permanent by a setting.
_NOT_TO_CHOOSE = frozenset({410, 429})


class Outcome(NamedTuple):
    """Next state of the message and what to remember.

    ``health`` tells the breaker: True the system is alive, False it failed, None says nothing about it.
    ``failure`` is a code of :mod:`.failures`, None when delivered.
    """

    name: str
    state: str
    cost: int
    delay: float
    health: bool | None
    pause: float | None = None
    error: str | None = None
    failure: str | None = None


def parse_statuses(text):
    """The statuses in "400, 413, 422" that make a message dead at once; empty text: none.

    :raises ValueError: not 400 to 599, or 410 or 429, which have a meaning of their own
    """
    found = set()
    for part in (text or "").split(","):
        part = part.strip()
        if not part:
            continue
        status = int(part) if part.isascii() and part.isdigit() and len(part) == 3 else 0
        if not 400 <= status <= 599 or status in _NOT_TO_CHOOSE:
            raise ValueError(f"'{part}' is no permanent status: write codes from 400 to 599 by commas, not 410 or 429")
        found.add(status)
    return frozenset(found)


def classify(response, attempts, schedule, dead_statuses=DEAD_AT_ONCE):
    """The :class:`Outcome` of one call.

    :param response: a :class:`~.transport.Response`
    :param int attempts: attempts spent before this one
    :param schedule: seconds between attempts
    :param dead_statuses: statuses after which the same bytes are not tried again
    """
    status = response.status
    if status is not None and 200 <= status < 300:
        return Outcome("delivered", "delivered", 1, 0.0, True)
    if response.hopeless:
        return Outcome("dead", "dead", 1, 0.0, None, None, response.error, response.failure)
    if status in (429, 503):
        pause = parse_retry_after(response.retry_after)
        if pause is not None:
            error = f"HTTP {status}: told to wait {pause:.0f} s"
            return Outcome("deferred", "pending", 0, 0.0, None, pause, error, "throttled")
    failure, error = (response.failure, response.error) if status is None else of_status(status)
    if status == 410:
        return Outcome("gone", "held", 1, 0.0, None, None, error, failure)
    if status in dead_statuses:
        if failure == "http_client":
            failure, error = "rejected", f"HTTP {status}: the partner refuses the content"
        return Outcome("dead", "dead", 1, 0.0, True, None, error, failure)
    spent = attempts + 1
    if is_last(spent, schedule):
        return Outcome("dead", "dead", 1, 0.0, False, None, f"{error} (attempt {spent}, the last one)", failure)
    return Outcome("retry", "pending", 1, retry_delay(spent, schedule), False, None, error, failure)
