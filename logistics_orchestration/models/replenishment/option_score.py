"""How options are ranked: plain Python, so that it can be tested with figures alone.

Everything is expressed as money of the company, so that the parts can be added and shown: what is paid more than for
doing nothing, what waiting costs, what is lost on what is not covered, and a charge for what may go wrong. The lowest
sum is the best option; between equals the earlier one, then the one that covers more.
"""

from datetime import date
from typing import NamedTuple

# Charge for what may go wrong, as part of the value at risk.
RISK_SHARE = {"low": 0.0, "medium": 0.02, "high": 0.05}


class Parts(NamedTuple):
    """What an option costs in all, part by part, in the company's currency."""

    money: float
    delay: float
    uncovered: float
    risk: float

    @property
    def total(self):
        """The figure options are ranked by."""
        return self.money + self.delay + self.uncovered + self.risk


def score(extra_cost, late_days, covers, need, value, risk, delay_percent, uncovered_percent):
    """The parts of one option.

    :param float extra_cost: what is paid beyond what would have been paid anyway
    :param int late_days: arrival after the need, 0 when in time
    :param float covers: quantity it brings, of ``need``
    :param float value: order value that waits for ``need``
    :param str risk: low, medium or high
    :param float delay_percent: what a day of waiting costs, in percent of the value that waits
    :param float uncovered_percent: what is lost on value not covered; waiting never costs more than that
    """
    share = min(1.0, covers / need) if need > 0 else 1.0
    waiting = min(late_days * delay_percent, max(uncovered_percent, delay_percent)) / 100
    return Parts(
        money=extra_cost,
        delay=value * share * waiting,
        uncovered=value * (1 - share) * uncovered_percent / 100,
        risk=value * share * RISK_SHARE[risk],
    )


def best(options):
    """The key of the best option.

    :param options: iterable of (key, Parts, arrival date, share covered)
    """
    ranked = sorted(options, key=lambda option: (round(option[1].total, 2), option[2], -option[3]))
    return ranked[0][0] if ranked else None


def material(before, after, money=0.05, days=1):
    """What changed enough between two looks at an option to be decided on anew.

    :param dict before: facts as they were: ``cost``, ``covers``, ``arrival`` (ISO date) and anything else by identity
    :param float money: part of the cost it may move by; of the quantity covered likewise, but only downwards
    :returns: names of the facts that changed
    """
    changed = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if name == "cost":
            differs = abs(new - old) > money * abs(old) + 0.01 if None not in (old, new) else old != new
        elif name == "covers":
            differs = new < old * (1 - money) if None not in (old, new) else old != new
        elif name == "arrival" and old and new:
            differs = (date.fromisoformat(new) - date.fromisoformat(old)).days > days
        else:
            differs = old != new
        if differs:
            changed.append(name)
    return changed
