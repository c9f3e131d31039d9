"""What a buyer is answered: acknowledgement and ship notice, as facts and as documents."""

from odoo.tests import tagged

from ..parsers import edifact, x12
from ..relay.inbound import ADAPTERS, name_messages
from .intake_common import IntakeCase

X12_850 = (
    "ISA*00*          *00*          *ZZ*BUYER          *ZZ*SELLER         *260701*0930*U*00401*{padded}*0*P*>~\n"
    "GS*PO*BUYER*SELLER*20260701*0930*{control}*X*004010~\n"
    "ST*850*0001~\nBEG*00*NE*PO-9**20260701~\nN1*BY*Northwind Retail*92*NW-1~\nPO1*1*2*EA***VP*DESK~\nCTT*1~\n"
    "SE*6*0001~\nGE*1*{control}~\nIEA*1*{padded}~\n"
)
EDI = {"our_edi_id": "SELLER", "partner_edi_id": "BUYER"}


@tagged("post_install", "-at_install")
class TestIntakeAnswers(IntakeCase):
    def answers(self, order):
        return [event.data for event in self.events("order.acknowledged", order)]

    def test_accepted(self):
        _message, order = self.order()
        (answer,) = self.answers(order)
        self.assertEqual((answer["reference"], answer["order"], answer["status"]), ("PO-4711", order.name, "accepted"))
        (line,) = answer["lines"]
        self.assertEqual((line["line"], line["sku"], line["quantity"]), ("1", "DESK", 2))
        self.assertEqual([one["status"] for one in line["answers"]], ["accepted"])
        self.assertNotIn("document", answer)

    def test_backordered_in_part(self):
        _message, order = self.order(lines=[{"line": "1", "sku": "DESK", "quantity": 104}])
        (answer,) = self.answers(order)
        told = [(one["status"], one["quantity"]) for one in answer["lines"][0]["answers"]]
        self.assertEqual(told, [("accepted", 100), ("backordered", 4)])
        self.assertEqual(answer["status"], "changed")

    def test_a_change_of_ours_is_answered_once(self):
        _message, order = self.order()
        order.order_line.product_uom_qty = 1
        order.order_line.price_unit = 95
        order.write({"note": "nothing the buyer reads"})
        told = [answer["lines"][0]["answers"][0]["status"] for answer in self.answers(order)]
        self.assertEqual(told, ["accepted", "quantity_changed", "changed"])

    def test_an_order_of_no_channel_is_not_answered(self):
        order = self.make_order()
        self.assertFalse(self.events("order.acknowledged", order))
        self.ship(order=order).action_dispatch()
        self.assertFalse(self.events("shipment.advised"))

    def test_the_notice_of_what_is_on_its_way(self):
        _message, order = self.order(lines=[{"line": "7", "buyer_sku": "NW", "sku": "DESK", "quantity": 3}])
        picking = self.outgoing(order)
        self.validate(picking, packages=2)
        shipment = picking.logistics_shipment_ids
        for number, parcel in enumerate(shipment.parcel_ids):
            parcel.tracking_number = f"TRK{number}"
        shipment.parcel_ids[0].reference = "00054123450000000012"
        shipment.action_dispatch()
        event = self.events("shipment.advised", shipment)
        self.assertEqual(event.ordering_key, f"sale.order/{order.id}")
        data = event.data
        self.assertEqual((data["reference"], data["order"]), ("PO-4711", order.name))
        self.assertEqual(data["parcels"][0]["sscc"], "054123450000000012")
        self.assertEqual(sum(line["quantity"] for parcel in data["parcels"] for line in parcel["lines"]), 3)
        self.assertEqual({line["line"] for parcel in data["parcels"] for line in parcel["lines"]}, {"7"})

    def test_documents_in_x12(self):
        self.channel.write({"document_format": "x12", **EDI})
        _message, order = self.order()
        (answer,) = self.answers(order)
        document = answer["document"]
        self.assertEqual(document["format"], "x12_855")
        interchange = x12.read(document["text"])
        self.assertEqual((interchange.sender, interchange.receiver), ("SELLER", "BUYER"))
        self.assertEqual(int(interchange.control), int(document["control"]))
        kept = self.channel.document_ids
        self.assertEqual((kept.name, kept.text, kept.order_id), ("855", document["text"], order))
        self.ship(order=order).action_dispatch()
        notice = self.events("shipment.advised").data["document"]
        self.assertEqual(notice["format"], "x12_856")
        self.assertGreater(int(notice["control"]), int(document["control"]))

    def test_documents_in_edifact(self):
        self.channel.write({"document_format": "edifact", **EDI})
        _message, order = self.order()
        (message,) = edifact.read(self.answers(order)[0]["document"]["text"]).messages
        self.assertEqual(message.kind, "ORDRSP")
        self.ship(order=order).action_dispatch()
        (message,) = edifact.read(self.events("shipment.advised").data["document"]["text"]).messages
        self.assertEqual(message.kind, "DESADV")

    def test_a_partner_s_receipt_for_a_document(self):
        self.channel.write({"document_format": "x12", **EDI})
        _message, order = self.order()
        document = self.channel.document_ids
        number = str(int(document.control))
        message = self.receive(self.system, "document.acknowledged", {"group": number, "accepted": False})
        self.assertEqual((message.state, document.answer), ("processed", "rejected"))
        self.assertTrue(order.activity_ids.filtered(lambda activity: "855" in activity.summary))
        self.assertEqual(
            self.receive(self.system, "document.acknowledged", {"group": "77", "accepted": True}).state, "quarantined"
        )

    def test_a_subscription_sends_the_document_itself(self):
        self.channel.write({"document_format": "x12", **EDI})
        types = self.env["logistics.event.type"].search(
            [("name", "in", ("logistics.order.acknowledged", "logistics.order.released"))]
        )
        subscription = self.env["logistics.subscription"].create(
            {
                "name": "855",
                "system_id": self.system.id,
                "event_type_ids": [(6, 0, types.ids)],
                "payload_format": "document",
            }
        )
        _message, order = self.order()
        event = self.events("order.acknowledged", order)
        self.assertEqual(subscription._payload_for(event), event.data["document"]["text"])
        self.assertTrue(subscription.preview)

    def test_every_x12_interchange_has_its_receipt(self):
        self.channel.write({"document_format": "x12", **EDI})
        self.env["res.partner"].create({"name": "Northwind Retail", "ref": "NW-1", "is_company": True})
        message = self._interchange(1)
        order = self.made("PO-9")
        self.assertEqual(message.state, "processed", message.reason)
        self._receipts(self.events("order.received", order), ["1"])
        message = self._interchange(2)
        self.assertEqual((message.state, self.made("PO-9")), ("duplicate", order))
        repeated = self.events("order.repeated", order)
        self._receipts(repeated, ["2"])
        self.assertEqual((repeated.data["reference"], repeated.data["order"]), ("PO-9", order.name))
        self.assertEqual(repeated.data["system"], self.system.code)
        self.assertEqual(len(self.events("order.received", order)), 1, "it is told once")
        self.assertEqual(len(self.answers(order)), 1, "it is answered once")
        self.assertEqual(sorted(self.channel.document_ids.mapped("name")), ["855", "997", "997"])

    def test_a_repeat_without_an_interchange_has_no_receipt(self):
        self.channel.write({"document_format": "x12", **EDI})
        _message, order = self.order()
        message, _order = self.order()
        self.assertEqual(message.state, "duplicate")
        self.assertFalse(self.events("order.repeated", order))

    def _interchange(self, control):
        """The same 850 in an interchange of its own, processed."""
        raw = X12_850.format(control=control, padded=f"{control:09}").encode()
        named = name_messages(ADAPTERS["x12"].read(raw, {}), raw, {})
        inbox = self.env["logistics.inbox.message"]
        ((message_id, _status),) = inbox._store(self.system.id, self.system.company_id.id, named, {})
        message = inbox.browse(message_id)
        message._work_attempt()
        return message

    def _receipts(self, events, controls):
        """These events carry the 997 of these groups of the buyer's."""
        texts = [event.data["document"]["text"] for event in events]
        found = [transaction for text in texts for transaction in x12.read(text).transactions]
        self.assertEqual([one.code for one in found], ["997"] * len(controls))
        said = [segment.get(2) for one in found for segment in one.segments if segment.tag == "AK1"]
        self.assertEqual(said, controls)
