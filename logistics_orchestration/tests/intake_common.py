"""What the tests of orders that come in share: a channel with its system, and a buyer who orders."""

import copy

from .shipment_common import ShipmentCase

ORDER = {
    "reference": "PO-4711",
    "buyer": {"name": "Northwind Retail"},
    "lines": [{"line": "1", "sku": "DESK", "quantity": 2, "price_unit": 100.0}],
}


class IntakeCase(ShipmentCase):
    """A channel that confirms by itself; ``order`` sends one through it."""

    def setUp(self):
        super().setUp()
        self.system = self.make_system("channel")
        self.channel = self.env["logistics.channel"].create(
            {"name": "Direct", "code": "direct", "system_id": self.system.id, "auto_confirm": True}
        )

    def order(self, lines=None, system=None, **said):
        """Receive an order; returns (message, sale order)."""
        data = {**copy.deepcopy(ORDER), **said}
        if lines is not None:
            data["lines"] = lines
        message = self.receive(system or self.system, "order.received", data, subject=data["reference"])
        return message, self.made(data["reference"])

    def made(self, reference="PO-4711"):
        return self.env["sale.order"].search(
            [("logistics_channel_ref", "=", reference), ("logistics_channel_id.system_id", "=", self.system.id)]
        )
