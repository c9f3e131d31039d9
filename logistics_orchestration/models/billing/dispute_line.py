"""One disputed line of an invoice."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class DisputeLine(models.Model):
    _name = "logistics.dispute.line"
    _description = "Disputed Invoice Line"
    _order = "dispute_id, id"

    dispute_id = fields.Many2one("logistics.dispute", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="dispute_id.company_id", store=True)
    move_line_id = fields.Many2one(
        "account.move.line", string="Invoice Line", required=True, ondelete="restrict", index=True
    )
    product_id = fields.Many2one(related="move_line_id.product_id")
    quantity = fields.Float(related="move_line_id.quantity")
    currency_id = fields.Many2one(related="dispute_id.currency_id")
    amount = fields.Monetary(related="move_line_id.price_total", store=True, currency_field="currency_id")
    reason = fields.Char(help="Empty: the reason of the dispute.")

    _sql_constraints = [("line_unique", "UNIQUE(dispute_id, move_line_id)", "This line is disputed already.")]

    @api.constrains("move_line_id", "dispute_id")
    def _check_invoice(self):
        for line in self:
            if line.move_line_id.move_id != line.dispute_id.invoice_id:
                raise ValidationError(
                    _(
                        "%(line)s is no line of %(invoice)s. Choose a line of the disputed invoice.",
                        line=line.move_line_id.display_name,
                        invoice=line.dispute_id.invoice_id.display_name,
                    )
                )
