"""A database with the engine's tables, what Odoo does to them in a transaction, and relays that work on them."""

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import psycopg2
from psycopg2 import sql
from relay.drain import drain
from relay.loop import Relay
from relay.schema import MESSAGE_DDL
from relay.secretbox import SecretBox
from relay.signature import generate_secret

HERE = Path(__file__).parent
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
TABLES = (
    "logistics_relay_notice", "logistics_outbox_attempt", "logistics_outbox_message", "logistics_outbox_pointer",
    "logistics_event", "logistics_feed_entry", "logistics_event_type",
    "logistics_subscription_event_type_rel", "logistics_subscription", "logistics_system",
    "logistics_relay_rate", "some_document",
)  # fmt: skip


class World:
    """The scratch database of a test session."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.box = SecretBox(KEY)
        self.secret = generate_secret()
        self._running = []
        self._conn = None

    def connect(self, database=None):
        """A new connection."""
        server = self.server
        return psycopg2.connect(
            host=server.host or None, port=server.port, user=server.user, password=server.password or None,
            dbname=database or self.name,
        )  # fmt: skip

    def _maintain(self, statement):
        connection = self.connect("postgres")
        connection.autocommit = True
        with connection.cursor() as cr:
            cr.execute(sql.SQL(statement).format(sql.Identifier(self.name)))
        connection.close()

    def create(self):
        self._maintain("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self._maintain("CREATE DATABASE {} TEMPLATE template0")
        with self.connect() as connection, connection.cursor() as cr:
            cr.execute((HERE / "bare.sql").read_text())
            for statement in MESSAGE_DDL:
                cr.execute(statement)

    def drop(self):
        if self._conn:
            self._conn.close()
        self._maintain("DROP DATABASE IF EXISTS {} WITH (FORCE)")

    def clear(self):
        self.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(sql.SQL(", ").join(map(sql.Identifier, TABLES))))

    # -- looking and changing ---------------------------------------------------------------------------------

    def execute(self, query, *params):
        """Run one statement, commit, and return its rows, if any."""
        if self._conn is None or self._conn.closed:
            self._conn = self.connect()
        with self._conn, self._conn.cursor() as cr:
            cr.execute(query, params)
            return cr.fetchall() if cr.description else None

    def value(self, query, *params):
        return self.execute(query, *params)[0][0]

    def notices(self):
        """[(kind, words), ...] of what the relay has to tell people, the oldest first."""
        return self.execute("SELECT kind, detail FROM logistics_relay_notice ORDER BY id")

    def states(self):
        """{state: number of messages}"""
        return dict(self.execute("SELECT state, count(*) FROM logistics_outbox_message GROUP BY 1"))

    def message(self, **where):
        """One message as a dict, found by event number within a key or by id."""
        with self.connect() as connection, connection.cursor() as cr:
            cr.execute("SELECT * FROM logistics_outbox_message WHERE id = %s", [where["id"]])
            return dict(zip([column.name for column in cr.description], cr.fetchone(), strict=True))

    # -- what Odoo does ---------------------------------------------------------------------------------------

    def add_system(self, url, types=(1,), domain=None, **values):
        """A system with one subscription. Returns (system id, subscription id)."""
        values = {
            "name": "Partner", "company_id": 1, "outbound_url": url,
            "secret_out_enc": self.box.encrypt(self.secret), **values,
        }  # fmt: skip
        query = sql.SQL("INSERT INTO logistics_system ({}) VALUES ({}) RETURNING id").format(
            sql.SQL(", ").join(map(sql.Identifier, values)), sql.SQL(", ").join(sql.Placeholder() * len(values))
        )
        system = self.value(query, *values.values())
        return system, self.subscribe(system, types, domain)

    def subscribe(self, system, types=(1,), domain=None, url=None):
        subscription = self.value(
            "INSERT INTO logistics_subscription (name, system_id, domain, url) VALUES ('s', %s, %s, %s) RETURNING id",
            system, domain, url,
        )  # fmt: skip
        for type_id in types:
            self.execute("INSERT INTO logistics_subscription_event_type_rel VALUES (%s, %s)", subscription, type_id)
        return subscription

    def emit(self, *facts, connection=None, type_id=1, company_id=1, pad=0, record=None):
        """One business transaction: (key, number) facts, locked and written as Odoo does. Returns their event ids.

        :param record: id of the row in ``some_document`` that the facts are about
        """
        own = connection is None
        connection = connection or self.connect()
        with connection.cursor() as cr:
            cr.execute(
                "SELECT pg_advisory_xact_lock(h) FROM"
                " (SELECT DISTINCT hashtextextended(k, 0) AS h FROM unnest(%s) k ORDER BY 1) AS keys",
                [[key for key, _number in facts]],
            )
            rows = []
            type_name = "logistics.test" if type_id == 1 else f"logistics.test{type_id}"
            for key, number in facts:
                uid = str(uuid.uuid4())
                data = {"key": key, "number": number, "pad": "x" * pad}
                body = json.dumps({"specversion": "1.0", "id": uid, "type": "logistics.test", "data": data})
                rows.append((uid, key, body))
            cr.execute(
                """
                WITH fact AS (
                    INSERT INTO logistics_event (uid, type_id, type_name, ordering_key, company_id, res_model, res_id,
                                                 body)
                    SELECT f.uid, %s, %s, f.key, %s, 'some.document', %s, f.body
                      FROM unnest(%s::text[], %s::text[], %s::text[]) AS f(uid, key, body) RETURNING id)
                INSERT INTO logistics_outbox_pointer (event_id) SELECT id FROM fact ORDER BY id RETURNING event_id
                """,
                [type_id, type_name, company_id, record, *(list(column) for column in zip(*rows, strict=True))],
            )
            ids = [row[0] for row in cr.fetchall()]
        if own:
            connection.commit()
            with connection.cursor() as cr:
                cr.execute("NOTIFY logistics_outbox")
            connection.commit()
            connection.close()
        return ids

    def add_type(self, type_id=1, name="logistics.test", **rule):
        """A catalogue entry with a rule on what is still wanted."""
        self.execute("INSERT INTO logistics_event_type (id, name) VALUES (%s, %s)", type_id, name)
        for column, value in rule.items():
            self.execute(sql.SQL("UPDATE logistics_event_type SET {} = %s").format(sql.Identifier(column)), value)

    def void(self, *events, reason="shipped by hand"):
        """A business transaction in which the purpose of events is gone, as Odoo's ``_void_events``."""
        with self.connect() as connection, connection.cursor() as cr:
            connection.set_session(isolation_level="REPEATABLE READ")
            cr.execute(
                "UPDATE logistics_outbox_pointer SET void_reason = %s WHERE event_id = ANY(%s)", [reason, list(events)]
            )
            cr.execute(
                "INSERT INTO logistics_outbox_pointer (void_event_id, void_reason)"
                " SELECT DISTINCT event_id, %s FROM logistics_outbox_message"
                "  WHERE event_id = ANY(%s) AND state = 'sending'",
                [reason, list(events)],
            )
            cr.execute(
                "WITH gone AS (UPDATE logistics_outbox_message"
                "  SET state = 'cancelled', cancel_reason = %s, is_head = false"
                "  WHERE event_id = ANY(%s) AND state IN ('pending', 'held', 'dead') RETURNING system_id, lane)"
                " INSERT INTO logistics_outbox_pointer (recheck_system_id, recheck_key) SELECT * FROM gone"
                "  WHERE lane IS NOT NULL",
                [reason, list(events)],
            )

    # -- relays -----------------------------------------------------------------------------------------------

    def drain(self, seconds=20, **kwargs):
        """Deliver what is due, in this thread."""
        connection = self.connect()
        try:
            return drain(connection, self.box, seconds, **kwargs)
        finally:
            connection.close()

    def start_thread(self, **kwargs):
        """A relay in a thread of this process."""
        relay = Relay(self.connect, self.box, **kwargs)
        thread = threading.Thread(target=relay.run, daemon=True)
        thread.start()
        self._running.append((relay.stop, thread.join))
        return relay, thread

    def start_process(self, threads=16):
        """A relay in a process of its own, to be killed."""
        environment = {
            **os.environ, "RELAY_DSN": psycopg2.extensions.make_dsn(
                host=self.server.host or None, port=self.server.port, user=self.server.user,
                password=self.server.password or None, dbname=self.name),
            "RELAY_KEY": KEY, "RELAY_THREADS": str(threads),
        }  # fmt: skip
        process = subprocess.Popen([sys.executable, str(HERE / "relay_process.py")], env=environment)
        self._running.append((process.kill, process.wait))
        return process

    def stop_all(self):
        for end, wait in self._running:
            end()
            wait()
        self._running.clear()


def until(test, seconds=20.0, what="it"):
    """Wait until a test is true; the value is returned."""
    deadline = time.monotonic() + seconds
    while True:
        found = test()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.02)
