"""Which of several offers to take, and why, said so that a person can disagree.

Without a policy: the cheapest that arrives in time. A `Policy` is what a company wants instead.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """An offer made comparable: the amount in one currency; days None when the carrier did not say.

    :ivar carrier: what preferences and exclusions name (a shipping method), None when nothing books the offer
    :ivar bool contract: the price is one agreed by contract
    """

    key: object
    amount: float
    days: int | None = None
    carrier: object = None
    contract: bool = False


@dataclass(frozen=True)
class Policy:
    """What a company wants.

    :ivar str goal: cheapest, in_time (the cheapest that keeps the promise) or fastest
    :ivar str late: what to do when none keeps the promise: fastest, cheapest, or ask (a person chooses)
    :ivar tuple preferred: carriers in order; one is taken when it costs at most `percent` % or `extra` more
    :ivar frozenset excluded: carriers never taken
    :ivar bool contract_first: offers by contract are taken before others
    :ivar float limit: above this amount a person chooses; 0: no limit
    """

    goal: str = "in_time"
    late: str = "fastest"
    preferred: tuple = ()
    percent: float = 0.0
    extra: float = 0.0
    excluded: frozenset = frozenset()
    contract_first: bool = False
    limit: float = 0.0


@dataclass(frozen=True)
class Choice:
    """The offer to take.

    :ivar key: of the candidate, None when a person has to choose
    :ivar str reason: none, only, cheapest, cheapest_in_time, fastest, fastest_late, cheapest_late, preferred; where no
        key is given also excluded, late or limit
    :ivar key_best: what a person would be advised to take, also where `key` is None
    :ivar float more: what a preferred carrier costs more than the best
    :ivar tuple order: keys, best first; those that are excluded are not in it
    :ivar bool contract: offers by contract went before others, and there were others
    """

    key: object
    reason: str
    key_best: object = None
    more: float = 0.0
    order: tuple = ()
    contract: bool = False


def choose(candidates, days_left=None):
    """(key of the offer to take, reason code), or (None, "none") without offers.

    :param days_left: days until the promised arrival, None when nothing is promised
    :returns: reason one of none, only, cheapest, cheapest_in_time, fastest_late
    """
    if not candidates:
        return None, "none"
    if len(candidates) == 1:
        return candidates[0].key, "only"
    choice = choose_by(Policy(), candidates, days_left)
    reason = "cheapest" if choice.reason == "cheapest_late" else choice.reason
    return choice.key, reason


def choose_by(policy, candidates, days_left=None):
    """The `Choice` among candidates under a `Policy`.

    :param days_left: days until the promised arrival, None when nothing is promised
    """
    if not candidates:
        return Choice(None, "none")
    allowed = [c for c in candidates if c.carrier is None or c.carrier not in policy.excluded]
    if not allowed:
        return Choice(None, "excluded")
    pool, rest, reason = _pools(policy, allowed, days_left)
    agreed = [c for c in pool if c.contract] if policy.contract_first else []
    contract = bool(agreed) and len(agreed) < len(pool)
    if agreed:
        rest = [c for c in pool if not c.contract] + rest
        pool = agreed
    best = pool[0]
    taken, more = _preferred(policy, pool, best)
    if taken is not best:
        reason = "preferred"
    elif len(candidates) == 1 and reason not in ("fastest_late", "cheapest_late"):
        reason = "only"
    order = tuple(c.key for c in [taken, *(c for c in [*pool, *rest] if c is not taken)])
    late = reason in ("fastest_late", "cheapest_late") or (reason == "preferred" and not _in_time(best, days_left))
    if late and policy.late == "ask" and policy.goal != "cheapest":
        return Choice(None, "late", taken.key, more, order, contract)
    if policy.limit and taken.amount > policy.limit:
        return Choice(None, "limit", taken.key, more, order, contract)
    return Choice(taken.key, reason, taken.key, more, order, contract)


def in_time(days, days_left):
    """Whether so many days in transit keep the promise: True, False, or None when it cannot be told."""
    if days is None or days_left is None:
        return None
    return days <= days_left


def _in_time(candidate, days_left):
    return days_left is None or bool(in_time(candidate.days, days_left))


def _pools(policy, allowed, days_left):
    """(those to take from, best first; the others, best first; the reason the first one would be taken for)."""
    by_price = sorted(allowed, key=lambda c: (c.amount, c.days is None, c.days or 0))
    by_speed = sorted(allowed, key=lambda c: (c.days is None, c.days or 0, c.amount))
    if policy.goal == "fastest":
        reason = "fastest" if by_speed[0].days is not None else "cheapest"
        return by_speed, [], reason
    if policy.goal == "cheapest" or days_left is None:
        return by_price, [], "cheapest"
    timely = [c for c in by_price if _in_time(c, days_left)]
    if timely:
        return timely, [c for c in by_speed if c not in timely], "cheapest_in_time"
    if policy.late == "cheapest" or by_speed[0].days is None:
        return by_price, [], "cheapest_late"
    return by_speed, [], "fastest_late"


def _preferred(policy, pool, best):
    """(the offer of the first preferred carrier that costs little enough more, else the best; what it costs more)."""
    most = max(best.amount * (1 + policy.percent / 100.0), best.amount + policy.extra) + 1e-9
    for carrier in policy.preferred:
        offers = [c for c in pool if c.carrier == carrier and c.amount <= most]
        if offers:
            taken = offers[0]
            return taken, max(taken.amount - best.amount, 0.0)
    return best, 0.0
