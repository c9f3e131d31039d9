"""Goods that come in: the day they can be picked, and the shortages they may end.

A receipt is planned for the day it comes to the dock. It can be picked later: after dock to stock, and where a supplier
promises the day it ships, after the way. Whatever plans with receipts asks here.
"""

from datetime import timedelta
from math import ceil

from odoo import fields, models

from .shortage import ACTIVE

# where goods come over the dock from
OUTSIDE = ("supplier", "transit")


class StockMove(models.Model):
    _inherit = "stock.move"

    # -- when goods can be picked -----------------------------------------------------------------------------

    def _logistics_usable_on(self):
        """{move: day from which what it brings can be picked}; what is overdue may come today."""
        today = fields.Date.context_today(self)
        dock_days, result = {}, {}
        for move in self:
            result[move] = max(move.date.date(), today)
            warehouse = move.location_dest_id.warehouse_id
            for receipt in move._logistics_over_dock() if warehouse else ():
                supplier = receipt._logistics_vendor()
                key = (warehouse, supplier)
                if key not in dock_days:
                    dock_days[key] = warehouse._logistics_dock_days(supplier)
                day, travels = receipt._logistics_at_dock(today)
                result[move] = max(result[move], day + timedelta(days=ceil(travels + dock_days[key])))
        return result

    def _logistics_over_dock(self):
        """The receipts by which this move's goods come over the dock: itself, or those before it; none for others."""
        self.ensure_one()
        if self.location_id.usage in OUTSIDE:
            return self
        if not self.location_id._logistics_is_dock():
            return self.browse()
        before = self.browse(self._rollup_move_origs())
        return before.filtered(lambda move: move.location_id.usage in OUTSIDE and move.state != "cancel")

    def _logistics_at_dock(self, today):
        """(day to count from, days it still travels then) of a receipt; what is overdue may come today.

        A supplier that promises the day it ships is counted from there, until somebody gives the receipt another date.
        """
        self.ensure_one()
        line = self.purchase_line_id
        ships = line and line.date_planned == self.date
        return max(self.date.date(), today), line.order_id.partner_id.logistics_transit_days if ships else 0.0

    def _logistics_vendor(self):
        """Whose goods a receipt brings."""
        return self.purchase_line_id.order_id.partner_id or self.picking_id.partner_id

    # -- shortages --------------------------------------------------------------------------------------------

    def _action_done(self, cancel_backorder=False):
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        moves._logistics_refresh_shortages()
        return moves

    def _logistics_refresh_shortages(self):
        """Look again at the open shortages of what came into a warehouse (from outside, or from another one)."""
        received = self.filtered(
            lambda move: move.state == "done"
            and move.location_dest_id.usage == "internal"
            and (move.orderpoint_id or move.location_id.warehouse_id != move.location_dest_id.warehouse_id)
        )
        if not received:
            return
        # sudo: whoever receives goods has no rights on shortages
        shortages = self.env["logistics.shortage"].sudo()
        domain = [
            ("state", "in", ACTIVE),
            ("product_id", "in", received.product_id.ids),
            ("warehouse_id", "in", received.location_dest_id.warehouse_id.ids),
        ]
        shortages.search(domain)._refresh()
