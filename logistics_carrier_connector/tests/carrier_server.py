"""A carrier on a real socket, for tests: naive on purpose, so the same reference booked twice makes two bookings."""

import base64
import io
import json
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from reportlab.pdfgen import canvas

from .socket_server import SocketServer

TOKEN = "s3cret-t0ken-of-the-carrier"
SERVICES = {"standard": ("Standard", 6.5, 3), "express": ("Express", 14.9, 1)}


def _pdf():
    paper = io.BytesIO()
    page = canvas.Canvas(paper, pagesize=(288, 432))
    page.drawString(30, 400, "LABEL")
    page.save()
    return paper.getvalue()


PDF = _pdf()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        """Silence: `seen` is the log."""

    def do_GET(self):
        self._serve("GET")

    def do_POST(self):
        self._serve("POST")

    def _serve(self, method):
        carrier = self.server.owner
        url = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        carrier.seen.append((method, url.path, dict(self.headers.items())))
        fault = carrier.take_fault(method, url.path)
        if isinstance(fault, int):
            return self._answer(
                fault, {"error": {"message": "out of order"}}, {"Retry-After": "30"} if fault == 429 else {}
            )
        status, body = carrier.act(method, url, json.loads(raw or b"{}"), self.headers)
        if callable(fault):
            fault()
        if fault == "drop":
            self.close_connection = True
            return None
        if fault == "garbage":
            status, body = 200, b"<html>It works!</html>"
        return self._answer(status, body)

    def _answer(self, status, body, headers=None):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)


class CarrierServer(SocketServer):
    """Start with `with CarrierServer() as carrier`; `fault(...)` makes the next answers go wrong."""

    handler = _Handler

    def clear(self):
        """No bookings, no faults, an empty log."""
        self.bookings, self.seen, self._faults, self._count = [], [], [], 0
        self.desk = {"pickups": [], "manifests": []}
        self.instructions, self.refuse_instructions = [], ""
        self.currencies, self.tells_days = {}, True

    def fault(self, what, times=1, path="/", method=""):
        """`what`: a status, "drop" (acts, then no reply), "garbage", or a function called after acting."""
        self._faults += [(what, path, method)] * times

    def take_fault(self, method, path):
        """The first fault that fits, used up."""
        for fault in self._faults:
            if path.startswith(fault[1]) and fault[2] in ("", method):
                self._faults.remove(fault)
                return fault[0]
        return None

    def clear_faults(self):
        """Everything works again."""
        self._faults = []

    def living(self):
        """Bookings that were bought and not voided."""
        return [booking for booking in self.bookings if booking["state"] == "booked"]

    def calls(self, method, path="/"):
        """How often something was asked."""
        return len([1 for seen in self.seen if seen[0] == method and seen[1].startswith(path)])

    def book(self, body):
        """Sell a label."""
        _name, price, _days = SERVICES[body.get("service") or "standard"]
        parcels = []
        for parcel in body["parcels"]:
            self._count += 1
            parcels.append(
                {"reference": parcel["reference"], "tracking_number": f"TRK{self._count:05d}", "label_url": ""}
            )
        booking = {
            "id": f"BK{len(self.bookings) + 1}",
            "reference": body["reference"],
            "state": "booked",
            "service": body.get("service") or "standard",
            "amount": price * len(parcels),
            "currency": "EUR",
            "parcels": parcels,
            "from": body.get("from"),
            "to": body["to"],
            "told": {key: body.get(key) for key in ("packaging", "incoterm", "is_return", "label_format")},
            "weights": [parcel["weight_kg"] for parcel in body["parcels"]],
        }
        self.bookings.append(booking)
        return booking

    def _desk(self, method, parts, url, body):
        """Drivers and lists."""
        rows = self.desk[parts[0]]
        if method == "GET":
            reference = parse_qs(url.query).get("reference", [""])[0]
            return 200, {parts[0]: [row for row in rows if row["reference"] == reference]}
        if parts[1:]:
            row = next(row for row in rows if row["id"] == parts[1])
            row["state"] = "cancelled"
            return 200, row
        row = {"id": f"{parts[0][:2].upper()}{len(rows) + 1}", "state": "planned", **body}
        if parts[0] == "manifests":
            row["document"] = base64.b64encode(PDF).decode()
        rows.append(row)
        return 201, row

    def act(self, method, url, body, headers):
        """(status, body) of one request."""
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"error": {"message": f"Not let in with {headers.get('Authorization')}"}}
        parts = url.path.strip("/").split("/")
        if method == "POST" and parts == ["rates"]:
            wanted = body.get("services") or list(SERVICES)
            rates = [(code, *SERVICES[code]) for code in wanted if code in SERVICES]
            keys = ("service", "name", "amount", "transit_days")
            fuel = {"surcharges": [{"name": "Fuel", "amount": 1.5}]}
            rows = [dict(zip(keys, rate, strict=True), base=rate[2] - 1.5, **fuel) for rate in rates]
            for row in rows:
                row["currency"] = self.currencies.get(row["service"], "EUR")
                if not self.tells_days:
                    del row["transit_days"]
            return 200, {"rates": rows}
        if parts[0] in ("pickups", "manifests"):
            return self._desk(method, parts, url, body)
        if method == "POST" and parts == ["bookings"]:
            if body.get("service") not in (None, *SERVICES):
                return 422, {"error": {"message": f"Unknown service {body['service']}", "field": "service"}}
            return 201, self.book(body)
        if method == "GET" and parts == ["bookings"]:
            reference = parse_qs(url.query).get("reference", [""])[0]
            return 200, {"bookings": [b for b in self.bookings if b["reference"] == reference]}
        if method == "GET" and parts == ["instructions"]:
            reference = parse_qs(url.query).get("reference", [""])[0]
            return 200, {"instructions": [one for one in self.instructions if one["reference"] == reference]}
        if method == "GET" and parts[0] == "labels":
            return 200, PDF if parts[1].endswith(".pdf") else b"^XA^FDlabel^FS^XZ"
        booking = next((b for b in self.bookings if parts[:2] == ["bookings", b["id"]]), None)
        if method == "POST" and booking and parts[2:] == ["void"]:
            if booking.get("collected"):
                return 409, {"error": {"message": "Collected already"}}
            booking["state"] = "voided"
            return 200, {"id": booking["id"], "state": "voided"}
        if method == "POST" and booking and parts[2:] == ["instructions"]:
            if self.refuse_instructions:
                return 409, {"error": {"message": self.refuse_instructions}}
            self.instructions.append(dict(body, id=f"IN{len(self.instructions) + 1}"))
            return 200, self.instructions[-1]
        return 404, {"error": {"message": f"No {url.path}"}}
