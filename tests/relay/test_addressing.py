"""What is meant for one partner among its like reaches no other of its kind."""

import json

import pytest
from relay import feed
from relay.addressing import narrowed

REQUESTED = "logistics.fulfillment.requested"


def said(**data):
    return {"type": REQUESTED, "data": data}


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ({"system": "north"}, True),
        ({"system": "south"}, False),
        ({"system": ""}, False),
        ({}, True),
        ({"systems": ["south", "north"]}, True),
        ({"systems": ["south"]}, False),
        ({"systems": []}, False),
    ],
)
def test_only_the_one_that_is_named(data, wanted):
    assert narrowed(None, REQUESTED, "warehouse", "north")(said(**data)) is wanted


def test_other_kinds_and_other_facts_are_not_narrowed():
    assert narrowed(None, REQUESTED, "middleware", "n8n") is None
    assert narrowed(None, "logistics.order.released", "warehouse", "north") is None
    assert narrowed(None, None, "warehouse", "north") is None


def test_the_subscriptions_own_condition_counts_too():
    urgent = lambda envelope: envelope["data"].get("urgent")  # noqa: E731
    test = narrowed(urgent, REQUESTED, "warehouse", "north")
    assert test(said(system="north", urgent=True))
    assert not test(said(system="north", urgent=False))
    assert not test(said(system="south", urgent=True))


def test_data_of_any_form():
    assert narrowed(None, REQUESTED, "warehouse", "north")({"data": ["north"]})


def test_two_warehouses_get_their_own_requests_each(world, receiver):
    """Pushed by the relay, and read from the feed by one that cannot receive."""
    world.add_type(name=REQUESTED)
    for code, kind in (("north", "warehouse"), ("south", "warehouse"), ("n8n", "middleware")):
        world.add_system(f"{receiver.url}/{code}", code=code, kind=kind)
    pulling, _subscription = world.add_system(None, code="east", kind="warehouse", delivery="pull")
    events = world.emit(*((f"SO/{number}", number) for number in range(1, 4)))
    for event, code in zip(events, ("north", "south", "east"), strict=True):
        body = json.loads(world.value("SELECT body FROM logistics_event WHERE id = %s", event))
        body["data"]["system"] = code
        world.execute("UPDATE logistics_event SET body = %s WHERE id = %s", json.dumps(body), event)
    assert world.drain() == 5
    paths = {}
    for request in receiver.accepted():
        paths.setdefault(request.path, set()).add(request.data["system"])
    assert paths == {"/north": {"north"}, "/south": {"south"}, "/n8n": {"north", "south", "east"}}
    with world.connect() as connection, connection.cursor() as cr:
        page = feed.read(cr, pulling)
    assert [json.loads(body)["data"]["system"] for body in page.bodies] == ["east"]
