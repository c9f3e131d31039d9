"""What people and business transactions do while the relay works. The SQL is that of the Odoo models."""

import time

import psycopg2
import pytest
from relay import reaper
from relay.database import open_connection

from .bare import until
from .receiver import Answer

CANCEL = (
    "UPDATE logistics_outbox_message SET state = 'cancelled', cancel_reason = %s, is_head = false"
    " WHERE id = %s AND state IN ('pending', 'held', 'dead')"
)
RECHECK = (
    "INSERT INTO logistics_outbox_pointer (recheck_system_id, recheck_key)"
    " SELECT system_id, lane FROM logistics_outbox_message WHERE id = %s"
)


def test_void_before_fan_out_makes_cancelled_messages(world, receiver):
    world.add_system(receiver.url)
    first, second = world.emit(("SO/1", 1), ("SO/1", 2))
    world.execute("UPDATE logistics_outbox_pointer SET void_reason = 'shipped by hand' WHERE event_id = %s", first)
    assert world.drain() == 1
    assert receiver.first_arrivals()["/", "SO/1"] == [2]
    assert world.execute("SELECT event_id, state, cancel_reason FROM logistics_outbox_message ORDER BY id") == [
        (first, "cancelled", "shipped by hand"),
        (second, "delivered", None),
    ]


def test_cancelled_head_lets_the_next_pass(world, receiver):
    receiver.rule = lambda request, times: Answer(500 if request.data["number"] == 1 else 200)
    world.add_system(receiver.url, retry_schedule="600")
    world.emit(("SO/1", 1), ("SO/1", 2), ("SO/1", 3))
    assert world.drain() == 0
    world.execute(CANCEL, "void", 1)
    assert world.drain() == 0, "without a recheck nobody looks"
    world.execute(RECHECK, 1)
    assert world.drain() == 2
    assert receiver.first_arrivals()["/", "SO/1"] == [2, 3]


def test_cancelled_in_the_middle(world, receiver):
    world.add_system(receiver.url, state="paused")
    world.emit(*(("SO/1", n) for n in range(1, 6)))
    world.drain()
    for message in (2, 3):
        world.execute(CANCEL, "void", message)
        world.execute(RECHECK, message)
    world.execute("UPDATE logistics_system SET state = 'active'")
    assert world.drain() == 3
    assert receiver.first_arrivals()["/", "SO/1"] == [1, 4, 5]


def test_a_locked_pointer_holds_back_its_key_only(world, receiver):
    """A business transaction is voiding an event: nothing behind it with the same key may overtake."""
    world.add_system(receiver.url)
    first, *_rest = world.emit(("SO/1", 1), ("SO/2", 1), ("SO/1", 2))
    with world.connect() as busy, busy.cursor() as cr:
        cr.execute("UPDATE logistics_outbox_pointer SET void_reason = 'void' WHERE event_id = %s", [first])
        assert world.drain() == 1
        assert receiver.first_arrivals() == {("/", "SO/2"): [1]}
        busy.rollback()
    assert world.drain() == 2
    assert receiver.first_arrivals()["/", "SO/1"] == [1, 2]


def test_nobody_waits_for_a_transaction_that_cancels(world, receiver):
    """The next of a lane is locked by a long transaction: results are written, other lanes go on, the lane follows."""
    receiver.rule = lambda request, times: Answer(delay=0.3 if request.data["number"] == 1 else 0)
    world.add_system(receiver.url)
    world.emit(("SO/1", 1), ("SO/1", 2), ("SO/1", 3))
    world.start_thread(threads=4)
    until(lambda: world.states().get("sending"))
    busy = world.connect()
    with busy.cursor() as cr:
        cr.execute(CANCEL, ["void", 2])
    until(lambda: world.states().get("delivered") == 1)
    world.emit(*(("SO/9", n) for n in range(20)))
    until(lambda: world.states().get("delivered") == 21)
    assert receiver.first_arrivals()["/", "SO/1"] == [1]
    busy.rollback()
    busy.close()
    until(lambda: world.states().get("delivered") == 23)
    assert receiver.first_arrivals()["/", "SO/1"] == [1, 2, 3]


def test_somebody_edits_the_system(world, receiver):
    """A long transaction holds the system's row: deliveries go on, what the breaker learns is written afterwards."""
    receiver.rule = lambda request, times: Answer(500 if request.data["number"] >= 100 else 200)
    world.add_system(receiver.url, retry_schedule="600", max_in_flight=16)
    world.start_thread(threads=8)
    busy = world.connect()
    with busy.cursor() as cr:
        cr.execute("UPDATE logistics_system SET name = 'edited'")
    world.emit(*((f"SO/{n}", n) for n in range(20)))
    until(lambda: world.states().get("delivered") == 20)
    world.emit(*((f"SO/{n}", n) for n in range(100, 106)))
    until(lambda: world.value("SELECT count(*) FROM logistics_outbox_message WHERE attempt_count = 1") == 26)
    assert world.value("SELECT breaker_failures FROM logistics_system") == 0
    busy.commit()
    busy.close()
    world.emit(("SO/200", 200))
    until(lambda: world.value("SELECT breaker_state FROM logistics_system") == "open")


def test_a_dead_head_that_is_replayed_keeps_its_place(world, receiver):
    receiver.rule = lambda request, times: Answer(400 if request.data["number"] == 1 and times == 0 else 200)
    world.add_system(receiver.url, dead_policy="hold")
    world.emit(("SO/1", 1), ("SO/1", 2))
    world.drain()
    assert world.states() == {"dead": 1, "pending": 1}
    world.execute(
        "UPDATE logistics_outbox_message SET state = 'pending', is_head = false, attempt_count = 0 WHERE id = 1"
    )
    world.execute(RECHECK, 1)
    assert world.drain() == 2
    assert receiver.first_arrivals()["/", "SO/1"] == [1, 2]


def test_a_dead_head_that_is_cancelled_lets_its_lane_go_on(world, receiver):
    receiver.rule = lambda request, times: Answer(400 if request.data["number"] == 1 else 200)
    world.add_system(receiver.url, dead_policy="hold")
    world.emit(("SO/1", 1), ("SO/1", 2))
    assert world.drain() == 0
    assert world.notices() == [("dead", "HTTP 400: the partner refuses the content")]
    world.execute(CANCEL, "told by phone", 1)
    world.execute(RECHECK, 1)
    assert world.drain() == 1


def test_a_skipped_dead_message_that_is_replayed_goes_to_the_end(world, receiver):
    receiver.rule = lambda request, times: Answer(400 if request.data["number"] == 1 and times == 0 else 200)
    world.add_system(receiver.url, dead_policy="skip")
    world.emit(("SO/1", 1), ("SO/1", 2))
    assert world.drain() == 1
    # a stricter policy concerns what dies from then on: what has passed has passed
    world.execute("UPDATE logistics_system SET dead_policy = 'hold'")
    world.emit(("SO/1", 3))
    assert world.drain() == 1
    world.execute(
        "UPDATE logistics_outbox_message SET state = 'pending', position = nextval('logistics_outbox_message_id_seq')"
        " WHERE id = 1"
    )
    world.execute(RECHECK, 1)
    assert world.drain() == 1
    assert receiver.first_arrivals()["/", "SO/1"] == [2, 3, 1]


def test_a_head_that_dies_while_the_policy_is_changed(world, receiver):
    """Its result was judged by the old policy; whoever changed it did not see it dead: the leader lets it pass."""
    receiver.rule = lambda request, times: Answer(400 if request.data["number"] == 1 else 200)
    world.add_system(receiver.url, dead_policy="hold")
    world.emit(("SO/1", 1), ("SO/1", 2))
    assert world.drain() == 0
    world.execute("UPDATE logistics_system SET dead_policy = 'skip'")
    assert world.drain() == 1


def test_an_event_that_is_fanned_out_again_leaves_no_lane_behind(world, receiver):
    """Its message is delivered already; what comes behind it in the same batch becomes the head."""
    world.add_system(receiver.url)
    (first,) = world.emit(("SO/1", 1))
    assert world.drain() == 1
    world.execute("INSERT INTO logistics_outbox_pointer (event_id) VALUES (%s)", first)
    world.emit(("SO/1", 2))
    assert world.drain() == 1
    assert receiver.first_arrivals()["/", "SO/1"] == [1, 2]


def test_a_lane_without_head_is_found(world, receiver):
    """It must not happen; if it does, it is repaired and said loudly."""
    world.add_system(receiver.url, state="paused")
    world.emit(("SO/1", 1), ("SO/1", 2))
    world.drain()
    world.execute(
        "UPDATE logistics_outbox_message SET is_head = false, created_at = created_at - interval '1 hour';"
        "UPDATE logistics_system SET state = 'active'"
    )
    assert world.drain() == 0
    connection = open_connection(world.connect)
    with connection.cursor() as cr:
        assert reaper.sweep(cr) == 1
        connection.commit()
        assert reaper.sweep(cr) == 0, "a pointer is on its way"
    connection.close()
    assert world.drain() == 2


def test_two_heads_in_a_lane_are_impossible(world, receiver):
    world.add_system(receiver.url, state="paused")
    world.emit(("SO/1", 1), ("SO/1", 2))
    world.drain()
    with pytest.raises(psycopg2.errors.UniqueViolation):
        world.execute("UPDATE logistics_outbox_message SET is_head = true")


@pytest.mark.parametrize("fanned_out", [False, True])
def test_a_business_transaction_never_decides_on_an_old_picture(world, receiver, fanned_out):
    """The relay fans out or delivers between its snapshot and its void: PostgreSQL refuses, Odoo runs it again."""
    world.add_system(receiver.url, state="paused" if fanned_out else "active")
    (event,) = world.emit(("SO/1", 1))
    if fanned_out:
        world.drain()
        world.execute("UPDATE logistics_system SET state = 'active'")
    business = world.connect()
    business.set_session(isolation_level="REPEATABLE READ")
    with business.cursor() as cr:
        cr.execute("SELECT count(*) FROM logistics_outbox_message")
        assert world.drain() == 1
        with pytest.raises(psycopg2.errors.SerializationFailure):
            cr.execute("UPDATE logistics_outbox_pointer SET void_reason = 'void' WHERE event_id = %s", [event])
            cr.execute(
                "UPDATE logistics_outbox_message SET state = 'cancelled'"
                " WHERE event_id = %s AND state IN ('pending', 'held', 'dead')",
                [event],
            )
    business.close()


def test_what_is_committed_late_is_found(world, receiver):
    """A transaction that drew its pointer long ago commits after thousands of others have been through."""
    world.add_system(receiver.url)
    late = world.connect()
    world.emit(("SO/late", 1), connection=late)
    world.start_thread(threads=8)
    for start in range(0, 1500, 250):
        world.emit(*((f"SO/{n}", n) for n in range(start, start + 250)))
    until(lambda: world.states().get("delivered") == 1500)
    late.commit()
    begin = time.monotonic()
    until(lambda: world.states().get("delivered") == 1501, 10)
    assert time.monotonic() - begin < 5
    late.close()


def test_what_becomes_due_late_is_found(world, receiver):
    """A message that was written long before others and committed after them lies below the claims' floor."""
    world.add_system(receiver.url)
    world.start_thread(threads=8)
    world.emit(*((f"SO/{n}", n) for n in range(300)))
    until(lambda: world.states() == {"delivered": 300})
    world.execute(
        "UPDATE logistics_outbox_message SET state = 'pending', is_head = true,"
        " next_attempt_at = next_attempt_at - interval '1 h' WHERE id = 5"
    )
    until(lambda: world.states() == {"delivered": 300} and receiver.repeats() == 1, 10)
