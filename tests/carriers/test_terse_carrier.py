"""A carrier with few words: its key in the address, one list of bare numbers, prices as texts in cents, no references
of parcels. Field mapping alone connects it."""

import json
import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from carrier_adapters import (
    AccountRefused,
    HttpClient,
    RateRequest,
    RejectedByCarrier,
    Settings,
    TransientCarrierError,
    VocabularyError,
    adapter_class,
)
from carrier_adapters.buying import buy_once, void_all

KEY = "s3cret+key/with=signs"
WORDS = {
    "auth": {"query": "apikey"},
    "headers": {"X-Customer": "4711"},
    "factor": {"amount": 100, "weight_kg": 1000},
    "paths": {
        "rates": "POST /quote", "book": "POST /awb?mode=live", "find": "GET /awb?mine={reference}",
        "void": "DELETE /awb/{id}", "label": "GET /print/{tracking_number}", "check": "GET /awb?mine=none",
    },
    "send": {
        "book": {"reference": "mine", "from": "a", "to": "b", "parcels": "pieces"},
        "rate": {"from": "a", "to": "b", "parcels": "pieces"},
        "parcel": {"reference": None, "weight_kg": "grams"},
    },
    "read": {
        "rates": "tariffs.0.lines", "rate": {"service": "t", "amount": "p", "currency": "c", "transit_days": "d"},
        "bookings": "found.*.items",
        "booking": {"id": "no", "reference": "mine", "amount": "p", "currency": "c", "parcels": "awbs", "state": "s"},
        "parcel": {"reference": None}, "error": {"message": "e.0.1"},
    },
    "voided_states": ["GONE"],
}  # fmt: skip


class Desk(BaseHTTPRequestHandler):
    def do_POST(self):
        desk, body = self.server, json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.allowed():
            return
        if self.path.startswith("/quote"):
            line = {"t": "std", "p": "650", "c": "EUR", "d": "2"}
            self.answer(200, {"tariffs": [{"lines": [line]}]})
            return
        pieces = body["pieces"]
        numbers = [f"AWB{len(desk.awbs)}{at}" for at in range(len(pieces))]
        told = {"one": numbers[:1], "single": numbers[0], "short": numbers[:-1]}.get(desk.style, numbers)
        row = {"no": len(desk.awbs) + 1, "mine": body["mine"], "p": "1999", "c": "EUR", "awbs": told, "s": "OK"}
        desk.awbs.append(row)
        desk.sent.append(body)
        self.answer(200, row)

    def do_GET(self):
        if self.allowed():
            mine = parse_qs(urlsplit(self.path).query).get("mine", [""])[0]
            rows = [row for row in self.server.awbs if row["mine"] == mine]
            self.answer(200, {"found": [{"items": [row]} for row in rows]})

    def do_DELETE(self):
        if not self.allowed():
            return
        row = self.server.awbs[int(urlsplit(self.path).path.rsplit("/", 1)[1]) - 1]
        if row["s"] == "GONE" or self.server.stubborn:
            self.answer(409, {"e": [["x", "not cancellable"]]})
        else:
            row["s"] = "GONE"
            self.close_connection = True  # cancelled, and the reply is lost

    def allowed(self):
        key = parse_qs(urlsplit(self.path).query).get("apikey", [""])[0]
        fine = key == KEY and "Authorization" not in self.headers and self.headers["X-Customer"] == "4711"
        if not fine:
            self.answer(401, {"e": [["x", f"{self.path} is not let in"]]})
        return fine

    def answer(self, status, body):
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_args):
        pass


@pytest.fixture
def desk():
    """The carrier; ``style`` says how it tells numbers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Desk) as server:
        server.awbs, server.sent, server.style, server.stubborn = [], [], "each", False
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def make(desk):
    """Function that makes its adapter."""

    def adapter(key=KEY):
        url = f"http://127.0.0.1:{desk.server_port}"
        http = HttpClient(url, token=key, timeout=5.0, headers=WORDS["headers"], query="apikey")
        return adapter_class("rest_json")(Settings(url, WORDS), http)

    return adapter


def test_prices_as_texts_in_cents(make, request_for):
    ask = request_for()
    (rate,) = make().rate(RateRequest(ask.sender, ask.recipient, ask.parcels))
    assert (rate.amount, rate.currency, rate.transit_days) == (Decimal("6.5"), "EUR", 2)


@pytest.mark.parametrize(
    ("style", "numbers"), [("each", ["AWB00", "AWB01"]), ("one", ["AWB00"] * 2), ("single", ["AWB00"] * 2)]
)
def test_bare_numbers_belong_to_our_parcels_in_our_order(make, request_for, desk, style, numbers):
    desk.style = style
    adapter = make()
    booking = adapter.book(request_for(weights=(1.5, 2)))
    assert [(parcel.reference, parcel.tracking_number) for parcel in booking.parcels] == [
        ("P1", numbers[0]), ("P2", numbers[1]),
    ]  # fmt: skip
    assert booking.amount == Decimal("19.99")
    assert [piece["grams"] for piece in desk.sent[0]["pieces"]] == [1500, 2000]
    assert buy_once(adapter, request_for(weights=(1.5, 2)), first_try=False).booking.id == booking.id
    assert len(desk.awbs) == 1


def test_fewer_numbers_than_parcels_leave_doubt(make, request_for, desk):
    desk.style = "short"
    with pytest.raises(TransientCarrierError, match="no tracking number for parcel") as caught:
        make().book(request_for(weights=(1, 1, 1)))
    assert caught.value.maybe_done


def test_a_void_whose_reply_was_lost_is_done(make, request_for, desk):
    adapter = make()
    booking = adapter.book(request_for())
    with pytest.raises(TransientCarrierError):
        void_all(adapter, booking.reference, booking.id, maybe_more=False)
    assert desk.awbs[0]["s"] == "GONE"
    assert void_all(adapter, booking.reference, booking.id, maybe_more=False) == [booking.id]


def test_a_refused_void_stays_refused(make, request_for, desk):
    desk.stubborn = True
    adapter = make()
    booking = adapter.book(request_for())
    with pytest.raises(RejectedByCarrier, match="not cancellable"):
        void_all(adapter, booking.reference, booking.id, maybe_more=False)
    desk.awbs.clear()
    desk.awbs.append({"no": 1, "mine": "ANOTHER", "p": "1", "c": "EUR", "awbs": [], "s": "OK"})
    with pytest.raises(RejectedByCarrier):
        void_all(adapter, booking.reference, booking.id, maybe_more=False)


def test_the_key_in_the_address_is_in_no_error(make, desk):
    with pytest.raises(AccountRefused) as caught:
        make(key="wrong+key").check()
    assert "wrong" not in str(caught.value)
    assert "***" in str(caught.value)


@pytest.mark.parametrize("headers", [{"X-A": 7}, {"X A": "7"}, {"X-A": "7\r\nX-B: 8"}, {"X-\u00e9": "7"}])
def test_a_header_that_is_none_is_refused(headers):
    with pytest.raises(VocabularyError, match="headers"):
        adapter_class("rest_json")(Settings("http://127.0.0.1", {"headers": headers}), None)
