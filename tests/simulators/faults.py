"""How a simulator misbehaves on request.

`POST /_control` with a `mode` sets a fault for what the simulator *answers*:

    {"mode": "ok"}                                   all well again (with "path": only there)
    {"mode": "slow", "delay_s": 3}                   acts and answers late; ends early when the fault is lifted
    {"mode": "down"}                                 closes the connection without reading or answering
    {"mode": "429", "retry_after": 2}                too many requests, with Retry-After
    {"mode": "500"}                                  any status from 300 to 599, nothing is acted upon
    {"mode": "drop_reply"}                           acts, then closes the connection instead of answering
    {"mode": "garbage"}                              acts, then answers 200 with something that is not JSON

each with "for": N (the next N requests; null = until changed), "path": a prefix such as "/bookings" and "method".
Several faults may be set at once for different paths; the longest matching path wins.

For what it *pushes*: {"send_twice": true | "parallel"}, {"out_of_order": true}, {"send_garbage": true},
{"send_bad_signature": true}, again with "for": N pushes; `false` ends one.
"""

import threading
from dataclasses import dataclass, field

MODES = ("ok", "slow", "down", "drop_reply", "garbage")
PUSH_FLAGS = ("send_twice", "out_of_order", "send_garbage", "send_bad_signature")


class ControlError(ValueError):
    """A control or act request that cannot be understood; the text tells the caller what to send instead."""


@dataclass
class Fault:
    """One way of answering wrongly, for a path prefix, for a number of requests."""

    mode: str
    path: str = "/"
    method: str = ""
    delay_s: float = 1.0
    retry_after: float = 1.0
    left: int | None = None
    lifted: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def status(self):
        """The HTTP status to answer with, or None when the mode is not a status."""
        return int(self.mode) if self.mode.isdigit() else None

    def describe(self):
        """The fault as JSON, for `GET /_health`."""
        return {
            "mode": self.mode,
            "path": self.path,
            "method": self.method,
            "delay_s": self.delay_s,
            "retry_after": self.retry_after,
            "for": self.left,
        }

    def hold(self):
        """Wait as long as a slow partner does, or until the fault is lifted."""
        self.lifted.wait(self.delay_s)


def _count(value):
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ControlError(f'"for" is {value!r}: give a whole number of requests from 1, or null for "until changed".')
    return value


def _seconds(body, key, default):
    value = body.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ControlError(f'"{key}" is {value!r}: give a number of seconds from 0.')
    return float(value)


class FaultBook:
    """The faults in force, consumed request by request and push by push."""

    def __init__(self):
        self._lock = threading.Lock()
        self._faults = []
        self._spent = []
        self._push = {}

    def control(self, body):
        """Apply the fault part of a control request (see the module's text)."""
        left = _count(body.get("for"))
        if "mode" in body:
            self._set_mode(body, left)
        for flag in PUSH_FLAGS:
            if flag in body:
                self._set_push(flag, body[flag], left)

    def _set_mode(self, body, left):
        mode = str(body["mode"])
        is_status = mode.isdigit() and 300 <= int(mode) <= 599
        if mode not in MODES and not is_status:
            raise ControlError(f'"mode" is {mode!r}: use one of {", ".join(MODES)} or a status from 300 to 599.')
        fault = Fault(
            mode=mode,
            path=body.get("path") or "/",
            method=(body.get("method") or "").upper(),
            delay_s=_seconds(body, "delay_s", 1.0),
            retry_after=_seconds(body, "retry_after", 1.0),
            left=left,
        )
        with self._lock:
            everywhere = mode == "ok" and "path" not in body
            if everywhere:
                self._lift_spent()
            kept = []
            for old in self._faults:
                if everywhere or (old.path == fault.path and old.method in (fault.method, "")):
                    old.lifted.set()
                else:
                    kept.append(old)
            self._faults = kept if mode == "ok" else [*kept, fault]

    def _set_push(self, flag, value, left):
        if value not in (True, False, "parallel") or (value == "parallel" and flag != "send_twice"):
            raise ControlError(f'"{flag}" is {value!r}: use true or false (send_twice also "parallel").')
        with self._lock:
            if value:
                self._push[flag] = [value, left]
            else:
                self._push.pop(flag, None)

    def _lift_spent(self):
        for fault in self._spent:
            fault.lifted.set()
        self._spent = []

    def take(self, method, path):
        """The fault for this request, or None; one of its N is used up."""
        with self._lock:
            matching = [f for f in self._faults if path.startswith(f.path) and f.method in ("", method)]
            if not matching:
                return None
            fault = max(matching, key=lambda f: (len(f.path), bool(f.method)))
            if fault.left is not None:
                fault.left -= 1
                if fault.left == 0:
                    # Not lifted yet: the slow answer about to begin keeps its delay until all is set well.
                    self._faults.remove(fault)
                    self._spent.append(fault)
            return fault

    def take_push(self, flag):
        """The value of a push flag for this push, or False; one of its N is used up."""
        with self._lock:
            held = self._push.get(flag)
            if held is None:
                return False
            value, left = held
            if left is not None:
                held[1] = left - 1
                if held[1] == 0:
                    del self._push[flag]
            return value

    def clear(self):
        """All well again."""
        with self._lock:
            for fault in self._faults:
                fault.lifted.set()
            self._lift_spent()
            self._faults = []
            self._push = {}

    def describe(self):
        """The faults in force, as JSON."""
        with self._lock:
            return {
                "answers": [fault.describe() for fault in self._faults],
                "pushes": {flag: {"value": held[0], "for": held[1]} for flag, held in self._push.items()},
            }
