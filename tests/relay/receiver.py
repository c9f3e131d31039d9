"""A partner that keeps its own books: every request is recorded before it is answered, in the order of arrival.

Small and quick (one asyncio protocol, no framework), so that what is measured is the relay. Also a program of its own
(``python -m tests.relay.receiver``) for measurements.
"""

import asyncio
import json
import sys
import threading
import time
from collections import defaultdict
from itertools import pairwise
from typing import NamedTuple


class Request(NamedTuple):
    """One request as it arrived."""

    at: float
    path: str
    headers: dict
    body: bytes

    @property
    def id(self):
        return self.headers.get("webhook-id", "")

    @property
    def data(self):
        return json.loads(self.body)["data"]


class Answer(NamedTuple):
    """What to say, when, and whether to say it at all."""

    status: int = 200
    headers: tuple = ()
    body: bytes = b'{"ok":true}'
    delay: float = 0.0
    drop: bool = False


class RequestReader(asyncio.Protocol):
    """Reads HTTP requests, also several on one connection, and hands each to :meth:`received`."""

    def __init__(self):
        self.buffer = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            first, *lines = self.buffer[:end].decode("latin-1").split("\r\n")
            parts = (line.partition(":") for line in lines)
            headers = {name.strip().lower(): value.strip() for name, _, value in parts}
            length = int(headers.get("content-length", 0))
            if len(self.buffer) < end + 4 + length:
                return
            body = self.buffer[end + 4 : end + 4 + length]
            self.buffer = self.buffer[end + 4 + length :]
            self.received(first.split(" ")[1], headers, body)

    def received(self, path, headers, body):
        """One whole request; its answer goes out on ``transport``."""
        raise NotImplementedError


class _Protocol(RequestReader):
    def __init__(self, receiver):
        super().__init__()
        self.receiver = receiver

    def received(self, path, headers, body):
        answer = self.receiver.take(Request(time.monotonic(), path, headers, body))
        if answer.delay:
            asyncio.get_running_loop().call_later(answer.delay, self._reply, answer)
        else:
            self._reply(answer)

    def _reply(self, answer):
        if self.transport.is_closing():
            return
        if answer.drop:
            self.transport.abort()
            return
        lines = [f"HTTP/1.1 {answer.status} Told", f"Content-Length: {len(answer.body)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        self.transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + answer.body)


class Receiver:
    """Runs in a thread. ``rule`` is a function ``(request, how often this id came before) -> Answer``."""

    def __init__(self, rule=None, keep=True):
        self.rule = rule or (lambda request, times: Answer())
        self.requests = []
        self.counts = defaultdict(int)
        self.total = 0
        self._keep = keep
        self._ready = threading.Event()
        self._loop = None

    def take(self, request):
        """Record one request and decide on the answer."""
        self.total += 1
        answer = self.rule(request, self.counts[request.id])
        self.counts[request.id] += 1
        if self._keep:
            self.requests.append((request, answer))
        return answer

    def __enter__(self):
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_error):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _serve(self):
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await self._loop.create_server(lambda: _Protocol(self), "127.0.0.1", 0, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._ready.set()
        await self._stop.wait()
        server.close()

    # -- the books --------------------------------------------------------------------------------------------

    def accepted(self):
        """Requests that were answered 2xx, in the order of arrival."""
        return [request for request, answer in list(self.requests) if 200 <= answer.status < 300 and not answer.drop]

    def first_arrivals(self, path=None):
        """{ordering key: [number, ...]} of the first time each accepted message came, in the order of arrival."""
        seen, orders = set(), defaultdict(list)
        for request in self.accepted():
            if request.id not in seen and path in (None, request.path):
                seen.add(request.id)
                orders[request.path, request.data["key"]].append(request.data["number"])
        return orders

    def inversions(self):
        """Number of pairs of neighbours that came in the wrong order, over all keys."""
        return sum(
            later < earlier for numbers in self.first_arrivals().values() for earlier, later in pairwise(numbers)
        )

    def repeats(self):
        """How many accepted requests had come before."""
        accepted = self.accepted()
        return len(accepted) - len({request.id for request in accepted})


def main():
    """Serve until standard input closes; print the port, then the number of requests for each line read."""
    with Receiver(keep=False) as receiver:
        print(receiver.port, flush=True)
        for _line in sys.stdin:
            print(receiver.total, flush=True)


if __name__ == "__main__":
    main()
