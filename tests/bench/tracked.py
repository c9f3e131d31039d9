"""Tracking events taken in and applied per second by two workers, with few and with a million stored milestones."""

import json
import sys
import threading
import time

from tests.bench import places
from tests.bench.places import DATA, FOLDER, Asked
from tests.bench.report import Row, median, spread
from tools import databases, odoo_conf

GOAL = 300
NAME = "bench_tracking"
# Milestones that a parcel has when it has arrived.
EACH = 20


def tracked(context):
    """Rounds on a nearly empty database, then on a full one."""
    stored = 20_000 if context.quick else 1_000_000
    parcels = 100 if context.quick else 750
    databases.copy(context.server, places.suite(context), NAME, DATA)
    try:
        conf = odoo_conf.write(FOLDER / f"{NAME}.conf", context.server, context.odoo(), DATA)
        environment = databases.odoo_environment(conf, context.server)
        environment["PYTHONPATH"] = str(context.odoo())
        command = [sys.executable, "-m", "tests.bench.tracking", str(conf), NAME]
        workers = [Asked(f"{NAME}_{number}", command, environment) for number in (1, 2)]
        try:
            made = _ask(workers[0], do="model")
            few = [_round(workers, made, f"F{turn}-", parcels) for turn in range(context.rounds(3))]
            _ask(workers[0], do="fill", made=made, prefix="OLD-", parcels=stored // EACH, each=EACH)
            many = [_round(workers, made, f"M{turn}-", parcels) for turn in range(context.rounds(3))]
        finally:
            for worker in workers:
                worker.close()
    finally:
        databases.drop(context.server, NAME, DATA)
    return rows(stored, few, many)


def _ask(program, **wish):
    return program.ask(json.dumps(wish))


def _round(workers, made, prefix, parcels):
    """Events per second from the first request to the last milestone."""
    _ask(workers[0], do="fill", made=made, prefix=prefix, parcels=parcels, each=0)
    begin = time.perf_counter()
    events = _ask(workers[0], do="take_in", made=made, prefix=prefix, parcels=parcels)["events"]
    both = [threading.Thread(target=_ask, args=(worker,), kwargs={"do": "work", "made": made}) for worker in workers]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    seconds = time.perf_counter() - begin
    found = _ask(workers[0], do="count", made=made, prefix=prefix)
    whole = found["delivered"] == parcels and set(found["states"]) == {"processed"}
    return {"rate": events / seconds, "whole": whole, "states": found["states"]}


def rows(stored, few, many):
    """The table's rows."""
    before, after = [one["rate"] for one in few], [one["rate"] for one in many]
    whole = all(one["whole"] for one in few + many)
    flat = median(after) / median(before)
    return [
        Row(
            "tracking events taken in and applied per second, two workers, 4 scans of each parcel", f">= {GOAL}/s",
            spread(before), "", whole and median(before) >= GOAL, {"few": few},
        ),
        Row(
            f"the same with {stored:,} stored milestones", f">= {GOAL}/s, as fast as with none", spread(after),
            f"{flat:.2f} x", whole and median(after) >= GOAL and flat >= 0.85, {"many": many},
        ),
    ]  # fmt: skip
