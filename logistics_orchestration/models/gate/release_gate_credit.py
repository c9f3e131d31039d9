"""Gate kind ``credit``: does the customer owe too much, or for too long?"""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .credit_facts import CreditFacts


class ReleaseGate(models.Model):
    _inherit = "logistics.release.gate"

    kind = fields.Selection(selection_add=[("credit", "Customer's credit")], ondelete={"credit": "cascade"})
    credit_limit = fields.Float(
        string="Limit Without One",
        help="In the company's currency, for customers who have no credit limit of their own; 0: no limit for them.",
    )
    credit_overdue = fields.Boolean(string="Look at Overdue Invoices", default=True)
    credit_overdue_days = fields.Integer(
        string="Overdue Days Allowed", help="An open item may be due for so many days; 0: not for one."
    )

    @api.constrains("credit_limit", "credit_overdue_days")
    def _check_credit(self):
        for gate in self:
            for field in ("credit_limit", "credit_overdue_days"):
                if gate[field] < 0:
                    label = gate._fields[field]._description_string(self.env)
                    raise ValidationError(_("Gate %(name)s, %(field)s: write 0 or more.", name=gate.name, field=label))

    def _facts_credit(self, orders):
        return CreditFacts(orders)

    def _gate_credit(self, order, facts):
        """Receivables, open orders and this one stay within the limit, and nothing is due for too long."""
        company = order.company_id
        currency = company.currency_id
        partner = order.partner_id.commercial_partner_id
        due, others, this = facts.exposure(order)
        # who has no limit of their own has the gate's
        limit = partner.with_company(company).credit_limit or self.credit_limit
        total = due + others + this
        days = facts.overdue_days(order)
        words = []
        if limit and currency.compare_amounts(total, limit) > 0:
            words.append(
                _(
                    "%(customer)s would owe %(total)s, %(over)s over the limit of %(limit)s (due %(due)s, other open"
                    " orders %(others)s, this order %(this)s)",
                    customer=partner.display_name,
                    total=currency.format(total),
                    over=currency.format(total - limit),
                    limit=currency.format(limit),
                    due=currency.format(due),
                    others=currency.format(others),
                    this=currency.format(this),
                )
            )
        if self.credit_overdue and days > self.credit_overdue_days:
            words.append(
                _(
                    "the oldest open item of %(customer)s is due for %(days)s days, %(allowed)s are allowed",
                    customer=partner.display_name,
                    days=days,
                    allowed=self.credit_overdue_days,
                )
            )
        passed = not words
        if passed:
            facts.take(order)
            words.append(
                _("%(total)s of %(limit)s", total=currency.format(total), limit=currency.format(limit))
                if limit
                else _("No credit limit")
            )
        return {
            "passed": passed,
            "words": "; ".join(words),
            "inputs": {
                "partner_id": partner.id,
                "receivable": due,
                "open_orders": others,
                "this_order": this,
                "limit": limit,
                "overdue_days": days,
                "currency": currency.name,
            },
        }
