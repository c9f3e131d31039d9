"""The steps of shipment, proof, invoice and payment on an order's flow page."""

from odoo.tests import tagged

from .shipment_common import ShipmentCase


@tagged("post_install", "-at_install")
class TestShipmentFlowPage(ShipmentCase):
    def steps(self, order):
        return {step["key"]: step for step in order.logistics_flow()["steps"]}

    def state(self, order):
        steps = self.steps(order)
        return {key: steps[key]["state"] for key in ("dispatch", "delivery", "pod", "invoice", "payment")}

    def test_from_the_dispatch_to_the_payment(self):
        self.enforce("billing")
        order = self.make_order(carrier=self.carrier, commitment_date="2050-01-01")
        self.assertEqual(
            self.state(order),
            {
                "dispatch": "pending",
                "delivery": "pending",
                "pod": "pending",
                "invoice": "pending",
                "payment": "pending",
            },
        )
        shipment = self.ship(order=order, tracking=None)
        step = self.steps(order)["dispatch"]
        self.assertEqual((step["state"], step["action"]["method"]), ("current", "action_dispatch"))
        self.assertEqual(step["records"], [{"model": "logistics.shipment", "id": shipment.id, "name": shipment.name}])
        if "logistics.carrier.booking" not in self.env:
            self.assertEqual(self.steps(order)["carrier"]["state"], "current")
        shipment.parcel_ids.tracking_number = "TRK1"
        if "logistics.carrier.booking" not in self.env:
            self.assertEqual(self.steps(order)["carrier"]["state"], "done")
        shipment.action_dispatch()
        self.assertEqual((self.state(order)["dispatch"], self.state(order)["delivery"]), ("done", "waiting"))
        self.assertTrue(self.events("shipment.dispatched", shipment))
        self.assertEqual(self.steps(order)["dispatch"]["spoke"]["who"], "Odoo", "nobody's name for what went by itself")
        self.scan("TRK1", "DAMAGED")
        step = self.steps(order)["delivery"]
        self.assertEqual(step["state"], "current")
        self.assertIn("Damaged", step["summary"])
        self.assertEqual(step["spoke"]["who"], self.carrier_system.name)
        self.scan("TRK1", "DELIVERED")
        self.assertEqual((self.state(order)["delivery"], self.state(order)["pod"]), ("done", "waiting"))
        self.assertEqual(self.state(order)["invoice"], "waiting")
        self.send_pod("TRK1", evidence=[])
        step = self.steps(order)["pod"]
        self.assertEqual((step["state"], step["action"]["method"]), ("current", "action_verify"))
        self.assertIn("Signature", step["summary"])
        self.send_pod("TRK1")
        self.assertEqual(
            self.state(order),
            {"dispatch": "done", "delivery": "done", "pod": "done", "invoice": "done", "payment": "waiting"},
        )
        invoice = order.invoice_ids
        data = {"invoice": invoice.name, "amount": 200.0, "currency": invoice.currency_id.name, "reference": "B1"}
        self.receive(self.finance_system, "invoice.paid", data)
        self.assertEqual(self.state(order)["payment"], "done")

    def test_observing_the_invoice_is_shown_as_such(self):
        order = self.make_order()
        self.assertEqual(self.state(order)["invoice"], "observe")
        self.ship(order=order)
        step = self.steps(order)["invoice"]
        self.assertEqual((step["state"], step["action"]["method"]), ("current", "action_logistics_release_invoice"))

    def test_a_dispute_stands_at_the_payment(self):
        self.enforce("billing")
        shipment = self.ship()
        self.deliver(shipment)
        order = shipment.order_id
        data = {"invoice": order.invoice_ids.name, "reason": "Too late"}
        self.receive(self.finance_system, "invoice.disputed", data)
        step = self.steps(order)["payment"]
        self.assertEqual((step["state"], step["action"]["method"]), ("current", "action_resolve"))
        self.assertIn("Too late", step["summary"])

    def test_smart_buttons_both_ways(self):
        self.enforce("billing")
        shipment = self.ship()
        self.deliver(shipment)
        order, invoice, picking = shipment.order_id, shipment.order_id.invoice_ids, shipment.picking_ids
        self.assertEqual((order.logistics_shipment_count, order.logistics_pod_count), (1, 1))
        self.assertEqual(order.action_logistics_shipments()["res_id"], shipment.id)
        self.assertEqual(order.action_logistics_pods()["res_id"], shipment.pod_ids.id)
        self.assertEqual(picking.action_logistics_shipments()["res_id"], shipment.id)
        self.assertEqual(invoice.action_logistics_shipments()["res_id"], shipment.id)
        self.assertEqual(shipment.action_open_order()["res_id"], order.id)
        self.assertEqual(shipment.action_open_transfers()["res_id"], picking.id)
        self.assertEqual(shipment.action_open_pods()["res_id"], shipment.pod_ids.id)
        self.assertEqual(shipment.action_open_invoices()["res_id"], invoice.id)
        self.assertEqual(shipment.pod_ids.action_open_shipment()["res_id"], shipment.id)
        self.assertIn(("id", "in", shipment.milestone_ids.ids), shipment.action_open_milestones()["domain"])
        self.assertEqual(invoice.logistics_shipment_count, 1)
        buttons = {button["method"] for button in order.logistics_flow()["buttons"]}
        self.assertLessEqual({"action_logistics_shipments", "action_logistics_pods", "action_view_invoice"}, buttons)
