"""Which transfer is picked first, and how waves are filled: one stated order, no overtaking.

The order: urgent first, then the earliest promise, then the earliest cut-off, then the earliest order, then the number.
A transfer without a promise or a cut-off comes after those that have one. A wave takes transfers in that order until
the next one does not fit any more; that one opens the next wave, so nobody smaller slips past it.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Work:
    """One transfer; ``weight`` in the database's unit, times in UTC."""

    id: int
    urgent: bool = False
    promised: datetime | None = None
    cut_off: datetime | None = None
    ordered: datetime | None = None
    lines: int = 1
    weight: float = 0.0


@dataclass
class Capacity:
    """What one wave takes at most; 0 is no limit."""

    transfers: int = 0
    lines: int = 0
    weight: float = 0.0


@dataclass
class Wave:
    """A wave and what is in it; ``key`` is the record of one that exists already."""

    key: int | None = None
    cut_off: datetime | None = None
    transfers: int = 0
    lines: int = 0
    weight: float = 0.0
    added: tuple = ()

    def fits(self, work, capacity):
        """Whether the work goes in too; an empty wave takes whatever comes, however big."""
        if self.cut_off != work.cut_off:
            return False
        if not self.transfers:
            return True
        return not (
            (capacity.transfers and self.transfers + 1 > capacity.transfers)
            or (capacity.lines and self.lines + work.lines > capacity.lines)
            or (capacity.weight and self.weight + work.weight > capacity.weight + 1e-6)
        )

    def add(self, work):
        """Put the work in."""
        self.transfers += 1
        self.lines += work.lines
        self.weight += work.weight
        self.added += (work,)


def rank(work):
    """The key transfers are sorted by; see the head of this file."""
    return (not work.urgent, _when(work.promised), _when(work.cut_off), _when(work.ordered), work.id)


def _when(moment):
    """A time as text that sorts; none comes last."""
    return moment.isoformat() if moment else "~"


def fill(works, capacity, waves=()):
    """Put ``works`` into waves of one cut-off each.

    :param waves: open waves that may take more, oldest first; only the last one of each cut-off is filled up
    :returns: list of Wave, those that got something
    """
    current = {wave.cut_off: wave for wave in waves}
    touched = []
    for work in sorted(works, key=rank):
        wave = current.get(work.cut_off)
        if wave is None or not wave.fits(work, capacity):
            wave = current[work.cut_off] = Wave(cut_off=work.cut_off)
        if wave not in touched:
            touched.append(wave)
        wave.add(work)
    return touched
