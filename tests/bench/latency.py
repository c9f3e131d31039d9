"""From the commit to the partner, with an idle relay process: emission, wake-up, fan-out, claim, call."""

import time

from tests.bench.relays import Bench
from tests.bench.report import Row, percentile


def idle(context):
    """One fact at a time, some milliseconds apart; the partner's clock is the same as ours (monotonic)."""
    samples = 60 if context.quick else 400
    with Bench(context.server, systems=1) as bench:
        world, sink = bench.world, bench.sink
        system, subscription = world.add_system(sink.url)
        world.start_process()
        world.emit(("warm", 0))
        sink.wait_for(1, 30)
        writer, teller = world.connect(), world.connect()
        teller.autocommit = True
        committed = {}
        with teller.cursor() as cr:
            for number in range(samples):
                (event,) = world.emit((f"k{number}", number), connection=writer)
                writer.commit()
                # Odoo sends it after the commit, too, on a connection of its own
                at = time.monotonic()
                cr.execute("NOTIFY logistics_outbox")
                committed[event] = at
                time.sleep(0.03)
        sink.wait_for(samples + 1, 30)
        arrivals = sink.ask("arrivals")
        uids = dict(world.execute("SELECT id, uid FROM logistics_event"))
        writer.close()
        teller.close()
    took = [(arrivals[f"{uids[event]}_{subscription}"] - at) * 1000 for event, at in committed.items()]
    p50, p99 = percentile(took, 0.5), percentile(took, 0.99)
    return [
        Row(
            "commit to partner, idle relay process, p50 / p99", "<= 15 / <= 60 ms", f"{p50:.1f} / {p99:.1f} ms",
            f"{p50 / 15:.2f} / {p99 / 60:.2f} of the goal", p50 <= 15 and p99 <= 60, {"ms": took, "system": system},
        )
    ]  # fmt: skip
