"""The status of a shipment: that of its least advanced open parcel, with the severest exception of all."""

from .codes import is_closed, rank, severity
from .track import Status


def shipment_status(parcels):
    """Fold the statuses of parcels into one.

    A cancelled parcel says nothing about the rest; when all parcels have reached their end, the least advanced end
    counts (one delivered and one returned parcel: delivered, since what can be delivered is). ``since`` is when the
    last of them got there. Without parcels nothing has happened yet.

    :param parcels: iterable of :class:`~.track.Status`
    """
    known = list(parcels)
    live = [status for status in known if status.milestone != "cancelled"] or known
    if not live:
        return Status()
    still_open = [status for status in live if not is_closed(status.milestone)]
    counted = still_open or live
    least = min(counted, key=lambda status: rank(status.milestone))
    same = [status.since for status in live if status.milestone == least.milestone and status.since]
    worst = max(live, key=lambda status: severity(status.exception))
    return Status(
        milestone=least.milestone,
        exception=worst.exception,
        certainty=least.certainty,
        since=max(same, default=None),
        exception_since=worst.exception_since,
    )
