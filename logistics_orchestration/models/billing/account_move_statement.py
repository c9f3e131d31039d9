"""What others say about an invoice whose facts are not theirs, against what Odoo holds."""

from odoo import _, models

from ..authority.difference import Difference, figure


class AccountMove(models.Model):
    _inherit = "account.move"

    def _logistics_compare_statement(self, fact, value, message):
        self.ensure_one()
        if fact == "invoice.paid":
            return self._compare_paid(value)
        if fact == "invoice.disputed":
            open_here = self.logistics_dispute_ids.filtered(lambda dispute: dispute.state == "open")
            label = _("Dispute of %(invoice)s", invoice=self.name)
            return [Difference("dispute", label, _("disputed") if open_here else _("not disputed"), _("disputed"))]
        return super()._logistics_compare_statement(fact, value, message)

    def _compare_paid(self, value):
        """In the invoice's currency; a payment in another one is not compared."""
        amount = figure(value.get("amount"))
        if amount is None or str(value.get("currency") or self.currency_id.name).upper() != self.currency_id.name:
            return []
        paid = self.currency_id.round(self.amount_total - self.amount_residual)
        return [
            Difference(
                "paid",
                _("Payment of %(invoice)s", invoice=self.name),
                f"{paid:.2f} {self.currency_id.name}",
                f"{amount:.2f} {self.currency_id.name}",
                self.currency_id.round(amount - paid),
                self.amount_total,
            )
        ]
