"""From a partner's bytes at the inbound address to an order, per language."""

import base64
import hashlib
import hmac
import json
import sys
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..parsers import edifact, x12
from .common import InboxMixin

SECRET = "shhh-a-shared-secret"
SHOP = {
    "id": 820982911946154500, "name": "#1001", "email": "jan@example.com", "currency": None,
    "created_at": "2026-07-01T10:00:00+02:00",
    "customer": {"id": 1153106273, "first_name": "Jan", "last_name": "Peeters"},
    "shipping_address": {"first_name": "Jan", "last_name": "Peeters", "address1": "Kaai 24", "city": "Ostend",
                         "zip": "8400", "country_code": "BE"},
    "line_items": [{"id": 1, "sku": "INTAKE-1", "quantity": 2, "price": "100.00", "name": "Desk"}],
}  # fmt: skip
X12 = (
    "ISA*00*          *00*          *ZZ*BUYER          *ZZ*SELLER         *260701*0930*U*00401*000000007*0*P*>~\n"
    "GS*PO*BUYER*SELLER*20260701*0930*7*X*004010~\n"
    "ST*850*0001~\nBEG*00*NE*PO-1**20260701~\nN1*BY*Intake Buyer*92*B-1~\nPO1*1*2*EA*100**VP*INTAKE-1~\nCTT*1~\n"
    "SE*6*0001~\n"
    "ST*850*0002~\nBEG*00*NE*PO-2**20260701~\nN1*BY*Intake Buyer*92*B-1~\nPO1*1*3*EA***VP*INTAKE-1~\nCTT*1~\n"
    "SE*6*0002~\nGE*2*7~\nIEA*1*000000007~\n"
)
EDIFACT = (
    "UNA:+.? '\nUNB+UNOC:3+5412345000013:14+5498765000019:14+260701:0930+77'\nUNH+1+ORDERS:D:96A:UN'\n"
    "BGM+220+PO-1+9'\nDTM+137:20260701:102'\nNAD+BY+B-1::9'\nLIN+1++5400000000017:EN'\nQTY+21:4:PCE'\nUNS+S'\n"
    "CNT+2:1'\nUNT+9+1'\nUNZ+1+77'\n"
)
X12_860 = (
    "ISA*00*          *00*          *ZZ*BUYER          *ZZ*SELLER         *260702*0930*U*00401*000000008*0*P*>~\n"
    "GS*PC*BUYER*SELLER*20260702*0930*8*X*004010~\n"
    "ST*860*0001~\nBCH*04*NE*PO-1**1*20260701*****20260702~\nPOC*1*QI*5*3*EA~\n"
    "POC*2*AI*1**EA*100**VP*INTAKE-1~\nCTT*2~\nSE*6*0001~\nGE*1*8~\nIEA*1*000000008~\n"
)
ORDCHG = (
    "UNA:+.? '\nUNB+UNOC:3+5412345000013:14+5498765000019:14+260702:0930+78++++1'\nUNH+1+ORDCHG:D:96A:UN'\n"
    "BGM+230+CHG-1+4'\nDTM+137:20260702:102'\nRFF+ON:PO-1'\nLIN+1+3'\nQTY+21:6:PCE'\nUNS+S'\nCNT+2:1'\n"
    "UNT+9+1'\nUNZ+1+78'\n"
)


@tagged("post_install", "-at_install")
class TestIntakeHttp(InboxMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.product = self.env["product.product"].create(
            {"name": "Desk", "default_code": "INTAKE-1", "barcode": "5400000000017", "type": "product",
             "list_price": 100.0, "taxes_id": [(5, 0, 0)]}
        )  # fmt: skip
        self.buyer = self.env["res.partner"].create({"name": "Intake Buyer", "ref": "B-1", "is_company": True})

    def channel(self, adapter, **vals):
        scheme = {"inbound_scheme": "token", "inbound_header": "x-partner-token"}
        if adapter == "shopify":
            scheme = {
                "inbound_scheme": "hmac_sha256",
                "inbound_header": "x-shopify-hmac-sha256",
                "inbound_encoding": "base64",
                "inbound_prefix": False,
            }
        system = self.env["logistics.system"].create(
            {"name": adapter, "code": f"t-{adapter}", "kind": "channel", "inbound_adapter": adapter,
             "secret_in": SECRET, **scheme}
        )  # fmt: skip
        return self.env["logistics.channel"].create(
            {"name": adapter, "code": f"t-{adapter}", "system_id": system.id, "auto_confirm": True, **vals}
        )

    def post(self, channel, body, content_type, **headers):
        found = {"Content-Type": content_type, "x-partner-token": SECRET, **headers}
        address = f"/logistics/inbox/{channel.system_id.inbound_slug}"
        return self.url_open(address, data=body.encode(), headers=found)

    def process(self, channel):
        messages = self.env["logistics.inbox.message"].search([("system_id", "=", channel.system_id.id)], order="id")
        for message in messages.filtered(lambda one: one.state == "received"):
            message._work_attempt()
        return messages

    def orders(self, channel):
        return self.env["sale.order"].search([("logistics_channel_id", "=", channel.id)], order="id")

    def test_shopify(self):
        channel = self.channel("shopify", kind="ecommerce", customer_policy="create", address_policy="create")
        body = json.dumps({key: value for key, value in SHOP.items() if value is not None})
        sign = base64.b64encode(hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).digest()).decode()
        headers = {
            "X-Shopify-Hmac-Sha256": sign,
            "X-Shopify-Topic": "orders/create",
            "X-Shopify-Webhook-Id": "w-1",
            "X-Shopify-Event-Id": "e-1",
        }
        self.assertEqual(self.post(channel, body, "application/json", **headers).json()["status"], "accepted")
        again = self.post(channel, body, "application/json", **dict(headers, **{"X-Shopify-Webhook-Id": "w-2"}))
        self.assertEqual(again.json()["status"], "duplicate", "the same event of the shop, delivered twice")
        wrong = dict(headers, **{"X-Shopify-Hmac-Sha256": sign[::-1]})
        self.assertEqual(self.post(channel, body, "application/json", **wrong).status_code, 401)
        message = self.process(channel)
        self.assertEqual((message.state, message.reason), ("processed", False))
        order = self.orders(channel)
        self.assertEqual((order.state, order.logistics_channel_ref), ("sale", "#1001"))
        self.assertEqual((order.partner_id.email, order.partner_shipping_id.city), ("jan@example.com", "Ostend"))
        self.assertEqual(order.logistics_received_text, body)

    def test_x12(self):
        channel = self.channel("x12", kind="edi", document_format="x12", our_edi_id="SELLER", partner_edi_id="BUYER")
        answer = self.post(channel, X12, "application/edi-x12").json()
        self.assertEqual([one["status"] for one in answer["messages"]], ["accepted", "accepted"])
        messages = self.process(channel)
        self.assertEqual(messages.mapped("state"), ["processed", "processed"], messages.mapped("reason"))
        orders = self.orders(channel)
        self.assertEqual(orders.mapped("logistics_channel_ref"), ["PO-1", "PO-2"])
        self.assertEqual(orders.mapped("state"), ["sale", "sale"])
        self.assertEqual(orders.order_line.mapped("product_uom_qty"), [2, 3])
        self.assertEqual(orders.partner_id, self.buyer)
        self.assertIn("PO-1", messages[0].raw)
        self.assertNotIn("PO-2", messages[0].raw)
        names = channel.document_ids.sorted("id").mapped("name")
        self.assertEqual(names, ["997", "855", "855"], "one receipt for the group, one answer per order")
        receipt = channel.document_ids.filtered(lambda one: one.name == "997")
        self.assertIn("AK9*A*2*2*2~", receipt.text)
        again = self.post(channel, X12, "application/edi-x12").json()
        self.assertEqual({one["status"] for one in again["messages"]}, {"duplicate"})
        # the partner's receipt for our acknowledgement comes the same way
        ours = channel.document_ids.filtered(lambda one: one.name == "855")[0]
        writer = x12.Writer("997", "FA", x12.Envelope("BUYER", "SELLER"), 3, ours.written_at)
        writer.add("AK1", "PR", int(ours.control))
        writer.add("AK9", "A", "1", "1", "1")
        self.post(channel, writer.text(), "text/plain")
        self.process(channel)
        self.assertEqual(ours.answer, "accepted")

    def test_x12_that_does_not_hold_is_refused_and_one_bad_order_waits(self):
        channel = self.channel("x12", kind="edi")
        refused = self.post(channel, X12.replace("GE*2*7", "GE*3*7"), "application/edi-x12")
        self.assertEqual(refused.status_code, 400)
        self.assertIn("GE01", refused.json()["error"])
        self.assertEqual(self.post(channel, X12[:200], "application/edi-x12").status_code, 400)
        self.assertFalse(self.process(channel))
        self.post(channel, X12.replace("PO1*1*2*EA", "PO1*1*two*EA"), "application/edi-x12")
        messages = self.process(channel)
        self.assertEqual(messages.mapped("state"), ["quarantined", "processed"])
        self.assertIn("PO102 (position 6)", messages[0].reason)
        self.assertEqual(self.orders(channel).logistics_channel_ref, "PO-2")

    def test_x12_860_changes_what_it_names(self):
        channel = self.channel("x12", kind="edi", document_format="x12", our_edi_id="SELLER", partner_edi_id="BUYER")
        self.post(channel, X12, "application/edi-x12")
        self.process(channel)
        order = self.orders(channel)[0]
        self.post(channel, X12_860, "application/edi-x12")
        message = self.process(channel)[-1]
        self.assertEqual((message.state, message.reason), ("processed", False))
        self.assertEqual(order.order_line.mapped("product_uom_qty"), [5, 1])
        self.assertEqual(order.logistics_received["purpose"], "change")
        self.assertEqual(sorted(channel.document_ids.mapped("name")), ["855", "855", "855", "997", "997"])
        self.assertIn("AK1*PC*8~", channel.document_ids.filtered(lambda one: one.name == "997").sorted("id")[-1].text)
        # the same change, sent again under another number, has no second effect
        again = X12_860.replace("*8*X*", "*9*X*").replace("GE*1*8", "GE*1*9")
        self.post(channel, again, "application/edi-x12")
        self.assertEqual(self.process(channel)[-1].state, "duplicate")

    def test_a_change_that_does_not_fit_waits(self):
        channel = self.channel("x12", kind="edi")
        self.post(channel, X12_860, "application/edi-x12")
        unknown = self.process(channel)
        self.assertEqual(unknown.state, "quarantined")
        self.assertIn("not known here", unknown.reason)
        self.assertFalse(unknown.holds, "it waits for what comes after it")
        self.post(channel, X12, "application/edi-x12")
        self.process(channel)
        # the test is one transaction: its order would be as old as everything else
        self.orders(channel).flush_recordset()
        self.env.cr.execute(
            "UPDATE sale_order SET create_date = %s WHERE logistics_channel_id = %s",
            [unknown.received_at, channel.id],
        )
        self.env.invalidate_all()
        self.assertEqual(unknown.state, "received", "it is looked at again when its order comes")
        self.process(channel)
        self.assertEqual(unknown.state, "processed")
        self.post(channel, X12_860.replace("POC*1*QI", "POC*7*QI"), "application/edi-x12")
        message = self.process(channel)[-1]
        self.assertEqual(message.state, "quarantined")
        self.assertIn("no line of this number", message.reason)

    def test_ordchg_and_contrl(self):
        channel = self.channel(
            "edifact", kind="edi", document_format="edifact", our_edi_id="5498765000019", partner_edi_id="5412345000013"
        )
        self.post(channel, EDIFACT, "application/edifact")
        self.process(channel)
        self.assertEqual(channel.document_ids.mapped("name"), ["ORDRSP"], "no CONTRL where none is asked for")
        self.post(channel, ORDCHG, "application/edifact")
        message = self.process(channel)[-1]
        self.assertEqual((message.state, message.reason), ("processed", False))
        self.assertEqual(self.orders(channel).order_line.product_uom_qty, 6)
        answer, receipt = channel.document_ids.sorted("id")[1:].sorted("name", reverse=True)
        self.assertEqual((receipt.name, answer.name), ("CONTRL", "ORDRSP"))
        (report,) = edifact.read(receipt.text).messages
        self.assertEqual([one.get(1) for one in report.segments if one.tag in ("UCI", "UCM")], ["78", "1"])
        # and the partner's CONTRL about our answer
        text = (
            "UNB+UNOC:3+5412345000013:14+5498765000019:14+260701:0930+79'UNH+1+CONTRL:D:3:UN'"
            f"UCI+{int(answer.control)}+5498765000019:14+5412345000013:14+4+23'UNT+3+1'UNZ+1+79'"
        )
        self.post(channel, text, "application/edifact")
        self.process(channel)
        self.assertEqual((answer.answer, receipt.answer), ("rejected", "none"))
        self.assertTrue(self.orders(channel).activity_ids.filtered(lambda one: "refused" in one.summary))

    def test_contrl_is_a_choice_of_the_channel(self):
        channel = self.channel(
            "edifact", kind="edi", document_format="edifact", our_edi_id="SELLER", partner_edi_id="BUYER"
        )
        for number, (policy, asks, given) in enumerate(
            [("never", True, 0), ("always", False, 1), ("asked", False, 1), ("asked", True, 2)], 100
        ):
            channel.contrl_policy = policy
            text = EDIFACT.replace("0930+77'", f"0930+{number}'").replace("UNZ+1+77", f"UNZ+1+{number}")
            text = text.replace("PO-1", f"PO-{number}")
            if asks:
                text = text.replace(f"0930+{number}'", f"0930+{number}++++1'")
            self.post(channel, text, "application/edifact")
            self.assertEqual(self.process(channel)[-1].state, "processed")
            self.assertEqual(channel.document_ids.mapped("name").count("CONTRL"), given, policy)

    def test_edifact(self):
        channel = self.channel(
            "edifact", kind="edi", document_format="edifact", our_edi_id="5498765000019", partner_edi_id="5412345000013"
        )
        self.assertEqual(self.post(channel, EDIFACT, "application/edifact").json()["status"], "accepted")
        message = self.process(channel)
        self.assertEqual((message.state, message.reason), ("processed", False))
        order = self.orders(channel)
        self.assertEqual((order.state, order.order_line.product_uom_qty), ("sale", 4))
        (response,) = edifact.read(channel.document_ids.text).messages
        self.assertEqual(response.kind, "ORDRSP")
        self.assertEqual(self.post(channel, EDIFACT.replace("UNT+9", "UNT+8"), "text/plain").status_code, 400)
        self.assertEqual(self.post(channel, "{}", "application/json").status_code, 415)

    @mute_logger("odoo.addons.logistics_orchestration.controllers.inbox")
    def test_edifact_without_the_library_loses_nothing(self):
        channel = self.channel("edifact", kind="edi")
        with patch.dict(sys.modules, {"pydifact.tokenizer": None}):
            self.assertEqual(self.post(channel, EDIFACT, "application/edifact").status_code, 202)
            message = self.process(channel)
            self.assertEqual((message.type, message.state), ("unread", "quarantined"))
            self.assertIn("pip install pydifact", message.reason)
        message.action_replay()
        self.process(channel)
        self.process(channel)
        self.assertEqual(self.orders(channel).logistics_channel_ref, "PO-1")

    def test_native(self):
        channel = self.channel("native")
        body = {
            "id": "n-1",
            "type": "logistics.order.received",
            "data": {"reference": "N-1", "customer": "B-1", "lines": [{"sku": "INTAKE-1", "quantity": 1}]},
        }
        self.assertEqual(self.post(channel, json.dumps(body), "application/json").json()["status"], "accepted")
        message = self.process(channel)
        self.assertEqual((message.state, message.reason), ("processed", False))
        self.assertEqual(self.orders(channel).partner_id, self.buyer)
