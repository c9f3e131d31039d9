"""Entries on customers' accounts: whose held orders are worth another look."""

from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _logistics_credit_changed(self):
        """The debt of these lines' customers went down or was settled: their orders held for credit may go."""
        owed = self.filtered(lambda line: line.account_id.account_type == "asset_receivable" and line.partner_id)
        partners = owed.partner_id.commercial_partner_id
        if partners:
            self.env["logistics.release.recheck"]._enqueue_held(
                "payment",
                [("gate_id.kind", "=", "credit"), ("order_id.partner_id.commercial_partner_id", "in", partners.ids)],
            )
