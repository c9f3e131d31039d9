"""The interface of UPS on a real socket, as far as a booking needs it, for Karrio's package to talk to."""

import base64
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image

CLIENT, SECRET = "client-4711", "s3cret-of-the-client"
_TOKEN = "ups-access-token-123456"


class UpsServer:
    """A context; `sold` and `voided` are what the carrier holds, `cut` drops the line after the work is done."""

    def __enter__(self):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.ups = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.clear()
        return self

    def __exit__(self, *_failure):
        self._server.shutdown()
        self._server.server_close()

    def clear(self):
        """Nothing sold, no fault."""
        self.sold, self.voided, self.cut = [], [], False

    def answer(self, path, headers):
        """(status, dict) of one request."""
        if path.startswith("/security"):
            basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            if headers.get("Authorization") != f"Basic {basic}":
                return 401, {"response": {"errors": [{"code": "10401", "message": "ClientId is Invalid"}]}}
            return 200, {"access_token": _TOKEN, "issued_at": "4102444800000", "expires_in": "14399"}
        if headers.get("Authorization") != f"Bearer {_TOKEN}":
            return 401, {"response": {"errors": [{"code": "250002", "message": "Invalid Authentication"}]}}
        done = {"ResponseStatus": {"Code": "1", "Description": "Success"}}
        if "/void/" in path:
            self.voided.append(path.rsplit("/", 1)[1])
            return 200, {"VoidShipmentResponse": {"Response": done, "SummaryResult": {"Status": {"Code": "1"}}}}
        number = f"1ZODOO{len(self.sold) + 1:012d}"
        self.sold.append(number)
        paper = io.BytesIO()
        Image.new("1", (40, 60), 1).save(paper, format="PNG")
        image = base64.b64encode(paper.getvalue()).decode()
        label = {"ImageFormat": {"Code": "PNG", "Description": "PNG"}, "GraphicImage": image}
        money = {"CurrencyCode": "USD", "MonetaryValue": "12.35"}
        results = {
            "ShipmentCharges": {"TransportationCharges": money, "TotalCharges": money},
            "ShipmentIdentificationNumber": number,
            "PackageResults": [{"TrackingNumber": number, "ShippingLabel": label}],
        }
        return 200, {"ShipmentResponse": {"Response": done, "ShipmentResults": results}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        """Silence."""

    def _serve(self):
        ups = self.server.ups
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, said = ups.answer(self.path.partition("?")[0], self.headers)
        if ups.cut and self.path.endswith("/ship"):
            self.close_connection = True
            return
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = _serve
