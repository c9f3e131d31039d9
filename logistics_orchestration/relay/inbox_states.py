"""States of an inbox message and who may change them. ``docs/states.md`` is held to this table by a test."""

STATES = [
    ("received", "Received"),
    ("processed", "Processed"),
    ("duplicate", "Duplicate"),
    ("late", "Late"),
    ("quarantined", "Quarantined"),
    ("failed", "Failed, tried again"),
    ("dead", "Dead"),
    ("discarded", "Discarded"),
]

# (from, to, who, event); "new" stands for the creation of the row.
TRANSITIONS = [
    ("new", "received", "partner", "a verified message was stored"),
    ("received", "processed", "worker", "the handler did its work"),
    ("received", "duplicate", "worker", "the same fact was told before under another id"),
    ("received", "late", "worker", "older than what is known"),
    ("received", "quarantined", "worker", "not understood"),
    ("received", "failed", "worker", "the handler raised"),
    ("received", "discarded", "worker, administrator", "nothing to do, with a reason"),
    ("failed", "processed", "worker", "a later attempt worked"),
    ("failed", "duplicate", "worker", "the same fact was told before under another id"),
    ("failed", "late", "worker", "older than what is known"),
    ("failed", "quarantined", "worker", "not understood"),
    ("failed", "discarded", "worker, administrator", "nothing to do, with a reason"),
    ("failed", "dead", "worker", "the last attempt failed"),
    ("quarantined", "received", "administrator", "replay"),
    ("dead", "received", "administrator", "replay"),
    ("discarded", "received", "administrator", "replay"),
    ("late", "received", "administrator", "replay"),
    ("quarantined", "discarded", "administrator", "discard with a reason"),
    ("dead", "discarded", "administrator", "discard with a reason"),
]
