"""A relay that dies by itself at a random step: ``odoo-bin logistics_relay ...``, or the plain engine without Odoo.

``CHAOS_CHANCE`` is the probability per step, ``CHAOS_SEED`` makes it repeatable. With arguments they are run as a
program (``odoo-bin logistics_relay -d DB``); without, the engine works on ``RELAY_DSN`` (tests/relay/relay_process).
Connections and calls are taken hold of where the process makes them, so the engine itself knows nothing of it.
"""

import functools
import os
import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import psycopg2  # noqa: E402
import urllib3  # noqa: E402

from tests.chaos import failpoints  # noqa: E402


def arm(plan):
    """Make every connection and call of this process a step."""
    factory = type("PlannedConnection", (failpoints.Connection,), {"plan": plan})
    connect = psycopg2.connect

    @functools.wraps(connect)
    def planned(dsn=None, connection_factory=None, **info):
        info.setdefault("application_name", f"logistics-relay-{os.getpid()}")
        return connect(dsn, connection_factory=connection_factory or factory, **info)

    psycopg2.connect = planned
    pool = urllib3.connectionpool.HTTPConnectionPool
    urlopen = pool.urlopen

    @functools.wraps(urlopen)
    def call(self, *args, **kwargs):
        plan.reach("call before")
        answer = urlopen(self, *args, **kwargs)
        plan.reach("call after")
        return answer

    pool.urlopen = call


def main():
    """Arm, then be the relay."""
    chance = float(os.environ.get("CHAOS_CHANCE") or 0)
    arm(failpoints.Plan(chance=chance, seed=os.environ.get("CHAOS_SEED")))
    if len(sys.argv) > 1:
        sys.argv = sys.argv[1:]
        sys.path.insert(0, str(Path(sys.argv[0]).resolve().parent))
        runpy.run_path(sys.argv[0], run_name="__main__")
    else:
        runpy.run_path(str(ROOT / "tests" / "relay" / "relay_process.py"), run_name="__main__")


if __name__ == "__main__":
    main()
