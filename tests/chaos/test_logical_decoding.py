"""The event log as a source for Debezium and Kafka (docs/scaling.md): complete, in order, over every restart."""

import json
import random
import re
import threading
from collections import defaultdict

import psycopg2
import pytest
from relay.schema import COLUMNS

from tests.chaos import replication, stage
from tests.relay.bare import World
from tools.common import ROOT

WRITERS, TRANSACTIONS = 4, 120


@pytest.fixture(scope="module")
def cluster(job_slug):
    """A PostgreSQL of its own with logical replication switched on."""
    made = stage.make_cluster(f"chaos-wal-{job_slug}", wal_level="logical")
    yield made
    made.remove()


@pytest.fixture(scope="module")
def world(cluster):
    made = World(cluster.start(), "events")
    made.create()
    made.execute(replication.PUBLICATION)
    made.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", replication.SLOT)
    return made


@pytest.fixture(scope="module")
def config():
    """The connector's configuration as the documentation has it."""
    text = (ROOT / "docs" / "scaling.md").read_text()
    return json.loads(re.search(r"```json\n(\{.*?\n\})\n```", text, re.S).group(1))["config"]


def dsn(world):
    server = world.server
    return psycopg2.extensions.make_dsn(
        host=server.host, port=server.port, user=server.user, password=server.password, dbname=world.name
    )


def write(world, writer, rolled_back):
    """Transactions over shared keys, every seventh rolled back; the number in a key is drawn under the key's lock."""
    chance = random.Random(writer)
    connection = world.connect()
    for turn in range(TRANSACTIONS):
        keys = sorted(chance.sample(range(12), 2))
        with connection.cursor() as cr:
            numbers = []
            for key in keys:
                cr.execute("UPDATE counter SET n = n + 1 WHERE key = %s RETURNING n", [f"SO/{key}"])
                numbers.append((f"SO/{key}", cr.fetchone()[0]))
        ids = world.emit(*numbers, connection=connection)
        if turn % 7 == 3:
            connection.rollback()
            rolled_back.update(ids)
        else:
            connection.commit()
    connection.close()


def test_the_configuration_names_our_columns(config):
    prefix = "transforms.outbox.table.field.event."
    named = {value for name, value in config.items() if name.startswith(prefix)}
    named.add(config["transforms.outbox.route.by.field"])
    placed = config["transforms.outbox.table.fields.additional.placement"].split(",")
    model = (ROOT / "logistics_orchestration/models/event/event.py").read_text()
    assert {"uid", "ordering_key", "body", "type_name"} <= named <= set(COLUMNS["logistics_event"])
    for entry in placed:
        assert f"    {entry.split(':')[0]} = fields." in model, entry
    assert config["plugin.name"] == "pgoutput"
    assert config["publication.name"] in replication.PUBLICATION
    assert config["slot.name"] == replication.SLOT


def test_events_come_complete_and_in_the_order_of_commits(cluster, world, config):
    """Four writers, some rollbacks; the consumer dies without confirming, PostgreSQL crashes: nothing is missing."""
    world.execute("CREATE TABLE counter AS SELECT 'SO/' || n AS key, 0 AS n FROM generate_series(0, 11) n")
    world.execute("ALTER TABLE counter ADD PRIMARY KEY (key)")
    rolled_back = set()
    writers = [threading.Thread(target=write, args=(world, number, rolled_back)) for number in range(WRITERS)]
    for thread in writers:
        thread.start()
    got, commits, count = [], [], 0

    def take(changes):
        commits.append(changes[0].commit)
        got.extend(route_all(config, changes))

    with replication.Reader(dsn(world)) as reader:
        for changes in reader.transactions():
            take(changes)
            count += 1
            if count == 60:
                reader.confirm()
            if count == 100:
                break  # gone with 40 transactions read and not confirmed
    for thread in writers:
        thread.join()
    cluster.crash()
    cluster.start()
    world._conn = None
    again = len(got)
    with replication.Reader(dsn(world)) as reader:
        for changes in reader.transactions():
            take(changes)
        reader.confirm()
    committed = {uid for (uid,) in world.execute("SELECT uid FROM logistics_event")}
    assert {uid for _topic, _key, uid, _value in got} == committed, "nothing lost, nothing of a rollback"
    assert len(committed) == 2 * WRITERS * TRANSACTIONS - len(rolled_back)
    assert 0 < len(got) - len(committed) <= 2 * 100, "what was not confirmed came again, and nothing else"
    for part in (commits[:100], commits[100:]):
        assert part == sorted(part), "not in the order of commits"
    orders = defaultdict(list)
    seen = set()
    for topic, key, uid, value in got:
        assert topic == "logistics.test"
        body = json.loads(value)
        assert body["id"] == uid
        if uid not in seen:
            seen.add(uid)
            orders[key].append(body["data"]["number"])
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in orders.values()), "a key out of order"
    assert again < len(got)


def test_retention_is_not_an_event(world):
    """What the retention purges is gone from the table, and nobody downstream is told."""
    world.execute("DELETE FROM logistics_outbox_pointer")
    world.execute("DELETE FROM logistics_event")
    world.emit(("SO/0", 9999))
    with replication.Reader(dsn(world)) as reader:
        changes = [change for found in reader.transactions() for change in found]
        reader.confirm()
    assert [json.loads(change.row["body"])["data"]["number"] for change in changes] == [9999]


def route_all(config, changes):
    """What the router makes of a transaction."""
    return [replication.route(config, change.row) for change in changes]
