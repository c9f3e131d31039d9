"""What a simulator says to Odoo: CloudEvents envelopes, signed with the official `standardwebhooks` package."""

import json
import queue
import threading
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone

from standardwebhooks.webhooks import Webhook

from .journal import now_text, readable

# Signed with this when told to push a bad signature: a well-formed secret that nobody configured.
_WRONG_SECRET = "whsec_d3Jvbmctc2VjcmV0LXdyb25nLXNlY3JldC0wMDAwMDA="
_PREFIX = "logistics."


@dataclass
class Push:
    """One message to Odoo: the same `webhook_id` and bytes over all its attempts."""

    webhook_id: str
    type: str
    raw: bytes
    bad_signature: bool = False
    unsigned: bool = False
    twice: object = False
    done: threading.Event = field(default_factory=threading.Event, repr=False)
    result: dict = field(default_factory=dict)

    def outcome(self):
        """What a caller of `/_act` is told."""
        return {"webhook_id": self.webhook_id, "type": self.type, "done": self.done.is_set(), **self.result}


def envelope(source, type_name, data, cause=None, **overrides):
    """A CloudEvents 1.0 envelope as the inbox expects it; `cause` is the envelope that this one answers."""
    body = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": source,
        "type": type_name if type_name.startswith(_PREFIX) else _PREFIX + type_name,
        "subject": "",
        "time": now_text(),
        "datacontenttype": "application/json",
        "certainty": "actual",
        "data": data,
    }
    if cause:
        for ours, theirs in (("correlationid", "correlationid"), ("causationid", "id"), ("companyid", "companyid")):
            if cause.get(theirs) not in (None, ""):
                body[ours] = cause[theirs]
    body.update(overrides)
    return body


class Sender:
    """Pushes one message after another, as a simple partner does: a failing one is tried again before the next."""

    def __init__(self, config, faults, journal):
        self.config = config
        self.faults = faults
        self.journal = journal
        self._queue = queue.Queue()
        # No proxy from the environment: everything here is on this machine or its compose network.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        threading.Thread(target=self._run, name="push", daemon=True).start()

    def submit(self, push):
        """Queue a push and return it; `push.done` is set once it was accepted or given up."""
        if self.faults.take_push("send_garbage"):
            push.raw = b'{"specversion": "1.0", "data": {"cut off'
        push.bad_signature = push.bad_signature or bool(self.faults.take_push("send_bad_signature"))
        push.twice = push.twice or self.faults.take_push("send_twice")
        self._queue.put((push, bool(self.faults.take_push("out_of_order"))))
        return push

    def clear(self):
        """Drop what is still queued."""
        while True:
            try:
                push, _ = self._queue.get_nowait()
            except queue.Empty:
                return
            push.result = {"status": None, "error": "dropped by a reset"}
            push.done.set()

    def _run(self):
        while True:
            push, reverse = self._queue.get()
            batch = [push]
            while reverse:
                # Collect until the simulator falls silent, then say the newest first.
                try:
                    push, reverse = self._queue.get(timeout=self.config["collect_s"])
                except queue.Empty:
                    break
                batch.append(push)
            for item in reversed(batch):
                try:
                    self._deliver(item)
                except Exception as error:
                    # One message that cannot be sent must not silence all later ones.
                    item.result = {"status": None, "error": f"{type(error).__name__}: {error}"}
                    item.done.set()

    def _deliver(self, push):
        copies = [push, push] if push.twice else [push]
        if push.twice == "parallel":
            threads = [threading.Thread(target=self._deliver_once, args=(push,), daemon=True) for _ in copies]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        else:
            for item in copies:
                self._deliver_once(item)
        push.done.set()

    def _deliver_once(self, push):
        wait = self.config["push_backoff_s"]
        for attempt in range(1, self.config["push_attempts"] + 1):
            status, retry_after = self._attempt(push, attempt)
            if status is not None and status != 429 and status < 500:
                return
            if attempt < self.config["push_attempts"]:
                time.sleep(max(wait, retry_after))
                wait = min(wait * 2, 10.0)

    def _attempt(self, push, attempt):
        url = f"{self.config['odoo'].rstrip('/')}/logistics/inbox/{self.config['slug']}"
        headers = {"Content-Type": "application/json", "User-Agent": "partner-simulator", **self._signature(push)}
        row = self.journal.start(
            "sent", type=push.type, webhook_id=push.webhook_id, attempt=attempt, url=url, headers=headers,
            **readable(push.raw),
        )  # fmt: skip
        retry_after = 0.0
        try:
            request = urllib.request.Request(url, data=push.raw, headers=headers, method="POST")
            with self._opener.open(request, timeout=self.config["push_timeout_s"]) as response:
                result = {"status": response.status, "response": response.read(2000).decode("utf-8", "replace")}
        except urllib.error.HTTPError as error:
            result = {"status": error.code, "response": error.read(2000).decode("utf-8", "replace")}
            retry_after = _retry_after(error.headers.get("Retry-After"))
        except (OSError, ValueError) as error:
            result = {"status": None, "error": f"{type(error).__name__}: {error}"}
        push.result = {**result, "attempts": attempt}
        self.journal.finish(row, **result)
        return result["status"], retry_after

    def _signature(self, push):
        if push.unsigned:
            return {"webhook-id": push.webhook_id}
        # A fresh timestamp per attempt, the id stays: that is how a receiver recognises a repeat.
        now = datetime.now(timezone.utc)
        secret = _WRONG_SECRET if push.bad_signature else self.config["secret_out"]
        headers = {"webhook-id": push.webhook_id, "webhook-timestamp": str(int(now.timestamp()))}
        if secret:
            signer = Webhook(secret)
            headers["webhook-signature"] = signer.sign(msg_id=push.webhook_id, timestamp=now, data=push.raw.decode())
        return headers


def _retry_after(value):
    try:
        return min(float(value), 30.0)
    except (TypeError, ValueError):
        return 0.0


def make_push(type_name, body, webhook_id=None, **options):
    """A `Push` of an envelope (dict) or of raw bytes."""
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return Push(webhook_id=webhook_id or f"msg_{uuid.uuid4().hex}", type=type_name, raw=raw, **options)
