"""From the commit to the partner, with an idle relay process: emission, wake-up, fan-out, claim, call."""

import time

from relay.signature import generate_secret

from tests import partners
from tests.bench import places
from tests.bench.relays import Bench
from tests.bench.report import Row, percentile
from tests.bench.sink import Sink
from tests.rpc import Rpc

KIND = "logistics.bench.counted"


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


def scheduled(context):
    """Where no relay process runs: the scheduled action delivers. Facts of one minute, the slowest of them counts."""
    goal = "<= 90 s"
    what = "commit to partner, scheduled actions only, slowest of a minute"
    if context.quick:
        return [Row(what, goal, "left out in the short form")]
    secret = generate_secret()
    with Sink() as sink, places.running(context, places.suite(context)) as stack:
        stack.start_cron()
        rpc = Rpc(stack.url, stack.database)
        kind = rpc.execute("logistics.event.type", "create", {"name": KIND, "description": "Bench"})
        values = {
            "name": "Bench", "code": "BENCHCRON", "kind": "crm", "outbound_url": sink.url, "allow_http": True,
            "allowed_networks": "127.0.0.0/8", "secret_out": secret,
        }  # fmt: skip
        system = rpc.execute("logistics.system", "create", values)
        wanted = {"name": "all", "system_id": system, "event_type_ids": [(6, 0, [kind])]}
        rpc.execute("logistics.subscription", "create", wanted)
        partner = rpc.execute("res.partner", "create", {"name": "Bench"})
        order = rpc.execute("sale.order", "create", {"partner_id": partner})
        model = partners.one(rpc, "ir.model", [("model", "=", "sale.order")])["id"]
        code = f'record._logistics_emit("{KIND}", {{"number": 1}})'
        action = {"name": "Bench", "model_id": model, "state": "code", "code": code}
        action = rpc.execute("ir.actions.server", "create", action)
        context_ = {"active_model": "sale.order", "active_id": order, "active_ids": [order]}
        committed = []
        for _number in range(6):
            rpc.execute("ir.actions.server", "run", [action], context=context_)
            committed.append(time.monotonic())
            time.sleep(10)
        sink.wait_for(6, 180)
        arrived = sorted(sink.ask("arrivals").values())
    # one document: they come in the order in which they were committed
    took = [there - at for there, at in zip(arrived, committed, strict=True)]
    return [Row(what, goal, f"{max(took):.0f} s", f"{max(took) / 90:.2f} of the goal", max(took) <= 90, {"s": took})]
