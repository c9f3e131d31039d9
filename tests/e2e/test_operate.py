"""Two administrators at once: one pauses and resumes a system, the other replays 10,000 messages, and the relay runs.

Everything is a process of its own. The partner keeps its own books; they and Odoo's counts have to agree.
"""

import contextlib
import json
import threading
import time
import uuid
from collections import Counter

import psycopg2
import pytest

from tests import partners
from tests.relay.receiver import Answer, Receiver
from tests.simulators.process import wait_for

KEYS, NUMBERS = 250, 40
TOTAL = KEYS * NUMBERS
FIRST = 4000
TYPE = "logistics.purchase.requested"
ADMIN = "logistics_orchestration.group_integration_admin"


@pytest.fixture
def database(stack, server):
    """A connection of the test's own to the stack's database."""
    connection = psycopg2.connect(
        host=server.host or None,
        port=server.port,
        user=server.user,
        password=server.password or None,
        dbname=stack.database,
    )
    connection.autocommit = True
    with contextlib.closing(connection):
        yield connection


def emit(database, type_id, company):
    """``TOTAL`` committed facts of ``KEYS`` documents, as emission writes them; in order per document."""
    rows = []
    for number in range(NUMBERS):
        for key in range(KEYS):
            event_uid = str(uuid.uuid4())
            data = {"key": f"PO/{key}", "number": number, "purchase": f"PO/{key}", "lines": []}
            body = json.dumps({"specversion": "1.0", "id": event_uid, "type": TYPE, "data": data})
            rows.append((event_uid, f"operate.test/{key}", body))
    with database.cursor() as cr:
        cr.execute(
            """
            WITH fact AS (
                INSERT INTO logistics_event (uid, type_id, type_name, ordering_key, body, company_id, occurred_at,
                                             certainty, create_date)
                SELECT f.uid, %s, %s, f.key, f.body, %s, timezone('UTC', now()), 'actual', timezone('UTC', now())
                  FROM unnest(%s::varchar[], %s::varchar[], %s::text[]) AS f(uid, key, body) RETURNING id)
            INSERT INTO logistics_outbox_pointer (event_id) SELECT id FROM fact ORDER BY id
            """,
            [type_id, TYPE, company, *(list(column) for column in zip(*rows, strict=True))],
        )
        cr.execute("NOTIFY logistics_outbox")


def states(database, system):
    """{state: number} of the system's messages."""
    with database.cursor() as cr:
        cr.execute("SELECT state, count(*) FROM logistics_outbox_message WHERE system_id = %s GROUP BY 1", [system])
        return dict(cr.fetchall())


def connect(rpc, url):
    """The partner as a system: (system id, id of its event type, company)."""
    (event_type,) = partners.find(rpc, "logistics.event.type", [("name", "=", TYPE)], ["id"])
    system = rpc.execute(
        "logistics.system",
        "create",
        {
            "name": "Operated",
            "code": f"operated-{uuid.uuid4().hex[:6]}",
            "kind": "middleware",
            "outbound_url": url,
            "allow_http": True,
            "allowed_networks": "127.0.0.0/8",
            "secret_out": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "max_in_flight": 16,
            "dead_policy": "skip",
        },
    )
    subscription = {"name": "All", "system_id": system, "event_type_ids": [(6, 0, [event_type["id"]])]}
    rpc.execute("logistics.subscription", "create", subscription)
    company = rpc.read("logistics.system", system, "company_id")[0]
    return system, event_type["id"], company


class Fidget(threading.Thread):
    """An administrator who pauses and resumes a system until told to stop; failures are kept."""

    def __init__(self, rpc, system):
        super().__init__(daemon=True)
        self.rpc, self.system = rpc, system
        self.stop = threading.Event()
        self.rounds = 0
        self.error = None

    def run(self):
        try:
            while not self.stop.is_set():
                self.rpc.execute("logistics.system", "action_pause", [self.system], reason=f"Round {self.rounds}")
                self.stop.wait(0.3)
                self.rpc.execute("logistics.system", "action_resume", [self.system])
                self.rounds += 1
                self.stop.wait(0.7)
        except RuntimeError as error:
            self.error = error


@pytest.fixture
def busy():
    """Start a thread of an administrator; it ends with the test, however that ends."""
    started = []

    def start(thread):
        started.append(thread)
        thread.start()
        return thread

    yield start
    for thread in started:
        thread.stop.set()
        thread.join(30)


def test_one_pauses_while_the_other_replays_ten_thousand(world, database, busy):
    one, other = world.user("pauses", ADMIN), world.user("replays", ADMIN)
    with Receiver(lambda request, times: Answer(422)) as partner:
        system, type_id, company = connect(world.rpc, partner.url)
        emit(database, type_id, company)
        wait_for(lambda: states(database, system) == {"dead": TOTAL}, 120, "all of them to be refused", every=0.5)
        partner.rule = lambda request, times: Answer(200)
        refused = Counter(request.id for request, _answer in partner.requests)
        assert set(refused.values()) == {1}

        fidget = busy(Fidget(one, system))
        job = other.execute(
            "logistics.replay",
            "create",
            {
                "mode": "failed_since",
                "system_id": system,
                "date_from": "2020-01-01 00:00:00",
                "reason": "The partner was repaired",
                "per_minute": FIRST,
            },
        )
        other.execute("logistics.replay", "action_preview", [job])
        assert other.read("logistics.replay", job, "preview")["total"] == TOTAL
        other.execute("logistics.replay", "action_start", [job])
        wait_for(
            lambda: other.read("logistics.replay", job, "done_count") == FIRST, 90, "the first minute's", every=0.1
        )
        other.execute("logistics.replay", "action_pause", [job])
        other.execute("logistics.replay", "write", [job], {"per_minute": 100_000})
        time.sleep(1)
        assert other.read("logistics.replay", job, "done_count") == FIRST, "paused is paused, whatever the pace"
        other.execute("logistics.replay", "action_resume", [job])
        wait_for(lambda: other.read("logistics.replay", job, "state") == "done", 90, "the replay", every=0.3)
        fidget.stop.set()
        fidget.join(30)
        wait_for(lambda: states(database, system) == {"delivered": TOTAL}, 120, "all of them to arrive", every=0.5)

        # the job's own counts
        counts = other.read("logistics.replay", job, "done_count", "skipped_count", "failed_count", "left_count")
        counts.pop("id")
        assert counts == {"done_count": TOTAL, "skipped_count": 0, "failed_count": 0, "left_count": 0}
        # the partner's books: each came once more and was taken once, in order per document
        assert len(partner.accepted()) == TOTAL
        assert partner.repeats() == 0
        assert partner.inversions() == 0
        assert set(partner.counts.values()) == {2}
        assert set(partner.counts) == set(refused), "under the ids the partner knows"
    assert fidget.error is None
    assert fidget.rounds >= 2
    # the log tells it once, and the audit trail each message
    told = world.find("logistics.event", [("type_name", "=", "logistics.integration.replayed")], "data")
    mine = [event["data"] for event in told if event["data"]["by"] == "E2E Replays"]
    assert [(data["count"], data["reason"]) for data in mine] == [(TOTAL, "The partner was repaired")]
    with database.cursor() as cr:
        cr.execute(
            "SELECT outcome, count(*) FROM logistics_outbox_attempt WHERE system_id = %s GROUP BY 1 ORDER BY 1",
            [system],
        )
        assert dict(cr.fetchall()) == {"dead": TOTAL, "delivered": TOTAL, "replayed": TOTAL}
    world.rpc.execute("logistics.system", "action_disable", [system])
