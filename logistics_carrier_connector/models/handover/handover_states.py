"""The states of a pickup and of a manifest, and who moves them."""

# from, to, who, what is told
TRANSITIONS = [
    ("new", "draft", "planner, timer", ""),
    ("draft", "requested", "planner, timer", ""),
    ("draft", "cancelled", "planner", ""),
    ("requested", "done", "carrier, or a person by hand", ""),
    ("requested", "failed", "carrier, or the last try", ""),
    ("requested", "cancelled", "planner", ""),
    ("failed", "requested", "planner tries again", ""),
    ("failed", "done", "a person by hand", ""),
    ("failed", "cancelled", "planner", ""),
    ("done", "cancelled", "planner (a pickup)", ""),
]
