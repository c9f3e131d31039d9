"""The interfaces of UPS, Canada Post and DHL Parcel DE on a local socket, for the packages of Karrio to talk to.

It keeps what it was asked and sold, and takes faults: one path fragment may be told to answer otherwise, to be silent,
or to cut the line after it has done the work.
"""

import base64
import contextlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from . import karrio_answers as answers

CLIENT, SECRET = "client-4711", "s3cret-of-the-client"


@dataclass
class Fault:
    """What happens to requests whose path holds a fragment.

    :ivar int status: answered instead of the real answer, with `body`; 0: the real answer
    :ivar float delay: seconds before the answer, the work being done at once
    :ivar bool cut: the line is cut instead of an answer
    :ivar int skip: so many requests pass unharmed first
    """

    fragment: str
    status: int = 0
    body: bytes = b""
    headers: dict = field(default_factory=dict)
    delay: float = 0.0
    cut: bool = False
    skip: int = 0


class KarrioServer:
    """A context: within it the three carriers answer under `url`."""

    def __enter__(self):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.desk = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.clear()
        return self

    def __exit__(self, *_failure):
        self._server.shutdown()
        self._server.server_close()

    def clear(self):
        """Forget what was asked and sold, and every fault."""
        self.requests, self.sold, self.voided, self.fault, self.number = [], [], [], None, 100

    def paths(self):
        return [f"{method} {path}" for method, path, _headers, _body in self.requests]

    def next(self, count=1):
        self.number += count
        return self.number - count

    # -- the carriers -----------------------------------------------------------------------------------------------

    def answer(self, method, path, headers, body):
        """(status, content type, body) of a request that is let in."""
        if path.startswith(("/security", "/api/")):
            return self._ups(method, path, headers, body)
        if path.startswith(("/rs/", "/vis/")):
            return self._canadapost(method, path, headers, body)
        return self._dhl(method, path, headers, body)

    def _ups(self, method, path, headers, body):
        if path.startswith("/security"):
            known = headers.get("Authorization") == f"Basic {_basic(CLIENT, SECRET)}"
            refused = (401, "json", answers.ups_error("10401", "ClientId is Invalid"))
            return (200, "json", answers.ups_token()) if known else refused
        if headers.get("Authorization") != "Bearer ups-access-token-123456":
            return 401, "json", answers.ups_error("250002", "Invalid Authentication Information.")
        if "/rating/" in path:
            return 200, "json", answers.ups_rates()
        if path.endswith("/ship"):
            order = json.loads(body)["ShipmentRequest"]
            count = len(order["Shipment"]["Package"])
            kind = order["LabelSpecification"]["LabelImageFormat"]["Code"]
            sold = answers.ups_shipment(count, kind, self.next(count))
            self.sold.append(sold["ShipmentResponse"]["ShipmentResults"]["ShipmentIdentificationNumber"])
            return 200, "json", sold
        if "/void/" in path:
            if path.rsplit("/", 1)[1] in self.voided:
                return 400, "json", answers.ups_error("190117", "The shipment has already been voided.")
            self.voided.append(path.rsplit("/", 1)[1])
            return 200, "json", answers.ups_void()
        if "/track/" in path:
            number = path.rsplit("/", 1)[1]
            if number.startswith("1Z"):
                return 200, "json", answers.ups_tracking(number)
            return 400, "json", answers.ups_error("TV1002", "Invalid inquiry number")
        return 200, "json", answers.ups_pickup() if method == "POST" else answers.ups_pickup_cancelled()

    def _canadapost(self, method, path, headers, body):
        if headers.get("Authorization") != f"Basic {_basic(CLIENT, SECRET)}":
            return 401, "xml", answers.canadapost_messages("E002", "AAA Authentication Failure")
        if path.endswith("/price"):
            return 200, "xml", answers.canadapost_rates()
        if path.startswith("/vis/"):
            return 200, "xml", answers.canadapost_tracking(path.split("/")[4])
        if path.startswith("/rs/artifact/"):
            return 200, "pdf", answers.PDF.decode() + f"% {path.split('/')[3]}"
        if method == "POST" and path.endswith("/shipment"):
            number = self.next()
            self.sold.append(f"54502158483595{number:04d}")
            return 200, "xml", answers.canadapost_shipment(number)
        if method == "DELETE":
            self.voided.append(path.rsplit("/", 1)[1])
            return 204, "xml", ""
        return 200, "xml", answers.canadapost_shipment(int(path[-4:]))

    def _dhl(self, method, path, headers, body):
        if path.endswith("/token"):
            known = f"client_secret={SECRET}" in body.decode()
            refused = {"title": "Unauthorized", "statusCode": 401, "detail": "Unauthorized for given resource."}
            return (200, "json", answers.dhl_token()) if known else (401, "json", refused)
        if "/orders" in path and method == "POST":
            order = json.loads(body)
            if order["shipments"][0]["consignee"].get("postalCode") == "99999":
                return 400, "json", answers.dhl_validation()
            kind = "ZPL2" if "ZPL2" in self.requests[-1][1] else "PDF"
            sold = answers.dhl_order(len(order["shipments"]), kind, self.next(len(order["shipments"])))
            self.sold += [item["shipmentNo"] for item in sold["items"]]
            return 200, "json", sold
        if "/orders" in path:
            ids = parse_qs(urlsplit(self.requests[-1][1]).query)["shipment"][0].split(",")
            self.voided += ids
            items = [{"shipmentNo": each, "sstatus": {"title": "OK", "statusCode": 200}} for each in ids]
            return 200, "json", {"status": {"title": "OK", "statusCode": 200, "detail": "ok"}, "items": items}
        return 200, "xml", answers.dhl_tracking("00340434161094015902")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _serve(self):
        desk = self.server.desk
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        desk.requests.append((self.command, self.path, dict(self.headers), body))
        status, kind, said = desk.answer(self.command, urlsplit(self.path).path, self.headers, body)
        said, extra = answers.dump(said), {}
        fault = desk.fault
        if fault and fault.fragment in self.path:
            if fault.skip:
                fault.skip -= 1
            else:
                time.sleep(fault.delay)
                if fault.cut:
                    self.close_connection = True
                    return
                if fault.status:
                    status, said, extra = fault.status, fault.body, fault.headers
        self.send_response(status)
        self.send_header("Content-Type", {"json": "application/json", "pdf": "application/pdf"}.get(kind, "text/xml"))
        self.send_header("Content-Length", str(len(said)))
        for name, value in extra.items():
            self.send_header(name, value)
        self.end_headers()
        # Who asked may have hung up meanwhile.
        with contextlib.suppress(ConnectionError):
            self.wfile.write(said)

    do_GET = do_POST = do_DELETE = do_PUT = _serve

    def log_message(self, *_args):
        pass


def _basic(name, secret):
    return base64.b64encode(f"{name}:{secret}".encode()).decode()
