"""Order lines know the warehouses they are shipped from, and say so to Odoo's procurement."""

from odoo import models
from odoo.tools import float_compare, float_is_zero

from ..fulfillment.fulfillment import OPEN_MOVES


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _prepare_procurement_values(self, group_id=False):
        values = super()._prepare_procurement_values(group_id)
        # sudo: where a line is shipped from is no secret to whoever confirms it
        line = self.sudo()
        if not line.order_id.logistics_allocation_id or line.route_id:
            return values
        shares = line._logistics_shares()
        if len(shares) == 1:
            values["warehouse_id"] = next(iter(shares)).sudo(self.env.su)
        elif shares:
            values["logistics_split_line"] = line
        return values

    def _logistics_shares(self, asked=False):
        """{warehouse: quantity in the product's unit} of the allocation in force; empty: the order's own warehouse.

        :param bool asked: while nothing is in force, what somebody is asked to agree to
        """
        self.ensure_one()
        chosen = self.order_id.logistics_allocation_id.chosen_id
        if asked and not chosen:
            chosen = self.order_id._logistics_split_asked()
        warehouses = self.env["stock.warehouse"]
        return {
            warehouses.browse(warehouse): quantity
            for warehouse, quantity in chosen._shares_by_line().get(self.id, {}).items()
        }

    def _logistics_sources(self, quantity):
        """[(warehouse, quantity)]: where ``quantity`` (product's unit) of this line, not launched yet, comes from."""
        shares = self._logistics_shares(asked=True)
        if not shares:
            return super()._logistics_sources(quantity)
        sources = []
        for warehouse, share in shares.items():
            taken = min(share, quantity)
            quantity -= taken
            sources.append((warehouse, taken))
        if quantity > 0:
            warehouse, taken = sources[0]
            sources[0] = (warehouse, taken + quantity)
        return [(warehouse, taken) for warehouse, taken in sources if taken]

    def _logistics_at_sites(self):
        """{warehouse: quantity in the product's unit} of this line that is to be shipped, or was, from there."""
        found = {}
        for move in self._get_outgoing_incoming_moves()[0]:
            warehouse = move.picking_type_id.warehouse_id or move.location_id.warehouse_id
            quantity = move.quantity if move.state == "done" else move.product_uom_qty
            in_unit = move.product_uom._compute_quantity(quantity, move.product_id.uom_id, round=False)
            found[warehouse] = found.get(warehouse, 0.0) + in_unit
        return found

    def _logistics_spread(self, quantity, uom):
        """Spread what is to be procured over the warehouses: first up to their shares, the rest to the first.

        What is to be taken back (a quantity below 0) is taken where open moves are, the last warehouse first.

        :param float quantity: in ``uom``
        :returns: [(warehouse, quantity in uom)]
        """
        self.ensure_one()
        unit = self.product_id.uom_id
        left = uom._compute_quantity(quantity, unit, round=False)
        shares = self._logistics_shares()
        parts = {}
        if left < 0:
            for warehouse in reversed(list(shares)):
                open_here = sum(
                    move.product_qty
                    for move in self.move_ids
                    if move.state in OPEN_MOVES
                    and move.location_dest_id.usage == "customer"
                    and move.picking_type_id.warehouse_id == warehouse
                )
                taken = max(left, -open_here)
                parts[warehouse] = taken
                left -= taken
        else:
            there = self._logistics_at_sites()
            for warehouse, share in shares.items():
                taken = max(min(share - there.get(warehouse, 0.0), left), 0.0)
                parts[warehouse] = taken
                left -= taken
        if not float_is_zero(left, precision_rounding=unit.rounding):
            first = next(iter(shares))
            parts[first] = parts.get(first, 0.0) + left
        return [
            (warehouse, unit._compute_quantity(part, uom, round=False))
            for warehouse, part in parts.items()
            if float_compare(part, 0.0, precision_rounding=unit.rounding)
        ]

    def _logistics_free_to_move(self, outgoing, moves=None):
        """Those of the line's ``outgoing`` moves another warehouse may be given: open, from stock, nothing picked yet.

        :param moves: only these; all when not given
        """
        return outgoing.filtered(
            lambda move: move.state in OPEN_MOVES
            and move.location_dest_id.usage == "customer"
            and (moves is None or move in moves)
            and move._logistics_not_begun()
        )
