"""Odoo's part in the simulators' own tests: an inbox that verifies and answers as told, and signed events to send."""

import json
import threading
import uuid
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook

SECRET_IN = "whsec_c2ltdWxhdG9yLXNlY3JldC1pbmJvdW5kLTAwMDAwMDE="
SECRET_OUT = "whsec_c2ltdWxhdG9yLXNlY3JldC1vdXRib3VuZC0wMDAwMDI="


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        """Silent: the test looks at `calls`."""

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        inbox = self.server
        status, extra = inbox.answers.pop(0) if inbox.answers else (202, {})
        try:
            Webhook(inbox.secret).verify(raw, dict(self.headers.items()), json_parse=False)
            verified = True
        except Exception:
            verified = False
            status = 401
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        with inbox.lock:
            inbox.calls.append(
                {
                    "path": self.path,
                    "id": self.headers.get("webhook-id"),
                    "timestamp": self.headers.get("webhook-timestamp"),
                    "verified": verified,
                    "status": status,
                    "raw": raw,
                    "json": body,
                }
            )
        content = json.dumps({"id": len(inbox.calls), "status": "accepted"}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in extra.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


class StandInInbox(ThreadingHTTPServer):
    """Listens on a free port; `calls` is what came, `answers` what to answer next: [(status, headers), ...]."""

    daemon_threads = True

    def __init__(self, secret):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.secret = secret
        self.lock = threading.Lock()
        self.calls = []
        self.answers = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        """Its base URL."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def of(self, type_name):
        """The calls of one event type, in the order they came."""
        with self.lock:
            return [call for call in self.calls if (call["json"] or {}).get("type") == f"logistics.{type_name}"]

    def clear(self):
        """Forget what came and what to answer."""
        with self.lock:
            self.calls.clear()
            self.answers.clear()


def signed(body, secret=SECRET_IN, webhook_id=None, at=None):
    """Standard Webhooks headers for a body, as Odoo would send it."""
    at = at or datetime.now(timezone.utc)
    webhook_id = webhook_id or f"msg_{uuid.uuid4().hex}"
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(msg_id=webhook_id, timestamp=at, data=body.decode()),
    }


def event(type_name, data, **more):
    """A CloudEvents body as Odoo would send it."""
    head = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": "/odoo/test", "companyid": 1}
    return json.dumps({**head, "type": f"logistics.{type_name}", "data": data, **more}).encode()


def tell(simulator, type_name, data, timeout=10, **signing):
    """Send one signed event; (status, answer)."""
    body = event(type_name, data)
    return simulator.request("POST", "/webhook", body, signed(body, **signing), timeout=timeout)
