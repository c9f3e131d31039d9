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


def test_attempts_tell_where_the_time_went_and_why(world, receiver):
    answers = {"/slow": Answer(delay=0.1), "/bad": Answer(500), "/wait": Answer(429, headers=(("Retry-After", "60"),))}
    receiver.rule = lambda request, times: answers.get(request.path, Answer())
    for path in ("", *answers):
        world.add_system(receiver.url + path, max_in_flight=1, name=path)
    world.add_system("http://127.0.0.1:1/", name="/nobody")
    world.emit(("SO/1", 1))
    world.drain()
    world.emit(("SO/2", 2))
    world.drain()
    rows = world.execute(
        """
        SELECT s.name, a.outcome, a.failure, m.last_failure, a.dns_ms IS NOT NULL, a.connect_ms > 0,
               a.first_byte_ms > 0, a.reused, a.address, a.tls_ms, a.auth_ms
          FROM logistics_outbox_attempt a
          JOIN logistics_outbox_message m ON m.id = a.message_id JOIN logistics_system s ON s.id = m.system_id
         WHERE m.ordering_key = 'SO/1' ORDER BY s.id
        """
    )
    home = "127.0.0.1"
    assert rows == [
        ("", "delivered", None, None, True, True, True, False, home, None, None),
        ("/slow", "delivered", None, None, True, True, True, False, home, None, None),
        ("/bad", "retry", "http_server", "http_server", True, True, True, False, home, None, None),
        ("/wait", "deferred", "throttled", "throttled", True, True, True, False, home, None, None),
        ("/nobody", "retry", "connect", "connect", True, True, None, False, home, None, None),
    ]
    slow = world.value(
        "SELECT min(first_byte_ms) FROM logistics_outbox_attempt a JOIN logistics_system s ON s.id = a.system_id"
        " WHERE s.name = '/slow'"
    )
    assert 99 <= slow < 1000


def test_kept_connections_are_recorded_as_such(world, receiver):
    world.add_system(receiver.url, max_in_flight=1)
    world.emit(*((f"SO/{n}", n) for n in range(5)))
    world.drain()
    assert sorted(
        world.execute(
            "SELECT reused, count(*), count(dns_ms), count(first_byte_ms) FROM logistics_outbox_attempt GROUP BY 1"
        )
    ) == [(False, 1, 1, 1), (True, 4, 0, 4)]


def test_permanent_statuses_are_a_setting(world, receiver):
    receiver.rule = lambda request, times: Answer(409 if request.path == "/409" else 422)
    conflict, _sub = world.add_system(receiver.url + "/409", dead_statuses="409")
    patient, _sub = world.add_system(receiver.url, dead_statuses="")
    world.emit(("SO/1", 1))
    world.drain()
    states = dict(world.execute("SELECT system_id, state FROM logistics_outbox_message"))
    assert states == {conflict: "dead", patient: "pending"}


def test_what_is_too_large_is_not_sent(world, receiver):
    world.add_system(receiver.url)
    world.emit(("SO/1", 1), pad=70_000)
    world.emit(("SO/1", 2))
    assert world.drain() == 1
    assert [request.data["number"] for request, _answer in receiver.requests] == [2]
    message = world.message(id=1)
    assert (message["state"], message["last_failure"]) == ("dead", "setup")
    assert "at most 64 kB" in message["last_error"]
