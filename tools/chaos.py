"""`make chaos`: failures at every step of the engine, then real processes killed at random, and the books afterwards.

    make chaos                     1,000 kills
    make chaos KILLS=200 SEED=7    fewer, and other ones

Ends with one line of figures and exit code 0 when every promise was kept: nothing lost, nothing of a transaction that
was rolled back, nothing out of order, at most what was under way comes twice with the same id, nothing stuck. The
PostgreSQL is a private one made for this, with the settings of a real one.
"""

from __future__ import annotations

import argparse
import logging
import time

from tools import databases, odoo_source, templates
from tools.common import LOCAL, digest, need_disk, phase, run_main, say

# Odoo's processes need a second to come back; without Odoo the same number of kills takes a quarter of the time.
SHARE_WITH_ODOO = 0.5
LOG = LOCAL / "log" / "chaos" / "engine.log"
PAUSE = {"odoo": 0.4, "bare": 0.15}


def at_every_step(server) -> list[str]:
    """Go through every point of the engine; return what was wrong."""
    from tests.chaos import enumeration
    from tests.relay.bare import World

    worlds = [World(server, f"chaos_steps_{number}") for number in (1, 2)]
    for world in worlds:
        world.create()
    with phase("Failures at every step"):
        result = enumeration.run(worlds, deep=True, report=say)
    for world in worlds:
        world.drop()
    say(
        f"  {result.points} points, {result.cases} failures (process gone, connection gone, commit never answered):"
        f" {len(result.failures)} promises broken, {result.repeats} repeats, {len(result.unreached)} not reached"
    )
    say(f"  parts of the engine this backlog does not reach: {', '.join(result.missed) or 'none'}")
    return result.failures


def at_random(kind: str, stage, kills: int, seed: int) -> tuple[str, list[str], int]:
    """One soak on a stage; return its line, what was wrong, and the number of kills."""
    from tests.chaos import soak

    with phase(f"Random kills ({kind})"):
        acts = soak.weights(odoo=kind == "odoo", postgres=True)
        run = soak.soak(stage, seed, acts, kills=kills, pause=PAUSE[kind], report=lambda line: say(f"  {line}"))
    say(f"  {run.line()}")
    return run.line(), run.verdict.wrong(), run.kills


def main() -> int:
    """Do all of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="0: another one each time (it is printed)")
    parser.add_argument("--only", choices=("steps", "bare", "odoo"), help="one part of it")
    options = parser.parse_args()
    seed = options.seed or time.time_ns() % 1_000_000
    need_disk()
    LOG.parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=LOG, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    import tests.chaos  # noqa: F401  makes the engine importable
    from tests.chaos import stage
    from tests.relay.bare import World

    say(f"seed {seed} (again: make chaos KILLS={options.kills} SEED={seed})")
    cluster = stage.make_cluster("chaos")
    wrong, kills = [], 0
    with phase("PostgreSQL"):
        server = cluster.start()
    try:
        if options.only in (None, "steps"):
            wrong += at_every_step(server)
        with_odoo = {"odoo": options.kills, "bare": 0}.get(options.only, int(options.kills * SHARE_WITH_ODOO))
        if options.only in (None, "bare"):
            world = World(server, "chaos_bare")
            world.create()
            bare = stage.BareStage(world, LOCAL / "chaos-bare", cluster=cluster)
            _line, found, count = at_random("bare", bare, options.kills - with_odoo, seed)
            wrong, kills = wrong + found, kills + count
        if options.only in (None, "odoo"):
            odoo = odoo_source.find()
            folder, data_dir = LOCAL / "chaos", LOCAL / "chaos" / "data"
            origin = f"chaos_origin_{digest(templates.sources())}"
            with phase("Database with the backbone"):
                stage.prepare_odoo(server, odoo, origin, data_dir, folder)
                databases.copy(server, origin, "chaos_run", data_dir)
            running = stage.OdooStage(server, odoo, "chaos_run", folder, data_dir, cluster=cluster)
            _line, found, count = at_random("odoo", running, with_odoo, seed)
            wrong, kills = wrong + found, kills + count
    finally:
        cluster.stop()
    for line in wrong:
        say(f"broken: {line}")
    say(f"chaos: {kills} kills, seed {seed}, {len(wrong)} promises broken")
    return 1 if wrong else 0


if __name__ == "__main__":
    run_main(main)
