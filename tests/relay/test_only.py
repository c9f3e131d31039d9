"""Pointers that name a subscription: a test event, or what a new partner missed, goes to it and to nobody else."""


def only(world, subscription, *events):
    """What Odoo leaves for the router."""
    for event in events:
        world.execute(
            "INSERT INTO logistics_outbox_pointer (event_id, only_subscription_id) VALUES (%s, %s)", event, subscription
        )


def test_one_subscription_and_nobody_else(world, receiver):
    world.add_system(f"{receiver.url}/first")
    _system, late = world.add_system(f"{receiver.url}/late", types=(2,))
    events = world.emit(("SO/1", 1), ("SO/1", 2))
    assert world.drain() == 2
    only(world, late, *events)
    assert world.drain() == 2
    assert receiver.first_arrivals() == {("/first", "SO/1"): [1, 2], ("/late", "SO/1"): [1, 2]}
    assert world.value("SELECT count(*) FROM logistics_outbox_pointer") == 0


def test_what_it_has_already_is_not_sent_twice(world, receiver):
    _system, subscription = world.add_system(receiver.url)
    events = world.emit(("SO/1", 1), ("SO/1", 2))
    assert world.drain() == 2
    only(world, subscription, *events)
    assert world.drain() == 0
    assert receiver.repeats() == 0


def test_voided_switched_off_and_disabled(world, receiver):
    system, subscription = world.add_system(receiver.url, types=(2,))
    first, second, third = world.emit(("SO/1", 1), ("SO/1", 2), ("SO/1", 3))
    world.drain()
    only(world, subscription, first)
    world.execute("UPDATE logistics_outbox_pointer SET void_reason = 'shipped by hand' WHERE event_id = %s", first)
    world.drain()
    world.execute("UPDATE logistics_subscription SET active = false WHERE id = %s", subscription)
    only(world, subscription, second)
    world.drain()
    assert world.states() == {"cancelled": 1, "held": 1}
    world.execute("UPDATE logistics_system SET state = 'disabled' WHERE id = %s", system)
    only(world, subscription, third)
    world.drain()
    assert world.states() == {"cancelled": 1, "held": 1}
    assert not receiver.requests
    assert world.value("SELECT count(*) FROM logistics_outbox_pointer") == 0


def test_other_companies_are_owed_nothing(world, receiver):
    _system, subscription = world.add_system(receiver.url, company_id=2)
    (event,) = world.emit(("SO/1", 1))
    only(world, subscription, event)
    world.drain()
    assert not world.states()
