"""The partner's journal against the facts that were committed. Knows nothing of the engine's own tables but states."""

import json
from collections import Counter, defaultdict
from itertools import pairwise
from typing import NamedTuple

STUCK = """
    SELECT 'message ' || state, count(*) FROM logistics_outbox_message
     WHERE state NOT IN ('delivered', 'cancelled') GROUP BY state
    UNION ALL SELECT 'pointer', count(*) FROM logistics_outbox_pointer HAVING count(*) > 0
"""


class Journal:
    """What one partner wrote down."""

    def __init__(self, path):
        self.arrivals, self.answers, self.bad = [], {}, 0
        for line in path.read_text().splitlines():
            entry = json.loads(line)
            if "status" in entry:
                self.answers[entry["n"]] = entry["status"]
            elif "bad" in entry:
                self.bad += 1
            elif "path" in entry:
                self.arrivals.append(entry)

    def accepted(self):
        """Arrivals whose 2xx answer left."""
        return [entry for entry in self.arrivals if 200 <= self.answers.get(entry["n"], 0) < 300]


class Verdict(NamedTuple):
    """The figures of a run."""

    facts: int
    arrived: int
    lost: int
    phantoms: int
    inversions: int
    repeats: int
    allowed_repeats: int
    ids_changed: int
    bad_signatures: int
    stuck: dict

    def wrong(self):
        """What breaks a promise, in words; nothing where all were kept."""
        found = [
            f"{value} {name}"
            for name, value in self._asdict().items()
            if name in ("lost", "phantoms", "inversions", "ids_changed", "bad_signatures") and value
        ]
        if self.repeats > self.allowed_repeats:
            found.append(f"{self.repeats} repeats, {self.allowed_repeats} allowed")
        if self.stuck:
            found.append(f"stuck: {self.stuck}")
        return found

    def line(self):
        """One line of figures."""
        return (
            f"{self.facts} deliveries owed, {self.arrived} arrived, {self.lost} lost, {self.phantoms} of rolled-back"
            f" transactions, {self.inversions} out of order, {self.repeats} repeats ({self.allowed_repeats} allowed),"
            f" {self.ids_changed} with another id, {sum(self.stuck.values())} stuck"
        )


def audit(journal, facts, cursor, allowed_repeats):
    """Compare.

    :param journal: a :class:`Journal`
    :param facts: set of (path, type, key, number) that were committed and are owed
    :param cursor: of the database, for what is stuck
    :param int allowed_repeats: calls that may have been under way at the failures
    """
    cursor.execute(STUCK)
    stuck = dict(cursor.fetchall())
    got = {(entry["path"], entry["type"], entry["key"], entry["number"]) for entry in journal.accepted()}
    ids, first = defaultdict(set), {}
    for entry in journal.arrivals:
        ids[entry["path"], entry["type"], entry["key"], entry["number"]].add(entry["id"])
        first.setdefault((entry["path"], entry["key"]), {}).setdefault(entry["number"], None)
    inversions = sum(
        later < earlier
        for numbers in first.values()
        for earlier, later in pairwise(number for number in numbers if number is not None)
    )
    accepted = Counter(entry["id"] for entry in journal.accepted())
    return Verdict(
        facts=len(facts),
        arrived=len(got),
        lost=len(facts - got),
        phantoms=len(got - facts),
        inversions=inversions,
        repeats=sum(accepted.values()) - len(accepted),
        allowed_repeats=allowed_repeats,
        ids_changed=sum(len(found) > 1 for found in ids.values()),
        bad_signatures=journal.bad,
        stuck=stuck,
    )
