"""What is chosen for a shortage: decided on by policy, bound to what was seen, carried out once."""

from odoo import fields
from odoo.tests import tagged

from .common import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalOption(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.planner = self.make_user("planner", "group_planner")
        self.planner.groups_id += self.env.ref("purchase.group_purchase_user")
        self.late_vendor = self.env["res.partner"].create({"name": "Timber Works"})
        self.other_vendor = self.env["res.partner"].create({"name": "Board & Beam"})
        price = {"product_tmpl_id": self.product.product_tmpl_id.id}
        self.env["product.supplierinfo"].create({**price, "partner_id": self.late_vendor.id, "price": 30, "delay": 7})
        self.offer = self.env["product.supplierinfo"].create(
            {**price, "partner_id": self.other_vendor.id, "price": 40, "delay": 2, "sequence": 5}
        )
        self.env["logistics.supply.lane"].create(
            {"kind": "expedite", "supplier_id": self.late_vendor.id, "lead_days": 3, "cost_fixed": 80}
        )
        self.env["stock.warehouse.orderpoint"].create(
            {"product_id": self.product.id, "product_min_qty": 10, "product_max_qty": 40,
             "location_id": self.warehouse.lot_stock_id.id}
        )  # fmt: skip
        self.make_order(130)
        self.shortage = self.env["logistics.shortage"].search([("product_id", "=", self.product.id)])
        line = self.shortage.purchase_line_ids
        line.order_id.button_confirm()
        promised_at = fields.Datetime.add(line.date_planned, days=20)
        self.env["logistics.supplier.promise"].create(
            {"purchase_line_id": line.id, "quantity": 70, "promised_at": promised_at}
        )
        self.shortage.action_check()

    def option(self, kind="alternate"):
        return self.shortage.option_ids.filtered(lambda option: option.kind == kind)

    def choose(self, kind="alternate"):
        option = self.option(kind)
        option.with_user(self.planner).action_choose(reason="The customer's line stands still")
        return option, self.Request.search([("subject_model", "=", option._name), ("subject_id", "=", option.id)])

    def bought(self):
        return self.env["purchase.order"].search([("partner_id", "=", self.other_vendor.id)])

    def test_beyond_policy_somebody_else_decides(self):
        self.enforce("approvals")
        option, request = self.choose()
        self.assertEqual((request.kind, request.state, request.amount), ("emergency_procurement", "requested", 1200))
        self.assertEqual((option.state, self.bought()), ("requested", self.bought().browse()))
        self.assertFalse(option.with_user(self.manager).can_decide, "it is decided on in Approvals")
        self.decide(request)
        self.assertFalse(request.execution_error)
        self.assertEqual((option.state, option.decided_by_id, request.execution_state), ("done", self.approver, "done"))
        self.assertEqual((self.bought().state, self.bought().order_line.product_qty), ("purchase", 30))
        request._carry_out()
        option._carry_out()
        self.assertEqual(len(self.bought()), 1)

    def test_within_policy_it_is_carried_out_at_once(self):
        self.enforce("approvals")
        self.offer.price = 20
        self.shortage.action_price()
        option, request = self.choose()
        self.assertEqual((request.state, option.state, len(self.bought())), ("not_required", "done", 1))

    def test_observing_it_is_carried_out_and_noted(self):
        option, request = self.choose()
        self.assertEqual((request.mode, request.state, option.state), ("observe", "not_required", "done"))
        notes = self.env["logistics.observation"].search([("capability", "=", "approvals")])
        self.assertEqual(notes.amount, 1200)

    def test_expediting_is_a_decision_too(self):
        self.enforce("approvals")
        option, request = self.choose("expedite")
        self.assertEqual((request.kind, request.state, request.amount), ("expedite", "requested", 80))
        self.decide(request)
        self.assertEqual((request.execution_error, option.state), (False, "done"))

    def test_no_means_no(self):
        self.enforce("approvals")
        option, request = self.choose()
        self.decide(request, decision="rejected", reason="Wait for them")
        self.assertEqual((option.state, len(self.bought())), ("rejected", 0))
        self.shortage.action_price()
        proposed = self.option().filtered(lambda other: other.state == "proposed")
        self.assertEqual(proposed.cost, 1200, "it can be asked for anew")

    def test_a_material_change_supersedes_the_request(self):
        self.enforce("approvals")
        option, request = self.choose()
        self.offer.price = 60
        self.decide(request)
        self.assertEqual((request.state, option.state, len(self.bought())), ("superseded", "superseded", 0))

    def test_pricing_anew_supersedes_what_waits(self):
        self.enforce("approvals")
        option, request = self.choose()
        self.offer.price = 41
        self.shortage.action_price()
        self.assertEqual((request.state, option.state), ("requested", "requested"), "2.5 % is within tolerance")
        self.offer.price = 60
        self.shortage.action_price()
        self.assertEqual((request.state, option.state), ("superseded", "superseded"))

    def test_taking_back_the_request_takes_back_the_choice(self):
        self.enforce("approvals")
        option, request = self.choose()
        request.with_user(self.planner).action_cancel()
        self.assertEqual((request.state, option.state), ("cancelled", "superseded"))

    def test_who_cannot_ask_cannot_choose(self):
        buyer = self.make_user("buyer", "group_auditor")
        buyer.groups_id += self.env.ref("purchase.group_purchase_user")
        self.assertFalse(self.option().with_user(buyer).can_choose)
