"""One relay, a real database, a real partner: what is delivered, in which order, how often."""

from zlib import crc32

from .receiver import Answer


def test_an_event_reaches_its_subscriber(world, receiver):
    world.add_system(receiver.url + "/a")
    world.emit(("SO/1", 1))
    assert world.drain() == 1
    assert [r.data["number"] for r in receiver.accepted()] == [1]
    assert world.states() == {"delivered": 1}
    assert world.value("SELECT count(*) FROM logistics_outbox_pointer") == 0
    assert world.value("SELECT count(*) FROM logistics_outbox_attempt WHERE outcome = 'delivered'") == 1


def test_order_per_key_survives_failures(world, receiver):
    """One message in ten fails at first; each key still arrives in its order, and nothing is accepted twice."""

    def rule(request, times):
        return Answer(500 if times == 0 and crc32(request.body[-40:]) % 10 == 0 else 200)

    receiver.rule = rule
    world.add_system(receiver.url + "/a", retry_schedule="0.05,0.05,0.05", max_in_flight=8)
    for number in range(12):
        world.emit(*((f"SO/{key}", number) for key in range(10)))
    assert world.drain(patience=1.0) == 120
    assert receiver.inversions() == 0
    assert receiver.repeats() == 0
    assert all(numbers == list(range(12)) for numbers in receiver.first_arrivals().values())
