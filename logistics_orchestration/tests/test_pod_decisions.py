"""Proofs of delivery in people's hands: rules, manual entry, verify, accept, dispute."""

import base64

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .shipment_common import PNG, ShipmentCase


@tagged("post_install", "-at_install")
class TestPodDecisions(ShipmentCase):
    def enter(self, shipment, user, **vals):
        return (
            self.env["logistics.pod"]
            .with_user(user)
            .create(
                {"shipment_id": shipment.id, "signed_by": "B. Receiver", "signed_at": "2026-03-01 10:00:00", **vals}
            )
        )

    def attach(self, pod, kind="signature"):
        return (
            self.env["logistics.pod.evidence"]
            .with_env(pod.env)
            .create({"pod_id": pod.id, "kind": kind, "filename": "note.png", "content": base64.b64encode(PNG)})
        )

    def test_the_company_s_rule(self):
        self.company.logistics_pod_signature = False
        self.company.logistics_pod_photo = True
        shipment = self.ship()
        self.send_pod("TRK1")
        self.assertEqual(shipment.pod_ids.missing, "Photo")

    def test_a_customer_s_own_rule_counts_before_the_company_s(self):
        self.customer.write({"logistics_pod_rule": "own", "logistics_pod_photo": True})
        first = self.ship(tracking="A")
        self.send_pod("A")
        self.assertEqual(first.pod_ids.state, "incomplete")
        second = self.ship(tracking="B")
        self.send_pod("B", evidence=["photo"], signed_by="")
        self.assertEqual(second.pod_ids.state, "verified")

    def test_entered_by_hand_and_verified_by_a_planner(self):
        user, planner = self.make_user("dock4", "group_user"), self.make_user("planner4", "group_planner")
        shipment = self.ship()
        action = shipment.with_user(user).action_upload_pod()
        self.assertEqual(action["context"]["default_shipment_id"], shipment.id)
        pod = self.enter(shipment, user)
        self.assertTrue(pod.manual)
        self.assertEqual((pod.parcel_ids, pod.line_ids.delivered), (shipment.parcel_ids, 2.0))
        self.assertTrue(self.events("pod.received", pod).data["entered_by_hand"])
        with self.assertRaisesRegex(AccessError, "Transport Planner"):
            pod.action_verify()
        with self.assertRaisesRegex(UserError, "Signature.*accept it as it is"):
            pod.with_user(planner).action_verify()
        evidence = self.attach(pod)
        self.assertEqual(evidence.attachment_id.raw, PNG)
        pod.with_user(planner).action_verify()
        self.assertEqual((pod.state, pod.verified_by_id, shipment.pod_state), ("verified", planner, "verified"))

    def test_evidence_without_file_is_none(self):
        user = self.make_user("dock5", "group_user")
        pod = self.enter(self.ship(), user, evidence_ids=[(0, 0, {"kind": "signature", "filename": "none"})])
        self.assertIn("Signature", pod.missing)

    def test_a_manager_accepts_what_is_missing_with_a_reason(self):
        manager = self.make_user("manager1", "group_manager")
        shipment = self.ship()
        self.send_pod("TRK1", evidence=[])
        pod = shipment.pod_ids.with_user(manager)
        with self.assertRaises(AccessError):
            pod.with_user(self.make_user("planner5", "group_planner")).action_accept(reason="I say so")
        self.assertEqual(pod.action_accept()["res_model"], "logistics.reason.wizard")
        pod.action_accept(reason="Known driver")
        self.assertEqual((pod.state, pod.accept_reason), ("verified", "Known driver"))

    def test_a_verified_proof_is_not_changed(self):
        user = self.make_user("dock6", "group_user")
        shipment = self.ship()
        self.send_pod("TRK1")
        pod = shipment.pod_ids.with_user(user)
        for change in (
            lambda: pod.write({"signed_by": "Me"}),
            lambda: pod.line_ids.write({"delivered": 1}),
            lambda: pod.evidence_ids.unlink(),
            lambda: self.attach(pod),
        ):
            with self.assertRaisesRegex(UserError, "Dispute it first"):
                change()
        with self.assertRaisesRegex(UserError, "use Verify"):
            pod.write({"state": "incomplete"})
        with self.assertRaisesRegex(UserError, "use Verify"):
            self.enter(shipment, user, state="verified")

    def test_a_proof_is_about_parcels_of_its_shipment(self):
        other = self.ship(tracking="B")
        with self.assertRaisesRegex(ValidationError, "none of"):
            self.enter(self.ship(tracking="A"), self.env.user, parcel_ids=[(6, 0, other.parcel_ids.ids)])

    def test_disputed_and_verified_again(self):
        planner = self.make_user("planner6", "group_planner")
        shipment = self.ship()
        self.send_pod("TRK1")
        pod = shipment.pod_ids.with_user(planner)
        pod.action_dispute(reason="Customer never saw it")
        self.assertEqual((pod.state, shipment.pod_state), ("disputed", "disputed"))
        self.assertIn("Customer never saw it", self.events("pod.incomplete", pod).data["missing"])
        pod.line_ids.delivered = 1
        pod.action_verify()
        self.assertEqual((pod.state, pod.dispute_reason), ("verified", False))
        self.assertEqual(len(self.events("pod.verified", pod)), 2)
