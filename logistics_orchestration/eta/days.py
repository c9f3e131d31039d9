"""The days on which a carrier delivers, and counting with them."""

from dataclasses import dataclass
from datetime import date, timedelta

_SATURDAY_SUNDAY = frozenset({5, 6})
_FRIDAY_SATURDAY = frozenset({4, 5})
# Unicode CLDR, weekendData: where the weekend is not Saturday and Sunday. Monday is 0.
_WEEKENDS = {
    **dict.fromkeys(
        ("BH", "DZ", "EG", "IL", "IQ", "JO", "KW", "LY", "OM", "QA", "SA", "SD", "SY", "YE"), _FRIDAY_SATURDAY
    ),
    "AF": frozenset({3, 4}),
    "IR": frozenset({4}),
    "IN": frozenset({6}),
    "UG": frozenset({6}),
}
# No carrier rests longer than this; what is asked to count further has no delivery days at all.
_AHEAD = 60


def weekend(country):
    """Days of the week nobody delivers on, by the two-letter code of a country; Monday is 0."""
    return _WEEKENDS.get((country or "").upper(), _SATURDAY_SUNDAY)


@dataclass(frozen=True)
class DeliveryDays:
    """Days of the week without delivery (Monday is 0), and single days off."""

    off: frozenset = _SATURDAY_SUNDAY
    holidays: frozenset = frozenset()

    def __post_init__(self):
        if len(self.off) >= 7:
            raise ValueError("no day of the week is left to deliver on")

    def __contains__(self, day):
        return day.weekday() not in self.off and day not in self.holidays

    def next(self, day):
        """``day`` itself when it is a delivery day, else the next one."""
        for _try in range(_AHEAD):
            if day in self:
                return day
            day += timedelta(days=1)
        return day

    def add(self, day, count):
        """The delivery day ``count`` delivery days after ``day``; 0 is the next one from ``day`` on."""
        day = self.next(day) if not count else day
        for _step in range(count):
            day = self.next(day + timedelta(days=1))
        return day

    def between(self, start, end):
        """Delivery days after ``start``, up to and with ``end``; 0 when ``end`` is no later."""
        span = (end - start).days
        if span <= 0:
            return 0
        weeks, rest = divmod(span, 7)
        first = start.weekday()
        days = weeks * (7 - len(self.off))
        days += sum((first + step) % 7 not in self.off for step in range(1, rest + 1))
        return days - sum(start < free <= end and free.weekday() not in self.off for free in self.holidays)


def as_date(moment):
    """The day of a datetime, or the date itself."""
    return moment if type(moment) is date else moment.date()
