"""What others say about a purchase order that is not theirs to promise, against what Odoo plans and pays."""

from odoo import _, models
from odoo.tools import float_repr

from ...relay.envelope import EnvelopeError, parse_time
from ..authority.difference import Difference, figure, rows


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    def _logistics_compare_statement(self, fact, value, message):
        """Per line: the date promised against the date planned, in days, and the price against the ordered one."""
        if not fact.startswith("purchase."):
            return super()._logistics_compare_statement(fact, value, message)
        found = []
        lines = self.order_line.filtered(lambda line: not line.display_type)
        for row in rows(value, "lines"):
            line = lines.filtered(
                lambda line, row=row: line.id == row.get("line")
                or (not row.get("line") and line.product_id.default_code == row.get("sku"))
            )[:1]
            if line and (price := figure(row.get("price"))) is not None:
                found.append(self._logistics_price_point(line, price))
            try:
                promised = parse_time(row.get("promised_at"))
            except EnvelopeError:
                continue
            if line and line.date_planned:
                days = (promised - line.date_planned).total_seconds() / 86400
                label = _("%(order)s, arrival of %(product)s", order=self.name, product=line.product_id.display_name)
                found.append(Difference(str(line.id), label, str(line.date_planned), str(promised), round(days, 4)))
        return found

    def _logistics_price_point(self, line, price):
        """The price of a line as a point of comparison; it agrees within the company's price tolerance."""
        digits = self.env["decimal.precision"].precision_get("Product Price")
        own = float_repr(line.price_unit, digits)
        stated = own if line._logistics_price_within(price) else float_repr(price, digits)
        label = _("%(order)s, price of %(product)s", order=self.name, product=line.product_id.display_name)
        return Difference(line._logistics_price_key(), label, own, stated)
