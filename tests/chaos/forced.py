"""One backlog whose delivery takes every step of the engine, and the process that dies, or is cut off, on the way.

Run as a program it is the *victim*: it reads one order per line and for each forks a child (quick: everything is
imported already) that is a relay until the chosen point. The test looks at what is left, lets another relay finish, and
asks the partner's own books.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "logistics_orchestration")]

import psycopg2  # noqa: E402
from relay.loop import Relay  # noqa: E402
from relay.secretbox import SecretBox  # noqa: E402
from relay.transport import Transport  # noqa: E402

from tests.chaos import failpoints  # noqa: E402
from tests.relay.bare import KEY, TABLES  # noqa: E402
from tests.relay.receiver import Answer  # noqa: E402
from tools.common import LOCAL  # noqa: E402

THREADS = 4
KEYS, NUMBERS = 3, 3
LIMIT_SECONDS = 20.0
UNDONE = "SELECT count(*) FROM logistics_outbox_message WHERE state IN ('pending', 'sending')"
POINTERS = "SELECT count(*) FROM logistics_outbox_pointer"


# -- the backlog ----------------------------------------------------------------------------------------------------
class Backlog:
    """Systems in every condition with messages in every state, kept as a snapshot and restored for each run."""

    def __init__(self, world, receiver):
        self.world, self.receiver = world, receiver
        self.stopping_early = False
        receiver.rule = self._answer
        self.paths = {}
        self.expected = set()
        self.refused = set()
        self._build()

    def _answer(self, request, times):
        path, number = request.path, request.data["number"]
        if path == "/moody" and number == 0 and times == 0:
            return Answer(503)
        if path == "/strict" and number == 1:
            return Answer(422)
        if path == "/gone" and times == 0 and number == 0:
            return Answer(410)
        return Answer(delay=0.6 if self.stopping_early and times == 0 and path == "/plain" else 0.0)

    def _add(self, path, types, **values):
        values = {"retry_schedule": ",".join(["0.05"] * 20), "max_in_flight": 2, **values}
        self.paths[path] = self.world.add_system(self.receiver.url + path, types=types, **values)
        facts = ((key, number) for key in range(KEYS) for number in range(NUMBERS))
        self.expected |= {(path, f"T{types[0]}/{key}", number) for key, number in facts}
        return self.paths[path][0]

    def _build(self):
        world = self.world
        early = {path: self._add(path, (2,), state="paused") for path in ("/back", "/lost", "/off", "/headless")}
        facts = [(key, number) for number in range(NUMBERS) for key in range(KEYS)]
        world.emit(*((f"T2/{key}", number) for key, number in facts), type_id=2)
        self._add_stale()
        world.drain()
        world.execute("UPDATE logistics_system SET state = 'active'")
        self._make_stale()
        message = "UPDATE logistics_outbox_message SET "
        world.execute(f"{message} state = 'held', is_head = false WHERE system_id = %s", early["/back"])
        world.execute(
            f"{message} state = 'sending', claimed_by = 77, claim_token = 1, claim_count = 1,"
            " lease_until = timezone('UTC', now()) + interval '1 h' WHERE system_id = %s AND is_head",
            early["/lost"],
        )
        world.execute(f"{message} is_head = false WHERE system_id = %s", early["/headless"])
        world.execute(
            "INSERT INTO logistics_outbox_pointer (recheck_system_id, recheck_key)"
            " SELECT DISTINCT system_id, lane FROM logistics_outbox_message WHERE system_id = %s",
            early["/headless"],
        )
        world.execute("UPDATE logistics_subscription SET active = false WHERE system_id = %s", early["/off"])
        world.execute(
            "INSERT INTO logistics_outbox_pointer (hold_subscription_id) SELECT id FROM logistics_subscription"
            " WHERE system_id = %s",
            early["/off"],
        )
        for path in ("/plain", "/moody", "/strict", "/gone"):
            self._add(path, (1,))
        self._add("/loose", (1,), ordering="none", rate_per_second=200)
        self._add(
            "/probe", (1,), breaker_state="open", breaker_failures=5, breaker_until="2020-01-01",
            failing_since="2020-01-01", suspend_after_hours=0,
        )  # fmt: skip
        shaped = self._add("/shaped", (1,))
        world.execute(
            "UPDATE logistics_subscription SET field_list = E'key\\nnumber', domain = '[(''data.number'', ''>='', 0)]'"
            " WHERE system_id = %s",
            shaped,
        )
        chosen, subscription = world.add_system(f"{self.receiver.url}/chosen", types=(), max_in_flight=2)
        self.paths["/chosen"] = (chosen, subscription)
        events = world.emit(*((f"T1/{key}", number) for key, number in facts))
        for event, (key, number) in zip(events, facts, strict=True):
            if key == 0:
                self.expected.add(("/chosen", "T1/0", number))
                world.execute(
                    "INSERT INTO logistics_outbox_pointer (event_id, only_subscription_id) VALUES (%s, %s)",
                    event, subscription,
                )  # fmt: skip
        void = facts.index((KEYS - 1, 1))
        world.execute(
            "UPDATE logistics_outbox_pointer SET void_reason = 'not wanted' WHERE event_id = %s", events[void]
        )
        self.expected -= {(path, f"T1/{KEYS - 1}", 1) for path in self.paths}
        self.refused = {entry for entry in self.expected if entry[0] == "/strict" and entry[2] == 1}
        self.numbered = [
            table
            for (table,) in world.execute(
                "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
                " AND column_name = 'id' AND column_default LIKE 'nextval%%'"
            )
        ]
        world.execute("CREATE SCHEMA kept")
        for table in TABLES:
            world.execute(f"CREATE TABLE kept.{table} AS TABLE {table}")

    def _add_stale(self):
        """Events that will not be wanted any more: fanned out, not sent yet."""
        world = self.world
        world.execute("CREATE TABLE forced_document AS SELECT 1 AS id, 'open' AS state")
        world.execute(
            """
            INSERT INTO logistics_event_type
                   (id, name, valid_minutes, valid_table, valid_column, valid_values, supersede)
            VALUES (3, 'logistics.3', 0, NULL, NULL, NULL, 'latest'), (4, 'logistics.4', 1, NULL, NULL, NULL, 'none'),
                   (5, 'logistics.5', 0, 'forced_document', 'state', 'open', 'none')
            """
        )
        world.add_system(f"{self.receiver.url}/stale", types=(3, 4, 5, 6), state="paused", max_in_flight=2)
        for kind in (3, 4, 5, 6):
            world.emit((f"S/{kind}", 0), type_id=kind)
        world.execute(
            "UPDATE logistics_event SET res_model = 'forced.document', res_id = 1, type_name = 'logistics.' || type_id"
            " WHERE type_id BETWEEN 3 AND 6"
        )

    def _make_stale(self):
        """One is replaced by a newer one, one is old, the document of one is closed, one is void; and a suspect."""
        world = self.world
        # the older one waits for a retry: it is still there when the newer one is fanned out
        world.execute(
            "UPDATE logistics_outbox_message SET next_attempt_at = timezone('UTC', now()) + interval '1 d'"
            " WHERE event_id IN (SELECT id FROM logistics_event WHERE type_id = 3)"
        )
        world.execute("UPDATE logistics_event SET create_date = '2020-01-01' WHERE type_id = 4")
        world.execute("UPDATE forced_document SET state = 'closed'")
        (newer,) = world.emit(("S/3", 1), type_id=3)
        world.execute(
            "UPDATE logistics_event SET res_model = 'forced.document', res_id = 1, type_name = 'logistics.3'"
            " WHERE id = %s",
            newer,
        )
        world.execute(
            "INSERT INTO logistics_outbox_pointer (void_event_id, void_reason)"
            " SELECT id, 'void' FROM logistics_event WHERE type_id = 6"
        )
        world.execute(
            "UPDATE logistics_outbox_message SET claim_count = 3 WHERE id = (SELECT min(m.id)"
            " FROM logistics_outbox_message m JOIN logistics_system s ON s.id = m.system_id"
            " WHERE s.outbound_url = %s)",
            f"{self.receiver.url}/headless",
        )
        self.expected.add(("/stale", "S/3", 1))

    def restore(self):
        """Back to the beginning, at the database and at the partner."""
        statements = [f"TRUNCATE {', '.join(TABLES)}"]
        statements += [f"INSERT INTO {table} SELECT * FROM kept.{table}" for table in reversed(TABLES)]
        statements += [
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT COALESCE(max(id), 0) + 1 FROM {table}))"
            for table in self.numbered
        ]
        self.world.execute(";".join(statements))
        self.receiver.requests.clear()
        self.receiver.counts.clear()

    # -- afterwards ---------------------------------------------------------------------------------------------

    def finish(self):
        """Another relay does the rest, and somebody switches on again what was switched off.

        :raises AssertionError: something is stuck
        """
        world = self.world
        deadline = time.monotonic() + LIMIT_SECONDS
        while True:
            world.execute(
                "UPDATE logistics_system SET breaker_until = timezone('UTC', now()) WHERE breaker_until > now()"
            )
            world.drain(threads=8, patience=0.1)
            left = world.value(UNDONE) + world.value(POINTERS)
            if not left:
                off = world.execute("UPDATE logistics_subscription SET active = true WHERE NOT active RETURNING id")
                held = world.value("SELECT count(*) FROM logistics_outbox_message WHERE state = 'held'")
                if not off and not held:
                    return
            assert time.monotonic() < deadline, f"stuck: {world.states()}, {world.value(POINTERS)} pointers"

    def verdict(self):
        """What the partner's books say: a list of what is wrong, and the number of repeats."""
        wrong = []
        accepted = self.receiver.accepted()
        got = {(request.path, request.data["key"], request.data["number"]) for request in accepted}
        wrong += [f"lost {entry}" for entry in sorted(self.expected - self.refused - got)]
        wrong += [f"not owed {entry}" for entry in sorted(got - self.expected)]
        ids = {(request.path, request.data["key"], request.data["number"], request.id) for request in accepted}
        if len(ids) != len(got):
            wrong.append("a message came with two ids")
        ordered = {path for path in self.paths if path != "/loose"}
        for (path, key), numbers in self.receiver.first_arrivals().items():
            if path in ordered and numbers != sorted(numbers):
                wrong.append(f"out of order: {path} {key}: {numbers}")
        dead = self.world.states().get("dead", 0)
        if dead != len(self.refused):
            wrong.append(f"{dead} dead messages instead of {len(self.refused)}")
        return wrong, len(accepted) - len(ids)


# -- the victim -----------------------------------------------------------------------------------------------------
class Victim:
    """The process that forks relays to die. Usable in a ``with`` statement."""

    def __init__(self, world):
        self._log = LOCAL / "log" / "chaos" / f"{world.name}.log"
        self._dsn = psycopg2.extensions.make_dsn(
            host=world.server.host or None, port=world.server.port, user=world.server.user,
            password=world.server.password or None, dbname=world.name,
        )  # fmt: skip

    def __enter__(self):
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).resolve())],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        return self

    def __exit__(self, *_error):
        self._process.stdin.close()
        self._process.wait(10)

    def run(self, point=None, at=1, mode="exit", stop_early=False):
        """One relay until its point, or to its end.

        :returns: (exit code, {point: passes} where it came to an end, else {})
        """
        order = {"dsn": self._dsn, "point": point, "at": at, "mode": mode, "stop_early": stop_early}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return tuple(json.loads(self._process.stdout.readline()))


def _quiet(dsn, stop_early, stop):
    """Stop the relay when there is nothing left to do, or, if wanted, while calls are under way."""
    watch = psycopg2.connect(dsn)
    watch.autocommit = True
    deadline = time.monotonic() + LIMIT_SECONDS
    with watch.cursor() as cr:
        while time.monotonic() < deadline:
            time.sleep(0.02)
            cr.execute("SELECT count(*) FROM logistics_outbox_message WHERE state = 'sending' AND claimed_by <> 77")
            if stop_early and cr.fetchone()[0]:
                break
            cr.execute(f"{UNDONE} UNION ALL {POINTERS}")
            if not sum(row[0] for row in cr.fetchall()):
                break
    stop()


def _relay(order):
    """A child: be a relay, count the steps, fail where told."""
    plan = failpoints.Plan(order["point"], order["at"], order["mode"])
    relay = Relay(
        failpoints.connector(plan, dsn=order["dsn"]), SecretBox(KEY), threads=THREADS, poll=0.1,
        stop_after=0.3 if order["stop_early"] else 5.0, transport=failpoints.planned(Transport(), plan),
    )  # fmt: skip
    watch = threading.Thread(target=_quiet, args=(order["dsn"], order["stop_early"], relay.stop), daemon=True)
    watch.start()
    relay.run()
    return dict(plan.passes)


def main():
    """Fork one relay per line of standard input; answer with its exit code and the points it passed."""
    for line in sys.stdin:
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            code = 1
            with contextlib.suppress(Exception):
                os.close(reader)
                passes = _relay(json.loads(line))
                os.write(writer, json.dumps(passes).encode())
                code = 0
            os._exit(code)
        os.close(writer)
        with os.fdopen(reader) as stream:
            said = stream.read()
        _pid, status = os.waitpid(child, 0)
        print(json.dumps([os.waitstatus_to_exitcode(status), json.loads(said or "{}")]), flush=True)


if __name__ == "__main__":
    main()
