"""Makes the plain-Python room importable by itself, and gives tests a database and a partner."""

import sys
from pathlib import Path

import pytest

ADDON = Path(__file__).resolve().parents[2] / "logistics_orchestration"
if str(ADDON) not in sys.path:
    sys.path.append(str(ADDON))

from .bare import World  # noqa: E402  the engine must be on the path first
from .receiver import Receiver  # noqa: E402


@pytest.fixture(scope="session")
def scratch(server, job_slug):
    """A database of its own with the engine's tables and nothing else."""
    world = World(server, f"relay_{job_slug}")
    world.create()
    yield world
    world.drop()


@pytest.fixture
def world(scratch):
    """The scratch database, empty."""
    scratch.clear()
    yield scratch
    scratch.stop_all()


@pytest.fixture
def receiver():
    """A partner that records what it gets and answers as it is told."""
    with Receiver() as running:
        yield running
