"""Rows of the table: what was measured, what the goal is, and whether it was reached."""

import os
import statistics
import time
from typing import NamedTuple

CORES = len(os.sched_getaffinity(0))


class Row(NamedTuple):
    """One line. ``good`` is None where there is no goal, or nothing was measured."""

    what: str
    goal: str
    measured: str
    ratio: str = ""
    good: bool | None = None
    detail: dict | None = None

    def verdict(self):
        """In a word."""
        return {True: "reached", False: "NOT REACHED", None: ""}[self.good]


class Context(NamedTuple):
    """What every measurement gets."""

    server: object
    quick: bool
    folder: object
    say: object
    # made when first asked for: Odoo's folder
    odoo: object

    def rounds(self, full, quick=1):
        """How often to repeat."""
        return quick if self.quick else full


def not_measured(what, goal, why):
    """A row for what cannot be measured here; it counts as not reached."""
    return Row(what, goal, f"not measured: {why}", "", False)


def load():
    """Processes that wanted a core in the last minute."""
    return os.getloadavg()[0]


def wait_for_calm(limit=60.0):
    """Let what the last row left behind die down; returns the load at the end."""
    deadline = time.monotonic() + limit
    while load() > CORES * 0.75 and time.monotonic() < deadline:
        time.sleep(2)
    return load()


def median(values):
    """The median, of nothing 0."""
    return statistics.median(values) if values else 0.0


def percentile(values, share):
    """The value below which this share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def spread(values, unit="/s"):
    """Median and range as text."""
    if len(values) < 2:
        return f"{values[0]:,.0f}{unit}"
    return f"{median(values):,.0f}{unit} ({min(values):,.0f} to {max(values):,.0f})"


def table(rows):
    """A Markdown table."""
    lines = ["| what | goal | measured | ratio | verdict |", "|---|---|---|---|---|"]
    lines += [f"| {row.what} | {row.goal} | {row.measured} | {row.ratio} | {row.verdict()} |" for row in rows]
    return "\n".join(lines)
