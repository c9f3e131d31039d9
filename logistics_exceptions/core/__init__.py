"""What may become of a case: plain Python, nothing here imports Odoo."""

from .transitions import CLOSED, OPEN, STATES, TRANSITIONS, Transition, allowed_verbs, find_transition

__all__ = [
    "CLOSED",
    "OPEN",
    "STATES",
    "TRANSITIONS",
    "Transition",
    "allowed_verbs",
    "find_transition",
]
