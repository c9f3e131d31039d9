"""A partner that outlives everything: a process of its own that writes down what arrives before it answers.

``python -m tests.chaos.partner JOURNAL SECRET`` prints its port and serves until its standard input closes; a line of
JSON on standard input changes its faults. The journal has a line per arrival and one per answer that really left; the
audit reads nothing else. Signatures are checked with the official ``standardwebhooks`` library.

Faults, each a probability: ``fail`` (5xx), ``busy`` (429 with Retry-After), ``drop`` (connection closed unanswered),
``lost`` (worked, then closed before the answer), ``slow`` (answers after a second).
"""

import asyncio
import json
import random
import subprocess
import sys
import time
from pathlib import Path

from tests.relay.receiver import RequestReader

ROOT = Path(__file__).resolve().parents[2]


class _Protocol(RequestReader):
    def __init__(self, partner):
        super().__init__()
        self.partner = partner

    def received(self, path, headers, body):
        self.partner.take(self, path, headers, body)

    def answer(self, number, status, headers=()):
        """Answer, and note that it left; an answer nobody waits for any more has not."""
        if self.transport.is_closing():
            return
        extra = "".join(f"{name}: {value}\r\n" for name, value in headers)
        self.transport.write(f"HTTP/1.1 {status} Told\r\n{extra}Content-Length: 0\r\n\r\n".encode())
        self.partner.note(n=number, status=status)


class Partner:
    """Takes messages on any path; the path names the system."""

    def __init__(self, journal, secret, seed=0):
        from standardwebhooks import Webhook

        self._stream = Path(journal).open("a", buffering=1)  # noqa: SIM115  open as long as the process
        self._verifier = Webhook(secret)
        self._random = random.Random(seed)
        self._count = 0
        self.faults = {}

    def note(self, **line):
        """One line of the journal, with the operating system at once: it survives the death of this process."""
        self._stream.write(json.dumps(line, separators=(",", ":")) + "\n")

    def take(self, protocol, path, headers, body):
        """Write the arrival down, then answer as the faults of the moment will have it."""
        from standardwebhooks import WebhookVerificationError

        self._count += 1
        number = self._count
        try:
            said = self._verifier.verify(body, headers)
        except WebhookVerificationError:
            self.note(n=number, path=path, id=headers.get("webhook-id"), bad="signature")
            protocol.answer(number, 401)
            return
        data = said.get("data") or {}
        self.note(
            n=number, at=time.time(), path=path, id=headers["webhook-id"], event=said["id"], type=said["type"],
            key=said.get("orderingkey") or data.get("key"), number=data.get("number"), token=data.get("token"),
        )  # fmt: skip
        chance = self._random.random()
        for fault, probability in self.faults.items():
            if chance < probability:
                self._misbehave(fault, protocol, number)
                return
            chance -= probability
        protocol.answer(number, 200)

    def _misbehave(self, fault, protocol, number):
        if fault == "fail":
            protocol.answer(number, self._random.choice((500, 502, 503, 504)))
        elif fault == "busy":
            protocol.answer(number, 429, [("Retry-After", "1")])
        elif fault == "slow":
            asyncio.get_running_loop().call_later(1.0, protocol.answer, number, 200)
        else:
            self.note(n=number, fault=fault)
            protocol.transport.abort()

    async def serve(self):
        """Serve until standard input closes."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Protocol(self), "127.0.0.1", 0, backlog=512)
        print(server.sockets[0].getsockname()[1], flush=True)
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            self.faults = json.loads(line)
        server.close()


class PartnerProcess:
    """Start a partner and tell it how to behave."""

    def __init__(self, journal, secret, seed=0):
        self.journal = Path(journal)
        self._arguments = [str(journal), secret, str(seed)]

    def __enter__(self):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.partner", *self._arguments],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        return self

    def __exit__(self, *_error):
        self._process.stdin.close()
        self._process.wait(10)

    def behave(self, **faults):
        """Set its faults; without any it is obedient."""
        self._process.stdin.write(json.dumps(faults) + "\n")
        self._process.stdin.flush()


if __name__ == "__main__":
    journal_file, signing_secret, random_seed = sys.argv[1:]
    asyncio.run(Partner(journal_file, signing_secret, int(random_seed)).serve())
