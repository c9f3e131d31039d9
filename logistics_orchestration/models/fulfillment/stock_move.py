"""Goods a warehouse was asked for, changed on the transfer itself: less, more, or a line cancelled by hand.

Inside an order's own change, a validation or a look at the warehouses those tell the warehouse themselves; what is left
is what a person or an API caller writes on the moves.
"""

from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def write(self, vals):
        if "product_uom_qty" not in vals or self._logistics_told_by_caller():
            return super().write(vals)
        with self.env["logistics.event"]._business_call():
            result = super().write(vals)
            self._logistics_tell_warehouse()
        return result

    def _action_cancel(self):
        told = self._logistics_told_by_caller()
        with self.env["logistics.event"]._business_call():
            result = super()._action_cancel()
            if not told:
                self._logistics_tell_warehouse()
        return result

    def _logistics_told_by_caller(self):
        """Whether a larger change is under way that tells warehouses at its end."""
        return self.env.context.get("logistics_restoring") or self.env["logistics.event"]._in_business_call()

    def _logistics_tell_warehouse(self):
        """Requests about these moves that ask for something else by now are taken back and made anew."""
        # sudo: requests are ours, whoever changes a transfer
        requests = self.env["logistics.fulfillment"].sudo()._open_for_moves(self)._at_warehouse()
        for order in requests.order_id:
            order._logistics_renew_requests()
