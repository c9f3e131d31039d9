"""`make bench`: the backbone's figures beside its goals and its peers', as one table.

    make bench                      all of it, half an hour
    make bench QUICK=1              a short form that shows that everything runs; its figures say little
    make bench ONLY=latency,claims  some of it
    make bench WRITE=1              put the table into docs/performance.md and docs/scaling.md, too

What is compared is measured in one run, in turns, and the median counts. The results are kept as JSON in .local/bench.
Exit code 1 when a goal was not reached or something could not be measured.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import time
from pathlib import Path

from tools import odoo_source, postgres
from tools.common import LOCAL, ROOT, SetupError, need_disk, phase, run_main, say, shown

RESULTS = LOCAL / "bench"
PERFORMANCE, SCALING = ROOT / "docs" / "performance.md", ROOT / "docs" / "scaling.md"


def throughput(context) -> list:
    """Deliveries per second beside queue_job, Odoo's own action and the bare loop: rounds of all four in turns."""
    from tests.bench import peers, relays
    from tests.bench.report import Row, median, not_measured, spread

    what = "deliveries/s, one relay, instant partner, 8 systems, signed, attempts recorded"
    ours, limit = relays.throughput(context)
    rate = median(ours)
    share = rate / median(limit)
    rows = [
        Row(what, ">= 40 % of a bare thread-pool HTTP loop", f"{spread(ours)} against {spread(limit)}", f"{share:.0%}",
            share >= 0.4, {"relay": ours, "bare": limit})
    ]  # fmt: skip
    against = ">= 20 x OCA queue_job, the same POST, 4 workers"
    jobs, actions, again = [], [], list(ours)
    try:
        with peers.Peers(context) as others:
            count = 150 if context.quick else 600
            for _round in range(context.rounds(3)):
                jobs.append(others.jobs(count))
                actions.append(others.actions(count))
                again += relays.throughput(context._replace(quick=True))[0]
                context.say(f"  queue_job {jobs[-1]:,.0f}/s, webhook action {actions[-1]:,.0f}/s")
    except (SetupError, TimeoutError, RuntimeError, OSError) as error:
        return [*rows, not_measured(what, against, str(error).splitlines()[0])]
    # beside the running Odoo, so that nobody has the machine to himself
    rate = median(again[len(ours) :])
    times = rate / median(jobs)
    rows += [
        Row(what, against, f"{spread(again[len(ours) :])} against {spread(jobs)}", f"{times:.1f} x", times >= 20,
            {"relay": again, "queue_job": jobs}),
        Row("the same by Odoo's own webhook action, 4 workers (in the transaction, unsigned, no retry)", "",
            spread(actions), f"relay: {rate / median(actions):.1f} x", None, {"webhook_action": actions}),
    ]  # fmt: skip
    return rows


def measurements() -> dict:
    """Every measurement by its name."""
    from tests.bench import emission, inbound, isolation, latency, relays, release, scanning, tracked, waiting

    return {
        "throughput": throughput,
        "slow": relays.slow_receivers,
        "latency": latency.idle,
        "cron": latency.scheduled,
        "emission": emission.confirmations,
        "release": release.evaluations,
        "claims": waiting.depth,
        "isolation": isolation.others,
        "endurance": relays.endurance,
        "inbound": inbound.taken_in,
        "processes": relays.processes,
        "scan": scanning.scanned,
        "tracking": tracked.tracked,
    }


def machine(server) -> str:
    """What it was measured on."""
    from tests.bench.report import CORES
    from tools.databases import connection

    model = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    with connection(server) as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0].split()[0]
        cursor.execute("SHOW fsync")
        fsync = cursor.fetchone()[0]
    return f"{CORES} cores ({model}), Python {platform.python_version()}, PostgreSQL {version}, fsync {fsync}"


def measure(context, wanted: list[str]) -> tuple[dict, list]:
    """Run the measurements; returns their rows by name and the load before each."""
    from tests.bench.report import CORES, not_measured, wait_for_calm

    rows, loads = {}, []
    for name, function in measurements().items():
        if name not in wanted:
            continue
        load = wait_for_calm(5 if context.quick else 60)
        loads.append((name, round(load, 1)))
        busy = f", WARNING: load {load:.1f} on {CORES} cores" if load > CORES else f", load {load:.1f}"
        try:
            with phase(f"{name}{busy}"):
                rows[name] = function(context)
        except (SetupError, TimeoutError, RuntimeError, OSError) as error:
            rows[name] = [not_measured(name, "", str(error).splitlines()[0])]
        for row in rows[name]:
            say(f"  {row.what}: {row.measured} {row.ratio} [{row.goal}] {row.verdict()}")
    return rows, loads


def put_between(path: Path, mark: str, text: str) -> None:
    """Replace what stands between two marks of a document."""
    begin, end = f"<!-- bench:{mark} -->", f"<!-- /bench:{mark} -->"
    old = path.read_text()
    if begin not in old or end not in old:
        raise SetupError(f"{shown(path)} lacks the marks {begin} and {end}")
    path.write_text(re.sub(f"(?s){re.escape(begin)}.*?{re.escape(end)}", lambda _m: f"{begin}\n{text}\n{end}", old))


def write_documents(when: str, where: str, rows: dict, loads: list) -> None:
    """Put the tables into the documents."""
    from tests.bench.report import table

    said = ", ".join(f"{name} {load}" for name, load in loads)
    goals = [row for name, found in rows.items() if name != "processes" for row in found]
    head = f"Measured {when} on {where}. Load of the machine before each: {said}."
    put_between(PERFORMANCE, "table", f"{head}\n\n{table(goals)}")
    if "processes" in rows:
        lines = ["| relay processes on one machine | deliveries/s | against one |", "|---|---|---|"]
        lines += [f"| {row.what} | {row.measured} | {row.ratio} |" for row in rows["processes"]]
        put_between(SCALING, "scaling", f"Measured {when} on {where}.\n\n" + "\n".join(lines))


def main() -> int:
    """Measure what was asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few repetitions, small numbers")
    parser.add_argument("--only", default="", help="names by commas")
    parser.add_argument("--write", action="store_true", help="put the tables into the documents")
    parser.add_argument("--durable", action="store_true", help="PostgreSQL waits for the disk")
    options = parser.parse_args()
    need_disk()
    from tests.bench.report import Context, table

    names = list(measurements())
    wanted = options.only.split(",") if options.only else names
    if unknown := set(wanted) - set(names):
        raise SetupError(f"no such measurement: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if options.write and (options.quick or options.only):
        raise SetupError("the documents show one whole run: WRITE=1 goes neither with QUICK nor with ONLY")
    cluster = postgres.Cluster("bench", durable=options.durable)
    with phase("PostgreSQL"):
        server = cluster.start()
    try:
        context = Context(server, options.quick, RESULTS, say, odoo_source.find)
        when, where = time.strftime("%Y-%m-%d"), machine(server)
        say(where)
        begin = time.monotonic()
        rows, loads = measure(context, wanted)
    finally:
        cluster.stop()
    flat = [row for found in rows.values() for row in found]
    RESULTS.mkdir(parents=True, exist_ok=True)
    kept = {"when": when, "where": where, "load": loads, "rows": {n: [r._asdict() for r in f] for n, f in rows.items()}}
    path = RESULTS / f"{'quick' if options.quick else 'full'}-{time.strftime('%Y%m%d-%H%M%S')}.json"
    path.write_text(json.dumps(kept, indent=1, default=str))
    say(f"\n{table(flat)}\n")
    if options.write:
        write_documents(when, where, rows, loads)
    goals = [row for row in flat if row.good is not None]
    reached = sum(row.good for row in goals)
    say(f"bench: {reached} of {len(goals)} goals reached in {time.monotonic() - begin:.0f} s ({shown(path)})")
    return 0 if reached == len(goals) else 1


if __name__ == "__main__":
    run_main(main)
