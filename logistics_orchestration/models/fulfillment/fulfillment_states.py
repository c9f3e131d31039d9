"""The life of a fulfilment request, as data. Plain Python: one table, used by the one method that changes a state.

``who`` is who makes the move: ``odoo`` (automation, or a user's act elsewhere, e.g. cancelling the order),
``warehouse`` (the partner said so), ``person`` (by hand, recorded as such), ``clock`` (nothing was said in time).
``event`` is the fact that is told to partners, empty when another record tells it.
"""

STATES = [
    ("requested", "Requested"),
    ("accepted", "Accepted"),
    ("rejected", "Rejected"),
    ("timed_out", "Timed Out"),
    ("cancel_requested", "Cancellation Requested"),
    ("cancelled", "Cancelled"),
    ("partially_done", "Partially Done"),
    ("done", "Done"),
]
# Something is still expected to happen: the work is covered, a second request would have it done twice.
OPEN = ("requested", "accepted", "timed_out", "cancel_requested", "partially_done")
# The warehouse may be at it: taking it back needs its answer.
HELD_BY_WAREHOUSE = ("requested", "accepted", "timed_out", "partially_done")
FINAL = ("done", "cancelled")

REQUESTED = "logistics.fulfillment.requested"
ACCEPTED = "logistics.fulfillment.accepted"
REJECTED = "logistics.fulfillment.rejected"
TIMED_OUT = "logistics.fulfillment.timed_out"
CANCEL_REQUESTED = "logistics.fulfillment.cancel_requested"
CANCELLED = "logistics.fulfillment.cancelled"
CANCEL_REJECTED = "logistics.fulfillment.cancel_rejected"

# (from, to, who, event)
TRANSITIONS = [
    ("new", "requested", "odoo", REQUESTED),
    ("new", "accepted", "odoo", ""),
    ("requested", "accepted", "warehouse", ACCEPTED),
    ("requested", "accepted", "person", ACCEPTED),
    ("requested", "rejected", "warehouse", REJECTED),
    ("requested", "rejected", "person", REJECTED),
    ("requested", "timed_out", "clock", TIMED_OUT),
    ("requested", "cancelled", "odoo", CANCELLED),
    ("requested", "cancelled", "person", CANCELLED),
    ("requested", "cancel_requested", "odoo", CANCEL_REQUESTED),
    ("requested", "cancel_requested", "person", CANCEL_REQUESTED),
    ("requested", "partially_done", "odoo", ""),
    ("requested", "partially_done", "warehouse", ""),
    ("requested", "done", "odoo", ""),
    ("requested", "done", "warehouse", ""),
    ("requested", "done", "person", ""),
    ("accepted", "rejected", "warehouse", REJECTED),
    ("accepted", "rejected", "person", REJECTED),
    ("accepted", "cancelled", "odoo", CANCELLED),
    ("accepted", "cancelled", "person", CANCELLED),
    ("accepted", "cancel_requested", "odoo", CANCEL_REQUESTED),
    ("accepted", "cancel_requested", "person", CANCEL_REQUESTED),
    ("accepted", "partially_done", "odoo", ""),
    ("accepted", "partially_done", "warehouse", ""),
    ("accepted", "done", "odoo", ""),
    ("accepted", "done", "warehouse", ""),
    ("accepted", "done", "person", ""),
    ("timed_out", "requested", "person", REQUESTED),
    ("timed_out", "accepted", "warehouse", ACCEPTED),
    ("timed_out", "accepted", "person", ACCEPTED),
    ("timed_out", "rejected", "warehouse", REJECTED),
    ("timed_out", "rejected", "person", REJECTED),
    ("timed_out", "cancelled", "odoo", CANCELLED),
    ("timed_out", "cancelled", "person", CANCELLED),
    ("timed_out", "cancel_requested", "odoo", CANCEL_REQUESTED),
    ("timed_out", "cancel_requested", "person", CANCEL_REQUESTED),
    ("timed_out", "partially_done", "odoo", ""),
    ("timed_out", "partially_done", "warehouse", ""),
    ("timed_out", "done", "odoo", ""),
    ("timed_out", "done", "warehouse", ""),
    ("timed_out", "done", "person", ""),
    ("rejected", "requested", "odoo", REQUESTED),
    ("rejected", "requested", "person", REQUESTED),
    ("rejected", "accepted", "person", ACCEPTED),
    ("rejected", "accepted", "warehouse", ACCEPTED),
    ("rejected", "cancelled", "odoo", CANCELLED),
    ("rejected", "cancelled", "person", CANCELLED),
    ("rejected", "partially_done", "odoo", ""),
    ("rejected", "done", "odoo", ""),
    ("rejected", "done", "person", ""),
    ("cancel_requested", "cancelled", "warehouse", CANCELLED),
    ("cancel_requested", "cancelled", "person", CANCELLED),
    ("cancel_requested", "accepted", "warehouse", CANCEL_REJECTED),
    ("cancel_requested", "accepted", "person", CANCEL_REJECTED),
    ("cancel_requested", "partially_done", "warehouse", ""),
    ("cancel_requested", "partially_done", "odoo", ""),
    ("cancel_requested", "done", "warehouse", ""),
    ("cancel_requested", "done", "odoo", ""),
    ("cancel_requested", "done", "person", ""),
    ("cancelled", "requested", "person", REQUESTED),
    ("partially_done", "requested", "person", REQUESTED),
    ("partially_done", "partially_done", "warehouse", ""),
    ("partially_done", "partially_done", "odoo", ""),
    ("partially_done", "cancelled", "odoo", CANCELLED),
    ("partially_done", "cancelled", "person", CANCELLED),
    ("partially_done", "cancelled", "warehouse", CANCELLED),
    ("partially_done", "cancel_requested", "odoo", CANCEL_REQUESTED),
    ("partially_done", "cancel_requested", "person", CANCEL_REQUESTED),
    ("partially_done", "done", "odoo", ""),
    ("partially_done", "done", "warehouse", ""),
    ("partially_done", "done", "person", ""),
]
_TABLE = {(source, target, who): event for source, target, who, event in TRANSITIONS}


def event_of(source, target, who):
    """The event type of an allowed move ('' when none is told), or None when the move is not allowed."""
    return _TABLE.get((source, target, who))


def targets_of(source, who):
    """The states ``who`` may move a request to from ``source``, in the order of the table."""
    return [target for origin, target, mover, _event in TRANSITIONS if origin == source and mover == who]
