"""Gate kind ``date``: will it leave in time for the day that was promised?"""

from datetime import timedelta

from odoo import _, fields, models
from odoo.tools.misc import format_date

from .stock_facts import StockFacts


class ReleaseGate(models.Model):
    _inherit = "logistics.release.gate"

    kind = fields.Selection(selection_add=[("date", "Ships in time")], ondelete={"date": "cascade"})

    def _facts_date(self, orders):
        return {
            "stock": StockFacts.of(orders, self.env.context.get("logistics_run")),
            "today": fields.Date.context_today(self),
        }

    def _gate_date(self, order, facts):
        """Everything is there, or comes, before the day on which it has to leave.

        That day is the promised one less the company's security days and the shipping method's transit days.
        """
        stock, today = facts["stock"], facts["today"]
        if not stock.needs.get(order.id):
            return {"passed": True, "words": _("Nothing to pick"), "inputs": {}}
        short, _keys = stock.shortages(order)
        waits = []
        for product, warehouse, _need, quantity in short:
            date = stock.covered_on(product, warehouse, quantity)
            waits.append((date and max(date.date(), today), product))
        unknown = [product.name for date, product in waits if not date]
        ready = None if unknown else max([date for date, _product in waits], default=today)
        if not short:
            stock.take(order)
        promised = order.commitment_date and order.commitment_date.date()
        leave_by = promised and (
            promised - timedelta(days=order.company_id.security_lead + order.carrier_id.logistics_transit_days)
        )
        passed = not leave_by or (ready is not None and ready <= leave_by)
        day = self._day
        if unknown:
            when = _("no receipt expected of %(products)s", products=", ".join(dict.fromkeys(unknown)))
        elif waits:
            last = [product.name for date, product in waits if date == ready]
            when = _("ready on %(date)s, when %(products)s comes in", date=day(ready), products=", ".join(last))
        else:
            when = _("ready now")
        if not promised:
            words = _("No date was promised; %(when)s", when=when)
        elif passed:
            words = _(
                "Leaves by %(leave)s for %(promised)s; %(when)s", leave=day(leave_by), promised=day(promised), when=when
            )
        else:
            words = _(
                "Has to leave by %(leave)s for %(promised)s; %(when)s",
                leave=day(leave_by),
                promised=day(promised),
                when=when,
            )
        return {
            "passed": passed,
            "words": words,
            "inputs": {
                "promised": str(promised or ""),
                "leave_by": str(leave_by or ""),
                "ready": str(ready or ""),
                "unknown": unknown,
            },
        }

    def _day(self, date):
        """A day as people write it: 12 Dec."""
        return format_date(self.env, date, date_format="d MMM")
