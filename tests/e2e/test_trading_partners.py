"""Trading partners order in X12 and EDIFACT over HTTP, and get their acknowledgements and ship notices the same way."""

import json
import urllib.request

import pytest

from tests import partners
from tests.relay.receiver import Receiver
from tests.simulators.process import wait_for

TOKEN = "a-token-handed-over-by-phone"
X12 = {
    "name": "Northwind (X12)",
    "code": "E2E-X12",
    "adapter": "x12",
    "format": "x12",
    "media": "application/edi-x12",
    "ids": ("SELLER", "NORTHWIND"),
    # the receipt (997) goes with the fact that the order came in, or came in again
    "types": ("order.received", "order.repeated", "order.acknowledged", "shipment.advised"),
}
EDIFACT = {
    "name": "Maison Claire (EDIFACT)",
    "code": "E2E-EDIFACT",
    "adapter": "edifact",
    "format": "edifact",
    "media": "application/edifact",
    "ids": ("5498765000019", "5412345000013"),
    "types": ("order.acknowledged", "shipment.advised"),
}


def order_850(reference, control, sku, quantity, word="VP"):
    """An X12 interchange with one 850."""
    segments = [
        f"ST*850*{control:04}",
        f"BEG*00*NE*{reference}**20260701",
        "N1*BY*Northwind Retail*92*NW-1",
        f"PO1*1*{quantity}*EA***{word}*{sku}",
        "CTT*1",
        f"SE*6*{control:04}",
    ]
    head = (
        f"ISA*00*          *00*          *ZZ*NORTHWIND      *ZZ*SELLER         *260701*0930*U*00401*{control:09}*0*P*>"
    )
    group = f"GS*PO*NORTHWIND*SELLER*20260701*0930*{control}*X*004010"
    return "~\n".join([head, group, *segments, f"GE*1*{control}", f"IEA*1*{control:09}", ""])


def orders_d96a(reference, control, sku, quantity):
    """An EDIFACT interchange with one ORDERS."""
    segments = [
        f"UNB+UNOC:3+5412345000013:14+5498765000019:14+260701:0930+{control}",
        "UNH+1+ORDERS:D:96A:UN",
        f"BGM+220+{reference}+9",
        "DTM+137:20260701:102",
        "NAD+BY+MC-1::9",
        "LIN+1",
        f"PIA+1+{sku}:SA",
        f"QTY+21:{quantity}:PCE",
        "UNS+S",
        "CNT+2:1",
        "UNT+10+1",
        f"UNZ+1+{control}",
    ]
    return "'\n".join([*segments, ""])


class Partner:
    """A buyer: posts to the inbound address, and keeps what it is sent."""

    def __init__(self, world, receiver, said):
        self.world, self.receiver, self.media = world, receiver, said["media"]
        ours, theirs = said["ids"]
        rpc = world.rpc
        types = [f"logistics.{name}" for name in said["types"]]
        system = {
            "name": said["name"],
            "code": said["code"],
            "kind": "channel",
            "environment": "test",
            "outbound_url": f"{receiver.url}/documents",
            "allow_http": True,
            "allowed_networks": "127.0.0.0/8",
            "retry_schedule": partners.RETRY_SCHEDULE,
            "inbound_adapter": said["adapter"],
            "inbound_scheme": "token",
            "inbound_header": "x-partner-token",
            "secret_in": TOKEN,
            "secret_out": partners.new_secret(),
        }
        self.system = partners.upsert(rpc, "logistics.system", [("code", "=", said["code"])], system)
        self.slug = rpc.read("logistics.system", self.system, "inbound_slug")
        subscription = {"name": "Documents", "system_id": self.system, "payload_format": "document"}
        subscription["event_type_ids"] = [
            (6, 0, rpc.execute("logistics.event.type", "search", [("name", "in", types)]))
        ]
        partners.upsert(rpc, "logistics.subscription", [("system_id", "=", self.system)], subscription)
        channel = {"name": said["name"], "code": said["code"], "kind": "edi", "system_id": self.system}
        channel.update(auto_confirm=True, document_format=said["format"], our_edi_id=ours, partner_edi_id=theirs)
        self.channel = partners.upsert(rpc, "logistics.channel", [("code", "=", said["code"])], channel)

    def post(self, text):
        """Post a document; the statuses of the orders in it."""
        headers = {"Content-Type": self.media, "x-partner-token": TOKEN}
        url = f"{self.world.stack.url}/logistics/inbox/{self.slug}"
        request = urllib.request.Request(url, data=text.encode(), headers=headers, method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 202
            said = json.loads(answer.read())
        return [one["status"] for one in said.get("messages", [said])]

    def got(self, *words):
        """Documents that came with all of these words in them, as text."""
        taken = {request.id: request for request in self.receiver.accepted()}.values()
        assert all(request.headers["content-type"].startswith(self.media) for request in taken)
        texts = [request.body.decode() for request in taken]
        return [text for text in texts if all(word in text for word in words)]

    def wait(self, what, *words):
        """Wait for the one document with these words."""
        found = wait_for(lambda: self.got(*words), 40, f"{what} at the partner's address", every=0.1)
        assert len(found) == 1, found
        return found[0]

    def dispatched(self, order):
        """The warehouse has picked an order and a person hands it to the buyer's own carrier."""
        self.world.fulfillment(order["id"], "done")
        shipment = self.world.shipment(order["id"])
        self.world.rpc.execute("logistics.shipment", "action_dispatch", [shipment["id"]])

    def orders(self, reference):
        """The orders made of a number of the buyer's."""
        domain = [("logistics_channel_id", "=", self.channel), ("logistics_channel_ref", "=", reference)]
        return self.world.find("sale.order", domain, "name", "state", "partner_id", "order_line")

    def made(self, reference):
        """Wait for the confirmed order of a number of the buyer's."""
        return wait_for(
            lambda: [order for order in self.orders(reference) if order["state"] == "sale"], 40, f"order {reference}"
        )[0]

    def messages(self, reference):
        """What the inbox holds about a number of the buyer's."""
        domain = [("system_id", "=", self.system), ("raw", "ilike", reference)]
        return self.world.find("logistics.inbox.message", domain, "state", "reason", order="id")


@pytest.fixture(scope="module")
def receiver(connected):
    """The partners' own address."""
    with Receiver() as books:
        yield books


@pytest.fixture(scope="module")
def northwind(connected, receiver):
    """A buyer that speaks X12."""
    partners.customer(connected.rpc, name="Northwind Retail", ref="NW-1", email="edi@northwind.example")
    return Partner(connected, receiver, X12)


@pytest.fixture(scope="module")
def claire(connected):
    """A buyer that speaks EDIFACT."""
    partners.customer(connected.rpc, name="Maison Claire", ref="MC-1", email="edi@claire.example")
    with Receiver() as books:
        yield Partner(connected, books, EDIFACT)


def test_an_850_becomes_one_order_and_is_answered(world, northwind):
    goods, sku = world.goods(on_hand=20.0)
    text = order_850("PO-8001", 1, sku, 3)
    assert northwind.post(text) == ["accepted"]
    order = northwind.made("PO-8001")
    (line,) = world.find("sale.order.line", [("id", "in", order["order_line"])], "product_id", "product_uom_qty")
    assert (line["product_id"][0], line["product_uom_qty"]) == (goods, 3.0)
    assert order["partner_id"][1] == "Northwind Retail"
    receipt = northwind.wait("the 997", "ST*997*", "AK1*PO*1~")
    assert "AK9*A*1*1*1~" in receipt
    answer = northwind.wait("the 855", "ST*855*", "PO-8001")
    assert f"*{order['name']}*" in answer
    assert f"PO1*1*3*EA*250**VP*{sku}~" in answer
    assert "ACK*IA*3*EA*068*" in answer
    northwind.dispatched(order)
    notice = northwind.wait("the 856", "ST*856*", "PRF*PO-8001~")
    assert f"LIN*1*VP*{sku}~" in notice
    assert "SN1**3*EA~" in notice

    # the same number again: the very same document, then the same order in another interchange
    assert northwind.post(text) == ["duplicate"]
    assert northwind.post(order_850("PO-8001", 2, sku, 3)) == ["accepted"]
    done = lambda: [one for one in northwind.messages("PO-8001") if one["state"] == "duplicate"]  # noqa: E731
    wait_for(done, 30, "the second interchange to be read")
    world.drain()
    assert [one["id"] for one in northwind.orders("PO-8001")] == [order["id"]]
    assert len(northwind.got("ST*855*", "PO-8001")) == 1, "it was answered once"
    northwind.wait("the 997 of the second interchange", "ST*997*", "AK1*PO*2~")

    # the partner says that it could read the 855
    control = answer.split("GS*PR*", 1)[1].split("*")[4]
    segments = ["ST*997*0001", f"AK1*PR*{control}", "AK9*A*1*1*1", "SE*4*0001"]
    head = order_850("-", 3, "-", 1).split("~\n")[0]
    group = "GS*FA*NORTHWIND*SELLER*20260701*0930*3*X*004010"
    northwind.post("~\n".join([head, group, *segments, "GE*1*3", "IEA*1*000000003", ""]))
    domain = [("order_id", "=", order["id"]), ("name", "=", "855"), ("answer", "=", "accepted")]
    wait_for(lambda: world.find("logistics.channel.document", domain), 30, "the partner's receipt to be noted")


def test_an_orders_becomes_one_order_and_is_answered(world, claire):
    _goods, sku = world.goods(on_hand=20.0)
    text = orders_d96a("MC-501", 41, sku, 4)
    assert claire.post(text) == ["accepted"]
    order = claire.made("MC-501")
    assert order["partner_id"][1] == "Maison Claire"
    answer = claire.wait("the ORDRSP", "ORDRSP", "RFF+ON:MC-501'")
    assert f"BGM+231+{order['name']}+29'" in answer
    assert f"PIA+1+{sku}:SA'" in answer
    claire.dispatched(order)
    notice = claire.wait("the DESADV", "DESADV", "RFF+ON:MC-501'")
    assert "QTY+12:4" in notice
    assert claire.post(text) == ["duplicate"]
    assert claire.post(orders_d96a("MC-501", 42, sku, 4)) == ["accepted"]
    done = lambda: [one for one in claire.messages("MC-501") if one["state"] == "duplicate"]  # noqa: E731
    wait_for(done, 30, "the second interchange to be read")
    world.drain()
    assert [one["id"] for one in claire.orders("MC-501")] == [order["id"]]
    assert len(claire.got("ORDRSP")) == 1


def test_an_unknown_product_waits_is_mapped_and_replayed(world, northwind):
    goods, _sku = world.goods(on_hand=20.0)
    assert northwind.post(order_850("PO-8002", 11, "NW-OAK-9", 2, word="BP")) == ["accepted"]
    assert northwind.post(order_850("PO-8003", 12, "NW-OAK-9", 1, word="BP")) == ["accepted"]

    def waiting():
        found = northwind.messages("PO-8002") + northwind.messages("PO-8003")
        return len(found) == 2 and all(one["state"] == "quarantined" for one in found) and found

    first, _second = wait_for(waiting, 30, "both orders to wait in quarantine")
    assert "NW-OAK-9" in first["reason"]
    assert northwind.orders("PO-8002") == []
    planner = world.user("planner", "logistics_orchestration.group_planner", "sales_team.group_sale_salesman_all_leads")
    window = planner.execute("logistics.inbox.message", "action_map_and_replay", [first["id"]])
    (line,) = planner.search_read(
        window["res_model"] + ".line", [("wizard_id", "=", window["res_id"])], ["kind", "code"]
    )
    assert (line["kind"], line["code"]) == ("product", "NW-OAK-9")
    planner.execute(window["res_model"] + ".line", "write", [line["id"]], {"product_id": goods})
    planner.execute(window["res_model"], "action_apply", [window["res_id"]])
    for reference, quantity in (("PO-8002", "2"), ("PO-8003", "1")):
        order = northwind.made(reference)
        (line,) = world.find("sale.order.line", [("id", "in", order["order_line"])], "product_id")
        assert line["product_id"][0] == goods
        answer = northwind.wait(f"the 855 of {reference}", "ST*855*", reference)
        assert f"PO1*1*{quantity}*EA*" in answer
        assert "*BP*NW-OAK-9" in answer, "in the buyer's own words"
