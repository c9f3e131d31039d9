"""Proofs of delivery as carriers send them."""

from odoo.tests import tagged

from .shipment_common import PNG_2, ShipmentCase


@tagged("post_install", "-at_install")
class TestPodReceive(ShipmentCase):
    def test_a_complete_proof_verifies_itself(self):
        shipment = self.ship(qty=2)
        self.scan("TRK1", "DELIVERED", hours=-1)
        self.assertEqual(shipment.pod_state, "none")
        message = self.send_pod("TRK1", place="Front door")
        pod = shipment.pod_ids
        self.assertEqual((message.state, message.res_model, message.res_id), ("processed", pod._name, pod.id))
        self.assertRegex(pod.name, r"^POD/\d{5}$")
        self.assertEqual((pod.state, pod.signed_by, pod.place), ("verified", "A. Receiver", "Front door"))
        self.assertFalse(pod.manual)
        self.assertEqual(pod.system_id, self.carrier_system)
        self.assertEqual(shipment.pod_state, "verified")
        self.assertEqual(
            (pod.line_ids.product_id, pod.line_ids.shipped, pod.line_ids.delivered), (self.product, 2.0, 2.0)
        )
        self.assertEqual(pod.line_ids.sale_line_id, shipment.order_id.order_line)
        evidence = pod.evidence_ids
        self.assertEqual((evidence.kind, evidence.mimetype), ("signature", "image/png"))
        self.assertEqual((evidence.attachment_id.res_model, evidence.attachment_id.res_id), (pod._name, pod.id))
        names = self.events(record=pod).mapped("type_name")
        self.assertEqual(names, ["logistics.pod.received", "logistics.pod.verified"])
        for event in self.events(record=pod):
            self.assertFalse(event.type_id._schema_error(event.data), event.type_name)
            self.assertEqual(event.ordering_key, f"sale.order/{shipment.order_id.id}")

    def test_without_signature_it_is_incomplete_until_the_next_message(self):
        shipment = self.ship()
        self.send_pod("TRK1", evidence=["photo"])
        pod = shipment.pod_ids
        self.assertEqual((pod.state, shipment.pod_state), ("incomplete", "incomplete"))
        self.assertIn("Signature", pod.missing)
        self.assertIn("Signature", self.events("pod.incomplete", pod).data["missing"][0])
        self.assertTrue(pod.activity_ids)
        message = self.send_pod("TRK1", evidence=[self.evidence("signature", PNG_2)])
        self.assertEqual((message.state, shipment.pod_ids, pod.state), ("processed", pod, "verified"))
        self.assertEqual(sorted(pod.evidence_ids.mapped("kind")), ["photo", "signature"])
        self.assertFalse(pod.activity_ids)
        self.assertEqual(len(self.events("pod.verified", pod)), 1)
        self.assertEqual(len(self.events("pod.received", pod)), 1)

    def test_a_missing_signer_comes_later(self):
        shipment = self.ship()
        self.send_pod("TRK1", signed_by="")
        self.assertEqual(shipment.pod_ids.state, "incomplete")
        self.send_pod("TRK1")
        self.assertEqual((shipment.pod_ids.state, shipment.pod_ids.signed_by), ("verified", "A. Receiver"))

    def test_the_same_proof_under_another_id_is_a_duplicate(self):
        shipment = self.ship()
        self.send_pod("TRK1")
        message = self.send_pod("TRK1")
        self.assertEqual(
            (message.state, len(shipment.pod_ids), len(shipment.pod_ids.evidence_ids)), ("duplicate", 1, 1)
        )
        self.assertEqual(len(self.events("pod.verified", shipment.pod_ids)), 1)

    def test_further_evidence_is_added_to_a_verified_proof_and_nothing_else(self):
        shipment = self.ship()
        self.send_pod("TRK1")
        quantities = [{"sku": "DESK", "delivered": 0, "refused": 2}]
        message = self.send_pod("TRK1", evidence=[self.evidence("photo", PNG_2)], signed_by="B", quantities=quantities)
        pod = shipment.pod_ids
        self.assertEqual((message.state, len(pod.evidence_ids), pod.signed_by), ("processed", 2, "A. Receiver"))
        self.assertEqual(pod.line_ids.delivered, 2.0)
        self.assertEqual(len(self.events("pod.verified", pod)), 1)

    def test_each_parcel_has_its_own_proof(self):
        shipment = self.ship(qty=2, packages=2)
        for number in ("TRK1", "TRK1-1"):
            self.scan(number, "DELIVERED", hours=-1)
        self.send_pod("TRK1")
        self.assertEqual((shipment.pod_ids.state, shipment.pod_state), ("verified", "received"))
        self.assertEqual(shipment.pod_ids.line_ids.shipped, 1.0)
        self.send_pod("TRK1-1")
        self.assertEqual((len(shipment.pod_ids), shipment.pod_state), (2, "verified"))

    def test_damaged_and_refused_quantities(self):
        shipment = self.ship(qty=5)
        self.send_pod("TRK1", quantities=[{"sku": "DESK", "damaged": 1, "refused": 2}])
        line = shipment.pod_ids.line_ids
        self.assertEqual((line.delivered, line.damaged, line.refused), (2.0, 1.0, 2.0))
        self.assertTrue(shipment.pod_ids.has_remarks)

    def test_quantities_are_dealt_out_over_the_moves(self):
        order = self.make_order(
            order_line=[
                (0, 0, {"product_id": self.product.id, "product_uom_qty": 2, "price_unit": 10}),
                (0, 0, {"product_id": self.product.id, "product_uom_qty": 3, "price_unit": 20}),
            ]
        )
        picking = self.outgoing(order)
        picking.action_assign()
        picking.move_ids.picked = True
        picking._action_done()
        parcel = picking.logistics_shipment_ids.parcel_ids
        parcel.tracking_number = "TRK1"
        self.send_pod("TRK1", quantities=[{"sku": "DESK", "delivered": 3, "refused": 1}])
        lines = picking.logistics_shipment_ids.pod_ids.line_ids
        self.assertEqual(sum(lines.mapped("delivered")), 3.0)
        self.assertEqual(sum(lines.mapped("refused")), 1.0)
        self.assertTrue(all(line.delivered + line.refused <= line.shipped for line in lines))

    def test_more_than_was_shipped_is_incomplete(self):
        shipment = self.ship(qty=2)
        self.send_pod("TRK1", quantities=[{"sku": "DESK", "delivered": 5}])
        self.assertEqual(shipment.pod_ids.state, "incomplete")
        self.assertIn("5.0 told, 2.0 shipped", shipment.pod_ids.missing)

    def test_what_cannot_be_understood_is_named_and_leaves_nothing(self):
        shipment = self.ship()
        cases = [
            ({"quantities": [{"sku": "SOFA", "delivered": 1}]}, "SOFA"),
            ({"quantities": [{"sku": "DESK", "delivered": -1}]}, "from 0 on"),
            ({"quantities": "two"}, "not a list"),
            ({"evidence": [{"kind": "photo", "filename": "x.png", "content_base64": "%%%"}]}, "x.png"),
            ({"evidence": [{"kind": "photo", "filename": "y.png"}]}, "y.png"),
            ({"signed_at": "noon"}, "signed_at"),
        ]
        for data, words in cases:
            message = self.send_pod("TRK1", **data)
            self.assertEqual(message.state, "quarantined", data)
            self.assertIn(words, message.reason)
        self.assertFalse(shipment.pod_ids)

    def test_a_picture_with_a_script_is_kept_as_plain_text(self):
        shipment = self.ship()
        script = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
        self.send_pod("TRK1", evidence=["signature", self.evidence("photo", script)])
        photo = shipment.pod_ids.evidence_ids.filtered(lambda e: e.kind == "photo")
        self.assertEqual(photo.mimetype, "text/plain")

    def test_who_does_not_own_it_makes_a_statement(self):
        shipment = self.ship()
        data = {"tracking_number": "TRK1", "signed_by": "X", "evidence": [self.evidence()]}
        message = self.receive(self.make_system("finance"), "pod.received", data)
        self.assertEqual((message.state, len(shipment.pod_ids)), ("processed", 0))
        statement = self.env["logistics.statement"].search([("fact", "=", "pod.received")])
        self.assertNotIn("evidence", statement.value)

    def test_a_proof_before_its_number_is_known_is_processed_later(self):
        message = self.send_pod("SOON")
        self.assertEqual(message.state, "quarantined")
        shipment = self.ship(tracking="SOON")
        message._work_attempt()
        self.assertEqual(shipment.pod_ids.state, "verified")
