"""What an order that came in amounts to here: who, where, what; and what of it nobody knows yet. Plain Python."""

from dataclasses import dataclass, field


@dataclass
class Miss:
    """A word of the buyer's that could not be matched. ``kind``: customer, address, product, unit or price_list."""

    kind: str
    code: str
    words: str
    label: str = ""


@dataclass
class Plan:
    """The result of matching; records are of Odoo, ``lines`` are (neutral line, values of the order line) pairs."""

    partner: object = None
    shipping: object = None
    invoice: object = None
    pricelist: object = None
    lines: list = field(default_factory=list)
    misses: list = field(default_factory=list)

    def miss(self, kind, code, words, label=""):
        """Note what is not known, once per word."""
        if not any(one.kind == kind and one.code == code for one in self.misses):
            self.misses.append(Miss(kind, code, words, label))
