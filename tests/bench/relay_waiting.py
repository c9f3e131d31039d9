"""What a backlog costs, and whom an outage slows: measured on the engine's own tables, without Odoo.

Each function takes a :class:`~tests.relay.bare.World` (a scratch database, emptied by it) and returns numbers.
"""

import statistics
import time

from psycopg2 import sql
from relay import database, results
from relay.claims import Claimer
from relay.transport import Response, utcnow

from tests.relay.receiver import Answer, Receiver

SYSTEMS = 8
NOWHERE = "http://127.0.0.1:9/"
# Events and messages as fan-out writes them, in bulk: one per (key, number), heads where nothing is before them.
_EVENTS = """
    INSERT INTO logistics_event (uid, type_id, type_name, ordering_key, company_id, body)
    SELECT gen_random_uuid()::text, 1, 'logistics.test', %(name)s || '/' || (i %% %(keys)s), 1, repeat('x', 500)
      FROM generate_series(1, %(count)s) i
"""
_MESSAGES = """
    INSERT INTO logistics_outbox_message (id, position, event_id, system_id, subscription_id, company_id, type_name,
           ordering_key, lane, webhook_id, state, is_head, attempt_count, replay_count, claim_count, claim_token,
           next_attempt_at, created_at)
    SELECT n, n, event_id, system, system, 1, 't', ordering_key, ordering_key, uid || '_1', 'pending',
           row_number() OVER (PARTITION BY system, ordering_key ORDER BY n) = 1, 0, 0, 0, 0,
           timezone('UTC', now()) - interval '1 h' + n * interval '200 microseconds', timezone('UTC', now())
      FROM (SELECT nextval('logistics_outbox_message_id_seq')::int AS n, e.id AS event_id, e.ordering_key, e.uid,
                   COALESCE(%(system)s, 1 + e.id %% %(systems)s) AS system
              FROM logistics_event e
             WHERE e.id > COALESCE((SELECT max(event_id) FROM logistics_outbox_message), 0) ORDER BY e.id) q
"""


def fill(world, name, count, keys, system=None):
    """Let messages wait.

    :param int keys: ordering keys they share
    :param int system: for this system only; else for all in turn
    """
    with world.connect() as connection, connection.cursor() as cr:
        cr.execute(_EVENTS, {"name": name, "keys": keys, "count": count})
        cr.execute(_MESSAGES, {"system": system, "systems": SYSTEMS})
    connection = world.connect()
    connection.autocommit = True
    with connection.cursor() as cr:
        # what a bulk load leaves to be done must not be done while we measure
        for table in ("logistics_outbox_message", "logistics_event"):
            cr.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table)))
        cr.execute("CHECKPOINT")
    connection.close()


def systems(world, **values):
    """An empty world with eight systems that nobody calls."""
    world.clear()
    for _ in range(SYSTEMS):
        world.add_system(NOWHERE, **{"max_in_flight": 8, **values})


def cycle(world, rounds, free=32, skip=None):
    """Claim and finish, again and again, as a busy process does.

    :param int free: messages claimed at once at most
    :param int skip: a system whose messages are not counted
    :returns: (milliseconds per claim, milliseconds per writing of results, messages counted per second)
    """
    connection = database.open_connection(world.connect)
    claimer = Claimer(world.box)
    claims, writes, count = [], [], 0
    begin = time.perf_counter()
    with connection.cursor() as cr:
        for _ in range(rounds):
            start = time.perf_counter()
            jobs, _soon = claimer.claim(cr, 1, free, {})
            connection.commit()
            between = time.perf_counter()
            answers = [Response(200, None, "", None, utcnow(), 1, True) for _job in jobs]
            results.write(cr, [results.judge(job, answer) for job, answer in zip(jobs, answers, strict=True)], 1)
            connection.commit()
            claims.append(between - start)
            writes.append(time.perf_counter() - between)
            count += sum(job.system.id != skip for job in jobs)
    seconds = time.perf_counter() - begin
    connection.close()
    return statistics.median(claims) * 1000, statistics.median(writes) * 1000, count / seconds


def backlog(world, few=1_000, many=1_000_000, rounds=150):
    """What a claim of 32 messages costs with few and with many waiting.

    :returns: {"few": ms, "many": ms, "ratio": many / few}
    """
    need = rounds * 32
    systems(world)
    fill(world, "few", few + need, few + need)
    cycle(world, rounds // 5)
    less = cycle(world, rounds - rounds // 5)[0]
    systems(world)
    fill(world, "many", many + need, many + need)
    cycle(world, rounds // 5)
    more = cycle(world, rounds - rounds // 5)[0]
    return {"few": less, "many": more, "ratio": more / less}


def hot_key(world, waiting=50_000, rounds=150):
    """How much others are slowed by one key of one system with very many waiting.

    :returns: {"without": messages of others per second, "with": the same beside the hot key, "slowed": share lost}
    """
    speeds = []
    for hot in (1, waiting):
        systems(world)
        fill(world, "hot", hot, 1, system=1)
        fill(world, "others", rounds * 40, rounds * 40)
        cycle(world, rounds // 5, skip=1)
        speeds.append(cycle(world, rounds - rounds // 5, skip=1)[2])
    return {"without": speeds[0], "with": speeds[1], "slowed": 1 - speeds[1] / speeds[0]}


def outage(world, seconds=20, per_second=100, healthy=SYSTEMS):
    """Commit to arrival at healthy systems, without and with a dead system (a tenth of the load) and a 10 s slow one.

    :returns: {"without": p95 in ms, "with": p95 in ms, "slower": share}
    """
    found = [_latency(world, seconds, per_second, healthy, broken) for broken in (False, True)]
    return {"without": found[0], "with": found[1], "slower": found[1] / found[0] - 1}


def _latency(world, seconds, per_second, healthy, broken):
    arrived = {}

    def rule(request, times):
        if request.path == "/slow":
            return Answer(delay=10.0)
        arrived.setdefault(request.data["number"], request.at)
        return Answer(delay=0.02)

    world.clear()
    with Receiver(rule, keep=False) as receiver:
        for number in range(healthy):
            world.add_system(f"{receiver.url}/{number}", types=(1 + number,), max_in_flight=8)
        if broken:
            world.add_system("http://127.0.0.1:9/dead", types=(90,), retry_schedule="1,2,4,8,16,32")
            world.add_system(f"{receiver.url}/slow", types=(91,), timeout=15)
        world.start_process(threads=32)
        connection = world.connect()
        sent, begin = {}, time.monotonic()
        for number in range(seconds * per_second):
            pause = begin + number / per_second - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            kind = {0: 90, 5: 91}.get(number % 10, 1 + number % healthy) if broken else 1 + number % healthy
            world.emit((f"SO/{number}", number), connection=connection, type_id=kind)
            connection.commit()
            if kind < 90:
                sent[number] = time.monotonic()
            with connection.cursor() as cr:
                cr.execute("NOTIFY logistics_outbox")
            connection.commit()
        deadline = time.monotonic() + 30
        while len(arrived) < len(sent) and time.monotonic() < deadline:
            time.sleep(0.05)
        connection.close()
        world.stop_all()
    # the first seconds are the start of the process
    waits = sorted(arrived.get(number, deadline) - at for number, at in sent.items() if number > 2 * per_second)
    return waits[int(len(waits) * 0.95)] * 1000
