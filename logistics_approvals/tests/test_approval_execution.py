"""A decision binds to its snapshot and is carried out exactly once, or says why not."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from .common import ApprovalCase

EXECUTE = "_execute_expedite"


@tagged("post_install", "-at_install")
class TestApprovalExecution(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.enforce("approvals")
        self.order = self.make_order(carrier=self.carrier)
        self.transfer = self.order.picking_ids

    def failing(self, error=None):
        return patch.object(type(self.Request), EXECUTE, side_effect=error or UserError("The carrier is closed"))

    def superseded(self, request):
        notice = self.decide(request)
        self.assertEqual(notice["params"]["type"], "warning")
        self.assertEqual(request.state, "superseded")
        self.assertFalse(request.decision_ids)
        self.assertNotEqual(self.transfer.carrier_id, self.express)
        self.assertIn(self.worker, request.activity_ids.user_id)
        return self.events("approval.superseded", request).data

    def test_superseded_by_another_quantity(self):
        request = self.ask(self.order)
        self.order.order_line[0].product_uom_qty = 5
        data = self.superseded(request)
        self.assertIn("facts.order_value", data["changed"])

    def test_superseded_by_another_carrier(self):
        request = self.ask(self.order)
        self.transfer.carrier_id = self.swift
        self.assertIn(f"facts.transfers.{self.transfer.id}", self.superseded(request)["changed"])

    def test_superseded_by_another_date(self):
        request = self.ask(self.order)
        self.order.commitment_date = "2030-01-01 12:00:00"
        self.assertIn("facts.promised", self.superseded(request)["changed"])

    def test_superseded_by_another_rate(self):
        request = self.ask(self.order)
        self.express.product_id.list_price = 500.0
        self.assertIn("facts.rate_new", self.superseded(request)["changed"])

    def test_superseded_by_a_tampered_snapshot(self):
        request = self.ask(self.order)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE logistics_approval_request SET snapshot = jsonb_set(snapshot, '{asked,amount}', '1') WHERE id = %s",
            [request.id],
        )
        request.invalidate_recordset()
        self.assertEqual(self.superseded(request)["changed"], ["snapshot"])

    def test_what_does_not_matter_does_not_supersede(self):
        request = self.ask(self.order)
        self.express.name = "Express Plus"
        self.order.client_order_ref = "PO 7"
        self.transfer.note = "Ring twice"
        self.decide(request)
        self.assertEqual(request.state, "approved")

    def test_superseded_between_decision_and_execution(self):
        request = self.ask(self.order)
        with self.failing():
            self.decide(request)
        self.order.order_line[0].product_uom_qty = 9
        request.with_user(self.worker).action_carry_out()
        self.assertEqual(request.state, "superseded")
        self.assertEqual(self.transfer.carrier_id, self.carrier)

    def test_an_error_is_kept_and_can_be_tried_again(self):
        request = self.ask(self.order)
        with self.failing():
            notice = self.decide(request)
        self.assertEqual(notice["params"]["type"], "danger")
        self.assertEqual((request.state, request.execution_state), ("approved", "failed"))
        self.assertIn("closed", request.execution_error)
        self.assertIn(self.worker, request.activity_ids.user_id)
        self.assertEqual(len(request.decision_ids), 1)
        self.assertTrue(request.with_user(self.worker).can_carry_out)
        self.assertFalse(request.with_user(self.second).can_carry_out)
        with self.refuses("Only requester"):
            request.with_user(self.second).action_carry_out()
        request.with_user(self.worker).action_carry_out()
        self.assertEqual(request.execution_state, "done")
        self.assertFalse(request.execution_error)
        self.assertEqual(self.transfer.carrier_id, self.express)

    @mute_logger("odoo.addons.logistics_approvals.models.approval_request_execution")
    def test_any_error_is_kept_and_its_effects_are_not(self):
        request = self.ask(self.order)
        original = type(self.Request)._execute_expedite

        def half_way(this):
            original(this)
            raise ZeroDivisionError("half way")

        with patch.object(type(self.Request), EXECUTE, half_way):
            self.decide(request)
        self.assertEqual(self.transfer.carrier_id, self.carrier)
        self.assertIn("ZeroDivisionError", request.execution_error)

    def test_exactly_once(self):
        request = self.ask(self.order)
        self.decide(request)
        done_at = request.executed_at
        self.transfer.carrier_id = self.swift
        request._carry_out()
        request.sudo()._carry_out()
        self.assertEqual(self.transfer.carrier_id, self.swift)
        self.assertEqual(request.executed_at, done_at)
        with self.refuses("nothing to carry out"):
            request.with_user(self.worker).action_carry_out()
        with self.assertRaises(UserError):
            self.decide(request, self.second)

    def test_what_was_carried_out_is_not_cancelled(self):
        request = self.ask(self.order)
        self.decide(request)
        with self.refuses("closed already"):
            request.with_user(self.worker).action_cancel()

    def test_an_approval_that_failed_can_be_cancelled(self):
        request = self.ask(self.order)
        with self.failing():
            self.decide(request)
        request.with_user(self.worker).action_cancel()
        self.assertEqual(request.state, "cancelled")

    def test_a_stricter_policy_before_the_decision_asks_for_more(self):
        request = self.ask(self.order)
        self.step.min_approvals = 2
        self.decide(request)
        self.assertEqual(request.state, "requested")
        self.assertEqual(request.policy_version, self.policy.version)
        self.decide(request, self.second)
        self.assertEqual(request.state, "approved")

    def test_a_policy_that_asks_others_now(self):
        request = self.ask(self.order)
        self.only_approvers(self.second)
        self.assertEqual(request.approver_ids, self.second)
        with self.refuses("waits for Second"):
            self.decide(request)
        self.assertFalse(request.decision_ids)

    def test_a_policy_that_came_later_is_followed_at_the_decision(self):
        request = self.ask(self.order)
        group = self.env.ref("logistics_orchestration.group_manager")
        strict = self.policy.copy({"name": "Strict", "threshold": 80.0})
        strict.step_ids.write({"group_id": group.id, "escalate_group_id": group.id})
        notice = self.decide(request)
        self.assertIn("policy changed", notice["params"]["message"])
        self.assertEqual((request.state, request.policy_id), ("requested", strict))
        self.assertFalse(request.decision_ids)
        self.decide(request, self.manager)
        self.assertEqual(request.state, "approved")

    def test_a_stricter_policy_after_the_decision_supersedes(self):
        request = self.ask(self.order)
        with self.failing():
            self.decide(request)
        self.step.min_approvals = 2
        request.with_user(self.worker).action_carry_out()
        self.assertEqual(request.state, "superseded")
        self.assertEqual(self.transfer.carrier_id, self.carrier)

    def test_a_kind_nobody_carries_out_is_decision_only(self):
        request = self.ask(self.order)
        with patch.object(type(self.Request), "_can_carry_out", lambda this, kind: False):
            self.decide(request)
            request._compute_execution_state()
            self.assertEqual(request.execution_state, "by_hand")
            self.policy.invalidate_recordset()
            self.assertTrue(self.policy.decision_only)
        self.assertEqual(request.state, "approved")
        self.assertFalse(request.executed_at)
        self.assertEqual(self.transfer.carrier_id, self.carrier)

    def test_every_kind_is_carried_out(self):
        for kind in dict(self.Request._fields["kind"].selection):
            self.assertTrue(self.Request._can_carry_out(kind), kind)
            self.assertTrue(hasattr(self.Request, f"_snapshot_{kind}"), kind)

    def test_a_deleted_document(self):
        draft = self.make_order(confirm=False)
        purchase = self.env["purchase.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [(0, 0, {"product_id": self.product.id, "product_qty": 30, "price_unit": 100.0})],
            }
        )
        request = self.ask(purchase, kind="emergency_procurement", user=self.manager)
        purchase.button_cancel()
        purchase.unlink()
        self.assertTrue(draft)
        self.decide(request)
        self.assertEqual(request.state, "superseded")
