"""A verified proof makes quantities billable: the order hears of it, and the invoice can be released from it."""

from odoo import models


class Pod(models.Model):
    _inherit = "logistics.pod"

    def _proof_changed(self):
        super()._proof_changed()
        # sudo: what may be billed follows from the proof, whoever verified it
        lines = self.sudo().line_ids.sale_line_id
        eligible = {line: line._logistics_eligible_qty() for line in lines}
        lines._logistics_refresh_proof()
        lines.invoice_lines.move_id._logistics_refresh_billing()
        more = lines.filtered(lambda line: line._logistics_eligible_qty() > eligible[line])
        more.order_id._logistics_emit("logistics.invoice.eligible")

    def _logistics_release_invoice(self):
        """Release the invoices of the orders it proves."""
        # sudo: see the order's method, which looks at the rights of whoever asks
        self.sudo().shipment_id.order_ids._logistics_release_invoice()
