"""The day of arrival: where it leaves from the plan and what the scans have changed about it."""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .days import DeliveryDays, as_date

# With these nothing arrives, unless somebody does something about it.
STOPS = frozenset({"lost", "destroyed", "refused", "undeliverable", "unclaimed"})
_GONE = frozenset({"delivered", "returning", "returned", "cancelled"})
# Delivery days after the trouble before which it will not be there. Figures of experience: what the trouble takes at
# least; where it takes longer, the day slips with every day that passes.
DELAY = {
    "attempt_failed": 1,
    "recipient_unavailable": 1,
    "recipient_closed": 1,
    "access_restricted": 1,
    "recipient_request": 1,
    "appointment_needed": 2,
    "address_issue": 2,
    "payment_due": 2,
    "customs_hold": 2,
    "customs_documents": 3,
    "held_by_carrier": 2,
    "held_by_shipper": 2,
    "rejected_by_carrier": 2,
    "pickup_missed": 1,
    "missorted": 1,
    "carrier_fault": 1,
    "shipper_fault": 1,
    "weather": 1,
    "delayed": 1,
    "force_majeure": 2,
}
# After this hour nothing is delivered any more on the same day.
_LATE_HOUR = 20


@dataclass(frozen=True)
class Journey:
    """What is known of one shipment; all times are local ones of the consignee.

    :ivar now: what time it is there
    :ivar ship_day: when it left, or will leave
    :ivar days: how long the service takes; None when nobody knows
    :ivar working: whether ``days`` are delivery days; else calendar days
    :ivar not_before: the consignee asked for a later day
    :ivar stopped: it was called back
    """

    now: datetime
    ship_day: date
    days: float | None = None
    working: bool = True
    milestone: str = "unknown"
    since: datetime | None = None
    exception: str | None = None
    exception_since: datetime | None = None
    not_before: date | None = None
    stopped: bool = False


@dataclass(frozen=True)
class Estimate:
    """The day of arrival, None when none is to be expected; ``reasons`` are codes with a value, in order."""

    day: date | None
    reasons: tuple = ()


def estimate(journey, open_days=None):
    """The day of arrival of one journey.

    :param Journey journey: what is known
    :param DeliveryDays open_days: when the carrier delivers there
    :returns: :class:`Estimate`
    """
    open_days = open_days or DeliveryDays()
    if journey.stopped:
        return Estimate(None, (("stopped", None),))
    if journey.milestone in _GONE:
        return Estimate(None, ((journey.milestone, None),))
    if journey.exception in STOPS:
        return Estimate(None, (("trouble", journey.exception),))
    if journey.milestone == "available_for_pickup" and journey.since:
        # it is where the recipient fetches it: that is its arrival, whenever it is fetched
        return Estimate(journey.since.date(), (("available_for_pickup", None),))
    day, reasons = _by_plan(journey, open_days)
    day, reasons = _by_scan(journey, open_days, day, reasons)
    if journey.exception in DELAY and (day or journey.exception_since):
        seen = as_date(journey.exception_since or journey.now)
        earliest = open_days.add(seen, DELAY[journey.exception])
        if day is None or earliest > day:
            day, reasons = earliest, [*reasons, ("trouble", journey.exception)]
    if journey.not_before and (day is None or journey.not_before > day):
        day, reasons = open_days.next(journey.not_before), [*reasons, ("asked_for", journey.not_before)]
    if day is None:
        return Estimate(None, tuple(reasons))
    today = journey.now.date()
    earliest = open_days.add(today, 1) if journey.now.hour >= _LATE_HOUR else today
    if day < earliest:
        day, reasons = open_days.next(earliest), [*reasons, ("overdue", day)]
    return Estimate(day, tuple(reasons))


def _by_plan(journey, open_days):
    """The day by the plan: when it leaves and how long the service takes."""
    if journey.days is None:
        return None, [("unknown_transit", None)]
    whole = math.ceil(journey.days - 1e-9)
    if journey.working:
        day = open_days.add(journey.ship_day, whole)
    else:
        day = open_days.next(journey.ship_day + timedelta(days=whole))
    return day, [("leaves", journey.ship_day), ("takes", journey.days)]


def _by_scan(journey, open_days, day, reasons):
    """What the last milestone says about it."""
    if not journey.since:
        return day, reasons
    seen = journey.since.date()
    if journey.milestone == "out_for_delivery":
        return seen, [("out_for_delivery", seen)]
    if journey.milestone == "arrived_at_destination":
        return open_days.add(seen, 1), [("arrived_at_destination", seen)]
    if journey.milestone == "at_customs":
        cleared = open_days.add(seen, 2)
        if day is None or cleared > day:
            return cleared, [*reasons, ("at_customs", seen)]
    return day, reasons
