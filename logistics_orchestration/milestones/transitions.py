"""The table of allowed moves between milestones: (from, to, who, event, after).

A move that is not in the table does not happen: a depot scan that is told after the delivery changes nothing. The few
moves that go back stand here with the reason; some of them only after an exception that explains them.
"""

from typing import NamedTuple

from .codes import rank

CARRIER = "carrier"  # a scan
ODOO = "odoo"  # dispatch, cancellation
PLANNER = "planner"  # by hand, with a reason: may set any milestone

STATUS_CHANGED = "logistics.shipment.status_changed"
DISPATCHED = "logistics.shipment.dispatched"
DELIVERED = "logistics.delivery.confirmed"


class Transition(NamedTuple):
    """One allowed move. ``after``: only while one of these exceptions is open; empty: always."""

    source: str
    target: str
    who: str
    event: str
    after: frozenset = frozenset()


# The way out, in its order; a carrier may leave any of them out.
OUTBOUND = (
    "unknown",
    "pre_transit",
    "picked_up",
    "in_transit",
    "at_customs",
    "arrived_at_destination",
    "out_for_delivery",
    "available_for_pickup",
    "delivered",
)
# What explains that a parcel left the van again without being delivered.
DELIVERY_FAILURES = frozenset(
    {
        "attempt_failed",
        "recipient_unavailable",
        "recipient_closed",
        "recipient_request",
        "refused",
        "address_issue",
        "access_restricted",
        "appointment_needed",
        "payment_due",
        "held_by_carrier",
        "missorted",
        "damaged",
        "delayed",
        "weather",
        "carrier_fault",
        "force_majeure",
        "other",
    }
)


def _event(target):
    return DELIVERED if target == "delivered" else STATUS_CHANGED


def _build():
    for position, source in enumerate(OUTBOUND):
        for target in OUTBOUND[position + 1 :]:
            yield Transition(source, target, CARRIER, _event(target))
        # the way back begins anywhere, also after a delivery (the recipient sends it back)
        yield Transition(source, "returning", CARRIER, STATUS_CHANGED)
        yield Transition(source, "returned", CARRIER, STATUS_CHANGED)
        if source != "delivered":
            yield Transition(source, "cancelled", CARRIER, STATUS_CHANGED)
            yield Transition(source, "cancelled", ODOO, STATUS_CHANGED)
    yield Transition("returning", "returned", CARRIER, STATUS_CHANGED)
    yield Transition("unknown", "pre_transit", ODOO, DISPATCHED)
    # -- back, and why --
    # released by customs, on its way again
    yield Transition("at_customs", "in_transit", CARRIER, STATUS_CHANGED)
    # sent to the wrong depot
    yield Transition("arrived_at_destination", "in_transit", CARRIER, STATUS_CHANGED, frozenset({"missorted"}))
    # not delivered: back to the depot, to try again or to forward it
    for target in ("in_transit", "arrived_at_destination"):
        yield Transition("out_for_delivery", target, CARRIER, STATUS_CHANGED, DELIVERY_FAILURES)
    # the recipient asked for a new delivery instead of collecting it
    yield Transition("available_for_pickup", "out_for_delivery", CARRIER, STATUS_CHANGED)
    # the label was voided, the parcel travels all the same: reality wins
    for target in OUTBOUND[2:]:
        yield Transition("cancelled", target, CARRIER, _event(target))


TRANSITIONS = tuple(_build())
_INDEX = {}
for _row in TRANSITIONS:
    _INDEX.setdefault((_row.source, _row.target, _row.who), _row)

# What a word means depends on where the parcel is: "delivered" on the way back is delivered to the sender, and must
# never count as the customer's delivery.
READ_AS = {("returning", "delivered"): "returned"}


def read_as(source, target):
    """What the milestone ``target`` means for a parcel that is at ``source``."""
    return READ_AS.get((source, target), target)


def find_transition(source, target, who, exception=None):
    """The row that allows the move, or None.

    :param str exception: the exception that is open on the parcel
    """
    if who == PLANNER:
        rank(source), rank(target)  # any move, but between codes that exist
        return Transition(source, target, PLANNER, _event(target))
    row = _INDEX.get((source, target, who))
    if row and row.after and exception not in row.after:
        return None
    return row
