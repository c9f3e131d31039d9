"""What others say about a purchase order that is not theirs to promise, against what Odoo plans."""

from odoo import _, models

from ...relay.envelope import EnvelopeError, parse_time
from ..authority.difference import Difference, rows


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    def _logistics_compare_statement(self, fact, value, message):
        """Per line and in days: the date promised against the date planned."""
        if not fact.startswith("purchase."):
            return super()._logistics_compare_statement(fact, value, message)
        found = []
        lines = self.order_line.filtered(lambda line: not line.display_type)
        for row in rows(value, "lines"):
            line = lines.filtered(
                lambda line, row=row: line.id == row.get("line")
                or (not row.get("line") and line.product_id.default_code == row.get("sku"))
            )[:1]
            try:
                promised = parse_time(row.get("promised_at"))
            except EnvelopeError:
                continue
            if line and line.date_planned:
                days = (promised - line.date_planned).total_seconds() / 86400
                label = _("%(order)s, arrival of %(product)s", order=self.name, product=line.product_id.display_name)
                found.append(Difference(str(line.id), label, str(line.date_planned), str(promised), round(days, 4)))
        return found
