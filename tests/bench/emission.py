"""What a confirmed order costs with the suite (everything in observe, three subscriptions) and without, in turns."""

import sys

from tests.bench import places
from tests.bench.places import DATA, FOLDER, Asked
from tests.bench.report import Row, median, percentile
from tools import databases, odoo_conf


def confirmations(context):
    """Two processes on copies of the two databases, asked in turns."""
    asked, made = {}, []
    rounds, each = (3, 8) if context.quick else (10, 20)
    found = {"plain": [], "suite": []}
    try:
        for kind, origin in (("plain", places.plain(context)), ("suite", places.suite(context))):
            name = f"bench_confirm_{kind}"
            databases.copy(context.server, origin, name, DATA)
            made.append(name)
            conf = odoo_conf.write(FOLDER / f"{name}.conf", context.server, context.odoo(), DATA)
            environment = databases.odoo_environment(conf, context.server)
            environment["PYTHONPATH"] = str(context.odoo())
            command = [sys.executable, "-m", "tests.bench.confirm", str(conf), name]
            asked[kind] = Asked(name, command, environment)
        for program in asked.values():
            program.ask(str(each))  # the first ones fill the caches
        for _round in range(rounds):
            for kind, program in asked.items():
                found[kind] += program.ask(str(each))
    finally:
        for program in asked.values():
            program.close()
        for name in made:
            databases.drop(context.server, name, DATA)
    plain, suite = ([cost[0] for cost in found[kind]] for kind in ("plain", "suite"))
    queries = [median([cost[1] for cost in found[kind]]) for kind in ("plain", "suite")]
    emission = [cost[2] for cost in found["suite"]]
    statements = max(cost[3] for cost in found["suite"])
    p95, more = percentile(emission, 0.95), median(suite) / median(plain) - 1
    return [
        Row(
            "emission on a confirmed order, 3 subscriptions: statements, p50 / p95", "<= 4, p95 <= 1 ms",
            f"{statements} statements, {percentile(emission, 0.5):.2f} / {p95:.2f} ms",
            f"{median(emission) / median(plain):.1%} of a confirmation", statements <= 4 and p95 <= 1.0,
            {"emission_ms": emission},
        ),
        Row(
            "confirmed order, all default wiring in observe, p50", "<= +10 % of a plain one",
            f"{median(plain):.1f} ms, {queries[0]:.0f} statements -> {median(suite):.1f} ms, {queries[1]:.0f}",
            f"{more:+.1%}", more <= 0.10, {"plain_ms": plain, "suite_ms": suite},
        ),
    ]  # fmt: skip
