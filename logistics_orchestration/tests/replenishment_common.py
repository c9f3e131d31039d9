"""What the replenishment tests share: a product somebody sells to us, and a rule that keeps some of it."""

from odoo import fields

from .common import LogisticsCase


class ReplenishmentCase(LogisticsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now().replace(microsecond=0)
        cls.supplier = cls.env["res.partner"].create({"name": "Timber Works", "email": "orders@timber.example"})
        cls.rule = cls.make_rule(cls.product)

    @classmethod
    def make_rule(cls, product, minimum=10, maximum=40, supplier=True, delay=7):
        """A reordering rule in the warehouse's stock, with a supplier to buy from."""
        if supplier:
            cls.env["product.supplierinfo"].create(
                {
                    "partner_id": cls.supplier.id,
                    "product_tmpl_id": product.product_tmpl_id.id,
                    "price": 30.0,
                    "delay": delay,
                    "product_code": f"TW-{product.default_code}",
                }
            )
        return cls.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": product.id,
                "location_id": cls.warehouse.lot_stock_id.id,
                "product_min_qty": minimum,
                "product_max_qty": maximum,
            }
        )

    def run_scheduler(self):
        """What Odoo's scheduled action does, in the test's transaction."""
        self.env.invalidate_all()
        self.env["procurement.group"].run_scheduler()

    def shortages(self, product=None):
        """Episodes of a product, oldest first."""
        return self.env["logistics.shortage"].search([("product_id", "=", (product or self.product).id)], order="id")

    def purchase_lines(self, product=None):
        """Lines that buy a product."""
        return self.env["purchase.order.line"].search([("product_id", "=", (product or self.product).id)])

    def receive_goods(self, order, quantity=None):
        """Confirm an order and receive it (all of it when no quantity is given)."""
        if order.state in ("draft", "sent"):
            order.button_confirm()
        picking = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        for move in picking.move_ids:
            move.quantity = move.product_uom_qty if quantity is None else quantity
            move.picked = True
        picking._action_done()
        return picking

    def in_days(self, days):
        """A moment so many days from when the tests began."""
        return fields.Datetime.add(self.now, days=days)
