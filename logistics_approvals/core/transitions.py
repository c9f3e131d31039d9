"""Which state of an approval request may follow which. The only place where this is said.

    draft ──> requested ──> approved | rejected | expired | superseded | cancelled
      └─────> not_required | cancelled            approved (not carried out yet) ──> superseded | cancelled

``draft``         something is missing before anybody can decide (a rule asked without saying which carrier)
``requested``     waits for approvers
``approved``      enough people said yes; carried out once, at once when it can be
``not_required``  below every threshold, or the approvals switch only observes
``superseded``    what was decided about is no longer so; ask anew
``expired``       nobody answered in time; counts as a rejection
"""

TRANSITIONS = {
    "draft": frozenset({"requested", "not_required", "cancelled"}),
    "requested": frozenset({"approved", "rejected", "expired", "superseded", "cancelled"}),
    "approved": frozenset({"superseded", "cancelled"}),
    "not_required": frozenset(),
    "rejected": frozenset(),
    "expired": frozenset(),
    "superseded": frozenset(),
    "cancelled": frozenset(),
}
STATES = tuple(TRANSITIONS)
OPEN = ("draft", "requested")


def can_move(old, new, executed=False):
    """Whether a request may go from state ``old`` to ``new``; what was carried out never moves again."""
    if executed:
        return False
    return new in TRANSITIONS.get(old, frozenset())
