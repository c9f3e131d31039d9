"""What every simulator shares: settings, verification, idempotency, pushing, control. Subclasses add the trade."""

import json
import threading
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs

from standardwebhooks.webhooks import Webhook

from .faults import PUSH_FLAGS, ControlError, FaultBook
from .journal import Journal, now_text
from .outgoing import Sender, envelope, make_push

# What `POST /_control` may change besides faults, with its default. Subclasses add theirs in SETTINGS.
SETTINGS = {
    "odoo": "http://localhost:8069",
    "slug": "",
    "secret_in": "",
    "secret_out": "",
    "token": "",
    "auto": False,
    "push_attempts": 6,
    "push_backoff_s": 0.2,
    "push_timeout_s": 20.0,
    "collect_s": 0.5,
}
_SECRETS = ("secret_in", "secret_out")
# Seconds a reset waits for calls under way.
_PATIENCE = 10


@dataclass
class Request:
    """A request of a partner (here: Odoo), read completely."""

    method: str
    path: str
    query: dict
    headers: dict
    raw: bytes

    def json(self):
        """The body as a JSON object; a clear error otherwise."""
        try:
            value = json.loads(self.raw or b"{}")
        except ValueError as error:
            raise ControlError(f"The body is not JSON: {error}.") from None
        if not isinstance(value, dict):
            raise ControlError("The body is not a JSON object.")
        return value


@dataclass
class Reply:
    """What the simulator answers."""

    status: int
    body: object = None
    content_type: str = "application/json"
    headers: tuple = ()

    def encoded(self):
        """The body as bytes."""
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps({} if self.body is None else self.body, ensure_ascii=False).encode()


class Simulator:
    """One partner system. Events are handled by `on_<family>_<verb>(data, envelope)`, acts by `act_<do>(body)`."""

    kind = "partner"
    SETTINGS = {}

    def __init__(self, log_path=None, **settings):
        self.config = {**SETTINGS, **self.SETTINGS}
        self.journal = Journal(log_path)
        self.faults = FaultBook()
        self.sender = Sender(self.config, self.faults, self.journal)
        self.lock = threading.RLock()
        self.seen = {}
        self.era = 0
        self._calls = 0
        self._calm = threading.Condition()
        self.port = None
        self.configure(settings)
        self.clear_records()

    # -- to be extended ------------------------------------------------------------------------------------------

    def clear_records(self):
        """Forget the business records."""

    def records(self):
        """The business records as JSON, for `GET /_state`."""
        return {}

    def rest(self, request):
        """Answer a request that is not the webhook: a partner with an API of its own extends this."""
        return None, Reply(404, {"error": {"message": f"No such resource: {request.method} {request.path}"}})

    # -- settings and control ------------------------------------------------------------------------------------

    def configure(self, values):
        """Change settings; an unknown one or one of the wrong type is refused with all others."""
        checked = {}
        for name, value in values.items():
            if name not in self.config:
                raise ControlError(f"Unknown setting {name!r}: use one of {', '.join(sorted(self.config))}.")
            default = {**SETTINGS, **self.SETTINGS}[name]
            wanted = (int, float) if isinstance(default, float) else type(default)
            if not isinstance(value, wanted):
                raise ControlError(f'"{name}" is {value!r}: give a value like {default!r}.')
            if name in _SECRETS and value:
                try:
                    Webhook(value)
                except Exception as error:
                    raise ControlError(f'"{name}" is not a whsec_ secret: {error}.') from None
            checked[name] = value
        self.config.update(checked)

    def control(self, body):
        """`POST /_control`: settings and faults in one request; answers what is in force now."""
        fault_keys = {"mode", "path", "method", "delay_s", "retry_after", "for", *PUSH_FLAGS}
        self.configure({key: value for key, value in body.items() if key not in fault_keys})
        self.faults.control(body)
        return self.health()

    def health(self):
        """`GET /_health`: who this is, its settings without secrets, and the faults in force."""
        shown = {key: value for key, value in self.config.items() if key not in (*_SECRETS, "token")}
        ready = bool(self.config["slug"] and self.config["secret_in"] and self.config["secret_out"])
        return {"kind": self.kind, "ok": True, "configured": ready, "settings": shown, "faults": self.faults.describe()}

    def reset(self):
        """`POST /_reset`: forget log, faults, records and what was planned; keep the settings."""
        self.faults.clear()
        # A slow call that its caller gave up long ago would act after the reset and look like the next test's own.
        with self._calm:
            if not self._calm.wait_for(lambda: not self._calls, timeout=_PATIENCE):
                raise ControlError(f"{self._calls} call(s) did not end within {_PATIENCE} s: nothing was reset.")
        with self.lock:
            self.era += 1
            self.seen.clear()
            self.clear_records()
        self.sender.clear()
        self.journal.clear()
        return {"ok": True}

    @contextmanager
    def under_way(self):
        """Around a partner's call until it has acted: a reset waits for those that began before it."""
        with self._calm:
            self._calls += 1
        try:
            yield
        finally:
            with self._calm:
                self._calls -= 1
                self._calm.notify_all()

    def act(self, body):
        """`POST /_act`: do one thing now; waits for the pushes it caused unless "wait" is false."""
        name = str(body.get("do") or "")
        method = getattr(self, f"act_{name}", None)
        if not method:
            known = sorted(attr[4:] for attr in dir(self) if attr.startswith("act_"))
            raise ControlError(f'"do" is {name!r}: use one of {", ".join(known)}.')
        pushes = method(body) or []
        if body.get("wait", True):
            for push in pushes:
                push.done.wait(float(body.get("timeout_s", 30)))
        return {"pushed": [push.outcome() for push in pushes]}

    def act_push(self, body):
        """Say anything: "type" and "data", or "raw"; "bad_signature", "unsigned", "webhook_id" as wanted."""
        options = {key: bool(body[key]) for key in ("bad_signature", "unsigned") if key in body}
        if "raw" in body:
            push = make_push("", str(body["raw"]).encode(), body.get("webhook_id"), **options)
            return [self.sender.submit(push)]
        if not body.get("type"):
            raise ControlError('"type" is missing: name the event, such as "shipment.status_changed".')
        more = {"webhook_id": body.get("webhook_id"), "options": options, **(body.get("envelope") or {})}
        return [self.push(body["type"], body.get("data") or {}, **more)]

    # -- speaking ------------------------------------------------------------------------------------------------

    def push(self, type_name, data, cause=None, webhook_id=None, options=None, **overrides):
        """Queue one signed event to Odoo and return the `Push`."""
        body = envelope(f"urn:simulator:{self.kind}", type_name, data, cause, **overrides)
        return self.sender.submit(make_push(body["type"], body, webhook_id, **(options or {})))

    def later(self, seconds, function, *args):
        """Run a function after a while, unless a reset came in between."""
        era = self.era

        def run():
            if era == self.era:
                function(*args)

        timer = threading.Timer(seconds, run)
        timer.daemon = True
        timer.start()
        return timer

    # -- listening -----------------------------------------------------------------------------------------------

    def handle(self, request):
        """Answer a partner's request: (extra values for the log, reply)."""
        if request.path == "/webhook" and request.method == "POST":
            return self.webhook(request)
        verified, reply = self.rest(request)
        return {"verified": verified}, reply

    def webhook(self, request):
        """Verify, recognise a repeat, act once."""
        webhook_id = next((value for name, value in request.headers.items() if name.lower() == "webhook-id"), "")
        told = {"webhook_id": webhook_id, "verified": False}
        try:
            if not self.config["secret_in"]:
                return told, Reply(401, {"error": "No secret is configured here, so nothing is let through."})
            Webhook(self.config["secret_in"]).verify(request.raw, request.headers, json_parse=False)
        except Exception as error:
            # The package raises several kinds for malformed headers; all mean the same to the caller.
            return {**told, "reason": str(error)}, Reply(401, {"error": "The signature is not valid."})
        told["verified"] = True
        try:
            body = request.json()
            name = body["type"].removeprefix("logistics.")
            data = body["data"]
        except (ControlError, KeyError, AttributeError) as error:
            return {**told, "reason": str(error)}, Reply(400, {"error": "Not a CloudEvents envelope."})
        told.update(type=body["type"], event_id=body.get("id"), json=body)
        with self.lock:
            if webhook_id in self.seen:
                return {**told, "repeat": True}, Reply(200, {"status": "duplicate", "id": webhook_id})
            handler = getattr(self, "on_" + name.replace(".", "_"), None)
            if handler:
                handler(data, body)
            # Only after it was acted upon: a handler that failed must be able to run at the next try.
            self.seen[webhook_id] = now_text()
        return {**told, "repeat": False, "handled": bool(handler)}, Reply(200, {"status": "accepted", "id": webhook_id})


def parse_query(text):
    """A query string as a dict with the last value of each key."""
    return {key: values[-1] for key, values in parse_qs(text, keep_blank_values=True).items()}


def reference(prefix):
    """A short unique reference, also over restarts of the simulator."""
    return f"{prefix}{uuid.uuid4().hex[:10].upper()}"
