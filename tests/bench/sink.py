"""A partner that only counts, as quick as plain Python gets: what is measured is who sends.

``python -m tests.bench.sink`` prints its port. A line on standard input is a question: ``count``, ``first-last``
(monotonic seconds of the first and last arrival, and the count), ``repeats``, ``arrivals`` ({webhook-id: seconds}),
``reset``, or ``delay PATH SECONDS`` (``/`` is everybody; a negative number means no answer at all).
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
IDENTITY = re.compile(rb"\r\nwebhook-id: *([^\r]*)", re.I)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class _Sink:
    def __init__(self):
        self.delays = {}
        self.reset()

    def reset(self):
        self.count = self.repeats = 0
        self.first = self.last = 0.0
        self.arrivals = {}

    def take(self, head):
        """Count a request; returns the delay of its answer."""
        now = time.monotonic()
        self.count += 1
        self.first = self.first or now
        self.last = now
        found = IDENTITY.search(head)
        if found:
            if found[1] in self.arrivals:
                self.repeats += 1
            else:
                self.arrivals[found[1]] = now
        if not self.delays:
            return 0.0
        path = head[: head.index(b"\r\n")].split(b" ")[1].decode()
        return self.delays.get(path, self.delays.get("/", 0.0))

    def ask(self, question):
        """The answer to one line of standard input."""
        word, *rest = question.split()
        if word == "reset":
            self.reset()
        elif word == "delay":
            self.delays[rest[0]] = float(rest[1])
            self.delays = {path: delay for path, delay in self.delays.items() if delay}
        elif word == "first-last":
            return [self.first, self.last, self.count]
        elif word == "repeats":
            return self.repeats
        elif word == "arrivals":
            return {key.decode(): at for key, at in self.arrivals.items()}
        return self.count


class _Protocol(asyncio.Protocol):
    def __init__(self, sink):
        self.sink, self.buffer = sink, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer = self.buffer + data if self.buffer else data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            found = LENGTH.search(head)
            size = end + 4 + (int(found[1]) if found else 0)
            if len(self.buffer) < size:
                return
            self.buffer = self.buffer[size:]
            delay = self.sink.take(head)
            if delay > 0:
                asyncio.get_running_loop().call_later(delay, self._answer)
            elif not delay:
                self.transport.write(ANSWER)

    def _answer(self):
        if not self.transport.is_closing():
            self.transport.write(ANSWER)


async def _serve():
    sink = _Sink()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Protocol(sink), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        print(json.dumps(sink.ask(line.decode())), flush=True)
    server.close()


class Sink:
    """A running sink. Usable in a ``with`` statement."""

    def __enter__(self):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.sink"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_error):
        self._process.stdin.close()
        self._process.wait(10)

    def ask(self, question):
        """Ask one of the questions above."""
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def wait_for(self, count, seconds):
        """Wait until so many have arrived; raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while (arrived := self.ask("count")) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{arrived} of {count} arrived within {seconds} s")
            time.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(_serve())
