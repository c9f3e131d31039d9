"""Switching billing on or off changes what may be invoiced: the quantities follow at once."""

from odoo import api, models


class Switch(models.Model):
    _inherit = "logistics.switch"

    @api.model_create_multi
    def create(self, vals_list):
        switches = super().create(vals_list)
        switches._refresh_billing(switches.company_id)
        return switches

    def write(self, vals):
        companies = self._billing_companies()
        result = super().write(vals)
        self._refresh_billing(companies | self._billing_companies())
        return result

    def unlink(self):
        companies = self._billing_companies()
        result = super().unlink()
        self.env["logistics.switch"]._refresh_billing(companies)
        return result

    def _billing_companies(self):
        return self.filtered(lambda s: s.capability == "billing").company_id

    @api.model
    def _refresh_billing(self, companies):
        """Compute the quantities to invoice again where something is kept back."""
        if self and not self._billing_companies():
            return
        # sudo: the switch counts for every order, not only those an administrator may see
        order_lines = self.env["sale.order.line"].sudo()
        lines = order_lines.search(
            [
                ("company_id", "in", companies.ids),
                ("state", "=", "sale"),
                "|",
                ("logistics_unproven_qty", ">", 0),
                ("logistics_disputed", "=", True),
            ]
        )
        self.env.add_to_compute(lines._fields["qty_to_invoice"], lines)
