"""When a shipment will arrive, by our own reckoning, in plain Python.

Carriers tell an expected arrival late, seldom, or not at all. Ours follows from the day it leaves, the days the service
takes, the days on which the carrier delivers, and what the scans have said since.

- ``days``: delivery days: weekends by country, holidays, counting with them
- ``estimate``: the day of arrival, with the reasons in order
- ``measure``: how long a service really takes: percentiles of what was delivered

Nothing here imports Odoo; days and hours are local ones of the consignee.
"""

from .days import DeliveryDays, weekend
from .estimate import DELAY, STOPS, Estimate, Journey, estimate
from .measure import Trip, measure, percentile

__all__ = [
    "DELAY",
    "STOPS",
    "DeliveryDays",
    "Estimate",
    "Journey",
    "Trip",
    "estimate",
    "measure",
    "percentile",
    "weekend",
]
