"""A run: facts, a monkey, and the books afterwards."""

import random
import time
from typing import NamedTuple

import psycopg2

from tests.chaos.audit import STUCK, Journal, Verdict, audit
from tests.chaos.monkey import Monkey
from tests.chaos.partner import PartnerProcess

FAULTS = {"fail": 0.02, "busy": 0.003, "drop": 0.005, "lost": 0.003, "slow": 0.005}
# how often each act is drawn, where there is something to do it to
ACTS = {"kill_relay": 40, "freeze": 5, "freeze_and_lose": 3, "cut": 3}
ODOO_ACTS = {"kill_worker": 12, "kill_cron": 2, "kill_odoo": 2, "cut_all": 2}
POSTGRES_ACTS = {"kill_postgres": 4}
SYSTEMS = 4
# what has not moved for so long is stuck
STANDSTILL_SECONDS = 60
# the clients wait while so much is undelivered: what piles up behind the kills proves nothing more
BACKLOG = 3000


class Run(NamedTuple):
    """What came of a run."""

    verdict: Verdict
    done: dict
    kills: int
    seconds: float
    settled_after: float
    transactions: str

    def line(self):
        """One line of figures."""
        acts = ", ".join(f"{count} {name}" for name, count in sorted(self.done.items()))
        each = self.verdict.repeats / max(1, self.kills)
        return (
            f"{self.kills} kills ({acts}) in {self.seconds:.0f} s; {self.transactions}; {self.verdict.line()},"
            f" {each:.2f} repeats per kill, settled after {self.settled_after:.1f} s"
        )


def weights(odoo, postgres):
    """The acts for a stage."""
    return {**ACTS, **(ODOO_ACTS if odoo else {}), **(POSTGRES_ACTS if postgres else {})}


def soak(stage, seed, acts, kills=0, seconds=0.0, pause=0.35, report=lambda line: None):
    """Break a stage until so many kills, or for so long; then let it settle and look at the books.

    :param stage: a stage that is not started yet
    :param int seed: of all chance there is
    :param dict acts: see :func:`weights`
    :param int kills: end after so many ...
    :param float seconds: ... or after so long
    :param float pause: seconds between two acts, on average
    :param report: function that is told how it goes
    :returns: a :class:`Run`
    """
    chance = random.Random(seed)
    stage.folder.mkdir(parents=True, exist_ok=True)
    journal = stage.folder / "journal.jsonl"
    journal.unlink(missing_ok=True)
    try:
        return _soak(stage, chance, acts, kills, seconds, pause, journal, report)
    finally:
        stage.stop()


def _soak(stage, chance, acts, kills, seconds, pause, journal, report):
    stage.open()
    facts = stage.facts("", SYSTEMS, random.Random(chance.random()))
    with PartnerProcess(journal, stage.secret, chance.randrange(1 << 30)) as partner:
        facts.url = partner.url
        facts.set_up()
        partner.behave(**FAULTS)
        stage.start_relays()
        facts.start()
        monkey = Monkey(stage, chance, acts, lambda: facts.said_done)
        begin = told = time.monotonic()
        while (monkey.kills < kills) if kills else (time.monotonic() - begin < seconds):
            time.sleep(chance.uniform(0.0, 2 * pause))
            monkey.act()
            stage.forgive()
            facts.enough = _waiting(stage) > BACKLOG
            if time.monotonic() - told > 15:
                told = time.monotonic()
                with stage.cursor() as cr:
                    cr.execute("SELECT state, count(*) FROM logistics_outbox_message GROUP BY 1")
                    states = ", ".join(f"{count} {state}" for state, count in sorted(cr.fetchall()))
                report(f"{told - begin:5.0f} s: {monkey.kills} kills, messages: {states or 'none'}")
        facts.stop()
        took = time.monotonic() - begin
        partner.behave()
        settled = _settle(stage)
        with stage.cursor() as cr:
            verdict = audit(Journal(journal), facts.committed(cr), cr, monkey.calls_at_risk)
    said = f"{facts.said_done} transactions done, {facts.rolled_back} rolled back, {facts.unknown} never answered"
    return Run(verdict, dict(monkey.done), monkey.kills, took, settled, said)


def _waiting(stage):
    """How many messages wait; none while the database is away."""
    try:
        with stage.cursor() as cr:
            cr.execute("SELECT count(*) FROM logistics_outbox_message WHERE state = 'pending'")
            return cr.fetchone()[0]
    except psycopg2.Error:
        return 0


def _settle(stage):
    """Whole processes deliver the rest; returns the seconds that took. What stays is for the audit to tell."""
    begin = moved = time.monotonic()
    stage.calm()
    before = None
    while time.monotonic() - moved < STANDSTILL_SECONDS:
        stage.forgive()
        with stage.cursor() as cr:
            cr.execute(STUCK)
            left = sorted(cr.fetchall())
        if not left:
            break
        if left != before:
            before, moved = left, time.monotonic()
        time.sleep(0.25)
    return time.monotonic() - begin
