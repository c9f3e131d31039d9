"""Priority 0-100 of a case as a sum of parts that are stored and shown, so that nobody has to believe the number.

Each part is a share between 0 and 1; its weight says how many of the hundred points it can bring.
"""

# Severity weighs most: it is what the type's author said beforehand, calmly. Age comes last, so that an old trifle does
# not push a fresh loss aside; but it counts, so that nothing is forgotten.
WEIGHTS = {"severity": 40, "money": 25, "customer": 20, "age": 15}
SEVERITY = {"low": 0.25, "medium": 0.5, "high": 0.75, "critical": 1.0}
# A customer nobody ranked counts as an ordinary one.
TIER = {"a": 1.0, "b": 0.6, "c": 0.3}
UNRANKED = 0.3
# (band, from this priority on), highest first.
BANDS = (("critical", 75), ("high", 55), ("medium", 35), ("low", 0))


def _share(value):
    return min(1.0, max(0.0, value))


def money_part(amount, half_at):
    """Share for an amount at risk: 0 at nothing, one half at ``half_at``, towards 1 beyond.

    :param float amount: in the company's currency
    :param float half_at: the amount that brings half of the points; above zero
    :raises ValueError: ``half_at`` is not above zero
    """
    if half_at <= 0:
        raise ValueError(f"half_at must be above zero, not {half_at}")
    amount = max(0.0, amount)
    return amount / (amount + half_at)


def age_part(opened, due, now):
    """Share of the time allowed that is used up; past the deadline it is 1.

    :param datetime opened: when the case was opened
    :param due: deadline (datetime), or None where there is none
    :param datetime now: this moment
    """
    if not due:
        return 0.0
    allowed = (due - opened).total_seconds()
    if allowed <= 0:
        return 1.0
    return _share((now - opened).total_seconds() / allowed)


def score(severity, money, customer, age):
    """Priority and its parts in points.

    :param str severity: low, medium, high or critical
    :param float money: share from ``money_part``
    :param customer: tier ``a``, ``b``, ``c``, or None
    :param float age: share from ``age_part``
    :returns: (priority as int, {part: points})
    :raises ValueError: unknown severity or tier
    """
    if severity not in SEVERITY:
        raise ValueError(f"unknown severity {severity!r}; known: {', '.join(SEVERITY)}")
    if customer and customer not in TIER:
        raise ValueError(f"unknown customer tier {customer!r}; known: {', '.join(TIER)}")
    shares = {
        "severity": SEVERITY[severity],
        "money": _share(money),
        "customer": TIER[customer] if customer else UNRANKED,
        "age": _share(age),
    }
    points = {part: round(WEIGHTS[part] * share, 1) for part, share in shares.items()}
    return min(100, round(sum(points.values()))), points


def band(priority):
    """Name of the band a priority falls into."""
    return next(name for name, lowest in BANDS if priority >= lowest)
