"""Gate kind ``stock``: is everything there to pick?"""

from odoo import _, models
from odoo.tools import float_round
from odoo.tools.misc import format_date

from .stock_facts import StockFacts


class ReleaseGate(models.Model):
    _inherit = "logistics.release.gate"

    def _facts_stock(self, orders):
        return StockFacts.of(orders, self.env.context.get("logistics_run"))

    def _gate_stock(self, order, facts):
        """Everything the order needs is reserved for it or free to pick."""
        needs = facts.needs.get(order.id)
        if not needs:
            return {"passed": True, "words": _("Nothing to pick"), "inputs": {}}
        short, lacking = facts.shortages(order)
        if not short:
            facts.take(order)
            return {"passed": True, "words": _("Everything is there"), "inputs": {"products": self._inputs(needs, {})}}
        if self._by_line():
            facts.take(order, except_keys=lacking)
        words, receipts, lines = [], {}, self.env["sale.order.line"]
        for product, warehouse, need, quantity in short:
            lines |= need["lines"]
            text = _(
                "short %(short)s of %(ordered)s %(product)s",
                short=_amount(quantity, product),
                ordered=_amount(need["ordered"], product),
                product=product.with_context(display_default_code=False).display_name,
            )
            if kits := need["lines"].product_id - product:
                names = ", ".join(kits.with_context(display_default_code=False).mapped("display_name"))
                text = _("%(short)s for %(kits)s", short=text, kits=names)
            receipt = facts.next_receipt(product, warehouse)
            if receipt:
                receipts[product, warehouse] = receipt[0]
                text = _(
                    "%(short)s, next receipt %(date)s",
                    short=text,
                    date=format_date(self.env, receipt[0], date_format="d MMM"),
                )
            else:
                text = _("%(short)s, no receipt expected", short=text)
            words.append(text)
        shortages = {(product, warehouse): quantity for product, warehouse, _need, quantity in short}
        return {
            "passed": False,
            "words": "; ".join(words),
            "inputs": {"products": self._inputs(needs, shortages, receipts)},
            "line_ids": lines.ids,
        }

    def _inputs(self, needs, shortages, receipts=None):
        """What was looked at, for the record."""
        return [
            {
                "product_id": product.id,
                "product": product.display_name,
                "warehouse": warehouse.code or "",
                "ordered": need["ordered"],
                "to_reserve": max(need["missing"], 0.0),
                "short": shortages.get((product, warehouse), 0.0),
                "next_receipt": str(receipts[product, warehouse].date())
                if receipts and (product, warehouse) in receipts
                else "",
            }
            for (product, warehouse), need in needs.items()
        ]


def _amount(quantity, product):
    """A quantity as people write it: 4, 2.5."""
    return f"{float_round(quantity, precision_rounding=product.uom_id.rounding):.6f}".rstrip("0").rstrip(".")
