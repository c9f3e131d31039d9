"""A warehouse run by an external system, and what it says."""

from unittest.mock import patch

from .release_common import ReleaseCase


class FulfillmentCase(ReleaseCase):
    def setUp(self):
        super().setUp()
        self.enforce("release", "fulfillment")
        self.wms = self.make_system("warehouse")

    def request(self, order):
        """The order's live request."""
        return order.logistics_fulfillment_ids.filtered(lambda r: r.state != "cancelled")

    def lines_of(self, request, **quantities):
        """Lines as the warehouse would send them: all of it, or ``SKU=quantity``."""
        lines = []
        for line in request.asked:
            quantity = quantities.get(line["sku"], line["quantity"])
            lines.append({"line": line["line"], "sku": line["sku"], "quantity": quantity})
        return lines

    def say(self, type_name, request, system=None, **data):
        """A message of the warehouse about ``request``."""
        return self.receive(system or self.wms, type_name, {"fulfillment": request.name, **data})

    def has_left(self, value=True):
        """Make messages count as sent already."""
        return patch.object(type(self.env["logistics.outbox.message"]), "_void_events", lambda *args: value)
