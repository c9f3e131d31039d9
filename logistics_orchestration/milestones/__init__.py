"""Where a parcel is and what is wrong with it: the rules, in plain Python.

Two axes. The *milestone* says how far a parcel got, the *exception* says what is wrong with it; both are folded from
the scans a carrier, a person or Odoo itself recorded, in the order in which things happened, never in the order in
which we heard of them. So the end state depends on the set of scans alone: late, repeated and shuffled messages do no
harm.

- ``codes``: the words (milestones with rank, exceptions with severity, certainties)
- ``transitions``: the table of allowed moves, also the few that go back
- ``track``: scans in, status out: ``advance(track, scan)``, and ``retract(track, uid)`` for what is taken back
- ``shipment``: the status of a shipment from those of its parcels

Nothing here imports Odoo; the models are thin over it.
"""

from .codes import CERTAINTIES, CLOSED, EXCEPTIONS, MILESTONES, is_closed, rank, severity
from .shipment import shipment_status
from .track import Scan, Status, Track, advance, retract
from .transitions import TRANSITIONS, Transition, find_transition

__all__ = [
    "CERTAINTIES",
    "CLOSED",
    "EXCEPTIONS",
    "MILESTONES",
    "TRANSITIONS",
    "Scan",
    "Status",
    "Track",
    "Transition",
    "advance",
    "find_transition",
    "is_closed",
    "rank",
    "retract",
    "severity",
    "shipment_status",
]
