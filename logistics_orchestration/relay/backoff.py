"""When to try again."""

import random
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

DEFAULT_SCHEDULE = (5, 30, 120, 300, 900, 3600, 10800, 21600, 43200, 86400)
JITTER = 0.2
LONGEST_DELAY = 366 * 86400.0
# A partner may ask for a pause; not for ever, and not for none.
RETRY_AFTER_MIN, RETRY_AFTER_MAX = 1.0, 6 * 3600.0


def parse_schedule(text):
    """Seconds between attempts from "5,30,120".

    :raises ValueError: empty, or something that is not a positive number of seconds within a year
    """
    delays = tuple(float(part) for part in (text or "").split(",") if part.strip())
    # so written that "nan", which is a number to float(), is refused too
    if not delays or not all(0 < delay <= LONGEST_DELAY for delay in delays):
        raise ValueError(f"'{text}' is no retry schedule: write seconds by commas, e.g. 5,30,120")
    return delays


def retry_delay(attempts, schedule=DEFAULT_SCHEDULE, rng=random.random):
    """Seconds to wait after the ``attempts``-th failed attempt (from 1), with +-20 % so that a crowd spreads out."""
    base = schedule[min(max(attempts, 1), len(schedule)) - 1]
    return base * (1 - JITTER + 2 * JITTER * rng())


def is_last(attempts, schedule=DEFAULT_SCHEDULE):
    """Whether no retry follows the ``attempts``-th failed attempt: one first try, then one per delay."""
    return attempts > len(schedule)


def parse_retry_after(value, now=None):
    """Seconds of a Retry-After header: delta seconds or an HTTP date; None when it says nothing usable."""
    text = (value or "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        seconds = float(text[:9])
    else:
        try:
            moment = parsedate_to_datetime(text)
        except (TypeError, ValueError, IndexError, OverflowError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        seconds = (moment - (now or datetime.now(timezone.utc))).total_seconds()
    return min(max(seconds, RETRY_AFTER_MIN), RETRY_AFTER_MAX)
