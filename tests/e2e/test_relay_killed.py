"""The relay dies without warning, again and again: every message arrives, in order, under one webhook-id."""

from collections import Counter, defaultdict

import pytest

from tests import partners
from tests.simulators.process import SimulatorProcess, wait_for

ORDERS = 10
TYPES = ("order.confirmed", "order.released")


@pytest.fixture(scope="module")
def listener(connected):
    """A CRM that listens to every order: (its simulator, id of its system)."""
    with SimulatorProcess("supplier", odoo=connected.stack.url) as simulator:
        values = {"name": "CRM (simulated)", "kind": "crm", "timeout": 5.0, "max_in_flight": 4}
        system = partners.connect_system(connected.rpc, "SIM-CRM", simulator, TYPES, **values)
        yield simulator, system
        connected.rpc.execute("logistics.system", "write", [system], {"state": "disabled"})


def test_killed_relay_loses_nothing_and_keeps_ids_and_order(world, listener):
    simulator, system = listener
    simulator.control(mode="slow", delay_s=0.6)
    goods, _ = world.goods(on_hand=100.0)
    orders = [world.order(1.0, goods=goods) for _ in range(ORDERS)]
    kills = 0
    for order in orders:
        world.confirm(order)
        if order in orders[2::3]:
            # In the middle of calls: the partner has read them and not answered yet.
            wait_for(lambda: any("status" not in row for row in simulator.received()), 20, "a call under way")
            world.stack.kill("relay")
            kills += 1
            world.stack.start_relay()
    simulator.control(mode="ok")
    domain = [("system_id", "=", system)]
    wait_for(
        lambda: world.rpc.execute("logistics.outbox.message", "search_count", [*domain, ("state", "=", "delivered")])
        >= ORDERS * len(TYPES),
        60,
        "every message to be delivered",
        every=0.2,
    )
    world.drain()
    assert kills >= 3
    messages = world.find("logistics.outbox.message", domain, "state", "ordering_key")
    assert len(messages) == ORDERS * len(TYPES)
    assert {message["state"] for message in messages} == {"delivered"}

    rows = [row for row in simulator.received() if row.get("verified")]
    ids = defaultdict(set)
    bodies = defaultdict(set)
    for row in rows:
        ids[row["json"]["id"]].add(row["webhook_id"])
        bodies[row["webhook_id"]].add(row["body"])
    assert len(ids) == ORDERS * len(TYPES), "every event arrived"
    assert {len(found) for found in ids.values()} == {1}, "one webhook-id per event over all repeats"
    assert {len(found) for found in bodies.values()} == {1}, "a repeat has the same bytes"
    repeats = sum(count - 1 for count in Counter(row["webhook_id"] for row in rows).values())
    assert 1 <= repeats <= kills * 4, "what was under way at a kill is said again, and nothing else"

    first = {}
    for row in rows:
        first.setdefault(row["json"]["id"], row)
    for order in orders:
        key = f"sale.order/{order}"
        arrived = [row["json"]["type"] for row in first.values() if row["json"]["orderingkey"] == key]
        assert arrived == [f"logistics.{name}" for name in TYPES], "facts about one order arrive in order"


def test_events_wait_for_a_dead_relay(world, listener):
    simulator, _ = listener
    world.stack.kill("relay")
    order, name = world.confirmed()
    assert world.rpc.read("sale.order", order, "state") == "sale", "nobody needs the relay to work"
    world.stack.start_relay()
    wait_for(lambda: [row for row in simulator.received() if f'"{name}"' in row["body"]], 30, "what was owed to arrive")
    world.fulfillment(order, "done", seconds=40)
