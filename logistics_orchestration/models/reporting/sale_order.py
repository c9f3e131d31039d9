"""The first date a customer was given, kept when it is changed: what reliability is measured against."""

from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    logistics_first_promise_at = fields.Datetime(
        string="First Promise",
        readonly=True,
        copy=False,
        help="The delivery date of the order as it was before it was first changed after the confirmation.",
    )

    def write(self, vals):
        changed = self.browse()
        if "commitment_date" in vals:
            wanted = fields.Datetime.to_datetime(vals["commitment_date"])
            changed = self.filtered(
                lambda order: order.state == "sale"
                and not order.logistics_first_promise_at
                and order.commitment_date != wanted
            )
        for order in changed:
            # sudo: readonly for everybody; whoever may change the date has it kept
            super(SaleOrder, order.sudo()).write(
                {"logistics_first_promise_at": order.commitment_date or order.expected_date}
            )
        return super().write(vals)
