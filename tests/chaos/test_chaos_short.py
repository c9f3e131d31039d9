"""The short form of ``make chaos``: real processes killed at random under load, then the books are read."""

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
    acts = soak.weights(odoo=False, postgres=True)
    run = soak.soak(where, 20, acts, kills=30, needed={"kill_postgres", "cut"}, pause=0.25, report=print)
    print(run.line())
    assert not run.verdict.wrong(), run.line()
    assert run.verdict.facts > 1000, run.line()


def test_relays_and_odoo_killed(server, odoo, job_slug, copy_database):
    folder = LOCAL / f"e2e-chaos-{job_slug}"
    data_dir = folder / "data"
    database = copy_database(templates.full(server, odoo), "chaos", data_dir)
    where = stage.OdooStage(server, odoo, database, folder, data_dir, relays=2)
    acts = soak.weights(odoo=True, postgres=False)
    run = soak.soak(where, 21, acts, kills=15, needed={"kill_relay", "kill_worker"}, pause=0.5, report=print)
    print(run.line())
    assert not run.verdict.wrong(), run.line()
    assert run.verdict.facts > 100, run.line()
