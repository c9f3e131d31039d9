"""How many open orders a second the release gates look at, and whether ten times as many orders cost more each."""

import sys

from tests.bench import places
from tests.bench.places import DATA, FOLDER, Asked
from tests.bench.report import Row
from tools import databases, odoo_conf

NAME = "bench_release"


def evaluations(context):
    """One process on a copy of the suite's database, with the smaller number of orders first."""
    sizes = (200, 800) if context.quick else (1_000, 10_000)
    program = None
    databases.copy(context.server, places.suite(context), NAME, DATA)
    try:
        conf = odoo_conf.write(FOLDER / f"{NAME}.conf", context.server, context.odoo(), DATA)
        environment = databases.odoo_environment(conf, context.server)
        environment["PYTHONPATH"] = str(context.odoo())
        program = Asked(NAME, [sys.executable, "-m", "tests.bench.evaluate", str(conf), NAME], environment)
        small, large = (program.ask(str(size)) for size in sizes)
    finally:
        if program:
            program.close()
        databases.drop(context.server, NAME, DATA)
    gates = sum(large["results"].values()) / large["orders"]
    times = small["first"] / large["first"]
    return [
        Row(
            f"release evaluation of {large['orders']:,} open orders, {gates:.0f} gates each, verdicts stored",
            ">= 100 orders/s", f"{large['first']:,.0f}/s (nothing new: {large['again']:,.0f}/s)", "",
            large["first"] >= 100, large,
        ),
        Row(
            f"the same, an order among {large['orders']:,} against one among {small['orders']:,}", "flat: <= 1.5 x",
            f"{1000 / small['first']:.2f} -> {1000 / large['first']:.2f} ms", f"{times:.2f} x", times <= 1.5, small,
        ),
    ]  # fmt: skip
