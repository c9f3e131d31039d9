"""While approvals only observe, nobody waits and nobody can do more than before."""

from odoo.tests.common import tagged

from .common import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalObserve(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.order = self.make_order(carrier=self.carrier)

    def observations(self):
        return self.env["logistics.observation"].search([("capability", "=", "approvals")])

    def test_a_request_is_recorded_and_carried_out_at_once(self):
        request = self.ask(self.order)
        self.assertEqual((request.state, request.mode), ("not_required", "observe"))
        self.assertTrue(request.executed_at)
        self.assertEqual(self.order.picking_ids.carrier_id, self.express)
        self.assertEqual(request.policy_id, self.policy)
        observation = self.observations()
        self.assertEqual(observation.amount, 90.0)
        self.assertIn("Would have asked", observation.summary)
        self.assertFalse(self.events("approval.requested", request))
        self.assertFalse(request.activity_ids)

    def test_within_policy_nothing_is_observed(self):
        self.ask(self.order, carrier=self.swift)
        self.assertFalse(self.observations())

    def test_nobody_can_do_more_than_before(self):
        quant = self.env["stock.quant"].search(
            [("product_id", "=", self.product.id), ("location_id", "=", self.warehouse.lot_stock_id.id)]
        )
        quant.with_context(inventory_mode=True).inventory_quantity = 1
        with self.refuses("stock manager"):
            self.ask(quant, kind="inventory_override")
        self.assertEqual(quant.quantity, 100)

    def test_a_rule_changes_nothing(self):
        found = self.order._logistics_request_approval("expedite", "Late", {"carrier_id": self.express.id})
        self.assertFalse(found)
        self.assertEqual(self.order.picking_ids.carrier_id, self.carrier)
        self.assertTrue(self.observations())

    def test_switched_on_for_one_customer(self):
        self.env["logistics.switch"].create(
            {
                "capability": "approvals",
                "mode": "enforce",
                "company_id": self.company.id,
                "partner_id": self.customer.id,
            }
        )
        self.assertEqual(self.ask(self.order).state, "requested")
        other = self.make_order(carrier=self.carrier, partner_id=self.customer.copy({"name": "Southwind"}).id)
        self.assertEqual(self.ask(other).state, "not_required")

    def test_without_a_policy_the_users_own_rights_count(self):
        self.enforce("approvals")
        self.env["logistics.approval.policy"].search([("kind", "=", "inventory_override")]).active = False
        quant = self.env["stock.quant"].search(
            [("product_id", "=", self.product.id), ("location_id", "=", self.warehouse.lot_stock_id.id)]
        )
        quant.with_context(inventory_mode=True).inventory_quantity = 1
        with self.refuses("stock manager"):
            self.ask(quant, kind="inventory_override")
