"""Adjusting stock to a warehouse's count: decided on by policy."""

from odoo import fields
from odoo.tests import tagged

from .common import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalBalance(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.wms = self.make_system("warehouse")
        self.product.write({"standard_price": 60.0, "default_code": "DESK-COUNTED"})
        # who adjusts may count, and not apply: the decision does
        self.manager.groups_id += self.env.ref("stock.group_stock_user")

    def report(self, quantity, minutes=0):
        as_of = fields.Datetime.add(fields.Datetime.now(), minutes=minutes)
        data = {
            "warehouse": self.warehouse.code,
            "balances": [{"sku": self.product.default_code, "quantity": quantity}],
            "as_of": as_of.isoformat() + "Z",
        }
        message = self.receive(self.wms, "stock.balance_reported", data)
        self.env["logistics.balance.report"].search([("inbox_message_id", "=", message.id)])._work_attempt()
        return self.env["logistics.discrepancy"].search([("product_id", "=", self.product.id), ("state", "=", "open")])

    def on_hand(self):
        return self.env["stock.quant"]._get_available_quantity(self.product, self.warehouse.lot_stock_id)

    def adjust(self, row):
        row.with_user(self.manager).action_adjust(reason="Recounted with them")
        return self.Request.search([("kind", "=", "inventory_override")], order="id desc", limit=1)

    def test_beyond_policy_somebody_else_decides(self):
        self.enforce("approvals")
        row = self.report(80)
        request = self.adjust(row)
        self.assertEqual((request.state, request.amount, request.requested_by_id), ("requested", 1200.0, self.manager))
        self.assertEqual((self.on_hand(), row.state), (100, "open"))
        self.assertIn(request.name, row.message_ids[0].body)
        self.decide(request)
        self.assertFalse(request.execution_error)
        self.assertEqual((self.on_hand(), row.state), (80, "accepted"))

    def test_within_policy_it_is_applied_at_once(self):
        self.enforce("approvals")
        row = self.report(98)
        request = self.adjust(row)
        self.assertEqual((request.state, self.on_hand(), row.state), ("not_required", 98, "accepted"))

    def test_where_approvals_only_observe_the_person_s_own_rights_count(self):
        row = self.report(80)
        with self.refuses("stock manager"):
            self.adjust(row)
        self.manager.groups_id += self.env.ref("stock.group_stock_manager")
        request = self.adjust(row)
        self.assertEqual((request.mode, self.on_hand(), row.state), ("observe", 80, "accepted"))

    def test_another_report_withdraws_what_waits_for_a_decision(self):
        self.enforce("approvals")
        row = self.report(80, minutes=-10)
        request = self.adjust(row)
        self.report(70)
        self.assertFalse(row.quant_id)
        self.decide(request)
        self.assertEqual((request.state, self.on_hand(), row.state), ("superseded", 100, "open"))
        again = self.adjust(row)
        self.decide(again)
        self.assertEqual((self.on_hand(), row.state), (70, "accepted"))

    def test_by_itself_it_asks_too(self):
        self.enforce("approvals", "balance")
        self.env["logistics.authority.rule"].create({"fact": "stock.*", "owner": "system", "auto_limit": 50})
        row = self.report(80)
        request = self.Request.search([("kind", "=", "inventory_override")])
        self.assertEqual((request.state, self.on_hand()), ("requested", 100))
        self.report(80, minutes=1)
        self.assertEqual(self.Request.search_count([("kind", "=", "inventory_override")]), 1)
        self.decide(request)
        self.assertEqual((self.on_hand(), row.state), (80, "accepted"))
