"""Ship notices fill in receipts without validating them; arrivals start the clock from dock to stock."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.receipt.sscc import is_sscc
from .replenishment_common import ReplenishmentCase

SSCC = ("340123450000000017", "340123450000000024")


@tagged("-at_install", "post_install")
class TestShipNotice(ReplenishmentCase):
    def setUp(self):
        super().setUp()
        self.enforce("receipt")
        self.system = self.make_system("supplier", supplier_ids=[(6, 0, self.supplier.ids)])
        self.wms = self.make_system("warehouse")
        self.order = self.env["purchase.order"].create(
            {
                "partner_id": self.supplier.id,
                "order_line": [(0, 0, {"product_id": self.product.id, "product_qty": 50, "price_unit": 30})],
            }
        )
        self.order.button_confirm()
        self.line = self.order.order_line
        self.picking = self.order.picking_ids

    def ship(self, number="TW-1", quantity=30, eta=5, system=None, **data):
        body = {
            "purchase": self.order.name,
            "shipment": number,
            "eta": eta if isinstance(eta, str) else self.in_days(eta).isoformat() + "Z",
            "lines": [{"line": self.line.id, "quantity": quantity}],
            **data,
        }
        return self.receive(system or self.system, "purchase.shipped", body)

    def filled(self):
        lines = self.picking.move_line_ids.sorted("id")
        return [
            (row.quantity, row.lot_name or row.lot_id.name or "", row.result_package_id.name or "") for row in lines
        ]

    def test_check_digits(self):
        self.assertTrue(all(map(is_sscc, SSCC)))
        for wrong in ("340123450000000018", "34012345", "3401234500000000x7"):
            self.assertFalse(is_sscc(wrong))

    def test_the_receipt_is_filled_in_and_not_validated(self):
        self.product.tracking = "lot"
        parcels = [
            {"sscc": SSCC[0], "weight_kg": 12, "lines": [{"sku": "DESK", "quantity": 20, "lot": "L1"}]},
            {"sscc": SSCC[1], "lines": [{"sku": "TW-DESK", "quantity": 10, "lot": "L2"}]},
        ]
        message = self.ship(parcels=parcels, lines=[])
        self.assertEqual(message.state, "processed", message.reason)
        self.assertEqual(self.filled(), [(20, "L1", SSCC[0]), (10, "L2", SSCC[1])])
        self.assertEqual(self.picking.state, "assigned")
        self.assertFalse(any(self.picking.move_ids.mapped("picked")))
        self.assertEqual(self.picking.scheduled_date, self.in_days(5))
        notice = self.order.logistics_notice_ids
        self.assertTrue(notice.filled)
        self.assertEqual((notice.picking_ids, self.picking.logistics_notice_count), (self.picking, 1))
        self.assertTrue(self.events("purchase.shipped", self.order))
        self.picking.button_validate()
        self.picking._action_done()
        self.assertEqual(notice.state, "received")
        self.assertEqual(self.line.qty_received, 30)
        self.assertEqual(self.picking.backorder_ids.move_ids.product_uom_qty, 20)

    def test_another_notice_of_the_shipment_replaces_the_first(self):
        self.ship(quantity=30)
        self.ship(quantity=25, eta=8)
        self.assertEqual([quantity for quantity, _lot, _package in self.filled()], [25])
        self.assertEqual(sorted(self.order.logistics_notice_ids.mapped("state")), ["open", "replaced"])
        self.assertEqual(self.picking.scheduled_date, self.in_days(8))

    def test_two_shipments_add_up_and_no_more_than_was_ordered(self):
        self.ship("TW-1", 30)
        self.ship("TW-2", 20)
        self.assertEqual(sum(quantity for quantity, _lot, _package in self.filled()), 50)
        message = self.ship("TW-3", 1)
        self.assertEqual(message.state, "quarantined")
        self.assertIn("still to come", message.reason)

    def test_what_is_not_understood_waits_in_quarantine(self):
        self.product.tracking = "serial"
        for data, words in (
            ({"quantity": 51}, "51"),
            ({"lines": [{"sku": "TABLE", "quantity": 1}]}, "TABLE"),
            ({"lines": []}, "nothing"),
            ({"parcels": [{"sscc": "123", "lines": []}]}, "SSCC"),
            ({"parcels": [{"sscc": SSCC[0], "lines": [{"sku": "DESK", "quantity": 60}]}]}, "holds"),
            ({"lines": [{"sku": "DESK", "quantity": 2, "lot": "S1"}]}, "S1"),
            ({"eta": "soon"}, "eta"),
            ({"purchase": "P99999"}, "P99999"),
        ):
            with self.subTest(data=data):
                message = self.ship(**data)
                self.assertEqual(message.state, "quarantined", message.reason)
                self.assertIn(words, message.reason)
        self.assertFalse(self.order.logistics_notice_ids)
        self.assertEqual(sum(quantity for quantity, _lot, _package in self.filled()), 50)

    def test_who_does_not_own_the_fact_only_states_it(self):
        message = self.ship(system=self.make_system("finance"))
        self.assertIn("does not own", message.reason)
        self.assertFalse(self.order.logistics_notice_ids)

    def test_a_receipt_that_was_begun_is_left_alone(self):
        self.picking.move_ids.quantity = 7
        self.picking.move_ids.picked = True
        self.ship()
        self.assertEqual([quantity for quantity, _lot, _package in self.filled()], [7])
        self.assertTrue(self.order.activity_ids.filtered(lambda a: "Compare" in a.summary))

    def test_while_observing_the_receipt_stays(self):
        self.env["logistics.switch"].search([]).unlink()
        self.ship()
        self.assertEqual(sum(quantity for quantity, _lot, _package in self.filled()), 50)
        self.assertTrue(self.env["logistics.observation"].search([("capability", "=", "receipt")]))
        self.assertFalse(self.order.logistics_notice_ids.filled)

    def test_a_shipment_that_will_not_come_leaves_the_receipt(self):
        self.ship(quantity=30)
        self.order.logistics_notice_ids.action_cancel(reason="Lost at sea")
        self.assertEqual(sum(quantity for quantity, _lot, _package in self.filled()), 50)
        self.assertFalse(self.picking.move_line_ids.logistics_notice_id)

    def test_a_late_notice_has_no_effect(self):
        self.ship()
        self.picking.button_validate()
        self.picking._action_done()
        self.assertEqual(self.ship().state, "late")

    # -- arrival, dock to stock -------------------------------------------------------------------------------

    def test_arrival_by_button_or_message(self):
        self.picking.action_logistics_arrived()
        self.assertTrue(self.picking.logistics_arrived_at)
        self.assertTrue(self.events("receipt.arrived", self.picking))
        message = self.receive(self.wms, "receipt.arrived", {"transfer": self.picking.name})
        self.assertEqual(message.state, "duplicate")
        with self.assertRaises(UserError):
            self.make_order(1).picking_ids.action_logistics_arrived()

    def test_the_warehouse_names_shipment_or_purchase(self):
        self.ship("TW-7")
        message = self.receive(self.wms, "receipt.arrived", {"shipment": "TW-7", "dock": "Door 3"})
        self.assertEqual(message.state, "processed", message.reason)
        self.assertEqual(self.picking.logistics_dock, "Door 3")
        self.picking.logistics_arrived_at = False
        message = self.receive(self.wms, "receipt.arrived", {"purchase": self.order.name})
        self.assertEqual(message.state, "processed", message.reason)
        for data in ({"transfer": "WH/IN/99999"}, {"shipment": "nothing"}, {}):
            self.assertEqual(self.receive(self.wms, "receipt.arrived", data).state, "quarantined")

    def test_time_from_dock_to_stock_in_working_hours(self):
        self.company.resource_calendar_id.tz = "UTC"
        dock_time = self.env["logistics.dock.time"]
        friday = fields.Datetime.to_datetime("2026-07-17 15:00:00")
        self.picking.logistics_arrived_at = friday
        times = dock_time._measure(self.picking.move_ids, friday + timedelta(days=3))
        self.assertEqual(times.hours, 8)
        self.assertFalse(dock_time._measure(self.picking.move_ids, friday + timedelta(days=4)), "once")
        self.assertEqual(self.warehouse._logistics_dock_to_stock_hours(self.supplier), 8)
        self.assertEqual(self.warehouse._logistics_dock_to_stock_hours(self.customer), 8, "the warehouse's average")
        self.warehouse.logistics_dock_days = 5
        per_day = self.warehouse._logistics_receiving_calendar().hours_per_day
        self.assertEqual(self.warehouse._logistics_dock_days(self.supplier), 8 / per_day, "measured, not set")

    def test_a_receipt_in_one_step_is_measured_when_done(self):
        self.company.resource_calendar_id = self.warehouse.logistics_calendar_id = False
        self.picking._logistics_arrive(fields.Datetime.now() - timedelta(hours=2))
        self.receive_goods(self.order)
        time = self.env["logistics.dock.time"].search([("picking_id", "=", self.picking.id)])
        self.assertAlmostEqual(time.hours, 2, delta=0.05)
        self.assertEqual(time.partner_id, self.supplier)

    def test_in_several_steps_the_shelf_counts(self):
        self.warehouse.reception_steps = "two_steps"
        order = self.order.copy()
        order.button_confirm()
        picking = order.picking_ids
        picking._logistics_arrive(fields.Datetime.now() - timedelta(hours=2))
        self.receive_goods(order)
        times = self.env["logistics.dock.time"]
        self.assertFalse(times.search([("picking_id", "=", picking.id)]))
        onward = picking.move_ids.move_dest_ids
        onward.quantity = 50
        onward.picked = True
        onward.picking_id._action_done()
        self.assertTrue(times.search([("picking_id", "=", picking.id)]))

    def test_the_schedule_shows_day_dock_and_lateness(self):
        self.ship(eta=-2)
        self.env.flush_all()
        row = self.env["logistics.inbound.schedule"].search([("picking_id", "=", self.picking.id)])
        self.assertEqual((row.status, row.is_late, row.announced), ("late", True, True))
        self.assertEqual((row.partner_id, row.warehouse_id, row.quantity), (self.supplier, self.warehouse, 50))
        self.assertEqual(row.action_open_receipt()["res_id"], self.picking.id)
        self.picking.action_logistics_arrived()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((row.status, row.is_late), ("arrived", False))
        notice = self.order.logistics_notice_ids
        self.assertTrue(notice.is_late)
        self.assertEqual(notice.search([("is_late", "=", True), ("id", "=", notice.id)]), notice)
