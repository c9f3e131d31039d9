"""The same work by others: OCA queue_job with four workers, and Odoo's own webhook action inside the transaction."""

import os
import threading
import time

from relay.signature import generate_secret

from tests.bench import places
from tests.bench.relays import PAD
from tests.bench.sink import Sink
from tests.rpc import Rpc

WORKERS = 4
MODEL = "logistics.bench.document"


def _channels():
    """Environment in which queue_job's runner hands out so many jobs at once."""
    os.environ["ODOO_QUEUE_JOB_CHANNELS"] = f"root:{WORKERS}"
    os.environ["ODOO_QUEUE_JOB_HOST"] = "127.0.0.1"


class Peers:
    """A running Odoo with both, and the sink they call. Usable in a ``with`` statement."""

    def __init__(self, context):
        self.context = context

    def __enter__(self):
        origin, path = places.peers(self.context)
        _channels()
        self.sink = Sink().__enter__()
        options = {"workers": str(WORKERS), "addons_path": path, "server_wide_modules": "web,queue_job"}
        self._running = places.running(self.context, origin, **options)
        self.stack = self._running.__enter__()
        self.rpc = Rpc(self.stack.url, self.stack.database)
        self.document = self.rpc.execute(MODEL, "create", {"name": "jobs"})
        self.rule = None
        return self

    def __exit__(self, *error):
        self._running.__exit__(*error)
        self.sink.__exit__(*error)

    def _rate(self, count, seconds):
        self.sink.wait_for(count, seconds)
        first, last, arrived = self.sink.ask("first-last")
        return (arrived - 1) / (last - first)

    def jobs(self, count):
        """Jobs per second from the first call to the last; they were all enqueued in one transaction."""
        self.sink.ask("reset")
        self.rpc.execute(MODEL, "bench_enqueue", [self.document], count, self.sink.url, generate_secret(), PAD)
        return self._rate(count, 30 + count / 5)

    def actions(self, count):
        """Documents created per second by four users at once, each creation calling the partner before its commit."""
        if self.rule is None:
            self.rule = self.rpc.execute(MODEL, "bench_rule", [], f"{self.sink.url}/0")
            time.sleep(1)
        self.sink.ask("reset")
        values = {"name": "SO/1", "note": "x" * PAD}
        left = threading.Semaphore(count)

        def user():
            while left.acquire(blocking=False):
                self.rpc.execute(MODEL, "create", values)

        users = [threading.Thread(target=user) for _number in range(WORKERS)]
        for thread in users:
            thread.start()
        for thread in users:
            thread.join()
        return self._rate(count, 30)
