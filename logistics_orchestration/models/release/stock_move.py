"""Stock moves: the choke point where a hold stops warehouse work, reservation, and what a cancelled move takes back.

Buttons, batches, the barcode app, the backorder wizard and the API all end in these methods.
"""

from odoo import _, models
from odoo.exceptions import UserError
from odoo.tools import float_is_zero

from .sale_order import WATCHED

INSIDE = ("internal", "transit")


class StockMove(models.Model):
    _inherit = "stock.move"

    # -- which moves a hold is about ---------------------------------------------------------------------------

    def _logistics_is_outbound(self):
        """A step of pick, pack or ship; receipts and returns from the customer go on whatever is held."""
        self.ensure_one()
        if self.location_dest_id.usage == "customer":
            return True
        return (
            self.location_id.usage in INSIDE
            and self.location_dest_id.usage in INSIDE
            and not self.origin_returned_move_id
        )

    def _logistics_served(self):
        """(orders, order lines) this move works for: its own, or those of the steps after it."""
        self.ensure_one()
        lines = self.sale_line_id
        orders = lines.order_id or self.group_id.sale_id
        if (orders and lines) or not self.move_dest_ids:
            return orders, lines
        downstream = self.browse(self._rollup_move_dests())
        lines |= downstream.sale_line_id
        return orders | lines.order_id | downstream.group_id.sale_id, lines

    def _logistics_holds(self, effect=None):
        """{move id: holds} for those of these moves that holds with ``effect`` stop (``_standing`` of holds)."""
        Hold = self.env["logistics.hold"]
        # sudo: a hold stops also those who may not read it, or the order
        moves = self.sudo().filtered(lambda move: move._logistics_is_outbound())
        served = {move.id: move._logistics_served() for move in moves}
        none = self.env["sale.order"].sudo()  # sudo: as above
        orders = none.union(*(orders for orders, _lines in served.values())) if served else []
        orders = orders and orders.filtered(lambda order: order.logistics_release_state in WATCHED)
        pickings = moves.picking_id.filtered("logistics_held")
        if not orders and not pickings:
            return {}
        standing = Hold._standing(orders, pickings, effect)
        found = {}
        for move in moves if standing else ():
            own_orders, lines = served[move.id]
            holds = standing.filtered(
                lambda hold, move=move, own_orders=own_orders, lines=lines: hold.picking_id == move.picking_id
                if hold.picking_id
                else any(hold._covers(order, lines) for order in own_orders)
            )
            if holds:
                found[move.id] = holds
        return found

    def _logistics_unreleased(self):
        """{move id: orders} for moves of orders that wait for an evaluation: the first, or their release expired."""
        found = {}
        for move in self.sudo().filtered(lambda move: move._logistics_is_outbound()):  # sudo: as above
            orders = move._logistics_served()[0].filtered(
                lambda order: (order.logistics_release_state == "pending" or order._logistics_release_expired())
                and order._logistics_enforced("release")
            )
            if orders:
                found[move.id] = orders
        return found

    # -- choke points ------------------------------------------------------------------------------------------

    def _action_done(self, cancel_backorder=False):
        self._logistics_check_work()
        return super()._action_done(cancel_backorder=cancel_backorder)

    def write(self, vals):
        if vals.get("state") == "done":
            self._logistics_check_work()  # whoever writes the state itself does not walk around a hold either
        return super().write(vals)

    def _logistics_check_work(self):
        """Refuse to do what is held, naming the holds, who answers for them and the ways out."""
        worked = self.filtered(
            lambda move: move.state not in ("done", "cancel")
            and move.picked
            and not float_is_zero(move.quantity, precision_rounding=move.product_uom.rounding)
        )
        if not worked:
            return
        held = worked._logistics_holds("block_work")
        if held:
            raise UserError(self._logistics_words_of_hold(held))
        waiting = worked._logistics_unreleased()
        if waiting:
            order = next(iter(waiting.values()))[:1]
            if order.logistics_release_state != "pending":
                raise UserError(
                    _("%(order)s was released until %(date)s. Press Evaluate on the order, or release it by hand.",
                      order=order.name, date=order.logistics_valid_until)
                )  # fmt: skip
            raise UserError(
                _(
                    "%(order)s is not released yet: its release has not been evaluated."
                    " Press Evaluate on the order, or release it by hand.",
                    order=order.name,
                )
            )

    def _logistics_words_of_hold(self, held):
        holds = self.env["logistics.hold"].sudo().union(*held.values())  # sudo: as in _logistics_holds
        transfers = self.browse(held).picking_id.mapped("name")
        lines = [
            _(
                "%(hold)s: %(reason)s. Owner: %(owner)s. May be lifted by: %(group)s.",
                hold=hold.display_name,
                reason=hold.reason.rstrip("."),
                owner=hold.owner_id.name or _("nobody"),
                group=hold.type_id.release_group_id.display_name,
            )
            for hold in holds
        ]
        return _(
            "%(transfers)s: this work is on hold.\n%(holds)s\n"
            "Have the hold lifted (Logistics > Orders > On Hold), or leave these goods out of the transfer.",
            transfers=", ".join(transfers) or _("Stock move"),
            holds="\n".join(lines),
        )

    def _action_assign(self, force_qty=False):
        """Moves of orders held without reservation reserve nothing."""
        held = self._logistics_holds("no_reservation")
        moves = self.filtered(lambda move: move.id not in held) if held else self
        return super(StockMove, moves)._action_assign(force_qty=force_qty)

    def _action_cancel(self):
        """A warehouse need not pick what is cancelled."""
        result = super()._action_cancel()
        # sudo: whoever cancels a transfer takes the request for it back
        requests = self.env["logistics.fulfillment"].sudo()._open_for_moves(self)
        if requests:
            gone = requests.filtered(lambda request: all(move.state == "cancel" for move in request.move_ids))
            gone._withdraw(_("The transfer was cancelled"))
        return result
