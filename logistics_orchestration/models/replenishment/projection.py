"""How a stock position runs down: plain Python, so that it can be tested with figures alone.

A position is what is on hand plus dated flows (receipts positive, demand negative). What is overdue counts as today's:
a late receipt is not here yet and may come today, a late delivery is still owed.
"""

from datetime import timedelta
from math import ceil, floor

# A shortage closes only when the forecast has climbed this part of the way from the minimum to the maximum: closing at
# the minimum itself would open and close an episode with every single unit that moves.
RECOVERY_RATIO = 0.1
# Window over which consumption is averaged where no dated demand says when the stock runs out.
DEMAND_DAYS = 90


def _by_day(flows, start):
    days = {}
    for day, quantity in flows:
        day = max(day, start)
        days[day] = days.get(day, 0.0) + quantity
    return sorted(days.items())


def stockout(on_hand, flows, start, daily_demand=0.0):
    """When the position runs out, and how that is known.

    :param float on_hand: quantity at ``start``
    :param flows: iterable of (date, signed quantity)
    :param date start: first day looked at
    :param float daily_demand: average consumption, used where the dated flows never run the position out
    :returns: (date or None, "known" | "estimated" | "none")
    """
    balance = on_hand
    if balance < 0:
        return start, "known"
    for day, quantity in _by_day(flows, start):
        balance += quantity
        if balance < 0:
            return day, "known"
    if daily_demand > 0:
        return start + timedelta(days=floor(balance / daily_demand)), "estimated"
    return None, "none"


def demand_at_risk(on_hand, flows, start, supply_date):
    """Known demand that cannot be met before new supply could be here.

    :param date supply_date: when something ordered at ``start`` could be picked
    :returns: the deepest point of the position until then, as a positive quantity
    """
    balance = on_hand
    lowest = min(0.0, balance)
    for day, quantity in _by_day(flows, start):
        if day > supply_date:
            break
        balance += quantity
        lowest = min(lowest, balance)
    return max(0.0, -lowest)


def unmet(on_hand, receipts, demands, start, until):
    """Which dated demand cannot be met on its day, each taking what those before it left.

    :param receipts: iterable of (date, quantity)
    :param demands: iterable of (date, quantity, key), keys comparable: the order within a day
    :param date until: demand after it is not looked at
    :returns: {key: quantity that is missing}
    """
    coming = _by_day(receipts, start)
    balance, missing = on_hand, {}
    for day, key, quantity in sorted((max(day, start), key, quantity) for day, quantity, key in demands):
        if day > until:
            break
        while coming and coming[0][0] <= day:
            balance += coming.pop(0)[1]
        short = min(quantity, quantity - balance)
        if short > 0:
            missing[key] = missing.get(key, 0.0) + short
        balance -= quantity
    return missing


def runs_out_within(day, horizon, today, margin=0.0):
    """Whether the stock runs out too early; with a margin, so that an episode that opened does not close a day later.

    :param date day: projected stock-out, or None
    :param date horizon: lead time and days to cover, as a date
    :param float margin: part of the way to the horizon that is added when an open episode is looked at
    """
    if not day:
        return False
    return day <= horizon + timedelta(days=ceil(max(0, (horizon - today).days) * margin))


def week_bucket(day):
    """ISO week of a date, the unit in which needs count as one: ``2026-W07``."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02d}"


def recovered(secured, minimum, maximum, ratio=RECOVERY_RATIO, rounding=0.01):
    """Whether a position is back above its minimum, with some way to spare (see RECOVERY_RATIO).

    :param float secured: forecast without what the shortage itself still waits for
    """
    threshold = minimum + ratio * max(0.0, maximum - minimum)
    return secured >= threshold - rounding / 2
