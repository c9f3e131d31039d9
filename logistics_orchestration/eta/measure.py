"""How long a service really takes, from what was delivered."""

import math
from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class Trip:
    """One delivery: the lane it took, from the widest (carrier) to the narrowest key, and its delivery days."""

    lane: tuple
    days: int


def percentile(values, share):
    """The smallest of ``values`` that at least ``share`` of them do not exceed (nearest rank).

    :param float share: above 0, up to 1
    :raises ValueError: no values
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("nothing was measured")
    return ordered[max(math.ceil(share * len(ordered) - 1e-9), 1) - 1]


def measure(trips, levels, least=10):
    """Days and counts per lane, for every level of detail with enough deliveries.

    :param trips: iterable of :class:`Trip`
    :param levels: how many of a lane's keys count at each level, e.g. (3, 4, 5)
    :param int least: a lane with fewer deliveries says nothing
    :returns: {lane, cut to the level: (median, 80th percentile, number of deliveries)}
    """
    found = defaultdict(list)
    for trip in trips:
        # a lane that is not known in detail counts once
        for lane in {trip.lane[:level] for level in levels}:
            found[lane].append(trip.days)
    return {
        lane: (percentile(days, 0.5), percentile(days, 0.8), len(days))
        for lane, days in found.items()
        if len(days) >= least
    }
