"""Whether anybody has begun to work on a move."""

from odoo import models
from odoo.tools import float_is_zero

from ..fulfillment.fulfillment import OPEN_MOVES


class StockMove(models.Model):
    _inherit = "stock.move"

    def _logistics_not_begun(self):
        """Whether nothing of this move, nor of the steps before it, was picked or done."""
        self.ensure_one()
        chain = self.browse(self._rollup_move_origs()) | self
        return not any(
            move.state == "done"
            or (
                move.state in OPEN_MOVES
                and move.picked
                and not float_is_zero(move.quantity, precision_rounding=move.product_uom.rounding)
            )
            for move in chain
        )
