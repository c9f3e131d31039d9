"""Native edits that a policy wants a decision for: the delivery method of what is released, counted quantities."""

from odoo.exceptions import RedirectWarning
from odoo.tests.common import new_test_user, tagged

from .common import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalGuard(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.enforce("approvals", "release")
        self.clerk = new_test_user(
            self.env,
            "apr_clerk",
            groups="sales_team.group_sale_manager,stock.group_stock_manager,logistics_orchestration.group_user",
        )

    def released(self):
        """A released order that ships with Ground."""
        order = self.make_order(carrier=self.carrier)
        if order.logistics_release_state != "released":
            order.action_logistics_release(reason="Test")
        return order

    def notes(self):
        """What was noted as observed about approvals."""
        return self.env["logistics.observation"].search([("capability", "=", "approvals")])

    def test_a_carrier_over_the_policy_is_refused_and_the_request_offered(self):
        order = self.released()
        for document in (order, order.picking_ids):
            with self.refuses("is released: another delivery method needs a decision", RedirectWarning) as caught:
                document.with_user(self.clerk).carrier_id = self.express
            self.assertEqual(document.carrier_id, self.carrier)
        message, action, button, context = caught.exception.args
        self.assertIn("more than", message)
        self.assertEqual((action["res_model"], button), ("logistics.approval.ask", "Ask for it"))
        wizard = (
            self.env["logistics.approval.ask"]
            .with_user(self.clerk)
            .with_context(**context)
            .create({"reason": "The customer's line stands still"})
        )
        self.assertEqual((wizard.kind, wizard.carrier_id), ("carrier_change", self.express))
        wizard.action_ask()
        request = self.Request.search([("kind", "=", "carrier_change")], limit=1)
        self.assertEqual(request.state, "requested")
        self.decide(request)
        self.assertEqual((request.execution_error, order.picking_ids.carrier_id), (False, self.express))

    def test_within_policy_it_is_simply_written(self):
        order = self.released()
        order.with_user(self.clerk).carrier_id = self.swift
        self.assertEqual(order.carrier_id, self.swift)
        order.picking_ids.with_user(self.clerk).carrier_id = self.swift
        self.assertFalse(self.Request.search([("sale_order_id", "=", order.id)]))

    def test_what_is_not_released_is_free(self):
        draft = self.make_order(carrier=self.carrier, confirm=False)
        draft.with_user(self.clerk).carrier_id = self.express
        order = self.released()
        self.env["logistics.hold"].create(
            {
                "order_id": order.id,
                "type_id": self.env.ref("logistics_orchestration.hold_type_manual").id,
                "reason": "Look first",
            }
        )
        order.with_user(self.clerk).carrier_id = self.express
        self.assertEqual(order.carrier_id, self.express)

    def test_the_automation_is_not_asked(self):
        order = self.released()
        order.sudo().carrier_id = self.express
        self.assertEqual(order.carrier_id, self.express)

    def test_what_odoo_cannot_rate_is_asked_about(self):
        unknown = self.make_carrier("Haulier", 0.0)
        unknown.delivery_type = "base_on_rule"  # without rules: no price
        order = self.released()
        with self.refuses("does not know what Haulier costs", RedirectWarning):
            order.with_user(self.clerk).carrier_id = unknown

    def test_a_packed_shipment_counts_too(self):
        order = self.released()
        order.picking_ids.move_ids.write({"quantity": 2, "picked": True})
        order.picking_ids._action_done()
        shipment = order.picking_ids.logistics_shipment_ids
        for document in (shipment, order.picking_ids):
            with self.refuses("needs a decision", RedirectWarning):
                document.with_user(self.clerk).write({"carrier_id": self.express.id})
        shipment.action_dispatch()
        order.with_user(self.clerk).carrier_id = self.express  # it has left: this changes nothing any more

    def test_observing_only_notes(self):
        order = self.released()
        self.env["logistics.switch"].search([("capability", "=", "approvals")]).mode = "observe"
        before = self.notes()
        order.with_user(self.clerk).carrier_id = self.express
        self.assertEqual(order.carrier_id, self.express)
        self.assertIn("Would have asked", (self.notes() - before).summary)

    # -- stock ------------------------------------------------------------------------------------------------

    def counted(self, quantity):
        """A count of the clerk's, with 60 per piece at stake."""
        self.product.standard_price = 60.0
        quant = self.env["stock.quant"].search(
            [("product_id", "=", self.product.id), ("location_id", "=", self.warehouse.lot_stock_id.id)]
        )
        quant = quant.with_user(self.clerk).with_context(inventory_mode=True)
        quant.inventory_quantity = quantity
        return quant

    def test_a_big_difference_waits_for_a_decision(self):
        quant = self.counted(80)
        with self.refuses("Request Approval"):
            quant.action_apply_inventory()
        self.assertEqual(quant.quantity, 100)
        request = self.ask(quant.with_user(self.worker), kind="inventory_override", reason="Recounted twice")
        self.decide(request)
        self.assertEqual((request.execution_error, quant.quantity), (False, 80))

    def test_a_small_difference_is_applied(self):
        quant = self.counted(99)
        quant.action_apply_inventory()
        self.assertEqual(quant.quantity, 99)

    def test_observing_only_notes_the_count_and_applies_it(self):
        self.env["logistics.switch"].search([("capability", "=", "approvals")]).mode = "observe"
        before = self.notes()
        quant = self.counted(80)
        quant.action_apply_inventory()
        self.assertEqual(quant.quantity, 80)
        self.assertEqual((self.notes() - before).amount, 1200.0)
