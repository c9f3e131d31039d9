"""Every point there is, one after the other: what a relay that fails right there leaves behind.

First a run without failure counts the points and how often each is passed. Then one run per point, pass and kind of
failure; after each another relay finishes, and the partner's books are looked at.
"""

import ast
import threading
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple

from tests.chaos.failpoints import DIED
from tests.chaos.forced import THREADS, Backlog, Victim
from tests.relay.receiver import Receiver

ENGINE = Path(__file__).resolve().parents[2] / "logistics_orchestration" / "relay"


# in the same room, but run by Odoo: the drain of the scheduled action, the inbox's limits, the pull feed's reading
ODOOS_MODULES = {"drain", "limits"}
ODOOS_FUNCTIONS = {"database.living_relays", "feed.read", "feed._subscriptions", "feed._bodies"}


class Case(NamedTuple):
    """One failure: where, at which pass, of which kind, and whether the relay was being stopped."""

    point: str
    at: int
    mode: str
    stop_early: bool = False

    def __str__(self):
        return f"{self.mode} {self.point}, pass {self.at}{', while stopping' if self.stop_early else ''}"


class Result(NamedTuple):
    """What came of all cases."""

    points: int
    cases: int
    repeats: int
    failures: list
    unreached: list
    missed: list


def cases(passes, stop_passes, deep=False, cuts=1):
    """The cases for these points.

    :param passes: {point: passes} of a run to the end
    :param stop_passes: the same of a run that was stopped with calls under way
    :param bool deep: each point also in the middle of a run and near its end
    :param int cuts: lose the connection before every so many-th statement only
    """
    found, statements = [], 0
    for point, count in sorted(passes.items()):
        times = {1, count // 2 or 1, max(1, count - 1)} if deep else {1}
        for at in sorted(times):
            found.append(Case(point, at, "exit"))
            if "call" not in point:
                # a connection that is gone is noticed by the step itself; after a commit the next step would do
                if point.endswith("before statement") or point.endswith("before commit"):
                    statements += 1
                    if statements % cuts == 0:
                        found.append(Case(point, at, "cut"))
                else:
                    found.append(Case(point, at, "unsure"))
    found += [Case(point, 1, "exit", True) for point in sorted(set(stop_passes) - set(passes))]
    return found


def engine_sites():
    """Functions of the engine that send statements or commit, as ``module.function``; not what Odoo itself runs."""
    found = set()
    for path in sorted(ENGINE.glob("*.py")):
        if path.stem in ODOOS_MODULES:
            continue
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef) or function.name == "together":
                continue
            for node in ast.walk(function):
                called = node.func if isinstance(node, ast.Call) else None
                name = getattr(called, "attr", getattr(called, "id", None))
                if name in ("execute", "commit", "together"):
                    found.add(f"{path.stem}.{function.name}")
    return found - ODOOS_FUNCTIONS


class _Lane:
    """One database, partner and victim; works on cases until there are none."""

    def __init__(self, world):
        self.world = world

    def __enter__(self):
        self._receiver = Receiver().__enter__()
        self._victim = Victim(self.world).__enter__()
        self.backlog = Backlog(self.world, self._receiver)
        return self

    def __exit__(self, *error):
        self._victim.__exit__(*error)
        self._receiver.__exit__(*error)

    def run(self, case):
        """One case: (what is wrong, repeats, points passed, whether it came to the failure)."""
        # which thread is first decides whether some points are passed at all: another try, then let it be
        for _try in range(3):
            self.backlog.restore()
            self.backlog.stopping_early = case.stop_early
            code, passes = self._victim.run(*case)
            reached = code == DIED if case.mode == "exit" else passes.get(case.point, 0) >= case.at
            if reached or not case.point:
                break
        wrong = []
        if code not in (0, DIED):
            wrong.append(f"the relay ended with {code}")
        try:
            self.backlog.finish()
        except AssertionError as error:
            return [*wrong, str(error)], 0, passes, reached
        found, repeats = self.backlog.verdict()
        # what was under way when the process died, or when it was stopped, may come twice; a cut costs nothing more
        if repeats > THREADS:
            found.append(f"{repeats} repeats with {THREADS} calls at once")
        return wrong + found, repeats, passes, reached


def run(worlds, deep=False, cuts=1, report=lambda line: None):
    """Go through all points.

    :param worlds: scratch databases (tests.relay.bare.World), one lane each
    :param bool deep: three passes of each point instead of the first
    :param int cuts: see :func:`cases`
    :param report: function that is told of each failure
    :returns: a :class:`Result`
    """
    waiting, failures, repeats, unreached = SimpleQueue(), [], [], []
    with _Lane(worlds[0]) as first:
        wrong, _repeats, passes, _reached = first.run(Case(None, 0, "exit"))
        stop_wrong, _repeats, stop_passes, _reached = first.run(Case(None, 0, "exit", True))
        failures += [f"without failure: {line}" for line in wrong + stop_wrong]
        todo = cases(passes, stop_passes, deep, cuts)
        for case in todo:
            waiting.put(case)

        def work(lane):
            while True:
                try:
                    case = waiting.get_nowait()
                except Empty:
                    return
                wrong, count, _passes, reached = lane.run(case)
                repeats.append(count)
                if not reached:
                    unreached.append(str(case))
                for line in wrong:
                    failures.append(f"{case}: {line}")
                    report(failures[-1])

        def another(world):
            with _Lane(world) as lane:
                work(lane)

        others = [threading.Thread(target=another, args=(world,)) for world in worlds[1:]]
        for thread in others:
            thread.start()
        work(first)
        for thread in others:
            thread.join()
    seen = {point.split(":")[0] for point in {**passes, **stop_passes}}
    missed = sorted(engine_sites() - seen)
    return Result(len({**passes, **stop_passes}), len(todo), sum(repeats), failures, unreached, missed)
