"""What the scan of all reordering rules takes: rules per second and memory, with ten times as many rules."""

import json
import sys

from tests.bench import places
from tests.bench.places import DATA, FOLDER, Asked
from tests.bench.report import Row
from tools import databases, odoo_conf

# One rule in so many is short; the others are dismissed at the first look.
SHORT = 100


def scanned(context):
    """A scan over few and over many rules, each in a process of its own."""
    few, many = (1_000, 10_000) if context.quick else (10_000, 100_000)
    found = {}
    for rules in (few, many):
        name = f"bench_scan_{rules}"
        databases.copy(context.server, places.suite(context), name, DATA)
        try:
            conf = odoo_conf.write(FOLDER / f"{name}.conf", context.server, context.odoo(), DATA)
            environment = databases.odoo_environment(conf, context.server)
            environment["PYTHONPATH"] = str(context.odoo())
            command = [sys.executable, "-m", "tests.bench.scan", str(conf), name]
            program = Asked(name, command, environment)
            try:
                found[rules] = program.ask(json.dumps({"rules": rules, "short": SHORT}))
            finally:
                program.close()
        finally:
            databases.drop(context.server, name, DATA)
    return rows(few, many, found)


def rows(few, many, found):
    """The table's rows of two scans."""
    speed = {rules: rules / cost["seconds"] for rules, cost in found.items()}
    grown = found[many]["memory_mb"] / found[few]["memory_mb"]
    whole = all(cost["opened"] == rules // SHORT for rules, cost in found.items())
    return [
        Row(
            f"scan of {many:,} reordering rules, one worker, 1 % short", f"every rule once, as fast as {few:,}",
            f"{speed[many]:,.0f} rules/s, {found[many]['opened']:,} shortages opened",
            f"{speed[many] / speed[few]:.2f} x", whole and speed[many] >= 0.7 * speed[few], found,
        ),
        Row(
            f"its memory at most, against {few:,} rules", "<= 1.1 x",
            f"{found[few]['memory_mb']:,.0f} -> {found[many]['memory_mb']:,.0f} MB", f"{grown:.2f} x", grown <= 1.1,
        ),
    ]  # fmt: skip
