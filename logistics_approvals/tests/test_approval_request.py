"""Asking and deciding: the way of an expedite from the wish to the changed delivery."""

from odoo.exceptions import UserError
from odoo.tests.common import tagged

from .common import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalRequest(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.enforce("approvals")
        self.order = self.make_order(carrier=self.carrier)
        self.transfer = self.order.picking_ids

    def test_within_policy_is_carried_out_at_once(self):
        request = self.ask(self.order, carrier=self.swift)
        self.assertEqual(request.state, "not_required")
        self.assertEqual(request.mode, "enforce")
        self.assertTrue(request.executed_at)
        self.assertEqual(self.transfer.carrier_id, self.swift)
        self.assertEqual(self.order.carrier_id, self.swift)
        self.assertFalse(self.events("approval.requested", request))

    def test_over_the_threshold_waits(self):
        request = self.ask(self.order)
        self.assertEqual(request.state, "requested")
        self.assertEqual(request.amount, 90.0)
        self.assertIn("90", request.policy_why)
        self.assertEqual(self.transfer.carrier_id, self.carrier)
        self.assertLessEqual(self.approver | self.second | self.manager, request.approver_ids)
        self.assertNotIn(self.worker, request.approver_ids)
        event = self.events("approval.requested", request)
        self.assertEqual(len(event), 1)
        self.assertEqual(event.data["amount"], 90.0)
        self.assertEqual(event.ordering_key, f"sale.order/{self.order.id}")
        activity = request.activity_ids.filtered(lambda a: a.user_id == self.approver)
        self.assertEqual(activity.activity_type_id, self.env.ref("logistics_approvals.activity_type_approval"))

    def test_exactly_the_threshold_is_within_policy(self):
        fifty = self.make_carrier("Fifty more", 60.0)
        self.assertEqual(self.ask(self.order, carrier=fifty).state, "not_required")

    def test_a_share_of_the_order_value_asks_too(self):
        self.policy.threshold_percent = 5  # 5 % of 200 = 10 < 20
        request = self.ask(self.order, carrier=self.swift)
        self.assertEqual(request.state, "requested")
        self.assertIn("5", request.policy_why)

    def test_typing_less_than_the_rate_does_not_dodge_the_policy(self):
        self.assertEqual(self.ask(self.order, amount=1.0).amount, 90.0)

    def test_typing_more_than_the_rate_counts(self):
        self.assertEqual(self.ask(self.order, carrier=self.swift, amount=75.0).state, "requested")

    def test_approved_changes_the_delivery(self):
        request = self.ask(self.order)
        notice = self.decide(request)
        self.assertEqual(notice["params"]["type"], "success")
        self.assertEqual(request.state, "approved")
        self.assertEqual(request.execution_state, "done")
        self.assertEqual(self.transfer.carrier_id, self.express)
        self.assertEqual(self.order.carrier_id, self.express)
        self.assertFalse(request.activity_ids)
        self.assertFalse(request.approver_ids)
        decision = request.decision_ids
        self.assertEqual((decision.approver_id, decision.approver_name), (self.approver.id, "Approver"))
        self.assertEqual(decision.snapshot_hash, request.snapshot_hash)
        self.assertEqual(decision.policy_version, self.policy.version)
        data = self.events("approval.decided", request).data
        self.assertEqual((data["decision"], data["decided_by"]), ("approved", "Approver"))

    def test_rejected_keeps_the_delivery_and_needs_a_reason(self):
        request = self.ask(self.order)
        with self.refuses("why"):
            self.decide(request, decision="rejected")
        self.decide(request, decision="rejected", reason="Too dear")
        self.assertEqual(request.state, "rejected")
        self.assertEqual(self.transfer.carrier_id, self.carrier)
        self.assertEqual(self.events("approval.decided", request).data["comment"], "Too dear")

    def test_a_transfer_alone_is_changed(self):
        request = self.ask(self.transfer)
        self.decide(request)
        self.assertEqual(self.transfer.carrier_id, self.express)
        self.assertEqual(self.order.carrier_id, self.carrier)
        self.assertEqual(request.sale_order_id, self.order)

    def test_a_shipment_that_waits_for_dispatch_is_changed(self):
        self.transfer.move_ids.write({"quantity": 2, "picked": True})
        self.transfer._action_done()
        shipment = self.transfer.logistics_shipment_ids
        self.assertEqual(shipment.carrier_id, self.carrier)
        self.decide(self.ask(shipment))
        self.assertEqual(shipment.carrier_id, self.express)

    def test_what_has_left_cannot_be_expedited(self):
        self.transfer.move_ids.write({"quantity": 2, "picked": True})
        self.transfer._action_done()
        shipment = self.transfer.logistics_shipment_ids
        shipment.sudo().write({"dispatched_at": "2026-01-01 00:00:00"})
        with self.refuses("nothing is left to ship"):
            self.ask(self.order)

    def test_pick_and_pack_steps_follow(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        order = self.make_order(carrier=self.carrier)
        self.decide(self.ask(order))
        outgoing = order.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing")
        self.assertEqual(outgoing.carrier_id, self.express)
        self.assertNotIn(self.carrier, order.picking_ids.carrier_id)

    def test_reason_is_mandatory(self):
        with self.refuses("Say why"):
            self.ask(self.order, reason="  ")

    def test_wrong_documents_and_kinds_are_named(self):
        with self.refuses("purchase.order"):
            self.ask(self.order, kind="emergency_procurement")
        with self.refuses("no kind"):
            self.ask(self.order, kind="nonsense")

    def test_a_delivery_method_that_does_not_go_there(self):
        self.express.country_ids = self.env.ref("base.fr")
        with self.refuses("does not deliver"):
            self.ask(self.order)

    def test_the_delivery_method_in_use_is_refused(self):
        with self.refuses("already"):
            self.ask(self.order, carrier=self.carrier)

    def test_one_open_request_per_document_and_decision(self):
        first = self.ask(self.order)
        with self.refuses(first.name):
            self.ask(self.order)

    def test_cancel_is_the_requesters(self):
        request = self.ask(self.order)
        with self.refuses("Only Worker"):
            request.with_user(self.approver).action_cancel()
        request.with_user(self.worker).action_cancel()
        self.assertEqual(request.state, "cancelled")
        self.assertEqual(self.events("approval.decided", request).data["decision"], "cancelled")
        with self.assertRaises(UserError):
            self.decide(request)

    def test_ask_again_makes_a_new_request(self):
        request = self.ask(self.order)
        self.decide(request, decision="rejected", reason="No")
        action = request.with_user(self.worker).action_ask_again()
        again = self.Request.browse(action["res_id"])
        self.assertNotEqual(again, request)
        self.assertEqual(
            (again.state, again.carrier_id, again.requested_by_id), ("requested", self.express, self.worker)
        )

    def test_two_approvals_by_two_people(self):
        self.step.min_approvals = 2
        request = self.ask(self.order)
        self.decide(request)
        self.assertEqual(request.state, "requested")
        self.assertNotIn(self.approver, request.approver_ids)
        with self.refuses("already"):
            self.decide(request)
        self.decide(request, self.second)
        self.assertEqual(request.state, "approved")

    def test_steps_come_one_after_the_other(self):
        self.only_approvers(self.approver)
        late = self.step.copy(
            {"sequence": 20, "name": "Manager", "group_id": self.env.ref("logistics_orchestration.group_manager").id}
        )
        request = self.ask(self.order)
        self.assertEqual((request.step_id, request.approver_ids), (self.step, self.approver))
        self.decide(request)
        self.assertEqual((request.state, request.step_id), ("requested", late))
        self.assertIn(self.manager, request.approver_ids)
        self.decide(request, self.manager)
        self.assertEqual(request.state, "approved")
        self.assertEqual(len(self.events("approval.decided", request)), 1)

    def test_the_highest_threshold_that_asks_speaks(self):
        dear = self.policy.copy({"name": "Very dear", "threshold": 80.0})
        self.assertEqual(self.ask(self.order).policy_id, dear)

    def test_a_policy_for_some_documents_only(self):
        self.policy.write({"subject_model": "sale.order", "domain": "[('client_order_ref', '=', 'VIP')]"})
        self.assertEqual(self.ask(self.order).state, "not_required")
        vip = self.make_order(carrier=self.carrier, client_order_ref="VIP")
        self.assertEqual(self.ask(vip).state, "requested")

    def test_threshold_in_another_currency(self):
        currency = self.env["res.currency"].create({"name": "XLG", "symbol": "X", "rounding": 0.01})
        self.env["res.currency.rate"].create({"currency_id": currency.id, "rate": 10.0, "name": "2000-01-01"})
        self.policy.write({"currency_id": currency.id, "threshold": 1000.0})  # 100 of the company's
        self.assertEqual(self.ask(self.order).state, "not_required")

    def test_a_rule_that_asks_twice_gets_the_same_request(self):
        first = self.order._logistics_request_approval("expedite", "Late", {"carrier_id": self.express.id})
        again = self.order._logistics_request_approval("expedite", "Late", {"carrier_id": self.express.id})
        self.assertEqual(first, again)
        self.assertEqual(first.state, "requested")

    def test_a_rule_that_does_not_say_which_delivery_leaves_it_to_a_person(self):
        request = self.order.with_user(self.worker).sudo()._logistics_request_approval("expedite", "Late")
        self.assertEqual(request.state, "draft")
        self.assertEqual(request.activity_ids.user_id, self.worker)
        mine = request.with_user(self.worker)
        with self.refuses("choose the new delivery"):
            mine.action_submit()
        mine.carrier_id = self.express
        mine.action_submit()
        self.assertEqual(request.state, "requested")

    def test_the_server_action_asks(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Ask",
                "model_id": self.env.ref("sale.model_sale_order").id,
                "state": "logistics_approval",
                "logistics_approval_kind": "split_shipment",
                "logistics_reason": "Customer waits",
            }
        )
        self.order.picking_policy = "one"
        action.with_context(active_model="sale.order", active_id=self.order.id, active_ids=self.order.ids).run()
        request = self.Request.search([("subject_model", "=", "sale.order"), ("subject_id", "=", self.order.id)])
        self.assertEqual(
            (request.kind, request.state, request.reason), ("split_shipment", "requested", "Customer waits")
        )

    def test_flow_page_step_and_smart_button(self):
        request = self.ask(self.order)
        step = next(s for s in self.order._get_logistics_flow_steps() if s["key"] == "approvals")
        self.assertEqual((step["sequence"], step["state"], step["deadline"]), (25, "waiting", request.due_at))
        self.assertFalse(step["action"])
        steps = self.order.with_user(self.approver)._get_logistics_flow_steps()
        step = next(s for s in steps if s["key"] == "approvals")
        self.assertEqual(step["action"]["method"], "action_approve")
        self.assertEqual(self.order.logistics_approval_count, 1)
        self.assertTrue(self.order.logistics_approval_waiting)
        self.assertEqual(self.order.action_logistics_approvals()["res_id"], request.id)
        self.decide(request)
        step = next(s for s in self.order._get_logistics_flow_steps() if s["key"] == "approvals")
        self.assertEqual(step["state"], "done")
        self.assertTrue(self.order.logistics_flow())

    def test_what_changes_is_readable_and_escaped(self):
        self.express.name = "Express <b>"
        request = self.ask(self.order)
        self.assertIn("Ground", request.change_html)
        self.assertIn("Express &lt;b&gt;", request.change_html)
        self.assertIn("90", request.change_html)
        self.assertFalse(request.stale_html)
        self.order.order_line[0].product_uom_qty = 5
        request.invalidate_recordset()
        self.assertIn("Quantity to ship", request.stale_html)
        self.assertIn("Desk", request.stale_html)

    def test_what_was_approved_stays_readable(self):
        request = self.ask(self.order)
        seen = request.change_html
        self.decide(request)
        self.assertEqual(request.change_html, seen)
        self.assertIn("Ground", seen)
