"""The codes of the milestone room as selections for fields."""

from ...milestones import CERTAINTIES, EXCEPTIONS, MILESTONES
from ...milestones import CLOSED as CLOSED_CODES

MILESTONE = [(code, label) for code, label, _rank in MILESTONES]
EXCEPTION = [(code, label) for code, label, _severity in EXCEPTIONS]
CERTAINTY = list(CERTAINTIES)
CLOSED = sorted(CLOSED_CODES)
# With the carrier: a scan of these proves that the parcel has left.
UNDER_WAY = (
    "picked_up",
    "in_transit",
    "at_customs",
    "arrived_at_destination",
    "out_for_delivery",
    "available_for_pickup",
    "delivered",
    "returning",
    "returned",
)
# Exceptions that mean: the carrier was at the door and left without delivering.
ATTEMPTS = ("attempt_failed", "recipient_unavailable", "recipient_closed", "access_restricted")
