"""Real processes, killed and stopped: nothing lost, nothing stuck, nothing out of order, few repeats."""

import random
import signal
import time

from .bare import until
from .receiver import Answer

SYSTEMS, KEYS = 4, 40


def settle(world, count, seconds=60):
    """Wait until everything is delivered and nothing is left behind."""
    until(lambda: world.states() == {"delivered": count}, seconds, f"{count} delivered")
    until(lambda: world.value("SELECT count(*) FROM logistics_outbox_pointer") == 0)


def audit(receiver, per_system, repeats):
    """The receiver's own books: all of them, in order per key, at most so many repeats."""
    accepted = receiver.accepted()
    assert len({request.id for request in accepted}) == per_system * SYSTEMS, "lost"
    assert receiver.inversions() == 0, "out of order"
    assert receiver.repeats() <= repeats, "repeats"


def test_without_faults_nothing_comes_twice(world, receiver):
    """2,500 messages through two relay processes: each once, all in order, one attempt each."""
    for number in range(5):
        world.add_system(f"{receiver.url}/{number}")
    processes = [world.start_process(), world.start_process()]
    for number in range(10):
        world.emit(*((f"SO/{key}", number) for key in range(50)))
    settle(world, 2500)
    assert receiver.repeats() == 0
    assert receiver.inversions() == 0
    assert len(receiver.accepted()) == 2500
    assert world.execute("SELECT outcome, count(*) FROM logistics_outbox_attempt GROUP BY 1") == [("delivered", 2500)]
    workers = world.value("SELECT count(DISTINCT worker) FROM logistics_outbox_attempt")
    assert workers == 2, "both processes did some of it"
    for process in processes:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_killed_at_random_instants(world, receiver):
    """Two relays, killed again and again under load and replaced at once; a partner that fails now and then."""
    chance = random.Random(17)
    receiver.rule = lambda request, times: Answer(
        503 if chance.random() < 0.02 else 200, delay=chance.choice((0, 0, 0.003, 0.01))
    )
    for number in range(SYSTEMS):
        world.add_system(f"{receiver.url}/{number}", retry_schedule=",".join(["0.05"] * 40))
    processes = [world.start_process(threads=8), world.start_process(threads=8)]
    total, kills = 2400, 0
    emitted = 0
    deadline = time.monotonic() + 120
    while emitted < total or world.states().get("delivered", 0) < total * SYSTEMS:
        assert time.monotonic() < deadline, world.states()
        if emitted < total:
            world.emit(*((f"SO/{(emitted + n) % KEYS}", (emitted + n) // KEYS) for n in range(KEYS)))
            emitted += KEYS
        time.sleep(chance.uniform(0.05, 0.25))
        if kills < 40:
            victim = chance.randrange(2)
            processes[victim].kill()
            processes[victim].wait()
            kills += 1
            processes[victim] = world.start_process(threads=8)
        # an open breaker is no fault here, but it would make the test slow
        world.execute("UPDATE logistics_system SET breaker_until = timezone('UTC', now()) WHERE breaker_state = 'open'")
    settle(world, total * SYSTEMS)
    assert kills == 40
    # at most what was in flight at each kill comes twice
    audit(receiver, total, kills * 8)


def test_sigterm_finishes_what_is_under_way(world, receiver):
    receiver.rule = lambda request, times: Answer(delay=0.5)
    world.add_system(receiver.url, max_in_flight=8)
    world.emit(*((f"SO/{n}", n) for n in range(30)))
    process = world.start_process()
    until(lambda: world.states().get("sending"))
    time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    begin = time.monotonic()
    assert process.wait(10) == 0
    assert time.monotonic() - begin < 3
    states = world.states()
    assert "sending" not in states
    assert states["delivered"] == len(receiver.accepted())
    # the next one goes on, and nothing comes twice
    receiver.rule = lambda request, times: Answer()
    world.start_process()
    settle(world, 30)
    assert receiver.repeats() == 0


def test_a_frozen_process_loses_its_claims_and_changes_nothing_when_it_wakes(world, receiver):
    receiver.rule = lambda request, times: Answer(delay=1.0 if times == 0 else 0.0)
    world.add_system(receiver.url)
    world.emit(("SO/1", 1), ("SO/1", 2))
    frozen = world.start_process()
    until(lambda: receiver.requests)
    frozen.send_signal(signal.SIGSTOP)
    world.execute("UPDATE logistics_outbox_message SET lease_until = timezone('UTC', now()) WHERE state = 'sending'")
    # the frozen one is the leader: only the end of its sessions lets another lead
    world.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = 0"
        " AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        0x4C4F4749,
    )
    world.start_process()
    settle(world, 2)
    assert receiver.first_arrivals()["/", "SO/1"] == [1, 2]
    delivered = world.execute("SELECT id, claim_token, delivered_at FROM logistics_outbox_message ORDER BY id")
    frozen.send_signal(signal.SIGCONT)
    until(lambda: world.value("SELECT count(*) FROM logistics_outbox_attempt WHERE superseded") == 1)
    assert world.execute("SELECT id, claim_token, delivered_at FROM logistics_outbox_message ORDER BY id") == delivered


def test_connections_cut_under_load(world, receiver):
    """Every connection of the relays is terminated again and again, as by a restart of the server."""
    for number in range(SYSTEMS):
        world.add_system(f"{receiver.url}/{number}")
    relays = [world.start_thread(threads=8)[0], world.start_thread(threads=8)[0]]
    cuts = 0
    for number in range(20):
        world.emit(*((f"SO/{key}", number) for key in range(KEYS)))
        time.sleep(0.1)
        if number % 4 == 3:
            world.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            cuts += 1
    settle(world, 20 * KEYS * SYSTEMS)
    # our own claims survive a cut, as long as nobody else took them for dead
    audit(receiver, 20 * KEYS, cuts * 2 * 8)
    for relay in relays:
        relay.stop()


def test_a_number_that_is_taken_over_is_cleaned_up(world, receiver):
    """A new process gets the number of a killed one at once: the old claims must not look alive."""
    receiver.rule = lambda request, times: Answer(delay=30.0 if times == 0 else 0.0)
    world.add_system(receiver.url, timeout=60)
    world.emit(("SO/1", 1))
    first = world.start_process()
    until(lambda: receiver.requests)
    number = world.value("SELECT claimed_by FROM logistics_outbox_message")
    first.kill()
    first.wait()
    begin = time.monotonic()
    world.start_process()
    settle(world, 1)
    assert time.monotonic() - begin < 5
    assert world.value("SELECT worker FROM logistics_outbox_attempt") == number


def test_a_killer_message_does_not_stop_the_others(world, receiver):
    """A message whose processes always die is claimed less and less often; it is not buried."""
    world.add_system(receiver.url, state="paused")
    world.emit(("SO/1", 1), ("SO/2", 2))
    world.drain()
    world.execute(
        "UPDATE logistics_system SET state = 'active';"
        "UPDATE logistics_outbox_message SET state = 'sending', claim_count = 6, claim_token = 6, claimed_by = 77,"
        " lease_until = timezone('UTC', now()) + interval '1 h' WHERE ordering_key = 'SO/1'"
    )
    world.start_thread()
    until(lambda: world.states() == {"delivered": 1, "pending": 1})
    wait = world.value(
        "SELECT EXTRACT(EPOCH FROM next_attempt_at - timezone('UTC', now())) FROM logistics_outbox_message"
        " WHERE state = 'pending'"
    )
    assert 4 < wait <= 8
    world.execute(
        "UPDATE logistics_outbox_message SET next_attempt_at = timezone('UTC', now()) WHERE state = 'pending'"
    )
    until(lambda: world.states() == {"delivered": 2})
