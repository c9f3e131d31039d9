"""What Odoo holds against what a system says, point by point. Plain Python."""

from typing import NamedTuple


class Difference(NamedTuple):
    """One point of comparison between a document and a statement about it.

    ``key`` tells the points of one document apart (a SKU, a line); ``own`` and ``stated`` are for people. ``amount`` is
    stated minus own where both are figures, else None; ``base`` is Odoo's figure, which a tolerance in percent is of.
    """

    key: str
    label: str
    own: str
    stated: str
    amount: float | None = None
    base: float = 0.0

    @property
    def agrees(self):
        """Whether both say the same."""
        return not self.amount if self.amount is not None else self.own == self.stated


def figure(value):
    """A number a partner wrote, or None: what comes from outside may be anything."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def rows(value, key):
    """The objects in a list a partner wrote under ``key``; what is no object is left out."""
    found = value.get(key) if isinstance(value, dict) else None
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
