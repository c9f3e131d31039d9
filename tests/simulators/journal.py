"""The simulator's own log of everything it received and sent."""

import base64
import json
import threading
from datetime import datetime, timezone

# A token in a log is a leak even in a rehearsal: logs are pasted into tickets.
_MASKED_HEADERS = {"authorization", "x-api-key", "cookie"}


def now_text():
    """The current time as RFC 3339 in UTC, to the microsecond."""
    return datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def readable(raw):
    """Raw bytes as they can be stored in JSON: text where it is text, else also base64."""
    try:
        return {"body": raw.decode("utf-8")}
    except UnicodeDecodeError:
        return {"body": raw.decode("utf-8", "replace"), "body_base64": base64.b64encode(raw).decode()}


class Journal:
    """Rows of three kinds: received (read and answered), sent (one per attempt), refused (connection closed unread).

    A row is appended when the thing begins and completed by `finish`, so a request that is still hanging is visible.
    With a `path`, each completed row is also appended there as one line of JSON.
    """

    KINDS = ("received", "sent", "refused")

    def __init__(self, path=None):
        self.path = path
        self._lock = threading.Lock()
        self._rows = {kind: [] for kind in self.KINDS}
        self._seq = 0

    def start(self, kind, **values):
        """Append a row and return it; the caller completes it with `finish`."""
        headers = values.get("headers")
        if headers:
            values["headers"] = {
                name: "***" if name.lower() in _MASKED_HEADERS else value for name, value in headers.items()
            }
        with self._lock:
            self._seq += 1
            row = {"seq": self._seq, "kind": kind, "at": now_text(), **values}
            self._rows[kind].append(row)
        return row

    def finish(self, row, **values):
        """Complete a row: how it was answered or what came of it."""
        with self._lock:
            row.update(values, finished_at=now_text())
            if self.path:
                with open(self.path, "a", encoding="utf-8") as file:
                    file.write(json.dumps(row, default=str) + "\n")

    def snapshot(self, type_name=None, after=0):
        """Copies of all rows, optionally of one event type (with or without "logistics.") and after a sequence."""

        def wanted(row):
            if row["seq"] <= after:
                return False
            if not type_name:
                return True
            return (row.get("type") or "").removeprefix("logistics.") == type_name.removeprefix("logistics.")

        with self._lock:
            return {kind: [dict(row) for row in rows if wanted(row)] for kind, rows in self._rows.items()}

    def clear(self):
        """Forget all rows; the sequence goes on, so a cursor held by a reader stays valid."""
        with self._lock:
            for rows in self._rows.values():
                rows.clear()
