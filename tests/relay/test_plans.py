"""How PostgreSQL finds the rows of the outbox when its statistics are those of a quiet day and an outage has filled it.

Statistics then say that next to nothing waits. A plan that trusts them reads everything that waits for each look-up of
a few rows, which nobody notices until it matters.
"""

import re

import pytest
from relay import heads, supersede, voiding

MESSAGES = 1500
WHOLE = re.compile(
    r"(Seq Scan|Index Scan|Index Only Scan|Bitmap Index Scan)[^\n]* on logistics_outbox_message[^\n]*\n([^\n]*)"
)


class Explaining:
    """A cursor that notes the plan of each statement before it runs it."""

    def __init__(self, cr):
        self.cr, self.plans = cr, []

    def __getattr__(self, name):
        return getattr(self.cr, name)

    def execute(self, query, params=None):
        text = query if isinstance(query, str) else query.as_string(self.cr)
        if "logistics_outbox_message" in text:
            self.cr.execute(f"EXPLAIN {text}", params)
            self.plans.append("\n".join(line for (line,) in self.cr.fetchall()))
        self.cr.execute(text, params)

    def whole_reads(self):
        """Scans of the messages that are led by no condition on an index."""
        return [
            f"{plan}\n-> {match.group(0)}"
            for plan in self.plans
            for match in WHOLE.finditer(plan)
            if "Index Cond" not in match.group(2)
        ]


@pytest.fixture
def outage(world, receiver):
    """Everything was delivered when statistics were taken; since then the partner is away."""
    world.execute("ALTER TABLE logistics_outbox_message SET (autovacuum_enabled = off)")
    system, _subscription = world.add_system(receiver.url)
    world.emit(*((f"SO/{number % 100}", number) for number in range(MESSAGES)))
    world.drain()
    assert world.states() == {"delivered": MESSAGES}
    world.execute("ANALYZE")
    world.execute("UPDATE logistics_system SET state = 'paused' WHERE id = %s", system)
    world.emit(*((f"SO/{number % 100}", number) for number in range(MESSAGES)))
    world.drain(seconds=2)
    assert world.states() == {"delivered": MESSAGES, "pending": MESSAGES}
    yield world
    world.execute("ALTER TABLE logistics_outbox_message RESET (autovacuum_enabled)")


@pytest.fixture
def cr(outage):
    with outage.connect() as connection, connection.cursor() as cursor:
        yield Explaining(cursor)
        connection.rollback()


def waiting(cr, count=8):
    cr.cr.execute(
        "SELECT id, system_id, lane, position, event_id, subscription_id FROM logistics_outbox_message"
        " WHERE state = 'pending' AND is_head ORDER BY id LIMIT %s",
        [count],
    )
    return cr.fetchall()


def test_next_heads(cr):
    done = [(system, lane, position) for _id, system, lane, position, *_rest in waiting(cr)]
    cr.execute("UPDATE logistics_outbox_message SET is_head = false WHERE id = ANY(%s)", [[r[0] for r in waiting(cr)]])
    cr.execute(*heads.next_statement(done))
    assert cr.fetchone()[0] == len(done)
    assert cr.plans
    assert not cr.whole_reads(), cr.whole_reads()[0]


def test_recomputed_heads(cr):
    rows = waiting(cr)
    cr.execute("UPDATE logistics_outbox_message SET is_head = false WHERE id = ANY(%s)", [[row[0] for row in rows]])
    assert heads.recompute(cr, [row[1:3] for row in rows]) == set()
    assert not cr.whole_reads(), cr.whole_reads()[0]


def test_what_became_void(cr):
    rows = waiting(cr)
    cr.cr.execute(
        "INSERT INTO logistics_outbox_pointer (void_event_id, void_reason) SELECT unnest(%s), 'gone'",
        [[row[4] for row in rows]],
    )
    assert voiding.settle(cr) == len(rows)
    assert not cr.whole_reads(), cr.whole_reads()[0]


def test_what_is_superseded(cr):
    cr.cr.execute(
        "SELECT event_id, subscription_id FROM logistics_outbox_message"
        " WHERE state = 'pending' ORDER BY id DESC LIMIT 8"
    )
    supersede.replace_older(cr, cr.fetchall(), set())
    assert cr.plans
    assert not cr.whole_reads(), cr.whole_reads()[0]
