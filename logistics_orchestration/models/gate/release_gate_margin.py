"""Gate kind ``margin``: does the order earn enough?"""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class ReleaseGate(models.Model):
    _inherit = "logistics.release.gate"

    kind = fields.Selection(selection_add=[("margin", "Margin")], ondelete={"margin": "cascade"})
    margin_percent = fields.Float(
        string="Least Margin (%)",
        default=10.0,
        help="Of the untaxed value of goods and services, at the products' cost now. Freight is left out.",
    )

    @api.constrains("margin_percent", "kind")
    def _check_margin(self):
        for gate in self.filtered(lambda gate: gate.kind == "margin"):
            if not -100 <= gate.margin_percent < 100:
                raise ValidationError(
                    _("Gate %(name)s, Least Margin: write a percentage from -100 to below 100.", name=gate.name)
                )

    @api.model
    def _kinds_by_line(self):
        return super()._kinds_by_line() | {"margin"}

    def _gate_margin(self, order, facts):
        """(Value - cost) / value of the order is not below the least margin."""
        value, cost, poor = 0.0, 0.0, self.env["sale.order.line"]
        today = fields.Date.context_today(self)
        for line in order.order_line:
            if line.display_type or line.is_delivery:
                continue
            of_line = self._cost(line, today)
            value, cost = value + line.price_subtotal, cost + of_line
            if line.price_subtotal - of_line < line.price_subtotal * self.margin_percent / 100:
                poor |= line
        if not value and not cost:
            return {"passed": True, "words": _("Nothing to earn on"), "inputs": {}}
        # what is given away costs all of it
        margin = 100 * (value - cost) / value if value else -100.0
        passed = round(margin, 4) >= self.margin_percent
        least = _(
            "%(margin)s %% margin, at least %(least)s %%", margin=f"{margin:.1f}", least=f"{self.margin_percent:g}"
        )
        words = least if passed else _("only %(least)s", least=least)
        return {
            "passed": passed,
            "words": words,
            "inputs": {"value": value, "cost": cost, "margin": round(margin, 2), "currency": order.currency_id.name},
            "line_ids": [] if passed else poor.ids,
        }

    def _cost(self, line, today):
        """Cost of a line in the order's currency."""
        company, product = line.company_id, line.product_id
        unit = product.with_company(company).standard_price
        quantity = line.product_uom._compute_quantity(line.product_uom_qty, product.uom_id, round=False)
        if company.currency_id == line.currency_id:
            return unit * quantity
        return company.currency_id._convert(unit * quantity, line.currency_id, company, today, round=False)
