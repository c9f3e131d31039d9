"""Deliveries per second: the relay on bare tables, signed, attempts recorded; and HTTP from threads alone."""

import queue
import threading
import time

import urllib3

from tests.bench.report import Row, median, spread
from tests.bench.sink import Sink
from tests.relay.bare import World

SYSTEMS, THREADS = 8, 32
# the same size as an order with a few lines
PAD = 1500


class Bench:
    """A scratch database, a sink and eight systems."""

    def __init__(self, server, name="bench_relay", systems=SYSTEMS, **settings):
        self.world, self.systems, self.settings = World(server, name), systems, settings

    def __enter__(self):
        self.world.create()
        self.sink = Sink().__enter__()
        return self

    def __exit__(self, *error):
        self.sink.__exit__(*error)
        self.world.stop_all()
        self.world.drop()

    def fill(self, messages, keys=997, **settings):
        """Facts for so many messages; each goes to every system."""
        self.world.clear()
        self.sink.ask("reset")
        for number in range(self.systems):
            self.world.add_system(f"{self.sink.url}/{number}", **{**self.settings, **settings})
        connection = self.world.connect()
        for start in range(0, messages // self.systems, 250):
            stop = min(start + 250, messages // self.systems)
            facts = ((f"SO/{number % keys}", number) for number in range(start, stop))
            self.world.emit(*facts, connection=connection, pad=PAD)
            connection.commit()
        connection.close()
        self.world.execute("ANALYZE")

    def deliver(self, messages, processes=1, threads=THREADS, seconds=300):
        """Deliver all; returns messages per second, from the first that arrives to the last that is written down."""
        running = [self.world.start_process(threads=threads) for _number in range(processes)]
        try:
            self.sink.wait_for(1, 30)
            begin = self.sink.ask("first-last")[0]
            deadline = begin + seconds
            while self.world.value("SELECT count(*) FROM logistics_outbox_attempt") < messages:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{self.world.states()} after {seconds} s")
                time.sleep(0.1)
            return messages / (time.monotonic() - begin)
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(30)


def bare_http(url, count, threads=THREADS):
    """Calls per second of a urllib3 pool in as many threads, without a database: nothing in Python is much faster."""
    waiting = queue.SimpleQueue()
    for number in range(count):
        waiting.put(number)
    pool = urllib3.PoolManager(num_pools=10, maxsize=64)
    body = b'{"data":{}}' + b"x" * (PAD + 200)

    def work():
        while True:
            try:
                number = waiting.get_nowait()
            except queue.Empty:
                return
            headers = {"webhook-id": str(number), "Content-Type": "application/json"}
            pool.urlopen("POST", f"{url}/{number % SYSTEMS}", body=body, headers=headers, retries=False, redirect=False)

    running = [threading.Thread(target=work) for _number in range(threads)]
    begin = time.monotonic()
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return count / (time.monotonic() - begin)


def throughput(context):
    """Instant partner: the relay and the bare loop in turns. Returns (rates of the relay, rates of the loop)."""
    count = 4000 if context.quick else 16000
    ours, limit = [], []
    with Bench(context.server) as bench:
        for _round in range(context.rounds(3)):
            bench.fill(count)
            ours.append(bench.deliver(count))
            bench.sink.ask("reset")
            limit.append(bare_http(bench.sink.url, count))
            context.say(f"  relay {ours[-1]:,.0f}/s, bare loop {limit[-1]:,.0f}/s")
    return ours, limit


def slow_receivers(context):
    """Partners that take their time, 32 threads."""
    rows = []
    with Bench(context.server) as bench:
        for seconds, count, goal in ((0.1, 3200, 250), (0.02, 8000, 1000)):
            count = count // 4 if context.quick else count
            rates = []
            for _round in range(context.rounds(3)):
                bench.fill(count)
                bench.sink.ask(f"delay / {seconds}")
                rates.append(bench.deliver(count))
                bench.sink.ask("delay / 0")
            rate = median(rates)
            most = THREADS / seconds
            rows.append(
                Row(
                    f"deliveries/s, one relay, partner takes {seconds * 1000:.0f} ms, 32 threads",
                    f">= {goal:,}/s", spread(rates), f"{rate / most:.0%} of {most:,.0f}/s, all 32 always waiting",
                    rate >= goal, {"rates": rates},
                )
            )  # fmt: skip
    return rows


def endurance(context):
    """No faults: every message once."""
    count = 8000 if context.quick else 100_000
    with Bench(context.server) as bench:
        bench.fill(count, keys=4999)
        rate = bench.deliver(count, processes=2, seconds=600)
        repeats, arrived = bench.sink.ask("repeats"), bench.sink.ask("count")
        attempts = bench.world.value("SELECT count(*) FROM logistics_outbox_attempt")
    good = repeats == 0 and arrived == count == attempts
    return [
        Row(
            f"no faults, {count:,} deliveries, two relays", "0 repeats",
            f"{arrived:,} arrived, {repeats} repeats ({rate:,.0f}/s)", "", good,
        )
    ]  # fmt: skip


def processes(context):
    """One, two and four relay processes on this machine: for docs/scaling.md."""
    rows = []
    with Bench(context.server) as bench:
        for label, seconds, cap, count in (("instant", 0, 4, 16000), ("100 ms", 0.1, 32, 9600)):
            count = count // 4 if context.quick else count
            one = None
            for number in (1, 2, 4):
                bench.fill(count, max_in_flight=cap)
                bench.sink.ask(f"delay / {seconds}")
                rate = bench.deliver(count, processes=number)
                bench.sink.ask("delay / 0")
                one = one or rate
                rows.append(
                    Row(f"{number} relay process{'es' if number > 1 else ''}, {label} partner", "", f"{rate:,.0f}/s",
                        f"{rate / one:.2f} x one")
                )  # fmt: skip
    return rows
