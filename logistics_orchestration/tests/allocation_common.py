"""A company with three warehouses at different distances from the customer."""

from unittest.mock import patch

from .release_common import ReleaseCase


class AllocationCase(ReleaseCase):
    """WH in Antwerp beside the customer, LIE (Liège) an hour away, PAR in Paris."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        belgium, france = cls.env.ref("base.be"), cls.env.ref("base.fr")
        place = {"Antwerp": (51.22, 4.40, belgium, "2000"), "Liege": (50.63, 5.57, belgium, "4000")}
        cls.locate(cls.warehouse, *place["Antwerp"])
        cls.liege = cls.env["stock.warehouse"].create({"name": "Liege", "code": "LIE"})
        cls.paris = cls.env["stock.warehouse"].create({"name": "Paris", "code": "PAR"})
        cls.locate(cls.liege, *place["Liege"])
        cls.locate(cls.paris, 48.86, 2.35, france, "75001")
        cls.customer.write({"partner_latitude": 51.21, "partner_longitude": 4.41})
        cls.lamp = cls.make_product("LAMP", "Lamp")
        cls.policy = cls.env.ref("logistics_orchestration.allocation_policy_default")

    @classmethod
    def locate(cls, warehouse, latitude, longitude, country, postcode):
        """Give a warehouse an address of its own."""
        warehouse.partner_id = cls.env["res.partner"].create(
            {
                "name": warehouse.name,
                "partner_latitude": latitude,
                "partner_longitude": longitude,
                "country_id": country.id,
                "zip": postcode,
            }
        )

    def stock(self, warehouse, quantity, product=None):
        """Set what a warehouse has of the lamp."""
        product = product or self.lamp
        location = warehouse.lot_stock_id
        there = self.env["stock.quant"]._get_available_quantity(product, location)
        self.env["stock.quant"]._update_available_quantity(product, location, quantity - there)

    def order(self, qty=5, **vals):
        """A confirmed order of lamps."""
        return self.make_order(qty, vals.pop("product", self.lamp), self.carrier, **vals)

    def at_sites(self, order, state=None):
        """{warehouse code: quantity} of the order's deliveries that are not cancelled."""
        found = {}
        for move in order.picking_ids.move_ids:
            if move.state == "cancel" or move.location_dest_id.usage != "customer":
                continue
            code = move.picking_type_id.warehouse_id.code
            found[code] = found.get(code, 0) + move.product_uom_qty
        return found

    def has_left(self, value=True):
        """Make messages count as sent already."""
        return patch.object(type(self.env["logistics.outbox.message"]), "_void_events", lambda *args: value)
