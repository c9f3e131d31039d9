"""Release latency, touch-less share and on time in full: the figures of known orders, and who may see them."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError

from .release_common import ReleaseCase


class TestReleaseReport(ReleaseCase):
    def setUp(self):
        super().setUp()
        self.enforce("release")

    def row(self, order):
        self.env.cr.flush()
        return self.env["logistics.release.report"].search([("order_id", "=", order.id)])

    def told(self, order, type_name, hours_ago):
        """Make the first fact of a type older."""
        self.env.cr.flush()
        at = fields.Datetime.now() - timedelta(hours=hours_ago)
        self.env.cr.execute("ALTER TABLE logistics_event DISABLE TRIGGER USER")
        self.env.cr.execute(
            "UPDATE logistics_event SET occurred_at = %s WHERE res_model = 'sale.order' AND res_id = %s"
            " AND type_name = %s",
            [at, order.id, type_name],
        )
        self.env.cr.execute("ALTER TABLE logistics_event ENABLE TRIGGER USER")
        self.env.invalidate_all()

    def test_an_order_that_released_itself(self):
        order = self.make_order()
        self.told(order, "logistics.order.confirmed", 10)
        self.told(order, "logistics.order.released", 4)
        row = self.row(order)
        self.assertAlmostEqual(row.latency_hours, 6.0, 2)
        self.assertEqual((row.released, row.touchless, row.touchless_share), (1, 1, 100))
        self.assertFalse(row.waiting_hours)
        self.assertEqual(row.action_open_order()["res_id"], order.id)

    def test_an_order_a_person_let_go(self):
        self.gate("[('id', '=', 0)]")
        order = self.make_order()
        row = self.row(order)
        self.assertEqual((row.released, row.was_held, row.hold_count), (0, True, 1))
        self.told(order, "logistics.order.confirmed", 5)
        self.assertAlmostEqual(self.row(order).waiting_hours, 5.0, 1)
        order.with_user(self.manager).action_logistics_release("Customer paid by phone")
        row = self.row(order)
        self.assertEqual((row.released, row.touchless, row.touchless_share), (1, 0, 0))

    def test_it_says_the_value_in_the_companys_currency(self):
        order = self.make_order()
        self.assertAlmostEqual(self.row(order).amount_total, order.amount_total / order.currency_rate, 2)

    def test_the_average_of_a_group(self):
        orders = self.make_order() | self.make_order()
        for order, hours in zip(orders, (2, 4), strict=True):
            self.told(order, "logistics.order.confirmed", hours)
            self.told(order, "logistics.order.released", 0)
        groups = self.env["logistics.release.report"]._read_group(
            [("order_id", "in", orders.ids)], ["warehouse_id"], ["latency_hours:avg", "released:sum"]
        )
        ((_warehouse, latency, released),) = groups
        self.assertAlmostEqual(latency, 3.0, 1)
        self.assertEqual(released, 2)


class TestOtifReport(ReleaseCase):
    def rows(self, order):
        self.env.flush_all()
        self.env["logistics.otif.report"].invalidate_model()
        return self.env["logistics.otif.report"].search([("order_id", "=", order.id)])

    def order(self, quantity=4.0, days=0):
        order = self.make_order(quantity)
        order.commitment_date = fields.Datetime.now() + timedelta(days=days)
        order.logistics_first_promise_at = False
        return order

    def deliver(self, order, quantity, days=0):
        """Send so much of it, as if ``days`` from now."""
        picking = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        move = picking.move_ids
        move.write({"quantity": quantity, "picked": True})
        picking.with_context(skip_backorder=True, cancel_backorder=False)._action_done()
        picking.date_done = fields.Datetime.now() + timedelta(days=days)
        # tracked shipments say when it arrived; here the transfer's own date counts
        return picking

    def test_in_time_and_in_full(self):
        order = self.order()
        self.assertFalse(self.rows(order), "not due yet")
        self.deliver(order, 4.0)
        row = self.rows(order)
        self.assertEqual((row.on_time, row.in_full, row.otif, row.lines), (100, 100, 100, 1))
        self.assertEqual((row.ordered_quantity, row.first_quantity), (4.0, 4.0))

    def test_late(self):
        order = self.order(days=-3)
        self.deliver(order, 4.0)
        row = self.rows(order)
        self.assertEqual((row.on_time, row.in_full, row.otif), (0, 100, 0))
        self.assertAlmostEqual(row.days_late, 3.0, 1)
        self.company.logistics_otif_late_days = 3
        self.assertEqual(self.rows(order).otif, 100, "within what the company allows")

    def test_early(self):
        order = self.order(days=5)
        self.deliver(order, 4.0)
        self.assertEqual(self.rows(order).on_time, 0)
        self.company.logistics_otif_early_days = 5
        self.assertEqual(self.rows(order).on_time, 100)

    def test_the_first_delivery_counts_alone(self):
        order = self.order()
        self.deliver(order, 3.0)
        self.deliver(order, 1.0)
        row = self.rows(order)
        self.assertEqual((row.first_quantity, row.in_full, row.otif), (3.0, 0, 0))
        self.company.logistics_otif_tolerance = 25
        self.assertEqual(self.rows(order).in_full, 100)

    def test_due_and_nothing_delivered(self):
        order = self.order(days=-2)
        row = self.rows(order)
        self.assertEqual((row.on_time, row.in_full, row.lines), (0, 0, 1))

    def test_a_promise_that_was_moved(self):
        order = self.order(days=0)
        first = order.commitment_date
        order.commitment_date = first + timedelta(days=4)
        self.assertEqual(order.logistics_first_promise_at, first)
        order.commitment_date = first + timedelta(days=6)
        self.assertEqual(order.logistics_first_promise_at, first, "the first one stays")
        picking = self.deliver(order, 4.0, days=6)
        self.assertTrue(picking)
        row = self.rows(order)
        self.assertTrue(row.promise_moved)
        self.assertEqual((row.on_time, row.on_time_last), (0, 100))
        self.assertFalse(order.copy().logistics_first_promise_at)

    def test_quotations_and_services_are_no_deliveries(self):
        service = self.env["product.product"].create({"name": "Assembly", "detailed_type": "service"})
        order = self.order(days=-2)
        order.order_line = [(0, 0, {"product_id": service.id, "product_uom_qty": 1})]
        self.assertEqual(self.rows(order).product_id, self.product)

    def test_wrong_settings_are_refused_by_name(self):
        with self.assertRaisesRegex(ValidationError, "On Time"), self.env.cr.savepoint():
            self.company.logistics_otif_late_days = -1
        with self.assertRaisesRegex(ValidationError, "Quantity Tolerance"):
            self.company.logistics_otif_tolerance = 100
