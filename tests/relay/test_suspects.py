"""Messages that kill the relay are found by sending suspects alone; nobody is buried for having flown beside one."""

import threading
import time

import pytest
from relay import suspects

from .bare import until
from .receiver import Answer

LOST = (
    "UPDATE logistics_outbox_message SET state = 'sending', claim_count = %s, suspect_count = %s, claim_token = 9,"
    " claimed_by = 77, lease_until = timezone('UTC', now()) + interval '1 h' WHERE id = %s"
)
NOW = "UPDATE logistics_outbox_message SET next_attempt_at = timezone('UTC', now()) WHERE state = 'pending' AND is_head"


def test_a_suspect_is_sent_alone(world, receiver):
    """The process lets its calls land, sends the suspect, and goes on when there is a result."""
    arrived = []

    def rule(request, times):
        arrived.append((request.data["number"], time.monotonic()))
        return Answer(delay=0.3)

    receiver.rule = rule
    world.add_system(receiver.url, state="paused", max_in_flight=8)
    world.emit(("SO/0", 0))
    world.drain()
    world.execute("UPDATE logistics_outbox_message SET claim_count = 3; UPDATE logistics_system SET state = 'active'")
    world.emit(*((f"SO/{n}", n) for n in range(1, 40)))
    world.start_thread(threads=8)
    until(lambda: world.states() == {"delivered": 40})
    moments = dict(arrived)
    others = [abs(at - moments[0]) for number, at in arrived if number]
    assert min(others) > 0.25, "0.3 s before it and 0.3 s after it nothing else was under way"
    row = world.message(id=1)
    assert (row["claim_count"], row["suspect_count"], row["claim_token"]) == (0, 0, 1), "any result clears it"


def test_only_one_process_at_a_time_isolates(world, receiver):
    """With two processes the other one goes on."""
    receiver.rule = lambda request, times: Answer(delay=1.5 if request.data["number"] == 0 else 0.05)
    world.add_system(receiver.url, state="paused", max_in_flight=4)
    world.emit(("SO/0", 0))
    world.drain()
    world.execute("UPDATE logistics_outbox_message SET claim_count = 4; UPDATE logistics_system SET state = 'active'")
    for _ in range(2):
        world.start_thread(threads=4)
    until(lambda: receiver.requests, 5)
    world.emit(*((f"SO/{n}", n) for n in range(1, 30)))
    until(lambda: world.states() == {"delivered": 29, "sending": 1}, 1.4, "the others are through")
    until(lambda: world.states() == {"delivered": 30})


@pytest.mark.parametrize("policy", ["hold", "skip"])
def test_after_five_lonely_deaths_it_is_the_message(world, receiver, policy):
    world.add_system(receiver.url, state="paused", dead_policy=policy)
    world.emit(("SO/1", 1), ("SO/1", 2))
    world.drain()
    world.execute("UPDATE logistics_system SET state = 'active'")
    world.execute(LOST, 8, 5, 1)
    assert world.drain() == (0 if policy == "hold" else 1)
    row = world.message(id=1)
    assert (row["state"], row["last_error"], row["is_head"]) == ("dead", suspects.POISON, policy == "hold")
    assert row["dead_at"] is not None
    assert world.notices() == [("dead", suspects.POISON)]
    assert world.execute("SELECT outcome, error, sent FROM logistics_outbox_attempt WHERE message_id = 1") == [
        ("dead", suspects.POISON, True)
    ]
    # a person may try again: with a clean slate
    world.execute(
        "UPDATE logistics_outbox_message SET state = 'pending', is_head = false, claim_count = 0, suspect_count = 0"
        " WHERE id = 1; INSERT INTO logistics_outbox_pointer (recheck_system_id, recheck_key) VALUES (1, 'SO/1')"
    )
    assert world.drain() == (2 if policy == "hold" else 1)


def test_many_claims_beside_others_bury_nobody(world, receiver):
    world.add_system(receiver.url, state="paused")
    world.emit(("SO/1", 1))
    world.drain()
    world.execute("UPDATE logistics_system SET state = 'active'")
    world.execute(LOST, 50, 4, 1)
    world.drain()
    assert world.states() == {"pending": 1}
    world.execute(NOW)
    assert world.drain(patience=1.5) == 1


def test_a_message_that_really_kills(world, receiver):
    """Each time the killer arrives its relay dies. In the end it is dead, and all the others have arrived, in order."""
    running = []

    def rule(request, times):
        if request.data["number"] == 5:
            threading.Thread(target=running[-1].kill).start()
            return Answer(delay=5)
        return Answer(delay=0.02)

    receiver.rule = rule
    world.add_system(receiver.url, max_in_flight=8, dead_policy="skip")
    world.emit(("SO/0", 0), ("SO/0", 5), ("SO/0", 6), *((f"SO/{n % 10}", n) for n in range(10, 60)))
    deadline = time.monotonic() + 60
    while world.states().get("dead") != 1 or world.states().get("delivered") != 52:
        assert time.monotonic() < deadline, world.states()
        running.append(world.start_process(threads=8))
        while running[-1].poll() is None and time.monotonic() < deadline:
            world.execute(NOW)  # the growing wait is tested elsewhere
            if world.states() == {"dead": 1, "delivered": 52}:
                break
            time.sleep(0.1)
    assert world.value("SELECT body FROM logistics_event e JOIN logistics_outbox_message m ON m.event_id = e.id"
                       " WHERE m.state = 'dead'").count('"number": 5,')  # fmt: skip
    assert len(running) == 3 + suspects.POISON_CLAIMS + 1
    assert receiver.inversions() == 0
    assert receiver.repeats() <= 3 * 8 + suspects.POISON_CLAIMS
