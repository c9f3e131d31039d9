"""From scans to the status of one parcel.

A track is the set of scans known of a parcel, less what their senders took back, and the status they fold to. The fold
walks the scans in the order of their occurrence (ties: the lesser milestone first), so adding a scan, or taking one
back, gives the same result whenever we hear of it.
"""

from bisect import insort
from dataclasses import dataclass, field, replace
from datetime import datetime

from .codes import is_closed, rank, severity
from .transitions import CARRIER, ODOO, PLANNER, find_transition, read_as

APPLIED, LATE, STATEMENT, DUPLICATE = "applied", "late", "statement", "duplicate"
RETRACTED = "retracted"

# A scan without milestone sorts after the attempt and before the end of the way, within the same second.
_RANK_OF_NONE = 57

# An exception is over when the parcel is seen at one of these; the rest are over with any scan that tells no trouble.
_TRY_AGAIN = frozenset({"out_for_delivery", "available_for_pickup", "delivered"})
_NEVER = frozenset()
CLEARED_BY = {
    # what happened to the goods stays true whatever comes after; a person closes it
    "damaged": _NEVER,
    "destroyed": _NEVER,
    "shortage": _NEVER,
    # over with a new attempt, not with the trip back to the depot
    "attempt_failed": _TRY_AGAIN,
    "recipient_unavailable": _TRY_AGAIN,
    "recipient_closed": _TRY_AGAIN,
    "appointment_needed": _TRY_AGAIN,
    "access_restricted": _TRY_AGAIN,
    "address_issue": _TRY_AGAIN,
    # the reason of a return stays with it
    "refused": frozenset({"delivered"}),
    "undeliverable": _TRY_AGAIN,
    "unclaimed": _TRY_AGAIN,
    "rejected_by_carrier": _TRY_AGAIN,
}
# What can still turn up when the way of the parcel is over; the rest is old news then.
AFTER_THE_END = frozenset({"damaged", "destroyed", "shortage", "refused", "lost", "other"})


@dataclass(frozen=True)
class Scan:
    """One thing that was said about a parcel.

    ``who`` is carrier, odoo or planner. A planner's scan is a correction by hand: it sets both axes as it says.
    ``uid`` is the sender's own id of it, by which it can be taken back; two scans that differ in nothing else say the
    same.
    """

    occurred_at: datetime
    milestone: str | None = None
    exception: str | None = None
    certainty: str = "actual"
    who: str = CARRIER
    raw_code: str = ""
    uid: str = ""

    def __post_init__(self):
        if self.milestone:
            rank(self.milestone)
        severity(self.exception)
        if self.who not in (CARRIER, ODOO, PLANNER):
            raise ValueError(f"unknown source of a scan {self.who!r}; known: carrier, odoo, planner")

    @property
    def moves(self):
        """Whether it can change a status: an estimate or an information scan cannot."""
        if self.certainty != "actual":
            return False
        return self.who == PLANNER or bool(self.exception) or self.milestone not in (None, "", "unknown")

    @property
    def order(self):
        """Sort key; total, so that equal times fold the same way whoever came first."""
        return (
            self.occurred_at,
            self.who == PLANNER,  # the correction of the same second wins
            rank(self.milestone) if self.milestone else _RANK_OF_NONE,
            severity(self.exception),
            self.who,
            self.raw_code,
        )

    @property
    def said(self):
        """What it says, whoever's id it carries: the key by which a repeat is known."""
        return (self.occurred_at, self.milestone, self.exception, self.certainty, self.who, self.raw_code)


@dataclass(frozen=True)
class Status:
    """Both axes. ``since`` is when the milestone, ``exception_since`` when the exception began."""

    milestone: str = "unknown"
    exception: str | None = None
    certainty: str = "planned"
    since: datetime | None = None
    exception_since: datetime | None = None


@dataclass(frozen=True)
class Track:
    """What is known of one parcel: build it with :meth:`of`, extend it with :func:`advance` and :func:`retract`.

    ``retracted``: ids of what was taken back, also of scans nobody has heard of yet.
    """

    scans: tuple = ()
    status: Status = field(default_factory=Status)
    retracted: frozenset = frozenset()

    @classmethod
    def of(cls, scans, retracted=()):
        """The track of these scans, in whatever order and however often they are given."""
        gone = frozenset(retracted)
        known = {scan for scan in scans if scan.moves and not (scan.uid and scan.uid in gone)}
        known = tuple(sorted(known, key=_place))
        return cls(known, fold(known), gone)


def _place(scan):
    return (scan.order, scan.uid)


def fold(scans):
    """The :class:`Status` after these scans, given in the order of their occurrence."""
    status = Status()
    for scan in scans:
        status = _step(status, scan)
    return status


def _step(status, scan):
    if scan.who == PLANNER:
        return _by_hand(status, scan)
    moved = status
    clears = False
    if scan.milestone:
        target = read_as(status.milestone, scan.milestone)
        if target == status.milestone:
            clears = True
        elif find_transition(status.milestone, target, scan.who, scan.exception or status.exception):
            moved = replace(status, milestone=target, certainty=scan.certainty, since=scan.occurred_at)
            clears = True
    exception = scan.exception
    if exception and is_closed(moved.milestone) and exception not in AFTER_THE_END:
        exception = None
    if exception:
        if severity(exception) >= severity(moved.exception) or _clears(moved.exception, moved.milestone):
            since = moved.exception_since if moved.exception == exception else scan.occurred_at
            return replace(moved, exception=exception, exception_since=since)
        return moved
    if clears and moved.exception and _clears(moved.exception, moved.milestone):
        return replace(moved, exception=None, exception_since=None)
    return moved


def _by_hand(status, scan):
    milestone = scan.milestone or status.milestone
    return replace(
        status,
        milestone=milestone,
        certainty=scan.certainty,
        since=scan.occurred_at if milestone != status.milestone else status.since,
        exception=scan.exception or None,
        exception_since=scan.occurred_at if scan.exception else None,
    )


def _clears(exception, milestone):
    return milestone in CLEARED_BY[exception] if exception in CLEARED_BY else True


def advance(track, scan):
    """Add one scan to what is known.

    :returns: (the new Track, effect). Effect: ``applied``: the status follows it; ``late``: known, but it came too late
        or out of order to matter; ``statement``: no fact (an estimate, or information only), kept for reading;
        ``duplicate``: said before; ``retracted``: its sender took it back before it came.
    """
    if not scan.moves:
        return track, STATEMENT
    if scan.uid and scan.uid in track.retracted:
        return track, RETRACTED
    if scan in track.scans:
        return track, DUPLICATE
    repeats = any(known.said == scan.said for known in track.scans)
    scans = list(track.scans)
    insort(scans, scan, key=_place)
    if repeats:
        # the same words under another id change nothing, and stand when the first ones are taken back
        return replace(track, scans=tuple(scans)), DUPLICATE
    after = replace(track, scans=tuple(scans), status=fold(scans))
    changed = (after.status.milestone, after.status.exception) != (track.status.milestone, track.status.exception)
    confirms = scans[-1] is scan and scan.milestone == after.status.milestone
    return after, APPLIED if changed or confirms else LATE


def retract(track, uid):
    """Take back what was said under an id: the rest is folded as if it had never been said.

    :param str uid: the sender's id of the scan
    :returns: (the new Track, effect): ``applied``: the status changes; ``late``: it does not; ``duplicate``: taken back
        before
    """
    if uid in track.retracted:
        return track, DUPLICATE
    scans = tuple(scan for scan in track.scans if scan.uid != uid)
    after = Track(scans, fold(scans), track.retracted | {uid})
    changed = (after.status.milestone, after.status.exception) != (track.status.milestone, track.status.exception)
    return after, APPLIED if changed else LATE
