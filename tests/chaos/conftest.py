"""Scratch databases with the engine's tables."""

import pytest

from tests.relay.bare import World


@pytest.fixture(scope="session")
def scratch_worlds(server, job_slug):
    """A function: suffix -> a database of its own with the engine's tables."""
    made = []

    def make(suffix):
        world = World(server, f"chaos_{job_slug}_{suffix}")
        world.create()
        made.append(world)
        return world

    yield make
    for world in made:
        world.stop_all()
        world.drop()
