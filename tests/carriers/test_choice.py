"""Which offer is taken, and the reason that is told for it."""

import pytest
from carrier_adapters import Candidate, choose

CHEAP_SLOW = Candidate("road", 6.5, 4)
DEAR_FAST = Candidate("air", 15.0, 1)
MIDDLE = Candidate("rail", 9.0, 2)
SILENT = Candidate("mule", 1.0)


@pytest.mark.parametrize(
    ("candidates", "days_left", "expected"),
    [
        ([], 3, (None, "none")),
        ([DEAR_FAST], 0, ("air", "only")),
        ([DEAR_FAST, CHEAP_SLOW], None, ("road", "cheapest")),
        ([DEAR_FAST, MIDDLE, CHEAP_SLOW], 2, ("rail", "cheapest_in_time")),
        ([DEAR_FAST, MIDDLE, CHEAP_SLOW], 0, ("air", "fastest_late")),
        ([SILENT, DEAR_FAST], 1, ("air", "cheapest_in_time")),
        ([SILENT, Candidate("ox", 2.0)], 1, ("mule", "cheapest")),
    ],
)
def test_choice(candidates, days_left, expected):
    assert choose(candidates, days_left) == expected
