"""States of an outbox message and who may change them. ``docs/states.md`` is held to this table by a test."""

STATES = [
    ("pending", "Waiting"),
    ("sending", "Sending"),
    ("delivered", "Delivered"),
    ("held", "Held"),
    ("dead", "Dead"),
    ("cancelled", "Cancelled"),
]

# (from, to, who, event); "new" stands for the creation of the row.
TRANSITIONS = [
    ("new", "pending", "relay", "fan-out of an event to a subscription"),
    ("new", "cancelled", "relay", "fan-out of an event whose purpose was gone before"),
    ("pending", "sending", "relay", "claim"),
    ("pending", "held", "relay, administrator", "the subscription was switched off (410, or by a person)"),
    (
        "pending",
        "cancelled",
        "administrator, business transaction, relay",
        "cancelled with a reason, its purpose is gone, or a newer one replaces it",
    ),
    ("sending", "delivered", "relay", "the partner answered 2xx"),
    ("sending", "pending", "relay", "failed, tried again later; or the claim was lost or handed back"),
    ("sending", "dead", "relay", "the last attempt failed, the content was refused (400, 413, 422), or it is poison"),
    ("sending", "held", "relay", "the partner answered 410"),
    ("held", "pending", "administrator", "the subscription was switched on again"),
    (
        "held",
        "cancelled",
        "administrator, business transaction, relay",
        "cancelled with a reason, its purpose is gone, or a newer one replaces it",
    ),
    ("dead", "pending", "administrator", "replay"),
    (
        "dead",
        "cancelled",
        "administrator, business transaction, relay",
        "cancelled with a reason, or its purpose is gone",
    ),
    ("cancelled", "pending", "administrator", "replay"),
    ("delivered", "pending", "administrator", "replay"),
]

# What a person may do from which state; the user interface and the server read the same table.
REPLAYABLE = tuple(sorted({old for old, new, _who, event in TRANSITIONS if event == "replay" and new == "pending"}))
CANCELLABLE = tuple(sorted({old for old, new, who, _event in TRANSITIONS if new == "cancelled" and "admin" in who}))

# what the relay tells Odoo about (logistics.relay.notice)
NOTICES = [
    ("dead", "A message was given up"),
    ("circuit_opened", "The breaker opened"),
    ("circuit_closed", "The breaker closed"),
    ("suspended", "The system was suspended"),
    ("switched_off", "A subscription was switched off by the partner"),
]

# outcome of an attempt row
OUTCOMES = [
    ("delivered", "Delivered"),
    ("retry", "Failed, tried again"),
    ("deferred", "Told to wait"),
    ("dead", "Failed, given up"),
    ("gone", "Gone (410)"),
    ("replayed", "Replayed by a person"),
    ("cancelled", "Cancelled"),
    ("held", "Held"),
]
