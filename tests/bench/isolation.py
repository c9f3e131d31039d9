"""What a dead and a very slow system do to the others: nothing they would notice."""

import time

from tests.bench.relays import Bench
from tests.bench.report import Row, median, percentile

HEALTHY, TICK, PER_TICK = 8, 0.05, 10
DEAD, SLOW = "/dead", "/slow"


def _p95(bench, trouble, seconds):
    """95th percentile, in ms, of commit to arrival at the healthy ones under a steady load.

    A tenth of the messages is for a system that takes calls and never answers, a few are for one that takes 10 s.
    """
    world, sink = bench.world, bench.sink
    world.clear()
    sink.ask("reset")
    own = {}
    for number in range(HEALTHY):
        own[number] = world.add_system(f"{sink.url}/{number}", types=(10 + number,))[1]
    world.add_system(sink.url + DEAD, types=(30,), timeout=5)
    world.add_system(sink.url + SLOW, types=(31,), timeout=15)
    sink.ask("delay / 0.02")
    sink.ask(f"delay {DEAD} {-1 if trouble else 0.02}")
    sink.ask(f"delay {SLOW} {10 if trouble else 0.02}")
    relay = world.start_process(threads=32)
    writer, teller = world.connect(), world.connect()
    teller.autocommit = True
    committed, number = {}, 0
    with teller.cursor() as cr:
        begin = time.monotonic()
        for tick in range(int(seconds / TICK)):
            events = {}
            for place in range(PER_TICK):
                kind = 30 if place == 0 else 10 + number % HEALTHY
                number += 1
                (event,) = world.emit((f"k{number}", number), connection=writer, type_id=kind)
                if kind < 30:
                    events[event] = own[kind - 10]
            if tick % 10 == 0:
                world.emit((f"s{tick}", tick), connection=writer, type_id=31)
            writer.commit()
            at = time.monotonic()
            cr.execute("NOTIFY logistics_outbox")
            committed.update({event: (at, subscription) for event, subscription in events.items()})
            time.sleep(max(0.0, begin + (tick + 1) * TICK - time.monotonic()))
    time.sleep(1.0)
    arrivals = sink.ask("arrivals")
    uids = dict(world.execute("SELECT id, uid FROM logistics_event"))
    writer.close()
    teller.close()
    relay.kill()
    relay.wait()
    keys = {event: f"{uids[event]}_{subscription}" for event, (_at, subscription) in committed.items()}
    late = sum(key not in arrivals for key in keys.values())
    took = [(arrivals[key] - committed[event][0]) * 1000 for event, key in keys.items() if key in arrivals]
    # the first second is the start of everything
    return percentile(took[len(took) // 10 :], 0.95), late


def others(context):
    """In turns without and with trouble."""
    seconds = 4 if context.quick else 10
    calm, troubled, late = [], [], 0
    with Bench(context.server) as bench:
        for _round in range(context.rounds(3)):
            calm.append(_p95(bench, False, seconds)[0])
            p95, missing = _p95(bench, True, seconds)
            troubled.append(p95)
            late += missing
            context.say(f"  p95 {calm[-1]:.1f} ms without, {troubled[-1]:.1f} ms with trouble")
    ratio = median(troubled) / median(calm)
    return [
        Row(
            "one dead system with 10 % of the load, one that takes 10 s: p95 of the others", "<= +15 %",
            f"{median(calm):.1f} -> {median(troubled):.1f} ms, {late} not there in time", f"{ratio - 1:+.0%}",
            ratio <= 1.15 and not late, {"calm": calm, "troubled": troubled},
        )
    ]  # fmt: skip
