"""The words of both axes. Codes are stored and told to partners: they are never renamed."""

# (code, label, rank): a higher rank is further along; the rank decides ties and what "least advanced" means.
MILESTONES = (
    ("unknown", "Not Dispatched", 0),
    ("pre_transit", "Announced", 10),
    ("picked_up", "Picked Up", 20),
    ("in_transit", "In Transit", 30),
    ("at_customs", "At Customs", 35),
    ("arrived_at_destination", "At Destination Depot", 40),
    ("out_for_delivery", "Out for Delivery", 50),
    ("available_for_pickup", "Available for Pickup", 55),
    ("returning", "Returning", 60),
    ("delivered", "Delivered", 90),
    ("returned", "Returned", 95),
    ("cancelled", "Cancelled", 99),
)
# No further way: nothing more is expected of such a parcel.
CLOSED = frozenset({"delivered", "returned", "cancelled"})

# (code, label, severity): the severest one of several parcels is the shipment's.
EXCEPTIONS = (
    ("lost", "Lost", 100),
    ("destroyed", "Destroyed", 98),
    ("damaged", "Damaged", 95),
    ("shortage", "Pieces Missing", 90),
    ("refused", "Refused by Recipient", 85),
    ("undeliverable", "Undeliverable", 80),
    ("rejected_by_carrier", "Rejected by Carrier", 78),
    ("customs_hold", "Held at Customs", 75),
    ("customs_documents", "Customs Documents Missing", 74),
    ("payment_due", "Payment Due", 72),
    ("held_by_carrier", "Held by Carrier", 70),
    ("held_by_shipper", "Held by Shipper", 68),
    ("access_restricted", "Access Restricted", 66),
    ("address_issue", "Address Problem", 65),
    ("unclaimed", "Not Collected by Recipient", 64),
    ("attempt_failed", "Delivery Attempt Failed", 60),
    ("recipient_unavailable", "Recipient not Available", 58),
    ("recipient_closed", "Recipient Closed", 57),
    ("appointment_needed", "Appointment Needed", 55),
    ("recipient_request", "Changed by Recipient", 50),
    ("pickup_missed", "Pickup Missed", 48),
    ("missorted", "Missorted", 45),
    ("carrier_fault", "Carrier Problem", 44),
    ("shipper_fault", "Shipper Problem", 43),
    ("force_majeure", "Force Majeure", 42),
    ("weather", "Weather", 40),
    ("delayed", "Delayed", 35),
    ("cancel_failed", "Cancellation Failed", 32),
    ("label_failed", "Label Failed", 30),
    ("label_missing", "Label Missing", 29),
    ("data_error", "Data Error", 28),
    ("tracking_stale", "No News from Carrier", 25),
    ("other", "Other", 10),
)

CERTAINTIES = (
    ("planned", "Planned"),
    ("estimated", "Estimated"),
    ("requested", "Requested"),
    ("actual", "Actual"),
)

_RANK = {code: rank for code, _label, rank in MILESTONES}
_SEVERITY = {code: severity for code, _label, severity in EXCEPTIONS}


def rank(milestone):
    """How far along a milestone is.

    :raises ValueError: not one of our codes
    """
    try:
        return _RANK[milestone]
    except KeyError:
        raise ValueError(f"unknown milestone {milestone!r}; known: {', '.join(_RANK)}") from None


def severity(exception):
    """How bad an exception is; no exception is 0.

    :raises ValueError: not one of our codes
    """
    if not exception:
        return 0
    try:
        return _SEVERITY[exception]
    except KeyError:
        raise ValueError(f"unknown exception {exception!r}; known: {', '.join(_SEVERITY)}") from None


def is_closed(milestone):
    """Whether the way of a parcel ends here."""
    return milestone in CLOSED
