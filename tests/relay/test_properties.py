"""Whatever happens in whatever order: generated scripts of emissions, failures, deaths and interventions.

Each script runs on the real tables, with the real router, claims and results, and a partner that answers by the script.
A log of every change of state, written by the database itself, is held against the table of states.
"""

import random
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from relay import reaper, states
from relay.backoff import (
    JITTER,
    RETRY_AFTER_MAX,
    RETRY_AFTER_MIN,
    is_last,
    parse_retry_after,
    retry_delay,
)
from relay.database import open_connection
from relay.outcome import classify
from relay.pump import Pump
from relay.router import Router
from relay.transport import Response, utcnow

KEYS = 3
LOG = """
    CREATE TABLE IF NOT EXISTS state_log (id serial, message_id int, old varchar, new varchar, token int);
    CREATE OR REPLACE FUNCTION log_state() RETURNS trigger AS $$ BEGIN
        INSERT INTO state_log (message_id, old, new, token)
        VALUES (NEW.id, CASE WHEN TG_OP = 'INSERT' THEN 'new' ELSE OLD.state END, NEW.state, NEW.claim_token);
        RETURN NEW; END $$ LANGUAGE plpgsql;
    CREATE OR REPLACE TRIGGER log_state AFTER INSERT OR UPDATE OF state ON logistics_outbox_message
        FOR EACH ROW EXECUTE FUNCTION log_state();
    TRUNCATE state_log
"""
REPLAY = """
    WITH again AS (
        SELECT o.id, CASE WHEN o.keeps THEN o.position
                          ELSE nextval('logistics_outbox_message_id_seq')::int END AS position
          FROM (SELECT id, position, state = 'dead' AND is_head AS keeps FROM logistics_outbox_message
                 WHERE id = %s AND state IN ('dead', 'cancelled', 'delivered')) o),
    changed AS (
        UPDATE logistics_outbox_message m
           SET state = 'pending', position = again.position, is_head = m.lane IS NULL, attempt_count = 0,
               claim_count = 0, suspect_count = 0, replay_count = m.replay_count + 1, cancel_reason = NULL,
               next_attempt_at = timezone('UTC', now())
          FROM again WHERE m.id = again.id RETURNING m.id, m.system_id, m.lane),
    pointer AS (INSERT INTO logistics_outbox_pointer (recheck_system_id, recheck_key)
        SELECT system_id, lane FROM changed WHERE lane IS NOT NULL)
    SELECT count(*) FROM changed
"""
CANCEL = """
    WITH changed AS (
        UPDATE logistics_outbox_message SET state = 'cancelled', cancel_reason = 'by hand', is_head = false
         WHERE id = %s AND state IN ('pending', 'held', 'dead') RETURNING id, system_id, lane),
    pointer AS (INSERT INTO logistics_outbox_pointer (recheck_system_id, recheck_key)
        SELECT system_id, lane FROM changed WHERE lane IS NOT NULL)
    SELECT count(*) FROM changed
"""
HEALTHY = "breaker_state = 'closed', breaker_failures = 0, breaker_trips = 0, breaker_ramp = 0, paused_until = NULL"
DUE = "UPDATE logistics_outbox_message SET next_attempt_at = timezone('UTC', now()) WHERE state = 'pending' AND is_head"

EMIT = st.tuples(st.just("emit"), st.integers(0, KEYS - 1))
WORK = st.tuples(st.just("work"), st.lists(st.sampled_from([200, 500, 422, 429, None]), max_size=6))
NUMBER = st.integers(0, 30)
STEP = st.one_of(
    EMIT,
    EMIT,
    WORK,
    st.tuples(st.just("die"), st.booleans()),
    st.tuples(st.just("void under way"), NUMBER),
    st.tuples(st.sampled_from(["replay", "cancel", "void"]), NUMBER),
    st.tuples(st.sampled_from(["replay", "cancel", "void"]), NUMBER),
    st.tuples(st.sampled_from(["subscription", "system", "policy"]), st.booleans()),
    st.tuples(st.just("subscription"), st.booleans()),
)


class Script:
    """The partner's side: answers what it is told to, and writes down what it accepts."""

    def __init__(self):
        self.answers = []
        self.calls = []
        self.lose = False

    def send(self, job):
        status = self.answers.pop(0) if self.answers else 200
        self.calls.append((job.id, status))
        after = "1" if status == 429 else None
        return Response(status, after, "", None if status else "connection reset", utcnow(), 1, True)

    def abort(self, job):
        """Nothing takes long here."""

    def tidy(self):
        """Nothing grows old."""

    def close(self):
        """Nothing is open."""


class Story:
    """One script at work on the tables."""

    def __init__(self, world, policy):
        self.world, self.partner = world, Script()
        world.clear()
        world.execute(LOG)
        self.system, self.subscription = world.add_system("http://127.0.0.1:9/", dead_policy=policy, max_in_flight=2)
        self.count = 0
        self.forgiven = set()
        self.barred = {}

    def messages(self):
        return self.world.execute("SELECT id, event_id, state, lane FROM logistics_outbox_message ORDER BY id")

    def pick(self, number):
        found = self.messages()
        return found[number % len(found)] if found else None

    def emit(self, key):
        self.count += 1
        self.world.emit((f"SO/{key}", self.count))

    def work(self, answers):
        """Deliver what is due, answered so; what must wait a while is due at the next work."""
        self.world.execute(DUE)
        self.world.execute("UPDATE logistics_system SET paused_until = NULL, breaker_until = NULL")
        self.partner.answers = list(answers)
        self.world.drain(transport=self.partner, threads=2)
        self.check_barred()

    def die(self, arrived):
        """A process claims, calls (or not) and is gone before it can write a result."""
        self.world.execute(DUE)
        connection = open_connection(self.world.connect)
        router = Router(lambda: None, lambda: 0)
        while router.run_pass(connection):
            pass
        router.resign(connection)
        self.world.execute(DUE)
        pump = Pump(self.world.box, 2, self.partner)
        with connection.cursor() as cr:
            pump.attach(cr)
            connection.commit()
            jobs, _soon = pump.claimer.claim(cr, pump.number, 2, {})
            connection.commit()
        self.partner.calls += [(job.id, 200) for job in jobs if arrived]
        self.forgiven.update(job.id for job in jobs if arrived)
        self.check_barred()
        return connection

    def reap(self, connection):
        connection.close()
        with self.world.connect() as fresh, fresh.cursor() as cr:
            # the server may take a moment to notice that the process is gone
            while reaper.reap(cr) == 0 and self.world.states().get("sending"):
                fresh.commit()

    def check_barred(self):
        """No message was called after it was cancelled for good."""
        for message, calls in self.barred.items():
            assert [m for m, _status in self.partner.calls].count(message) == calls, "sent after its cancellation"

    def bar(self, ids):
        for message in ids:
            self.barred[message] = [m for m, _status in self.partner.calls].count(message)

    def do(self, name, value):
        if name in ("emit", "work"):
            getattr(self, name)(value)
        elif name == "die":
            self.reap(self.die(value))
        elif name == "void under way":
            connection = self.die(False)
            under_way = [m for m in self.messages() if m[2] == "sending"]
            if under_way:
                self.world.void(under_way[0][1])
                self.bar([under_way[0][0]])
            self.reap(connection)
        elif name in ("subscription", "system", "policy"):
            self.switch(name, value)
        elif found := self.pick(value):
            self.intervene(name, *found[:3])

    def intervene(self, name, message, event, state):
        if name == "replay" and self.world.value(REPLAY, message):
            self.forgiven.add(message)
            self.barred.pop(message, None)
        elif name == "cancel" and self.world.value(CANCEL, message):
            self.bar([message])
        elif name == "void":
            self.world.void(event)
            if state in ("pending", "held", "dead"):
                self.bar([message])

    def switch(self, what, on):
        if what == "subscription":
            self.world.execute("UPDATE logistics_subscription SET active = %s", on)
            if not on:
                self.world.execute(
                    "INSERT INTO logistics_outbox_pointer (hold_subscription_id) VALUES (%s)", self.subscription
                )
        elif what == "system":
            state = "active" if on else "paused"
            self.world.execute(f"UPDATE logistics_system SET state = %s, {HEALTHY}", state)
        elif on:
            self.world.execute("UPDATE logistics_system SET dead_policy = 'hold'")
        else:
            self.world.execute(
                "UPDATE logistics_system SET dead_policy = 'skip';"
                "WITH freed AS (UPDATE logistics_outbox_message SET is_head = false"
                "  WHERE state = 'dead' AND is_head RETURNING system_id, lane)"
                "INSERT INTO logistics_outbox_pointer (recheck_system_id, recheck_key) SELECT * FROM freed"
            )

    def end(self):
        """Everything is mended and what is dead is let go: nothing may be left."""
        self.switch("subscription", True)
        self.switch("system", True)
        self.switch("policy", False)
        for _ in range(4):
            self.world.execute(f"UPDATE logistics_system SET {HEALTHY}")
            self.work([])

    def check(self):
        left = {state for _id, _event, state, _lane in self.messages()}
        assert left <= {"delivered", "dead", "cancelled"}, f"stuck: {self.messages()}"
        assert self.world.value("SELECT count(*) FROM logistics_outbox_pointer") == 0
        accepted = [message for message, status in self.partner.calls if status == 200]
        delivered = {message for message, _event, state, _lane in self.messages() if state == "delivered"}
        assert delivered <= set(accepted), "lost"
        lanes = dict(self.world.execute("SELECT id, lane FROM logistics_outbox_message"))
        arrivals = defaultdict(list)
        for message in dict.fromkeys(accepted):
            if message not in self.forgiven:
                arrivals[lanes[message]].append(message)
        assert all(found == sorted(found) for found in arrivals.values()), f"out of order: {dict(arrivals)}"
        known = {(old, new) for old, new, _who, _event in states.TRANSITIONS}
        moves = set(self.world.execute("SELECT DISTINCT old, new FROM state_log WHERE old <> new"))
        assert moves <= known, f"not in the table: {moves - known}"
        assert self.world.value("SELECT count(*) FROM logistics_outbox_message WHERE claim_count < 0") == 0


@pytest.fixture
def logged(world):
    yield world
    world.execute("DROP TABLE IF EXISTS state_log CASCADE; DROP FUNCTION IF EXISTS log_state() CASCADE")


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.sampled_from(["hold", "skip"]), st.lists(STEP, min_size=10, max_size=20))
def test_any_story_ends_well(logged, policy, steps):
    story = Story(logged, policy)
    for number in range(2 * KEYS):
        story.emit(number % KEYS)
    for name, value in steps:
        story.do(name, value)
    story.end()
    story.check()


# -- retries, without a database ---------------------------------------------------------------------------------

SCHEDULES = st.lists(st.floats(0.1, 90000), min_size=1, max_size=12).map(tuple)


@given(SCHEDULES, st.lists(st.sampled_from([500, 503, 404, 302, None, "wait"]), max_size=20), st.randoms())
def test_retries_like_a_model(schedule, answers, _rng):
    """One first try and one per delay; being told to wait is free; each delay is the schedule's, +-20 %."""
    spent, state = 0, "pending"
    for status in answers:
        if state != "pending":
            break
        wait = status == "wait"
        response = Response(429 if wait else status, "7" if wait else None, "", "no answer", utcnow(), 1, True)
        outcome = classify(response, spent, schedule)
        if wait:
            assert (outcome.cost, outcome.state, outcome.pause) == (0, "pending", 7)
            continue
        spent += outcome.cost
        state = outcome.state
        if spent <= len(schedule):
            base = schedule[spent - 1]
            assert state == "pending"
            assert base * (1 - JITTER) * 0.999 <= outcome.delay <= base * (1 + JITTER) * 1.001
        else:
            assert state == "dead"
    assert spent <= len(schedule) + 1


@given(SCHEDULES, st.integers(1, 40), st.integers(0, 2**32))
def test_delays_stay_in_their_bounds(schedule, attempts, seed):
    base = schedule[min(attempts, len(schedule)) - 1]
    delay = retry_delay(attempts, schedule, random.Random(seed).random)
    assert base * (1 - JITTER) <= delay * 1.0000001
    assert delay <= base * (1 + JITTER) * 1.0000001
    assert is_last(attempts, schedule) == (attempts > len(schedule))


@given(st.one_of(st.text(max_size=40), st.integers(-10, 10**12).map(str), st.floats().map(str), st.none()))
def test_any_retry_after_is_sane(text):
    found = parse_retry_after(text)
    assert found is None or RETRY_AFTER_MIN <= found <= RETRY_AFTER_MAX
