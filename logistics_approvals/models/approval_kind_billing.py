"""Billing waiver: an invoice that is blocked (no proof of delivery yet) may be posted all the same."""

from odoo import _, api, models
from odoo.tools.misc import formatLang


class ApprovalRequest(models.Model):
    _inherit = "logistics.approval.request"

    def _missing_billing_waiver(self, move):
        move._logistics_refresh_billing()
        if move.logistics_billing_state != "blocked":
            return _("%(invoice)s is not blocked: there is nothing to waive.", invoice=move.display_name)
        return ""

    def _amount_billing_waiver(self, move):
        return move.amount_total, move.currency_id

    def _summary_billing_waiver(self, move):
        return _("Waive the billing block of %(invoice)s, %(customer)s",
                 invoice=move.display_name, customer=move.partner_id.display_name)  # fmt: skip

    def _changes_billing_waiver(self, move):
        labels = dict(move._fields["logistics_billing_state"]._description_selection(self.env))
        yield _("Billing"), labels.get(move.logistics_billing_state, ""), labels["waived"]
        yield (
            _("Invoice amount"),
            formatLang(self.env, move.amount_total, currency_obj=move.currency_id),
            _("unchanged"),
        )

    def _snapshot_billing_waiver(self, move):
        return {
            "billing_state": move.logistics_billing_state,
            "state": move.state,
            "partner_id": move.partner_id.id,
            "order_value": move.amount_total,
            "billed": {
                str(line.id): [line.product_id.id, line.quantity, line.price_unit]
                for line in move.invoice_line_ids
                if line.display_type == "product"
            },
        }

    def _execute_billing_waiver(self):
        move = self._subject()
        move.action_waive(_("%(request)s: %(reason)s", request=self.name, reason=self.reason))

    @api.model
    def _snapshot_words(self):
        return {
            **super()._snapshot_words(),
            "billing_state": (_("Billing"), "text"),
            "billed": (_("Line"), "{account.move.line:text}"),
        }
