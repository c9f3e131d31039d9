"""`make stop`: end the demo, what a killed test run left behind, and the private PostgreSQL servers."""

from __future__ import annotations

import argparse

from tools import postgres, stack
from tools.common import LOCAL, phase, run_main, say


def main() -> int:
    """Stop everything; with `--remove` delete the private servers' data as well."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--remove", action="store_true", help="delete the private databases, too")
    remove = parser.parse_args().remove
    for folder in sorted(LOCAL.glob("*/run")):
        with phase(f"Processes of {folder.parent.name}"):
            ran = stack.stop_processes(folder.parent.name)
        if ran:
            say(f"  stopped: {', '.join(ran)}")
    for cluster in (
        postgres.demo_cluster(),
        postgres.test_cluster(),
        postgres.Cluster("chaos"),
        postgres.Cluster("bench"),
    ):
        with phase(f"Private PostgreSQL ({cluster.name})"):
            cluster.remove() if remove else cluster.stop()
    return 0


if __name__ == "__main__":
    run_main(main)
