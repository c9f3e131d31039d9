"""A warehouse user's and a planner's way through the screens, in a real browser."""

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from .common import BrowserMixin, LogisticsCase
from .replenishment_common import ReplenishmentCase


@tagged("post_install", "-at_install")
class TestFloorTour(BrowserMixin, HttpCase, LogisticsCase):
    def test_release_and_dispatch(self):
        floor = new_test_user(self.env, "shipping-floor", groups="logistics_orchestration.group_user")
        customer = self.customer.copy({"name": "Tour Customer"})
        # only what the floor does by hand: no partner is asked
        self.enforce("release", "shipment")
        order = self.make_order(partner_id=customer.id, carrier=self.carrier, confirm=False)
        order._logistics_place_hold(self.env.ref("logistics_orchestration.hold_type_manual"), "Is the dock door right?")
        order.action_confirm()
        self.assertEqual(order.logistics_release_state, "held")
        self.start_tour("/web", "logistics_release_and_dispatch", login="shipping-floor", timeout=120)
        self.assertEqual(order.logistics_release_state, "released")
        self.assertEqual(order.picking_ids.state, "done")
        shipment = order.logistics_shipment_ids
        self.assertTrue(shipment.dispatched_at)
        self.assertEqual(self.events("order.released", order).user_name, floor.name)
        self.assertEqual(len(self.events("shipment.dispatched", shipment)), 1)


@tagged("post_install", "-at_install")
class TestPlannerTour(BrowserMixin, HttpCase, ReplenishmentCase):
    def late_shortage(self):
        """A shortage whose order is promised too late, and a second vendor who is quicker."""
        beam = self.env["res.partner"].create({"name": "Board & Beam"})
        template = self.product.product_tmpl_id.id
        self.env["product.supplierinfo"].create(
            {"partner_id": beam.id, "product_tmpl_id": template, "price": 40.0, "sequence": 5, "delay": 2}
        )
        self.make_order(130)
        shortage = self.shortages()
        line = shortage.purchase_line_ids
        line.order_id.button_confirm()
        self.env["logistics.supplier.promise"].create(
            {
                "purchase_line_id": line.id,
                "promised_at": self.in_days(20),
                "quantity": line.product_qty,
                "given_at": fields.Datetime.now(),
            }
        )
        shortage.action_check()
        return shortage

    def test_lift_see_the_warehouse_and_choose(self):
        groups = ("group_planner", "group_user")
        planner = new_test_user(
            self.env,
            "logistics-planner",
            groups=",".join(
                (
                    *(f"logistics_orchestration.{group}" for group in groups),
                    "sales_team.group_sale_salesman_all_leads",
                    "purchase.group_purchase_user",
                    "stock.group_stock_user",
                )
            ),
        )
        liege = self.env["stock.warehouse"].create({"name": "Liege", "code": "LIE"})
        lamp = self.make_product("LAMP", "Lamp", 9)
        self.env["stock.quant"]._update_available_quantity(lamp, liege.lot_stock_id, 9)
        # no partner is asked: our own people run the warehouses
        self.enforce("replenishment")
        shortage = self.late_shortage()
        self.enforce("release", "allocation", "fulfillment")
        customer = self.customer.copy({"name": "Tour Customer"})
        order = self.make_order(2, lamp, self.carrier, partner_id=customer.id, confirm=False)
        order._logistics_place_hold(self.env.ref("logistics_orchestration.hold_type_manual"), "Is the address right?")
        other = self.make_order(
            1, lamp, self.carrier, partner_id=self.customer.copy({"name": "Credit Customer"}).id, confirm=False
        )
        other._logistics_place_hold(self.env.ref("logistics_orchestration.hold_type_credit"), "Over the limit")
        (order | other).action_confirm()
        self.assertFalse(other.with_user(planner).logistics_can_release)
        self.assertTrue(order.with_user(planner).logistics_can_release)

        self.start_tour("/web", "logistics_plan_orders", login="logistics-planner", timeout=180)
        self.assertEqual(order.logistics_release_state, "released")
        self.assertEqual(order.logistics_allocation_id.chosen_by, "person")
        out = order.picking_ids.filtered(lambda picking: picking.state != "cancel")
        self.assertEqual(out.picking_type_id.warehouse_id, liege)
        self.assertEqual(other.logistics_release_state, "held")
        chosen = shortage.option_ids.filtered(lambda option: option.state == "done")
        self.assertEqual((chosen.kind, chosen.requested_by_id), ("alternate", planner))
        self.assertTrue(self.purchase_lines().filtered(lambda line: line.partner_id.name == "Board & Beam"))
