"""Which state of a case may follow which. The only place where this is said.

    new ──> triaged ──> in_progress <──> waiting ──> resolved ──> closed
      └──> dismissed        ^─────── reopened ──────────┴───────────┘

``triaged``    somebody looked: type, severity and owner are right
``waiting``    for a customer, a supplier, a carrier, an approval or customs
``resolved``   the trouble is over, with a code and words; a repeat reopens it
``closed``     nobody will come back to it
``dismissed``  it was no trouble, with a reason
"""

from typing import NamedTuple

STATES = (
    ("new", "New"),
    ("triaged", "Triaged"),
    ("in_progress", "In Progress"),
    ("waiting", "Waiting"),
    ("resolved", "Resolved"),
    ("closed", "Closed"),
    ("dismissed", "Dismissed"),
)
OPEN = ("new", "triaged", "in_progress", "waiting")
CLOSED = ("resolved", "closed", "dismissed")


class Transition(NamedTuple):
    """One allowed move: the verb people use for it, who makes it, and what must be said with it."""

    verb: str
    before: str
    after: str
    who: str
    needs: tuple = ()


_RESOLUTION = ("resolution_code", "resolution")

TRANSITIONS = (
    Transition("triage", "new", "triaged", "logistics user"),
    Transition("start", "new", "in_progress", "logistics user, a playbook step"),
    Transition("start", "triaged", "in_progress", "logistics user, a playbook step"),
    Transition("start", "waiting", "in_progress", "logistics user, a playbook step"),
    Transition("wait", "new", "waiting", "logistics user", ("waiting_for",)),
    Transition("wait", "triaged", "waiting", "logistics user", ("waiting_for",)),
    Transition("wait", "in_progress", "waiting", "logistics user", ("waiting_for",)),
    Transition("resolve", "new", "resolved", "logistics user, partner, a scan or its retraction", _RESOLUTION),
    Transition("resolve", "triaged", "resolved", "logistics user, partner, a scan after silence", _RESOLUTION),
    Transition("resolve", "in_progress", "resolved", "logistics user, partner, a scan after silence", _RESOLUTION),
    Transition("resolve", "waiting", "resolved", "logistics user, partner, a scan after silence", _RESOLUTION),
    Transition("close", "resolved", "closed", "logistics user"),
    Transition("dismiss", "new", "dismissed", "logistics user", ("dismiss_reason",)),
    Transition("dismiss", "triaged", "dismissed", "logistics user", ("dismiss_reason",)),
    Transition("dismiss", "in_progress", "dismissed", "logistics user", ("dismiss_reason",)),
    Transition("dismiss", "waiting", "dismissed", "logistics user", ("dismiss_reason",)),
    Transition("reopen", "resolved", "in_progress", "logistics user, a repeat"),
    Transition("reopen", "closed", "in_progress", "logistics user"),
    Transition("reopen", "dismissed", "in_progress", "logistics user"),
)
_BY_MOVE = {(move.before, move.after): move for move in TRANSITIONS}


def find_transition(before, after):
    """The allowed move between two states, or None."""
    return _BY_MOVE.get((before, after))


def allowed_verbs(state):
    """Verbs that may be used on a case in ``state``, in the order of the table."""
    return tuple(move.verb for move in TRANSITIONS if move.before == state)
