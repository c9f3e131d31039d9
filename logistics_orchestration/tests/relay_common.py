"""A partner on this machine and a fact to tell it, for tests of the outbox inside Odoo."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .common import LogisticsCase

TYPE = "logistics.purchase.requested"


class Partner(ThreadingHTTPServer):
    """Records requests and answers ``status``."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.requests = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/hook"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def numbers(self):
        """The ``number`` of each request's data, in the order of arrival."""
        return [json.loads(body)["data"]["number"] for _headers, body in self.requests]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args):
        """Tests are quiet."""


class RelayCase(LogisticsCase):
    """A system with one subscription to ``TYPE`` and a document whose facts it gets."""

    def setUp(self):
        super().setUp()
        # what other parts of the suite emitted while the class was set up is not ours
        self.env.cr.flush()
        self.env.cr.execute("DELETE FROM logistics_outbox_pointer")
        self.partner = Partner()
        self.addCleanup(self.partner.shutdown)
        self.addCleanup(self.partner.server_close)
        self.system = self.make_system("supplier", **self.line())
        self.subscription = self.subscribe(self.system)
        supplier = self.env["res.partner"].create({"name": "Timber & Co"})
        self.purchase = self.env["purchase.order"].create({"partner_id": supplier.id})

    def line(self, **vals):
        """Values of a system that leads to the partner."""
        return {
            "outbound_url": self.partner.url,
            "allow_http": True,
            "allowed_networks": "127.0.0.0/8",
            "retry_schedule": "3600,3600",
            "dead_policy": "hold",
            **vals,
        }

    def subscribe(self, system, **vals):
        event_type = self.env["logistics.event.type"].search([("name", "=", TYPE)])
        return self.env["logistics.subscription"].create(
            {"name": "Orders", "system_id": system.id, "event_type_ids": [(6, 0, event_type.ids)], **vals}
        )

    def emit(self, number=1, purchase=None):
        """One fact, written; returns its event."""
        lines = [{"line": 1, "sku": "DESK", "quantity": 2.0}]
        data = {"purchase": "P1", "supplier": "Timber & Co", "lines": lines, "number": number}
        uid = (purchase or self.purchase)._logistics_emit(TYPE, data)[0]
        self.env.cr.flush()
        return self.env["logistics.event"].search([("uid", "=", uid)])

    def drain(self):
        """Deliver what is due now; returns how many were delivered."""
        return self.env["logistics.outbox.message"]._drain(10)

    def message(self, event):
        """The message owed for an event."""
        return self.env["logistics.outbox.message"].search([("event_id", "=", event.id)])
