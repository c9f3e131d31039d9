"""The short form of ``make chaos``: real processes killed at random for half a minute each, then the books are read."""

import pytest

from tests.chaos import soak, stage
from tests.relay.bare import World
from tools import templates
from tools.common import LOCAL


@pytest.fixture
def crashable(job_slug):
    """A database on a PostgreSQL of its own, which may be crashed."""
    cluster = stage.make_cluster(f"chaos-{job_slug}")
    try:
        world = World(cluster.start(), "chaos")
        world.create()
        yield cluster, world
    finally:
        cluster.remove()


def test_relays_and_postgresql_killed(crashable, job_slug):
    cluster, world = crashable
    where = stage.BareStage(world, LOCAL / f"e2e-chaos-bare-{job_slug}", relays=2, cluster=cluster)
    run = soak.soak(where, 20, soak.weights(odoo=False, postgres=True), seconds=15, report=print)
    print(run.line())
    assert not run.verdict.wrong(), run.line()
    assert run.kills >= 15, run.line()
    assert run.done["kill_postgres"] >= 1, run.line()
    assert run.verdict.facts > 2000, run.line()


def test_relays_and_odoo_killed(server, odoo, job_slug, copy_database):
    folder = LOCAL / f"e2e-chaos-{job_slug}"
    data_dir = folder / "data"
    database = copy_database(templates.full(server, odoo), "chaos", data_dir)
    where = stage.OdooStage(server, odoo, database, folder, data_dir, relays=2)
    run = soak.soak(where, 21, soak.weights(odoo=True, postgres=False), seconds=20, report=print)
    print(run.line())
    assert not run.verdict.wrong(), run.line()
    assert run.kills >= 15, run.line()
    assert {"kill_relay", "kill_worker"} <= set(run.done), run.line()
    assert run.verdict.facts > 200, run.line()
