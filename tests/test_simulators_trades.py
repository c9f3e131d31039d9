"""What each simulator knows of its trade: the carrier's REST and scans, picking, paying."""

import base64
import io
import struct
import time
import zlib

import pytest
from PyPDF2 import PdfReader

from tests.simulators.inbox import SECRET_IN, SECRET_OUT, StandInInbox, tell
from tests.simulators.process import SimulatorProcess, wait_for

TOKEN = {"Authorization": "Bearer t0ken"}
ADDRESS = {"name": "Zoë (Test)", "street": "Main 1", "city": "Ghent", "zip": "9000", "country": "BE"}
BOOKING = {
    "reference": "LB/1",
    "service": "express",
    "from": ADDRESS,
    "to": ADDRESS,
    "parcels": [{"reference": "P1", "weight_kg": 2.0}, {"reference": "P2", "weight_kg": 1.0}],
    "label_format": "pdf",
}
REQUEST = {
    "fulfillment": "FUL/00007",
    "order": "S00001",
    "lines": [{"line": 11, "sku": "DESK", "quantity": 5.0}, {"line": 12, "sku": "LAMP", "quantity": 1.0}],
}
INVOICE = {
    "invoice": "INV/1",
    "amount_total": 121.0,
    "currency": "EUR",
    "lines": [{"line": 1, "sku": "DESK"}, {"line": 2, "sku": "LAMP"}],
}


@pytest.fixture(scope="module")
def inbox():
    with StandInInbox(SECRET_OUT) as server:
        yield server
        server.shutdown()


def _running(kind, inbox, **more):
    options = {"odoo": inbox.url, "slug": f"{kind}-slug", "secret_in": SECRET_IN, "secret_out": SECRET_OUT, **more}
    return SimulatorProcess(kind, **options)


@pytest.fixture(scope="module")
def processes(inbox):
    kinds = {"carrier": {"token": "t0ken"}, "warehouse": {}, "finance": {}}
    running = {kind: _running(kind, inbox, **more) for kind, more in kinds.items()}
    yield running
    for process in running.values():
        process.stop()


def _fresh(process, inbox, **settings):
    inbox.clear()
    process.reset()
    process.control(auto=False, **settings)
    return process


@pytest.fixture
def carrier(processes, inbox):
    return _fresh(processes["carrier"], inbox, auto_on="booking", start_delay_s=0.05, scan_delay_s=0.02)


@pytest.fixture
def warehouse(processes, inbox):
    settings = {"policy": "accept", "cancel_policy": "let_go", "short": {}, "packages": 1}
    return _fresh(processes["warehouse"], inbox, accept_delay_s=0.02, pick_delay_s=0.02, **settings)


@pytest.fixture
def finance(processes, inbox):
    return _fresh(processes["finance"], inbox, policy="pay", answer_delay_s=0.02)


def book(carrier, **changes):
    """Book and return the tracking numbers."""
    status, answer = carrier.request("POST", "/bookings", {**BOOKING, **changes}, TOKEN)
    assert status == 201, answer
    return [parcel["tracking_number"] for parcel in answer["parcels"]]


# -- carrier ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_carrier_wants_its_token(carrier, headers):
    assert carrier.request("POST", "/rates", BOOKING, headers)[0] == 401
    assert carrier.request("POST", "/bookings", BOOKING, headers)[0] == 401
    assert [row["verified"] for row in carrier.received()] == [False, False]
    assert carrier.state()["bookings"] == []


def test_carrier_log_masks_the_token(carrier):
    carrier.request("POST", "/rates", BOOKING, TOKEN)
    assert "t0ken" not in str(carrier.log())


def test_carrier_rates(carrier):
    _, answer = carrier.request("POST", "/rates", BOOKING, TOKEN)
    assert {rate["service"] for rate in answer["rates"]} == {"standard", "express"}
    parts = {"base": 29.8, "surcharges": [{"name": "Weight", "amount": 4.5}]}
    rate = {"service": "express", "name": "Express", "amount": 34.3, "currency": "EUR", "transit_days": 1, **parts}
    assert rate in answer["rates"]
    _, answer = carrier.request("POST", "/rates", {**BOOKING, "services": ["express", "rocket"]}, TOKEN)
    assert answer["rates"] == [rate]


def test_carrier_books_and_is_naive(carrier):
    book(carrier)
    book(carrier)
    _, answer = carrier.request("GET", "/bookings?reference=LB/1", None, TOKEN)
    assert len(answer["bookings"]) == 2
    assert {booking["reference"] for booking in answer["bookings"]} == {"LB/1"}
    assert carrier.request("GET", "/bookings?reference=other", None, TOKEN)[1] == {"bookings": []}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reference": ""}, "reference"),
        ({"service": "rocket"}, "service"),
        ({"to": {**ADDRESS, "city": ""}}, "to.city"),
        ({"parcels": []}, "parcels"),
        ({"parcels": [{"reference": "P1", "weight_kg": 0}]}, "parcels.weight_kg"),
        ({"label_format": "gif"}, "label_format"),
    ],
)
def test_carrier_names_the_wrong_field(carrier, change, field):
    status, answer = carrier.request("POST", "/bookings", {**BOOKING, **change}, TOKEN)
    assert (status, answer["error"]["field"]) == (422, field)
    assert carrier.state()["bookings"] == []


def test_carrier_labels_are_real(carrier):
    numbers = book(carrier)
    status, pdf = carrier.request("GET", f"/labels/{numbers[0]}.pdf", None, TOKEN)
    assert status == 200
    page = PdfReader(io.BytesIO(pdf)).pages[0]
    assert numbers[0] in page.extract_text()
    assert "Ghent" in page.extract_text()
    _, zpl = carrier.request("GET", f"/labels/{numbers[1]}.zpl", None, TOKEN)
    assert zpl.startswith(b"^XA")
    assert numbers[1].encode() in zpl
    assert carrier.request("GET", "/labels/none.pdf", None, TOKEN)[0] == 404


def test_carrier_voids_until_collected(carrier):
    first = book(carrier)
    second = book(carrier, reference="LB/2")
    ids = [booking["id"] for booking in carrier.state()["bookings"]]
    assert carrier.request("POST", f"/bookings/{ids[0]}/void", {}, TOKEN) == (200, {"id": ids[0], "state": "voided"})
    assert carrier.request("GET", f"/labels/{first[0]}.pdf", None, TOKEN)[0] == 410
    carrier.act("scan", tracking_number=second[0], code="COLLECTED")
    assert carrier.request("POST", f"/bookings/{ids[1]}/void", {}, TOKEN)[0] == 409


def test_carrier_drops_its_reply_after_booking(carrier):
    carrier.control(mode="drop_reply", path="/bookings", method="POST", times=1)
    with pytest.raises(OSError):
        book(carrier)
    _, answer = carrier.request("GET", "/bookings?reference=LB/1", None, TOKEN)
    assert len(answer["bookings"]) == 1


def test_carrier_delivers_when_told(carrier, inbox):
    number = book(carrier)[0]
    pushed = carrier.act("deliver", tracking_number=number, spacing_s=60)
    assert [push["status"] for push in pushed] == [202] * 8
    codes = [call["json"]["data"]["code"] for call in inbox.of("shipment.status_changed")]
    assert codes == ["LABEL", "COLLECTED", "DEPOT", "LINEHAUL", "DEST_DEPOT", "VAN", "DELIVERED"]
    times = [call["json"]["data"]["occurred_at"] for call in inbox.of("shipment.status_changed")]
    assert times == sorted(times)
    assert all(call["verified"] for call in inbox.calls)
    (pod,) = inbox.of("pod.received")
    evidence = pod["json"]["data"]["evidence"][0]
    assert (evidence["kind"], evidence["mimetype"]) == ("signature", "image/png")
    check_png(base64.b64decode(evidence["content_base64"]))


def check_png(data):
    """The picture is a PNG whose every chunk is intact and whose pixels are as many as it says."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at, pixels = 8, b""
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        tag, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(tag + body)
        if tag == b"IHDR":
            width, height = struct.unpack(">II", body[:8])
        if tag == b"IDAT":
            pixels += body
        at += 12 + length
    assert len(zlib.decompress(pixels)) == (width + 1) * height


def test_carrier_scan_pod_and_eta_by_hand(carrier, inbox):
    number = book(carrier)[0]
    carrier.act("scan", tracking_number=number, code="DAMAGED", data={"description": "Crushed"})
    carrier.act("eta", tracking_number=number, eta_at="2026-05-01T10:00:00Z")
    carrier.act("pod", tracking_number=number, evidence=False, quantities=[{"sku": "DESK", "delivered": 1}])
    assert inbox.of("shipment.status_changed")[0]["json"]["data"]["description"] == "Crushed"
    assert inbox.of("shipment.eta_changed")[0]["json"]["data"]["eta_at"] == "2026-05-01T10:00:00Z"
    assert inbox.of("pod.received")[0]["json"]["data"]["evidence"] == []
    status, answer = carrier.request("POST", "/_act", {"do": "deliver", "tracking_number": "none"})
    assert status == 400
    assert number in answer["error"]


def test_carrier_walks_by_itself_after_a_booking(carrier, inbox):
    carrier.control(auto=True)
    numbers = book(carrier)
    wait_for(lambda: len(inbox.of("pod.received")) == 2, 10, "both proofs of delivery")
    for number in numbers:
        mine = [call["json"]["data"] for call in inbox.calls if call["json"]["subject"] == number]
        assert [data.get("code", "POD") for data in mine][-2:] == ["DELIVERED", "POD"]
        assert len(mine) == 8


def test_carrier_walks_by_itself_once_dispatched(carrier, inbox):
    carrier.control(auto=True, auto_on="dispatched")
    number = book(carrier, parcels=BOOKING["parcels"][:1])[0]
    time.sleep(0.3)
    assert inbox.calls == []
    tell(carrier, "shipment.dispatched", {"shipment": "SHP/1", "parcels": [{"tracking_number": number}]})
    wait_for(lambda: inbox.of("pod.received"), 10, "the proof of delivery")


# -- warehouse -------------------------------------------------------------------------------------------------------


def test_warehouse_accepts_and_picks_by_itself(warehouse, inbox):
    warehouse.control(auto=True, packages=2)
    tell(warehouse, "fulfillment.requested", REQUEST)
    done = wait_for(lambda: inbox.of("picking.completed"), 5, "the pick")[0]["json"]["data"]
    assert len(inbox.of("fulfillment.accepted")) == 1
    assert [(line["line"], line["quantity"]) for line in done["lines"]] == [(11, 5.0), (12, 1.0)]
    packed = [line for package in done["packages"] for line in package["lines"]]
    assert sum(line["quantity"] for line in packed if line["sku"] == "DESK") == 5.0
    assert [package["reference"] for package in done["packages"]] == ["PKG-00007-1", "PKG-00007-2"]
    assert sum(package["weight_kg"] for package in done["packages"]) == 27.0


def test_warehouse_picks_short_when_told(warehouse, inbox):
    tell(warehouse, "fulfillment.requested", REQUEST)
    warehouse.act("accept", fulfillment="FUL/00007", expected_ship_at="2026-05-01T10:00:00Z")
    warehouse.act("pick", fulfillment="FUL/00007", short={"DESK": 3})
    assert inbox.of("fulfillment.accepted")[0]["json"]["data"]["expected_ship_at"] == "2026-05-01T10:00:00Z"
    told = inbox.of("picking.short")[0]["json"]["data"]
    assert [(line["line"], line["ordered"], line["picked"]) for line in told["lines"]] == [
        (11, 5.0, 3.0),
        (12, 1.0, 1.0),
    ]
    assert [bool(line.get("reason")) for line in told["lines"]] == [True, False]
    assert [line["quantity"] for line in told["packages"][0]["lines"]] == [3.0, 1.0]
    warehouse.act("pick", fulfillment="FUL/00007", quantities={"DESK": 2})
    rest = inbox.of("picking.completed")[0]["json"]["data"]
    assert [(line["line"], line["quantity"]) for line in rest["lines"]] == [(11, 2.0)]
    assert rest["packages"][0]["reference"] == "PKG-00007-2"


def test_warehouse_rejects_by_policy_and_by_hand(warehouse, inbox):
    warehouse.control(auto=True, policy="reject")
    tell(warehouse, "fulfillment.requested", REQUEST)
    wait_for(lambda: inbox.of("fulfillment.rejected"), 5, "the rejection")
    warehouse.act("reject", fulfillment="FUL/00007", reason="Closed", code="closed")
    assert inbox.of("fulfillment.rejected")[1]["json"]["data"]["reason"] == "Closed"


def test_warehouse_counts_asks_and_honours_cancel(warehouse, inbox):
    for _ in range(2):
        tell(warehouse, "fulfillment.requested", REQUEST)
    tell(warehouse, "fulfillment.cancel_requested", {"fulfillment": "FUL/00007", "reason": "Shipped by hand"})
    request = warehouse.state()["requests"]["FUL/00007"]
    assert (request["asked"], request["state"], request["cancel_reason"]) == (2, "cancelled", "Shipped by hand")
    assert inbox.calls == []


def test_warehouse_may_refuse_to_let_go(warehouse, inbox):
    warehouse.control(cancel_policy="refuse")
    tell(warehouse, "fulfillment.requested", REQUEST)
    tell(warehouse, "fulfillment.cancel_requested", {"fulfillment": "FUL/00007", "reason": "Mistake"})
    assert warehouse.state()["requests"]["FUL/00007"]["state"] == "asked"
    # Its answer is a call of its own, after the one that asked.
    said = wait_for(lambda: inbox.of("fulfillment.cancel_rejected"), 5, "the refusal")
    assert said[0]["json"]["data"]["reason"] == "On the lorry already"


def test_warehouse_reports_balances(warehouse, inbox):
    warehouse.act("balance", warehouse="WH", stock={"DESK": 7})
    data = inbox.of("stock.balance_reported")[0]["json"]["data"]
    assert (data["warehouse"], data["balances"]) == ("WH", [{"sku": "DESK", "quantity": 7}])


# -- finance ---------------------------------------------------------------------------------------------------------


def test_finance_pays_by_itself(finance, inbox):
    finance.control(auto=True)
    tell(finance, "invoice.released", INVOICE)
    data = wait_for(lambda: inbox.of("invoice.paid"), 5, "the payment")[0]["json"]["data"]
    assert (data["invoice"], data["amount"], data["currency"]) == ("INV/1", 121.0, "EUR")


def test_finance_disputes_by_policy_and_by_hand(finance, inbox):
    finance.control(auto=True, policy="dispute")
    tell(finance, "invoice.released", INVOICE)
    data = wait_for(lambda: inbox.of("invoice.disputed"), 5, "the dispute")[0]["json"]["data"]
    assert [line["line"] for line in data["lines"]] == [1, 2]
    finance.act("dispute", invoice="INV/1", reason="One is missing", lines=[2])
    data = inbox.of("invoice.disputed")[1]["json"]["data"]
    assert data["lines"] == [{"line": 2, "reason": "One is missing"}]
