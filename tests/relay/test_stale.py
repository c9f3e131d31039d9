"""No stale intent: void while it is being sent, validity just before sending, newer ones that replace older ones."""

import time

import psycopg2
import pytest

from .bare import until
from .receiver import Answer

CANCELLED = "SELECT cancel_reason FROM logistics_outbox_message WHERE state = 'cancelled' ORDER BY id"
RECORDED = "SELECT error, sent FROM logistics_outbox_attempt WHERE outcome = 'cancelled' ORDER BY id"


def documents(world, *states):
    """Rows that events can be about, from id 1."""
    for state in states:
        world.execute("INSERT INTO some_document (state) VALUES (%s)", state)


# -- void while sending ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 429, 422, 410])
def test_voided_while_under_way_is_never_tried_again(world, receiver, status):
    """Whatever comes of the call, no second one is made; what waits behind it goes on."""
    after = (("Retry-After", "1"),) if status == 429 else ()
    receiver.rule = lambda request, times: (
        Answer(status, headers=after, delay=0.4) if request.data["number"] == 1 else Answer()
    )
    _system, subscription = world.add_system(receiver.url, retry_schedule="0.05,0.05", dead_policy="hold")
    first, _second = world.emit(("SO/1", 1), ("SO/1", 2))
    world.start_thread()
    until(lambda: receiver.requests)
    world.void(first)
    assert world.states() == {"sending": 1, "pending": 1}, "the relay is not made to wait, the row is not touched"
    until(lambda: world.states().get("cancelled") == 1)
    assert world.execute(RECORDED) == [("shipped by hand", False)]
    if status == 410:
        world.execute("UPDATE logistics_subscription SET active = true WHERE id = %s", subscription)
    until(lambda: world.states() == {"cancelled": 1, "delivered": 1})
    assert [request.data["number"] for request, _answer in receiver.requests] == [1, 2]
    until(lambda: world.value("SELECT count(*) FROM logistics_outbox_pointer") == 0)


def test_voided_while_under_way_and_arrived(world, receiver):
    receiver.rule = lambda request, times: Answer(delay=0.4)
    world.add_system(receiver.url)
    (event,) = world.emit(("SO/1", 1))
    world.start_thread()
    until(lambda: receiver.requests)
    world.void(event)
    until(lambda: world.states() == {"delivered": 1})
    until(lambda: world.value("SELECT count(*) FROM logistics_outbox_pointer") == 0)


def test_voided_while_its_relay_dies(world, receiver):
    """The claim of a killed process is freed, and ends there."""
    receiver.rule = lambda request, times: Answer(delay=30)
    world.add_system(receiver.url, timeout=60)
    (event,) = world.emit(("SO/1", 1))
    process = world.start_process()
    until(lambda: receiver.requests)
    world.void(event)
    process.kill()
    process.wait()
    world.start_thread()
    until(lambda: world.states() == {"cancelled": 1})
    assert len(receiver.requests) == 1


def test_the_claim_itself_refuses_what_is_void(world, receiver):
    """Before the router has seen the void pointer: the claim looks by itself."""
    world.add_system(receiver.url, state="paused")
    first, _second = world.emit(("SO/1", 1), ("SO/1", 2))
    world.drain()
    world.execute("UPDATE logistics_system SET state = 'active'")
    pointer = world.connect()
    with pointer.cursor() as cr:
        cr.execute("INSERT INTO logistics_outbox_pointer (void_event_id, void_reason) VALUES (%s, 'gone')", [first])
        pointer.commit()
        # the router leaves a pointer that somebody has locked
        cr.execute("SELECT 1 FROM logistics_outbox_pointer FOR UPDATE")
        assert world.drain() == 1
    pointer.close()
    assert world.execute(CANCELLED) == [("gone",)]
    assert receiver.first_arrivals()["/", "SO/1"] == [2]
    assert world.drain() == 0
    assert world.value("SELECT count(*) FROM logistics_outbox_pointer") == 0


def test_a_void_event_of_which_one_system_has_had_its_message(world, receiver):
    receiver.rule = lambda request, times: Answer(delay=0.5) if request.path == "/slow" else Answer(500)
    world.add_system(receiver.url + "/slow")
    world.add_system(receiver.url + "/broken", retry_schedule="600")
    (event,) = world.emit(("SO/1", 1))
    world.start_thread()
    until(lambda: world.value("SELECT count(*) FROM logistics_outbox_attempt") == 1)
    world.void(event)
    until(lambda: world.states() == {"delivered": 1, "cancelled": 1})


# -- validity ----------------------------------------------------------------------------------------------------


def test_too_old(world, receiver):
    world.add_type(1, valid_minutes=30)
    world.add_system(receiver.url, types=(1, 2))
    old = world.emit(*(("SO/1", number) for number in range(5)))
    world.emit(("SO/1", 5))
    world.emit(("SO/1", 6), type_id=2)
    world.execute("UPDATE logistics_event SET create_date = create_date - interval '31 min' WHERE id = ANY(%s)", old)
    begin = time.monotonic()
    assert world.drain() == 2
    assert time.monotonic() - begin < 3, "one after the other, without waiting for the router"
    assert world.execute(CANCELLED) == [("older than 30 minutes",)] * 5
    assert world.execute(RECORDED) == [("older than 30 minutes", False)] * 5
    assert receiver.first_arrivals()["/", "SO/1"] == [5, 6]


def test_what_its_record_says(world, receiver):
    world.add_type(1, valid_table="some_document", valid_column="state", valid_values="sent, accepted")
    world.add_system(receiver.url)
    documents(world, "sent", "cancelled", "accepted", None)
    for record in (1, 2, 3, 4, 99, None):
        world.emit((f"SO/{record}", record), record=record)
    assert world.drain() == 3
    assert sorted(request.data["number"] or 0 for request in receiver.accepted()) == [0, 1, 3]
    assert world.execute(CANCELLED) == [
        ("state is 'cancelled' now, not sent or accepted",),
        ("state is empty now, not sent or accepted",),
        ("its record is gone",),
    ]


def test_between_two_attempts_it_becomes_void(world, receiver):
    world.add_type(1, valid_table="some_document", valid_column="state")
    receiver.rule = lambda request, times: Answer(500)
    world.add_system(receiver.url, retry_schedule="0.5,0.5")
    documents(world, "sent")
    world.emit(("SO/1", 1), record=1)
    world.drain()
    world.execute("DELETE FROM some_document")
    world.drain(patience=2)
    assert len(receiver.requests) == 1
    assert world.execute(CANCELLED) == [("its record is gone",)]


def test_a_changed_rule_is_known_within_a_second(world, receiver):
    world.add_system(receiver.url)
    world.start_thread()
    world.emit(("SO/1", 1), record=7)
    until(lambda: world.states() == {"delivered": 1})
    world.add_type(1, valid_table="some_document", valid_column="state")
    time.sleep(1.1)
    world.emit(("SO/1", 2), record=7)
    until(lambda: world.states() == {"delivered": 1, "cancelled": 1})


@pytest.mark.parametrize("rule", [("no_table", "state"), ("some_document", "no_column")])
def test_a_rule_that_cannot_be_applied_stops_nothing(world, receiver, rule):
    world.add_type(1, valid_table=rule[0], valid_column=rule[1])
    world.add_system(receiver.url)
    world.emit(("SO/1", 1), record=1)
    assert world.drain() == 1, "better sent than lost"


def test_a_table_that_is_being_altered(world, receiver):
    """An upgrade holds the record's table: what depends on it waits for a few seconds, everything else goes on."""
    world.add_type(1, valid_table="some_document", valid_column="state")
    world.add_system(receiver.url, types=(1, 2))
    documents(world, "sent")
    upgrade = world.connect()
    with upgrade.cursor() as cr:
        cr.execute("ALTER TABLE some_document ADD COLUMN extra int")
        world.emit(("SO/1", 1), record=1)
        world.emit(("SO/2", 2), type_id=2)
        assert world.drain() == 1
    upgrade.rollback()
    upgrade.close()
    row = world.message(id=1)
    assert (row["state"], row["claim_count"], row["attempt_count"]) == ("pending", 0, 0)
    world.execute("UPDATE logistics_outbox_message SET next_attempt_at = timezone('UTC', now())")
    assert world.drain() == 1


# -- only the latest ---------------------------------------------------------------------------------------------


def test_the_latest_replaces_what_waits(world, receiver):
    world.add_type(1, supersede="latest")
    world.add_system(receiver.url, types=(1, 2), state="paused")
    for number, record in ((1, 8), (2, 9), (3, 8)):
        world.emit(("SO/1", number), record=record)
    world.emit(("SO/1", 4), type_id=2, record=8)
    world.emit(("SO/1", 5), ("SO/1", 6), record=8)
    world.drain()
    last = world.value("SELECT uid FROM logistics_event WHERE body LIKE %s", '%"number": 6%')
    assert [row[0] for row in world.execute(CANCELLED)] == [f"superseded by {last}"] * 3
    world.execute("UPDATE logistics_system SET state = 'active'")
    assert world.drain() == 3
    assert receiver.first_arrivals()["/", "SO/1"] == [2, 4, 6], "another record and another type are not touched"


def test_a_waiting_head_is_replaced_and_its_lane_goes_on(world, receiver):
    world.add_type(1, supersede="latest")
    receiver.rule = lambda request, times: Answer(500 if request.data["number"] == 1 else 200)
    world.add_system(receiver.url, retry_schedule="600")
    world.emit(("SO/1", 1), record=8)
    world.drain()
    world.emit(("SO/1", 2), record=8)
    assert world.drain() == 1
    assert world.states() == {"cancelled": 1, "delivered": 1}


def test_what_is_under_way_is_replaced_when_it_comes_back(world, receiver):
    world.add_type(1, supersede="latest")
    receiver.rule = lambda request, times: (
        Answer(500, delay=0.5) if request.data["number"] == 1 and request.path == "/a" else Answer()
    )
    world.add_system(receiver.url + "/a", retry_schedule="0.05,0.05")
    world.start_thread()
    world.emit(("SO/1", 1), record=8)
    until(lambda: receiver.requests)
    world.emit(("SO/1", 2), record=8)
    until(lambda: world.states() == {"cancelled": 1, "delivered": 1})
    assert [request.data["number"] for request, _answer in receiver.requests] == [1, 2]


def test_without_order_and_switched_off_the_latest_counts_too(world, receiver):
    world.add_type(1, supersede="latest")
    _system, subscription = world.add_system(receiver.url, ordering="none", state="paused")
    world.emit(("SO/1", 1), record=8)
    world.emit(("SO/1", 2), record=8)
    world.drain()
    assert world.states() == {"cancelled": 1, "pending": 1}
    world.execute("UPDATE logistics_subscription SET active = false")
    world.execute("INSERT INTO logistics_outbox_pointer (hold_subscription_id) VALUES (%s)", subscription)
    world.drain()
    assert world.states() == {"cancelled": 1, "held": 1}
    world.execute("UPDATE logistics_subscription SET active = true; UPDATE logistics_system SET state = 'active'")
    world.emit(("SO/1", 3), record=8)
    world.drain()
    assert receiver.first_arrivals()["/", "SO/1"] == [3]


def test_each_subscription_for_itself(world, receiver):
    world.add_type(1, supersede="latest")
    system, _subscription = world.add_system(receiver.url + "/a", domain="[('data.number', '<', 2)]", state="paused")
    world.subscribe(system, url=receiver.url + "/b")
    world.emit(("SO/1", 1), record=8)
    world.emit(("SO/1", 2), record=8)
    world.drain()
    world.execute("UPDATE logistics_system SET state = 'active'")
    world.drain()
    assert receiver.first_arrivals() == {("/a", "SO/1"): [1], ("/b", "SO/1"): [2]}


def test_a_void_newer_one_replaces_nothing(world, receiver):
    world.add_type(1, supersede="latest")
    world.add_system(receiver.url)
    world.emit(("SO/1", 1), record=8)
    (second,) = world.emit(("SO/1", 2), record=8)
    world.execute("UPDATE logistics_outbox_pointer SET void_reason = 'void' WHERE event_id = %s", second)
    assert world.drain() == 1
    assert receiver.first_arrivals()["/", "SO/1"] == [1]


def test_voids_do_not_wait_for_each_other(world, receiver):
    """A void in a REPEATABLE READ transaction that began before the claim is refused and done again, as in Odoo."""
    receiver.rule = lambda request, times: Answer(500, delay=0.6)
    world.add_system(receiver.url, retry_schedule="600")
    (event,) = world.emit(("SO/1", 1))
    business = world.connect()
    business.set_session(isolation_level="REPEATABLE READ")
    with business.cursor() as cr:
        cr.execute("SELECT 1 FROM logistics_outbox_message")
        world.start_thread()
        until(lambda: receiver.requests)
        with pytest.raises(psycopg2.errors.SerializationFailure):
            cr.execute("UPDATE logistics_outbox_pointer SET void_reason = 'x' WHERE event_id = %s", [event])
    business.close()
    world.void(event)
    until(lambda: world.states() == {"cancelled": 1})
