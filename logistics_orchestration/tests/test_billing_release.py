"""From the proof to the posted invoice: once, and only what is proven."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .shipment_common import PNG_2, ShipmentCase


@tagged("post_install", "-at_install")
class TestBillingRelease(ShipmentCase):
    def test_a_verified_proof_releases_the_invoice(self):
        self.enforce("billing")
        shipment = self.ship(qty=2)
        order = shipment.order_id
        self.assertEqual(order.order_line.qty_to_invoice, 0.0, "shipped, not proven")
        self.assertEqual(order.invoice_status, "no")
        self.deliver(shipment)
        invoice = order.invoice_ids
        self.assertEqual((invoice.state, invoice.logistics_billing_state), ("posted", "released"))
        self.assertEqual((invoice.amount_untaxed, order.order_line.qty_invoiced), (200.0, 2.0))
        event = self.events("invoice.released", invoice)
        self.assertEqual(event.data["invoice"], invoice.name)
        self.assertEqual(event.data["lines"][0]["line"], invoice.invoice_line_ids.id)
        self.assertEqual(event.ordering_key, f"sale.order/{order.id}")
        eligible = self.events("invoice.eligible", order)
        self.assertEqual(eligible.data["lines"][0]["quantity"], 2.0)
        for one in event | eligible:
            self.assertFalse(one.type_id._schema_error(one.data))
        self.assertTrue(invoice.logistics_released_at)

    def test_two_messages_never_make_two_invoices(self):
        self.enforce("billing")
        shipment = self.ship()
        self.deliver(shipment)
        self.send_pod("TRK1", evidence=[self.evidence("photo", PNG_2)])
        shipment.pod_ids._logistics_release_invoice()
        self.run_tasks()
        self.assertEqual(len(shipment.order_id.invoice_ids), 1)
        self.assertEqual(len(self.events("invoice.released", shipment.order_id.invoice_ids)), 1)
        self.assertFalse(self.events("invoice.blocked", shipment.order_id))

    def test_observing_changes_nothing_and_notes_what_it_would_have_done(self):
        shipment = self.ship(qty=2)
        order = shipment.order_id
        self.assertEqual((order.order_line.qty_to_invoice, order.invoice_status), (2.0, "to invoice"))
        self.deliver(shipment)
        self.run_tasks()
        self.assertFalse(order.invoice_ids)
        self.assertEqual(order.order_line.qty_to_invoice, 2.0)
        self.assertTrue(self.env["logistics.observation"].search([("capability", "=", "billing")]))
        observed = order._logistics_release_invoice()
        self.assertFalse(observed)
        note = self.env["logistics.observation"].search([("res_model", "=", "sale.order"), ("res_id", "=", order.id)])
        self.assertEqual(note.filtered(lambda o: o.capability == "billing").amount, 200.0)

    def test_each_partial_delivery_is_billed_with_its_own_proof(self):
        self.enforce("billing")
        order = self.make_order(qty=5)
        first = self.validate(self.outgoing(order), quantity=2).logistics_shipment_ids
        first.parcel_ids.tracking_number = "A"
        self.deliver(first)
        self.assertEqual(order.invoice_ids.mapped("amount_untaxed"), [200.0])
        second = self.validate(self.outgoing(order)).logistics_shipment_ids
        second.parcel_ids.tracking_number = "B"
        self.assertEqual(order.order_line.qty_to_invoice, 0.0)
        self.deliver(second)
        self.assertEqual(sorted(order.invoice_ids.mapped("amount_untaxed")), [200.0, 300.0])
        self.assertEqual((order.order_line.qty_invoiced, order.invoice_status), (5.0, "invoiced"))

    def test_each_parcel_is_billed_with_its_own_proof(self):
        self.enforce("billing")
        shipment = self.ship(qty=3, packages=2)
        self.send_pod("TRK1")
        self.assertEqual(shipment.order_id.invoice_ids.mapped("amount_untaxed"), [100.0])
        self.send_pod("TRK1-1")
        self.send_pod("TRK1-2")
        self.assertEqual(sum(shipment.order_id.invoice_ids.mapped("amount_untaxed")), 300.0)

    def test_damaged_and_refused_goods_are_not_billed_and_a_return_settles_them(self):
        self.enforce("billing")
        shipment = self.ship(qty=5)
        line = shipment.order_id.order_line
        self.send_pod("TRK1", quantities=[{"sku": "DESK", "delivered": 3, "damaged": 1, "refused": 1}])
        self.assertEqual((line.qty_invoiced, line.qty_to_invoice, line.logistics_unproven_qty), (3.0, 0.0, 2.0))
        self.give_back(shipment.picking_ids, 2)
        self.assertEqual((line.qty_delivered, line.logistics_unproven_qty, line.qty_to_invoice), (3.0, 0.0, 0.0))

    def test_what_comes_back_after_the_invoice_is_credited_as_ever(self):
        self.enforce("billing")
        shipment = self.ship(qty=5)
        self.deliver(shipment)
        self.give_back(shipment.picking_ids, 2)
        line = shipment.order_id.order_line
        self.assertEqual((line.qty_invoiced, line.qty_to_invoice), (5.0, -2.0))

    def test_nothing_proven_is_told_with_the_reasons(self):
        self.enforce("billing")
        shipment = self.ship()
        order = shipment.order_id
        order._logistics_release_invoice()
        self.assertFalse(order.invoice_ids)
        event = self.events("invoice.blocked", order)
        self.assertIn(f"{shipment.name}: no proof of delivery yet", event.data["reasons"][0])
        self.assertFalse(event.type_id._schema_error(event.data))

    def test_released_by_hand(self):
        planner = self.make_user("planner7", "group_planner", "sales_team.group_sale_salesman_all_leads")
        self.enforce("billing")
        self.env.ref("logistics_orchestration.rule_pod_verified_release_invoice").active = False
        shipment = self.ship()
        order = shipment.order_id.with_user(planner)
        with self.assertRaisesRegex(UserError, "no proof of delivery yet"):
            order.action_logistics_release_invoice()
        self.deliver(shipment)
        self.assertFalse(order.sudo().invoice_ids)
        order.action_logistics_release_invoice()
        self.assertEqual(order.sudo().invoice_ids.logistics_billing_state, "released")
        picker = self.make_user("picker3", "stock.group_stock_user")
        with self.assertRaises(AccessError):
            order.with_user(picker).action_logistics_release_invoice()

    def test_a_disputed_proof_keeps_back_what_is_not_billed_yet(self):
        self.enforce("billing")
        self.env.ref("logistics_orchestration.rule_pod_verified_release_invoice").active = False
        shipment = self.ship()
        line = shipment.order_id.order_line
        self.deliver(shipment)
        self.assertEqual(line.qty_to_invoice, 2.0)
        shipment.pod_ids.action_dispute(reason="Not received")
        self.assertEqual(line.qty_to_invoice, 0.0)

    def test_switching_on_and_off_follows_at_once(self):
        shipment = self.ship()
        line = shipment.order_id.order_line
        self.assertEqual(line.qty_to_invoice, 2.0)
        self.enforce("billing")
        self.assertEqual(line.qty_to_invoice, 0.0)
        switch = self.env["logistics.switch"].search([("capability", "=", "billing")])
        switch.action_observe()
        self.assertEqual(line.qty_to_invoice, 2.0)
        switch.action_enforce()
        self.assertEqual(line.qty_to_invoice, 0.0)
        switch.unlink()
        self.assertEqual(line.qty_to_invoice, 2.0)

    def test_a_switch_for_one_customer_leaves_the_others_alone(self):
        self.env["logistics.switch"].create(
            {"capability": "billing", "mode": "enforce", "partner_id": self.customer.id}
        )
        other = self.env["res.partner"].create({"name": "Other"})
        mine, theirs = self.ship(tracking="A"), self.ship(tracking="B", order=self.make_order(partner_id=other.id))
        self.assertEqual(mine.order_id.order_line.qty_to_invoice, 0.0)
        self.assertEqual(theirs.order_id.order_line.qty_to_invoice, 2.0)

    def test_what_left_without_a_shipment_is_billed_as_ever(self):
        self.enforce("billing")
        order = self.make_order(qty=2)
        picking = self.outgoing(order)
        picking.move_ids.write({"quantity": 2, "picked": True})
        picking.move_ids._action_done()
        self.assertFalse(picking.logistics_shipment_ids)
        self.assertEqual(order.order_line.qty_to_invoice, 2.0)

    def test_billed_on_order_is_not_kept_back(self):
        self.enforce("billing")
        self.product.invoice_policy = "order"
        shipment = self.ship()
        self.assertEqual(shipment.order_id.order_line.qty_to_invoice, 2.0)

    def test_a_dozen_is_counted_in_the_order_s_unit(self):
        self.enforce("billing")
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.make_order(
            order_line=[(0, 0, {"product_id": self.product.id, "product_uom_qty": 2, "product_uom": dozen.id})]
        )
        shipment = self.ship(order=order)
        self.assertEqual(order.order_line.logistics_unproven_qty, 2.0)
        self.send_pod("TRK1", quantities=[{"sku": "DESK", "delivered": 12, "refused": 12}])
        self.assertEqual(order.order_line.qty_invoiced, 1.0)
        self.assertEqual(shipment.pod_ids.line_ids.shipped, 24.0)

    def test_the_freight_rides_along(self):
        self.enforce("billing")
        order = self.make_order(qty=1, carrier=self.carrier, confirm=False)
        order.set_delivery_line(self.carrier, 10.0)
        order.action_confirm()
        shipment = self.ship(order=order)
        self.deliver(shipment)
        self.assertEqual(order.invoice_ids.amount_untaxed, 110.0)
