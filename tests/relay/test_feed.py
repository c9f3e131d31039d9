"""The pull feed: every event once and in order for whoever polls, whatever commits meanwhile and whoever leads."""

import json
import random
import threading
import time

import psycopg2
import psycopg2.extensions
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relay import feed

from .bare import until

WRITERS, PER_WRITER, KEYS = 8, 120, 12
# kills that must fall while there is still something to write, however slow the machine is
KILLS = 3


@pytest.fixture
def system(world):
    """A system that pulls the events of type 1."""
    world.execute("INSERT INTO logistics_event_type (name) VALUES ('logistics.test'), ('logistics.other')")
    return world.add_system(None, delivery="pull")[0]


class Poller:
    """A partner: fetches, remembers where it is, keeps what it got."""

    def __init__(self, world, system, limit=37):
        self.connection = world.connect()
        # as in Odoo's requests
        self.connection.set_session(isolation_level=psycopg2.extensions.ISOLATION_LEVEL_REPEATABLE_READ)
        self.system, self.limit = system, limit
        self.cursor = None
        self.got = []

    def poll(self):
        """One request; returns whether there is more right now."""
        with self.connection, self.connection.cursor() as cr:
            page = feed.read(cr, self.system, feed.read_cursor(self.cursor), self.limit)
        self.cursor = feed.write_cursor(page.position)
        self.got += [json.loads(body)["data"] for body in page.bodies]
        return page.more

    def facts(self):
        return [(data["key"], data["number"]) for data in self.got]


def write(world, writer, numbers, locks):
    """One of Odoo's workers: transactions of one or two facts, some of them slow, some rolled back."""
    chance = random.Random(writer)
    connection = world.connect()
    for turn in range(PER_WRITER):
        part = turn * (KILLS + 1) // PER_WRITER
        until(lambda part=part: locks["kills"] >= part, 60, f"kill {part}")
        keys = chance.sample(range(KEYS), chance.choice((1, 1, 2)))
        with locks["numbers"]:
            facts = []
            for key in sorted(keys):
                numbers[key] += 1
                facts.append((f"SO/{key}", (writer, turn, numbers[key])))
        try:
            world.emit(*facts, connection=connection)
            if chance.random() < 0.3:
                time.sleep(chance.uniform(0, 0.01))
            if chance.random() < 0.1:
                connection.rollback()
                with locks["gone"]:
                    locks["rolled_back"].update((key, tuple(number)) for key, number in facts)
            else:
                connection.commit()
        except psycopg2.Error:
            connection.rollback()
            raise
    connection.close()


def test_eight_writers_while_somebody_polls(world, system):
    """Leaders are killed meanwhile; two partners poll at different paces and see the same, in the order of commits."""
    numbers = dict.fromkeys(range(KEYS), 0)
    locks = {"numbers": threading.Lock(), "gone": threading.Lock(), "rolled_back": set(), "kills": 0}
    relays = [world.start_process(threads=2), world.start_process(threads=2)]
    writers = [threading.Thread(target=write, args=(world, number, numbers, locks)) for number in range(WRITERS)]
    fast, slow = Poller(world, system), Poller(world, system, limit=500)
    for writer in writers:
        writer.start()
    kills = 0
    while any(writer.is_alive() for writer in writers):
        fast.poll()
        if kills < 6 and len(fast.got) > 200 * (kills + 1):
            relays[kills % 2].kill()
            relays[kills % 2].wait()
            relays[kills % 2] = world.start_process(threads=2)
            kills += 1
            locks["kills"] = kills
        time.sleep(0.005)
    for writer in writers:
        writer.join()
    until(lambda: world.value("SELECT count(*) FROM logistics_outbox_pointer") == 0, 30, "all fanned out")
    for poller in (fast, slow):
        while poller.poll():
            pass
        poller.poll()
    assert kills >= KILLS
    written = world.value("SELECT count(*) FROM logistics_event")
    assert len(fast.got) == written > WRITERS * PER_WRITER * 0.8
    seen = [(key, tuple(number)) for key, number in fast.facts()]
    assert len(set(seen)) == written, "each once"
    assert not set(seen) & locks["rolled_back"], "nothing of what never happened"
    assert slow.got == fast.got, "everybody sees the same order"
    order = world.execute("SELECT ordering_key, id FROM logistics_event e ORDER BY id")
    feed_order = world.execute(
        "SELECT e.ordering_key, e.id FROM logistics_feed_entry f"
        " JOIN logistics_event e ON e.id = f.event_id ORDER BY f.id"
    )
    assert by_key(feed_order) == by_key(order), "per key the order of commits"
    assert world.value("SELECT count(*) FROM logistics_outbox_message") == 0, "nothing is pushed to who pulls"


def by_key(rows):
    """{key: ids in this order}"""
    found = {}
    for key, event_id in rows:
        found.setdefault(key, []).append(event_id)
    return found


def page(world, system, *args, **kwargs):
    with world.connect() as connection, connection.cursor() as cr:
        return feed.read(cr, system, *args, **kwargs)


def numbers(found):
    return [json.loads(body)["data"]["number"] for body in found.bodies]


def test_push_and_pull_beside_each_other(world, system, receiver):
    """Who is pushed to and who pulls get the same."""
    world.add_system(receiver.url)
    world.emit(*(("SO/1", number) for number in range(5)))
    world.drain()
    assert numbers(page(world, system)) == list(range(5))
    assert len(receiver.accepted()) == 5


def test_types_domains_and_what_is_for_nobody(world, system):
    world.subscribe(system, types=(2,), domain="[('data.number', '>', 1)]")
    world.emit(("SO/1", 0), ("SO/1", 1))
    world.emit(*(("SO/1", number) for number in range(4)), type_id=2)
    world.emit(("SO/1", 9), type_id=3)
    world.drain()
    assert numbers(page(world, system)) == [0, 1, 2, 3]
    assert numbers(page(world, system, types=["logistics.other"])) == [2, 3]
    found = page(world, system, types=["logistics.nobody"])
    assert (found.bodies, found.position, found.more) == ([], 7, False)
    world.execute("UPDATE logistics_subscription SET active = false")
    assert page(world, system).bodies == []


def test_what_others_are_told_does_not_make_an_answer_slow(world, system, monkeypatch):
    """Many entries for others: an answer looks at so many, says that there is more, and the cursor moves."""
    monkeypatch.setattr(feed, "SCAN", 10)
    world.emit(*(("SO/1", number) for number in range(35)), type_id=3)
    world.emit(("SO/1", 99))
    world.drain()
    after, turns, got = None, 0, []
    while True:
        found = page(world, system, after)
        got += numbers(found)
        after, turns = found.position, turns + 1
        if not found.more:
            break
    assert (got, turns) == ([99], 4)


def test_content_that_is_gone_is_said_to_be_gone(world, system):
    world.emit(("SO/1", 0), ("SO/1", 1))
    world.drain()
    world.execute("UPDATE logistics_event SET body = NULL WHERE id = (SELECT min(id) FROM logistics_event)")
    with pytest.raises(feed.Gone) as gone:
        page(world, system)
    assert numbers(page(world, system, gone.value.oldest)) == [1]
    with pytest.raises(feed.Gone):
        page(world, system, 0, purged=1)
    assert numbers(page(world, system, 1, purged=1)) == [1]


@given(st.lists(st.tuples(st.integers(1, 7), st.integers(1, 400_000)), max_size=40), st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_pages_put_together_are_the_feed(rows, limit):
    """Whatever sizes and limits: pages follow each other without gap or overlap, and stay within their bounds."""
    bodies = {number: json.dumps({"n": number, "pad": "x" * size}) for number, (_type, size) in enumerate(rows, 1)}
    cr = _Tables([(number, number, type_id, 1) for number, (type_id, _size) in enumerate(rows, 1)], bodies)
    wanted = [number for number, (type_id, _size) in enumerate(rows, 1) if type_id <= 4]
    got, after = [], 0
    for _turn in range(len(rows) + 2):
        found = feed.read(cr, 1, after, limit)
        sizes = [len(body) for body in found.bodies]
        assert len(sizes) <= limit
        assert len(sizes) <= 1 or sum(sizes) <= feed.MAX_BYTES
        assert feed.read(cr, 1, after, limit) == found
        got += [json.loads(body)["n"] for body in found.bodies]
        after = feed.read_cursor(feed.write_cursor(found.position))
        if not found.more:
            break
    assert got == wanted


class _Tables:
    """The questions the feed asks the database, answered from lists (types 1 to 4 are subscribed to, as they are)."""

    def __init__(self, entries, bodies):
        self.entries, self.bodies, self.rows = entries, bodies, []

    def execute(self, query, params):
        if "field_list" in query or (params and params[0] == []):
            self.rows = []
        elif "logistics_subscription" in query:
            self.rows = [(type_id, 1, "[]", None, "logistics.test", "crm", "crm") for type_id in (1, 2, 3, 4)]
        elif "logistics_feed_entry" in query:
            after, limit = params
            self.rows = [row for row in self.entries if row[0] > after][:limit]
        else:
            self.rows = [(event_id, *[self.bodies[event_id]] * 2) for event_id in params[0]]

    def fetchall(self):
        return self.rows


@pytest.mark.parametrize("text", ["12", "f1-", "f1-x", "f1--1", "f2-3", "f1-" + "9" * 11, "f1-１"])
def test_cursors_of_others_are_refused(text):
    with pytest.raises(feed.CursorError):
        feed.read_cursor(text)
    assert feed.read_cursor("") is None


def test_what_a_partner_gets_in_a_form_of_its_own(world, system):
    """Where its subscription has a field list or a mapping, the partner fetches what it would have been sent."""

    world.execute("UPDATE logistics_subscription SET field_list = 'number'")
    world.emit(("SO/1", 0), ("SO/1", 1), pad=10)
    world.drain()
    assert [json.loads(body)["data"] for body in page(world, system).bodies] == [{"number": 0}, {"number": 1}]
