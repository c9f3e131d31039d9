"""Which of several offers to take, and why: the cheapest that arrives in time, said so that a person can disagree."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """An offer made comparable: the amount in one currency; days None when the carrier did not say."""

    key: object
    amount: float
    days: int | None = None


def choose(candidates, days_left=None):
    """(key of the offer to take, reason code), or (None, "none") without offers.

    :param days_left: days until the promised arrival, None when nothing is promised
    :returns: reason one of none, only, cheapest, cheapest_in_time, fastest_late
    """
    if not candidates:
        return None, "none"
    if len(candidates) == 1:
        return candidates[0].key, "only"
    by_price = sorted(candidates, key=lambda c: (c.amount, c.days is None, c.days or 0))
    if days_left is None:
        return by_price[0].key, "cheapest"
    in_time = [c for c in by_price if c.days is not None and c.days <= days_left]
    if in_time:
        return in_time[0].key, "cheapest_in_time"
    known = [c for c in by_price if c.days is not None]
    if known:
        return min(known, key=lambda c: (c.days, c.amount)).key, "fastest_late"
    return by_price[0].key, "cheapest"
