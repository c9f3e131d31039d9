"""The states of a booking and the moves between them.

::

    draft -> requested -> booked -> voided
      |         |  ^  \\      ^
      |         |  |   +-> failed -> booked (done by hand) | requested (tried again)
      +---------+--+-> voided

A live booking is one that has bought, or may still buy, a label. A shipment has at most one (a partial unique index in
the database says so); asking for a void takes it out of that index at once, so the next carrier need not wait.
"""

# state: the states it may move to
TRANSITIONS = {
    "draft": {"requested", "voided"},
    "requested": {"booked", "failed", "voided"},
    "booked": {"voided"},
    "failed": {"requested", "booked", "voided"},
    "voided": set(),
}
LIVE = ("draft", "requested", "booked")


def can_move(old, new):
    """Whether a booking may go from `old` to `new`; staying is no move and always allowed."""
    return old == new or new in TRANSITIONS.get(old, ())
