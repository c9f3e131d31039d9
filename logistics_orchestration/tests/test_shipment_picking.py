"""Transfers that are done: facts and shipments, for whoever validates them and in every mode."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .shipment_common import ShipmentCase


@tagged("post_install", "-at_install")
class TestShipmentPicking(ShipmentCase):
    def test_a_done_delivery_is_told_and_becomes_a_shipment(self):
        order = self.make_order(qty=3, carrier=self.carrier)
        picking = self.validate(self.outgoing(order))
        shipment = picking.logistics_shipment_ids
        self.assertEqual(len(shipment), 1)
        self.assertRegex(shipment.name, r"^SHP/\d{5}$")
        self.assertEqual((shipment.order_id, shipment.order_ids, shipment.picking_ids), (order, order, picking))
        self.assertEqual(shipment.partner_id, order.partner_shipping_id)
        self.assertEqual((shipment.carrier_id, shipment.warehouse_id), (self.carrier, self.warehouse))
        self.assertEqual((shipment.milestone, shipment.certainty, shipment.pod_state), ("unknown", "planned", "none"))
        self.assertTrue(shipment.promised_at)
        self.assertEqual(len(shipment.parcel_ids), 1)
        self.assertEqual(shipment.parcel_ids.reference, f"{shipment.name}-1")
        self.assertAlmostEqual(shipment.weight_kg, 4.5)
        event = self.events("picking.completed", picking)
        self.assertEqual(len(event), 1)
        self.assertEqual(event.ordering_key, f"sale.order/{order.id}")
        self.assertEqual(event.data["transfer"], picking.name)
        self.assertEqual(event.data["lines"][0]["quantity"], 3.0)
        self.assertEqual(event.data["packages"], [{"reference": f"{shipment.name}-1", "weight_kg": 4.5}])
        self.assertFalse(event.type_id._schema_error(event.data))
        self.assertEqual(order.logistics_shipment_ids, shipment)

    def test_promised_is_what_the_customer_was_told(self):
        order = self.make_order(commitment_date="2026-05-04 10:00:00")
        shipment = self.ship(order=order)
        self.assertEqual(str(shipment.promised_at), "2026-05-04 10:00:00")

    def test_one_parcel_per_package_and_one_for_loose_goods(self):
        shipment = self.ship(qty=3, packages=2)
        self.assertEqual(len(shipment.parcel_ids), 3)
        self.assertEqual(shipment.parcel_ids.mapped("weight_kg"), [1.5, 1.5, 1.5])
        packed = shipment.parcel_ids.filtered("package_id")
        self.assertEqual(packed.mapped("reference"), packed.package_id.mapped("name"))
        for parcel in shipment.parcel_ids:
            self.assertEqual(sum(parcel._get_move_lines().mapped("quantity")), 1.0)

    def test_a_weighed_package_weighs_what_the_scale_said(self):
        order = self.make_order(qty=1)
        picking = self.outgoing(order)
        picking.move_ids.write({"quantity": 1, "picked": True})
        package = picking._put_in_pack(picking.move_line_ids)
        package.shipping_weight = 7.25
        picking._action_done()
        self.assertEqual(picking.logistics_shipment_ids.parcel_ids.weight_kg, 7.25)

    def test_each_backorder_gets_its_own_shipment(self):
        order = self.make_order(qty=5)
        first = self.validate(self.outgoing(order), quantity=2)
        second = self.validate(self.outgoing(order))
        self.assertNotEqual(first, second)
        self.assertEqual(len(order.logistics_shipment_ids), 2)
        self.assertEqual(len(self.events("picking.completed", first | second)), 2)
        quantities = [event.data["lines"][0]["quantity"] for event in self.events("picking.completed", first | second)]
        self.assertEqual(sorted(quantities), [2.0, 3.0])

    def test_doing_it_again_makes_nothing_twice(self):
        shipment = self.ship()
        picking = shipment.picking_ids
        picking._action_done()
        picking._logistics_create_shipments()
        self.assertEqual(picking.logistics_shipment_ids, shipment)
        self.assertEqual(len(self.events("picking.completed", picking)), 1)

    def test_internal_steps_are_not_told(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self.make_order(qty=1)
        pick = order.picking_ids.filtered(lambda p: p.picking_type_code == "internal")
        self.validate(pick)
        self.assertFalse(self.events(record=pick))
        self.assertFalse(pick.logistics_shipment_ids)
        out = self.validate(self.outgoing(order))
        self.assertTrue(out.logistics_shipment_ids)

    def test_a_receipt_is_told_as_such(self):
        supplier = self.env["res.partner"].create({"name": "Timber Works"})
        purchase = self.env["purchase.order"].create(
            {"partner_id": supplier.id, "order_line": [(0, 0, {"product_id": self.product.id, "product_qty": 4})]}
        )
        purchase.button_confirm()
        receipt = self.validate(purchase.picking_ids)
        self.assertFalse(receipt.logistics_shipment_ids)
        event = self.events("receipt.completed", receipt)
        self.assertEqual((event.data["purchase"], event.data["return"]), (purchase.name, False))
        self.assertEqual(event.ordering_key, f"purchase.order/{purchase.id}")
        self.assertFalse(event.type_id._schema_error(event.data))
        self.assertFalse(self.events("picking.completed", receipt))

    def test_what_comes_back_is_a_receipt_in_the_order_s_flow(self):
        shipment = self.ship(qty=2)
        back = self.give_back(shipment.picking_ids, 1)
        event = self.events("receipt.completed", back)
        self.assertTrue(event.data["return"])
        self.assertEqual(event.ordering_key, f"sale.order/{shipment.order_id.id}")
        self.assertFalse(back.logistics_shipment_ids)

    def test_warehouse_staff_without_logistics_role_can_validate(self):
        user = self.make_user("picker", "stock.group_stock_user")
        order = self.make_order(qty=1, carrier=self.carrier)
        self.env.cr.flush()
        picking = self.validate(self.outgoing(order), user=user)
        self.assertEqual(len(picking.logistics_shipment_ids), 1)
        self.assertEqual(self.events("picking.completed", picking).user_name, user.name)

    def test_observing_changes_nothing_anybody_does(self):
        self.env["logistics.switch"].search([]).unlink()
        order = self.make_order(qty=1, carrier=self.carrier)
        picking = self.validate(self.outgoing(order))
        self.run_tasks()
        shipment = picking.logistics_shipment_ids
        self.assertFalse(shipment.dispatched_at)
        self.assertFalse(picking.carrier_tracking_ref)
        self.assertFalse(picking.activity_ids)
        self.assertEqual(order.order_line.qty_to_invoice, 1.0)
        observed = self.env["logistics.observation"].search([("res_model", "=", "stock.picking")])
        self.assertEqual(observed.filtered(lambda o: o.res_id == picking.id).capability, "carrier")

    def test_enforced_without_connector_somebody_is_asked_to_book(self):
        self.enforce("carrier")
        order = self.make_order(qty=1, carrier=self.carrier)
        picking = self.validate(self.outgoing(order))
        asked = picking.activity_ids
        self.assertEqual(asked.summary, "Book the carrier by hand")
        picking.carrier_tracking_ref = "1Z1"
        self.assertFalse(asked.exists(), "typing the number is the answer")

    def test_a_transfer_from_before_gets_its_shipment_by_hand(self):
        shipment = self.ship(qty=1)
        picking = shipment.picking_ids
        picking.logistics_shipment_ids = False
        action = picking.action_logistics_create_shipment()
        self.assertEqual(action["res_id"], picking.logistics_shipment_ids.id)
        self.assertNotEqual(picking.logistics_shipment_ids, shipment)
        waiting = self.outgoing(self.make_order(qty=1))
        with self.assertRaisesRegex(UserError, "no outgoing transfer that is done"):
            waiting.action_logistics_create_shipment()

    def test_a_number_typed_on_the_transfer_counts_for_the_shipment(self):
        shipment = self.ship(qty=1, tracking=None)
        shipment.picking_ids.carrier_tracking_ref = "1Z999"
        self.assertEqual((shipment.tracking_number, shipment.parcel_ids.tracking_number), ("1Z999", "1Z999"))

    def test_numbers_typed_on_parcels_reach_shipment_and_transfer(self):
        shipment = self.ship(qty=2, packages=2, tracking="A1")
        self.assertEqual(shipment.tracking_number, "A1")
        self.assertEqual(shipment.picking_ids.carrier_tracking_ref, "A1,A1-1")

    def test_another_carrier_on_the_transfer_reaches_what_has_not_left(self):
        shipment = self.ship(qty=1, carrier=self.carrier)
        express = self.make_carrier("Express", 25.0)
        shipment.picking_ids.carrier_id = express
        self.assertEqual(shipment.carrier_id, express)
