"""Nobody waits for a person: transactions that hold rows for long, one kind of row after the other, relays at work."""

import time
from contextlib import contextmanager

import psycopg2
import pytest
from psycopg2 import sql

from .bare import until
from .receiver import Answer

# far below the 5 s after which a statement that waits fails, and a turn with it
SOON = 3.0


@contextmanager
def held(world, table, lock="FOR UPDATE"):
    """All rows of a table are locked meanwhile, as by a long business transaction."""
    with busy(world, sql.SQL("SELECT id FROM {} {}").format(sql.Identifier(table), sql.SQL(lock))):
        yield


@contextmanager
def busy(world, statement):
    """A transaction that has done something and is not at its end."""
    connection = world.connect()
    try:
        with connection.cursor() as cr:
            cr.execute(statement)
            assert cr.rowcount
        yield
    finally:
        connection.close()


@pytest.mark.parametrize(
    "table",
    ["logistics_system", "logistics_subscription", "logistics_event_type", "logistics_outbox_pointer", "some_document"],
)
def test_what_is_on_its_way_goes_on(world, receiver, table):
    """Any row of the engine's tables but a message that is under way (which nobody locks) may be held for long."""
    world.add_type(1, valid_table="some_document", valid_column="state", supersede="latest")
    world.execute("INSERT INTO some_document (state) SELECT 'sent' FROM generate_series(1, 40)")
    world.add_system(receiver.url, retry_schedule="0.1,0.1,0.1", rate_per_second=500, max_in_flight=8, state="paused")
    receiver.rule = lambda request, times: Answer(500 if times == 0 and request.data["number"] % 7 == 0 else 200)
    for number in range(40):
        world.emit((f"SO/{number % 10}", number), record=number + 1)
    world.drain()
    world.execute("UPDATE logistics_system SET state = 'active'")
    world.execute("INSERT INTO logistics_outbox_pointer (recheck_system_id, recheck_key) VALUES (1, 'SO/1')")
    with held(world, table):
        world.start_thread(threads=8)
        until(lambda: world.states() == {"delivered": 40}, SOON)
    assert receiver.inversions() == 0


def test_what_a_message_at_rest_is_held_for(world, receiver):
    """A person's transaction holds waiting, dead and finished messages: the others go on, results are written."""
    receiver.rule = lambda request, times: Answer(422 if request.data["number"] == 3 else 200, delay=0.05)
    world.add_system(receiver.url, dead_policy="hold", max_in_flight=4)
    world.emit(("SO/3", 3), ("SO/3", 4), ("SO/5", 5))
    world.drain()
    assert world.states() == {"dead": 1, "pending": 1, "delivered": 1}
    with held(world, "logistics_outbox_message"):
        world.emit(("SO/3", 6), ("SO/5", 7), *((f"SO/{n}", n) for n in range(20, 60)))
        world.execute("INSERT INTO logistics_outbox_pointer (recheck_system_id, recheck_key) VALUES (1, 'SO/3')")
        world.start_thread(threads=8)
        until(lambda: world.states().get("delivered") == 42, SOON)


@pytest.mark.parametrize("order", ["key", "none"])
def test_a_system_whose_address_is_being_changed(world, receiver, order):
    """A column that other rows refer to is changed: new messages of this system wait, in order; no other system's."""
    edited, _ = world.add_system(receiver.url + "/edited", ordering=order)
    world.add_system(receiver.url + "/other")
    world.start_thread(threads=8)
    world.emit(("SO/1", 0))
    until(lambda: world.states() == {"delivered": 2})
    change = sql.SQL("UPDATE logistics_system SET inbound_slug = 'new' WHERE id = {}").format(sql.Literal(edited))
    with busy(world, change):
        begin = time.monotonic()
        for number in range(1, 8):
            world.emit(("SO/1", number))
            time.sleep(0.1)
        until(lambda: len(receiver.first_arrivals("/other").get(("/other", "SO/1"), ())) == 8, SOON)
        assert time.monotonic() - begin < SOON
        assert len(receiver.first_arrivals("/edited")["/edited", "SO/1"]) == 1
    until(lambda: world.states() == {"delivered": 16}, SOON)
    assert receiver.first_arrivals("/other")["/other", "SO/1"] == list(range(8))
    if order == "key":
        assert receiver.first_arrivals("/edited")["/edited", "SO/1"] == list(range(8))
    assert receiver.repeats() == 0
    until(lambda: world.value("SELECT count(*) FROM logistics_outbox_pointer") == 0)


def test_the_breaker_of_a_system_that_is_held(world, receiver):
    """Failures, a pause and an answer 410 while the rows are held: kept in memory, written afterwards."""
    receiver.rule = lambda request, times: Answer(410 if request.path == "/gone" else 500)
    world.add_system(receiver.url + "/bad", retry_schedule="600", max_in_flight=16)
    world.add_system(receiver.url + "/gone")
    world.start_thread(threads=8)
    editing = "FOR NO KEY UPDATE"
    with held(world, "logistics_system", editing), held(world, "logistics_subscription", editing):
        world.emit(*((f"SO/{n}", n) for n in range(10, 16)))
        until(lambda: sum(request.path == "/bad" for request, _answer in receiver.requests) >= 6, SOON)
        until(lambda: not world.states().get("sending"), SOON)
        assert world.value("SELECT breaker_state FROM logistics_system WHERE id = 1") == "closed"
        assert world.value("SELECT active FROM logistics_subscription WHERE id = 2") is True
    until(lambda: world.value("SELECT breaker_state FROM logistics_system WHERE id = 1") == "open", SOON)
    until(lambda: world.value("SELECT active FROM logistics_subscription WHERE id = 2") is False, SOON)
    until(lambda: len(world.notices()) == 2, SOON)
    assert sorted(world.notices()) == [
        ("circuit_opened", "5 failures in a row; the last: HTTP 500: the partner's system failed"),
        ("switched_off", "subscription 2: HTTP 410: the partner does not want this any more"),
    ]


def test_a_busy_system_can_be_edited(world, receiver):
    """Odoo's transactions are REPEATABLE READ: a row the relay changed all the time could not be saved by anybody."""
    receiver.rule = lambda request, times: Answer(500 if request.data["number"] % 20 == 0 and times == 0 else 200)
    world.add_system(
        receiver.url, rate_per_second=300, max_in_flight=16, retry_schedule="0.05,0.05", breaker_threshold=50
    )
    world.start_thread(threads=16)
    world.emit(*((f"SO/{n % 50}", n) for n in range(900)))
    until(lambda: world.states().get("delivered", 0) > 100)
    saved = failed = 0
    while world.states().get("delivered", 0) < 800:
        connection = world.connect()
        connection.set_session(isolation_level="REPEATABLE READ")
        try:
            with connection, connection.cursor() as cr:
                cr.execute("SELECT name FROM logistics_system")
                time.sleep(0.05)
                cr.execute("UPDATE logistics_system SET name = 'edited'")
            saved += 1
        except psycopg2.errors.SerializationFailure:
            failed += 1
        connection.close()
    assert saved >= 2 * failed, f"{saved} saved, {failed} refused"
    until(lambda: world.states() == {"delivered": 900})
