"""What the tests outside the addons share: a PostgreSQL server, copies of the template database, a running stack.

They run in plain pytest (`-p no:odoo`), because the plugin pytest-odoo wants a database of its own. `make test` hands
the server over in the environment; by hand (`pytest -p no:odoo tests/...`) the private one is started and left running.
"""

import os
import re

import pytest

from tools import databases, odoo_source, postgres, templates
from tools.common import LOCAL
from tools.stack import Stack


@pytest.fixture(scope="session")
def server():
    """The PostgreSQL server for tests."""
    return postgres.configured() or postgres.test_cluster().start()


@pytest.fixture(scope="session")
def odoo():
    """The folder of Odoo's source."""
    return odoo_source.find()


@pytest.fixture(scope="session")
def job_slug(request):
    """A name for this pytest process's databases and folders, unlike those of the processes beside it."""
    given = os.environ.get("LOGISTICS_TEST_JOB") or f"by_hand_{os.getpid()}"
    return re.sub(r"\W", "_", given)


@pytest.fixture(scope="session")
def copy_database(server, job_slug):
    """A function: (template, suffix, data_dir) -> name of a fresh copy. All copies are dropped at the end."""
    made = []

    def copy(template, suffix, data_dir):
        name = f"{templates.PREFIX}_job_{job_slug}_{suffix}"
        databases.copy(server, template, name, data_dir, templates.DATA_DIR)
        made.append((name, data_dir))
        return name

    yield copy
    for name, data_dir in made:
        databases.drop(server, name, data_dir)


@pytest.fixture(scope="session")
def stack(server, odoo, job_slug, copy_database):
    """The whole suite as running processes: Odoo, scheduled actions, relay, all simulators (see tools/stack.py)."""
    name = f"e2e-{job_slug}"
    data_dir = LOCAL / name / "data"
    database = copy_database(templates.full(server, odoo), "stack", data_dir)
    with Stack(name, server, odoo, database, data_dir=data_dir) as running:
        yield running.start()
