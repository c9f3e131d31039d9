"""One running stack per test file, with several Odoo workers and its partners connected."""

import pytest

from tests.e2e.world import World
from tools import templates
from tools.common import LOCAL
from tools.stack import Stack


@pytest.fixture(scope="module")
def stack(server, odoo, job_slug, copy_database):
    """Odoo with several worker processes; scheduled actions, relay and simulators beside it."""
    name = f"e2e-{job_slug}"
    data_dir = LOCAL / name / "data"
    database = copy_database(templates.full(server, odoo), "stack", data_dir)
    with Stack(name, server, odoo, database, data_dir=data_dir, workers="2") as running:
        yield running.start()


@pytest.fixture(scope="module")
def connected(stack):
    """The stack with partners, carrier account and switches set up over RPC."""
    return World(stack)


@pytest.fixture
def world(connected):
    """Every test begins with obedient partners, empty logs and nothing owed."""
    connected.calm()
    return connected
