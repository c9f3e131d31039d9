"""Receipt lines: checks are made when they are ready, stop them when they are not answered, and divert what failed.

Buttons, batches, the barcode app, the backorder window and the API all end in ``_action_done``.
"""

from odoo import _, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare, float_is_zero


class StockMove(models.Model):
    _inherit = "stock.move"

    def _logistics_from_supplier(self):
        """Moves that bring goods from a supplier into a warehouse."""
        return self.filtered(
            lambda move: move.location_id.usage == "supplier"
            and move.location_dest_id.usage == "internal"
            and move.picking_id
        )

    def _logistics_at_dock(self, today):
        """What has arrived at the dock is counted from its arrival."""
        arrived_at = self.picking_id.logistics_arrived_at
        return (arrived_at.date(), 0.0) if arrived_at else super()._logistics_at_dock(today)

    # -- choke points -----------------------------------------------------------------------------------------

    def _action_assign(self, force_qty=False):
        """A receipt that is ready gets its checks."""
        result = super()._action_assign(force_qty=force_qty)
        ready = self._logistics_from_supplier().filtered(lambda move: move.state == "assigned")
        if ready:
            ready.picking_id._logistics_plan_checks(ready)
        return result

    def _action_done(self, cancel_backorder=False):
        diverted = self._logistics_check_receipt()
        moves = super(StockMove, self | diverted)._action_done(cancel_backorder=cancel_backorder)
        moves._logistics_put_away()
        return moves

    def _action_cancel(self):
        result = super()._action_cancel()
        receipts = self._logistics_from_supplier().picking_id
        if receipts:
            receipts._logistics_drop_checks()
        return result

    # -- checks -----------------------------------------------------------------------------------------------

    def _logistics_check_receipt(self):
        """Refuse goods whose checks are open, and take what failed off to quarantine.

        :returns: the moves that take it there
        :raises UserError: naming the checks
        """
        received = self._logistics_from_supplier().filtered(
            lambda move: move.state not in ("done", "cancel")
            and move.picked
            and not float_is_zero(move.quantity, precision_rounding=move.product_uom.rounding)
        )
        if not received:
            return self.browse()
        received.picking_id._logistics_plan_checks(received)
        # sudo: a check stops also those who may not read it
        checks = self.env["logistics.receipt.check"].sudo()
        found = checks.search(
            [
                ("picking_id", "in", received.picking_id.ids),
                ("product_id", "in", received.product_id.ids),
                ("state", "in", ("todo", "failed")),
            ]
        )
        for check in found.filtered(lambda check: check.state == "todo" and not check.open_count):
            check.action_finish()
        waiting = found.filtered(lambda check: check.state == "todo")
        diverted = self.browse()
        for picking in found.picking_id:
            mine = waiting.filtered(lambda check, picking=picking: check.picking_id == picking)
            failed = found.filtered(
                lambda check, picking=picking: check.picking_id == picking and check.state == "failed"
            )
            if not picking._logistics_enforced("receipt"):
                if mine | failed:
                    picking._logistics_observe("receipt", self._logistics_words_of_checks(mine, failed))
                continue
            if mine:
                raise UserError(
                    _(
                        "%(receipt)s: these checks are not answered yet: %(checks)s.\n"
                        "Answer them (button Checks), or have a manager waive them.",
                        receipt=picking.name,
                        checks=", ".join(f"{check.name} {check.product_id.display_name}" for check in mine),
                    )
                )
            for check in failed:
                of_check = received.filtered(
                    lambda move, check=check: move.picking_id == check.picking_id
                    and move.product_id == check.product_id
                )
                diverted |= of_check._logistics_divert(check.failed_quantity)
        return diverted

    def _logistics_words_of_checks(self, waiting, failed):
        words = []
        if waiting:
            words.append(_("Would have stopped the receipt: %(checks)s", checks=", ".join(waiting.mapped("name"))))
        if failed:
            words.append(_("Would have sent to quarantine: %(checks)s", checks=", ".join(failed.mapped("name"))))
        return "; ".join(words)

    def _logistics_divert(self, quantity):
        """Send ``quantity`` (in the product's unit; 0: all) of what was received to quarantine.

        :returns: the moves that go there
        """
        diverted = self.browse()
        left = quantity or sum(self.move_line_ids.mapped("quantity_product_uom"))
        for move in self:
            rounding = move.product_id.uom_id.rounding
            taken = min(sum(move.move_line_ids.mapped("quantity_product_uom")), left)
            if float_compare(taken, 0.0, precision_rounding=rounding) <= 0:
                continue
            left -= taken
            location = move.picking_id.picking_type_id.warehouse_id._logistics_quarantine()
            diverted |= move._logistics_divert_one(taken, location)
        return diverted

    def _logistics_divert_one(self, taken, location):
        self.ensure_one()
        rounding = self.product_id.uom_id.rounding
        onward = self.move_dest_ids.filtered(lambda dest: dest.state not in ("done", "cancel"))
        if float_compare(taken, self.product_qty, precision_rounding=rounding) >= 0:
            self.write({"location_dest_id": location.id, "move_dest_ids": [fields.Command.clear()]})
            self.move_line_ids.write({"location_dest_id": location.id})
            target = self.browse()
        else:
            vals = self._split(taken)[0]
            target = self.create(
                dict(vals, location_dest_id=location.id, move_dest_ids=False, picking_id=self.picking_id.id)
            )
            target._action_confirm(merge=False)
            target.move_line_ids.unlink()
            self._logistics_hand_over(target, taken, location)
        onward._logistics_shrink(taken)
        return target

    def _logistics_hand_over(self, target, taken, location):
        """Move lines with ``taken`` pieces, lots included, go over to the move to quarantine."""
        for line in self.move_line_ids:
            part = min(line.quantity_product_uom, taken)
            if float_compare(part, 0.0, precision_rounding=self.product_id.uom_id.rounding) <= 0:
                continue
            taken -= part
            in_unit = self.product_id.uom_id._compute_quantity(part, line.product_uom_id, round=False)
            vals = {"move_id": target.id, "location_dest_id": location.id, "quantity": in_unit, "picked": True}
            keep = line.quantity - in_unit
            line.copy({**vals, "result_package_id": False})
            if float_is_zero(keep, precision_rounding=line.product_uom_id.rounding):
                line.unlink()
            else:
                line.quantity = keep
        target.picked = True

    def _logistics_shrink(self, quantity):
        """Steps on the way to the shelf expect less; what customers wait for stays owed."""
        left = quantity
        for move in self.filtered(lambda move: move.location_dest_id.usage == "internal"):
            less = min(left, move.product_qty)
            left -= less
            onward = move.move_dest_ids.filtered(lambda dest: dest.state not in ("done", "cancel"))
            in_unit = move.product_id.uom_id._compute_quantity(less, move.product_uom, round=False)
            if float_compare(less, move.product_qty, precision_rounding=move.product_id.uom_id.rounding) >= 0:
                move._action_cancel()
            else:
                move.product_uom_qty -= in_unit
            onward._logistics_shrink(less)

    # -- put-away ---------------------------------------------------------------------------------------------

    def _logistics_put_away(self):
        """Receipt lines whose goods are all on the shelf now get their dock-to-stock time."""
        done = self.filtered(
            lambda move: move.state == "done"
            and move.location_dest_id.usage == "internal"
            and move.location_id.usage in ("supplier", "internal")
        )
        if not done:
            return
        origins = self.browse(done._rollup_move_origs()) if done.move_orig_ids else self.browse()
        receipts = (done | origins)._logistics_from_supplier().filtered(lambda move: move.state == "done")
        receipts = receipts.filtered("picking_id.logistics_arrived_at")
        on_shelf = receipts.filtered(lambda move: move._logistics_on_shelf())
        if on_shelf:
            # sudo: a measure of ours, whoever puts away
            self.env["logistics.dock.time"].sudo()._measure(on_shelf.sudo(), fields.Datetime.now())

    def _logistics_on_shelf(self):
        """Whether the goods of this receipt line are where they can be picked from, or gone on to where they belong."""
        self.ensure_one()
        stock = self.picking_id.picking_type_id.warehouse_id.lot_stock_id
        if self.location_dest_id.parent_path.startswith(stock.parent_path):
            return True
        onward = self.move_dest_ids.filtered(lambda move: move.state != "cancel")
        return bool(onward) and all(
            move.state == "done" and (move.location_dest_id.usage != "internal" or move._logistics_on_shelf_from(stock))
            for move in onward
        )

    def _logistics_on_shelf_from(self, stock):
        """The same for a step after the receipt."""
        self.ensure_one()
        if self.location_dest_id.parent_path.startswith(stock.parent_path):
            return True
        onward = self.move_dest_ids.filtered(lambda move: move.state != "cancel")
        return bool(onward) and all(move.state == "done" and move._logistics_on_shelf_from(stock) for move in onward)
