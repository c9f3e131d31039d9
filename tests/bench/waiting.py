"""What claims and results cost while much is waiting: a thousand and a million messages, and one very long lane."""

import time

from relay import database, results
from relay.claims import Claimer
from relay.transport import Response, utcnow

from tests.bench.report import Row, median
from tests.relay.bare import World

SYSTEMS, FREE = 8, 32
# Written like fan-out does it, but a million at once: every lane has its head, due one after the other.
EVENTS = """
    INSERT INTO logistics_event (uid, type_id, type_name, ordering_key, company_id, body)
    SELECT gen_random_uuid()::text, 1, 'logistics.test', %s || (i %% %s), 1, repeat('x', 500)
      FROM generate_series(1, %s) i
"""
MESSAGES = """
    INSERT INTO logistics_outbox_message (id, position, event_id, system_id, subscription_id, company_id, type_name,
           ordering_key, lane, webhook_id, state, is_head, attempt_count, replay_count, claim_count, claim_token,
           next_attempt_at, created_at)
    SELECT n, n, event_id, system, system, 1, 'logistics.test', ordering_key, ordering_key, uid || '_1', 'pending',
           row_number() OVER (PARTITION BY system, ordering_key ORDER BY n) = 1, 0, 0, 0, 0,
           timezone('UTC', now()) - interval '1 h' + n * interval '200 microseconds', timezone('UTC', now())
      FROM (SELECT nextval('logistics_outbox_message_id_seq')::int n, e.id event_id,
                   COALESCE(%s, 1 + e.id %% 8) system, ordering_key, uid
              FROM logistics_event e
             WHERE e.id > (SELECT COALESCE(max(event_id), 0) FROM logistics_outbox_message) ORDER BY e.id) q
"""


class _Waiting:
    """A database with messages that wait, and a claimer of this process."""

    def __init__(self, server, name):
        self.world = World(server, name)

    def __enter__(self):
        self.world.create()
        self.connection = database.open_connection(self.world.connect)
        return self

    def __exit__(self, *_error):
        self.connection.close()
        self.world.drop()

    def begin(self):
        """Empty, with systems."""
        self.world.clear()
        for number in range(SYSTEMS):
            self.world.add_system(f"http://127.0.0.1:9/{number}", max_in_flight=8)
        self.claimer = Claimer(self.world.box)

    def add(self, prefix, count, keys, system=None):
        """So many messages more, over so many documents."""
        connection = self.world.connect()
        with connection.cursor() as cr:
            cr.execute("SET work_mem = '256MB'")
            cr.execute(EVENTS, [prefix, keys, count])
            cr.execute(MESSAGES, [system])
        connection.commit()
        connection.close()
        self.world.execute("ANALYZE")

    def cost(self, rounds):
        """Median ms of a claim of up to 32 and of writing their results, and ms per message of both."""
        claims, writes, each = [], [], []
        for _round in range(rounds):
            with self.connection.cursor() as cr:
                begin = time.perf_counter()
                jobs, _soon = self.claimer.claim(cr, 1, FREE, {})
                self.connection.commit()
                claimed = time.perf_counter()
                done = [results.judge(job, Response(200, None, "", None, utcnow(), 1, True)) for job in jobs]
                judged = time.perf_counter()
                results.write(cr, done, 1)
                self.connection.commit()
                written = time.perf_counter()
            if jobs:
                claims.append((claimed - begin) * 1000)
                writes.append((written - judged) * 1000)
                each.append((claims[-1] + writes[-1]) / len(jobs))
        return median(claims), median(writes), median(each)


def _in_turns(first, second, rounds, parts=5):
    """Cost of both, measured in alternation: what else the machine does hits both alike."""
    found = ([], [])
    for waiting in (first, second):
        waiting.cost(30)
    for _part in range(parts):
        for costs, waiting in zip(found, (first, second), strict=True):
            costs.append(waiting.cost(rounds // parts))
    return [tuple(median(values) for values in zip(*costs, strict=True)) for costs in found]


def depth(context):
    """A thousand waiting, a million waiting, a hot document."""
    rounds, many, hot_count = (40, 50_000, 5000) if context.quick else (250, 1_000_000, 50_000)
    # what the rounds take away is there beside the thousand
    enough = FREE * (rounds + 60)
    with _Waiting(context.server, "bench_few") as small, _Waiting(context.server, "bench_many") as large:
        small.begin()
        small.add("few/", 1000 + enough, 100_000)
        large.begin()
        large.add("many/", many, many)
        few, lots = _in_turns(small, large, rounds)
        context.say(f"  claim {few[0]:.2f} ms, with {many:,} waiting {lots[0]:.2f} ms")
        small.begin()
        small.add("cold/", enough, 100_000)
        large.begin()
        large.add("hot/", hot_count, 1, system=1)
        large.add("cold/", enough, 100_000)
        cold, hot = _in_turns(small, large, rounds)
        context.say(f"  hot document: claim and results {cold[2]:.3f} -> {hot[2]:.3f} ms per message")
    ratio = lots[0] / few[0]
    slower = hot[2] / cold[2]
    return [
        Row(
            f"cost of a claim of 32, {many:,} waiting against 1,000", "<= 1.5 x",
            f"{few[0]:.2f} -> {lots[0]:.2f} ms (results {few[1]:.2f} -> {lots[1]:.2f} ms)", f"{ratio:.2f} x",
            ratio <= 1.5, {"few": few, "many": lots},
        ),
        Row(
            f"one document with {hot_count:,} waiting: claim and results of the others", "< +20 %",
            f"{cold[2]:.3f} -> {hot[2]:.3f} ms per message", f"{slower - 1:+.0%}", slower < 1.2,
            {"cold": cold, "hot": hot},
        ),
    ]  # fmt: skip
