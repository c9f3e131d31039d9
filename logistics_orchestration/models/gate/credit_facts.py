"""What customers owe and what they have ordered, read once for many orders, in the companies' currencies.

Exposure = open receivables + orders confirmed and not invoiced + the order that is looked at. Orders that wait for
credit themselves do not count against each other: they are asked in turn, and one that passes takes its share, so a
payment frees the first of them and not none.
"""

from collections import defaultdict

from odoo import fields


class CreditFacts:
    """Receivables, overdue days and open orders per (company, commercial partner)."""

    def __init__(self, orders):
        self.env = orders.env
        self.today = fields.Date.context_today(orders)
        self.due = defaultdict(float)
        self.oldest = {}
        self.open = defaultdict(float)
        partners = orders.partner_id.commercial_partner_id
        if orders:
            self._read_receivables(orders.company_id, partners)
            self._read_orders(orders, partners)

    def _read_receivables(self, companies, partners):
        lines = self.env["account.move.line"]
        domain = [
            ("account_id.account_type", "=", "asset_receivable"),
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
            ("company_id", "in", companies.ids),
            ("partner_id.commercial_partner_id", "in", partners.ids),
        ]
        for company, partner, residual in lines._read_group(
            domain, ["company_id", "partner_id"], ["amount_residual:sum"]
        ):
            self.due[company.id, partner.commercial_partner_id.id] += residual
        owed = [*domain, ("amount_residual", ">", 0), ("date_maturity", "!=", False)]
        for company, partner, oldest in lines._read_group(owed, ["company_id", "partner_id"], ["date_maturity:min"]):
            key = (company.id, partner.commercial_partner_id.id)
            self.oldest[key] = min(self.oldest.get(key, oldest), oldest)

    def _read_orders(self, orders, partners):
        waiting = [("state", "=", "active"), ("gate_id.kind", "=", "credit")]
        groups = self.env["sale.order"]._read_group(
            [
                ("state", "=", "sale"),
                ("amount_to_invoice", ">", 0),
                ("company_id", "in", orders.company_id.ids),
                ("partner_id.commercial_partner_id", "in", partners.ids),
                ("id", "not in", orders.ids),
                ("logistics_hold_ids", "not any", waiting),
            ],
            ["company_id", "partner_id", "currency_id"],
            ["amount_to_invoice:sum"],
        )
        for company, partner, currency, amount in groups:
            key = (company.id, partner.commercial_partner_id.id)
            self.open[key] += currency._convert(amount, company.currency_id, company, self.today)

    def exposure(self, order):
        """(receivables, other open orders, this order) in the company's currency."""
        key = self._key(order)
        amount = max(order.amount_to_invoice, 0.0) if order.state == "sale" else order.amount_total
        return self.due[key], self.open[key], amount / (order.currency_rate or 1.0)

    def overdue_days(self, order):
        """How long the oldest open item of the customer is due; 0 when nothing is."""
        oldest = self.oldest.get(self._key(order))
        return max((self.today - oldest).days, 0) if oldest else 0

    def take(self, order):
        """The order passed: the next one of this customer comes on top of it."""
        self.open[self._key(order)] += self.exposure(order)[2]

    @staticmethod
    def _key(order):
        return order.company_id.id, order.partner_id.commercial_partner_id.id
