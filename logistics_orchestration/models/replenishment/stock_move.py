"""Goods that come in may end a shortage."""

from odoo import models

from .shortage import ACTIVE


class StockMove(models.Model):
    _inherit = "stock.move"

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
