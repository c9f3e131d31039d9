"""A ship notice fills in the receipt: quantities, lots, packages, date. Nothing is validated by it.

All open notices of an order are written anew each time, so that a notice that is replaced leaves nothing behind and
none counts twice. A receipt somebody has begun to count is left alone.
"""

from odoo import _, fields, models
from odoo.tools import float_compare


class ShipNotice(models.Model):
    _inherit = "logistics.ship.notice"

    def _fill_receipts(self, order):
        """Write the order's open notices into its receipts.

        :returns: True when they were filled in
        """
        moves = order.order_line.move_ids.filtered(lambda move: move.state not in ("done", "cancel", "draft"))
        moves = moves._logistics_from_supplier()
        notices = order.logistics_notice_ids.filtered(lambda notice: notice.state == "open").sorted("id")
        if not moves:
            return False
        if not order._logistics_enforced("receipt"):
            order._logistics_observe("receipt", _("Would have filled in the receipt by the supplier's ship notices"))
            return False
        if moves.filtered("picked"):
            order._logistics_activity(
                _("Compare the receipt with the ship notice"),
                _("The receipt was begun before the notice came: it is not filled in."),
            )
            return False
        touched = moves.filtered(lambda move: move.move_line_ids.logistics_notice_id)
        lines = notices.line_ids
        touched |= moves.filtered(lambda move: move.purchase_line_id in lines.purchase_line_id)
        touched.move_line_ids.unlink()
        packages = {}
        for purchase_line, of_line in lines.grouped("purchase_line_id").items():
            mine = touched.filtered(lambda move, line=purchase_line: move.purchase_line_id == line).sorted("id")
            self._fill_moves(mine, of_line, packages)
        for move in touched:
            named = move.move_line_ids.logistics_notice_id
            if not named and not notices:
                move._action_assign()  # the notice was taken back: as Odoo expects it
            etas = [notice.eta_at for notice in named if notice.eta_at]
            if etas and move.date != max(etas):
                move.date = max(etas)
        for notice in notices:
            pickings = moves.move_line_ids.filtered(lambda line, n=notice: line.logistics_notice_id == n).picking_id
            notice.write({"filled": bool(pickings), "picking_ids": [fields.Command.set(pickings.ids)]})
        return True

    def _fill_moves(self, moves, lines, packages):
        """Spread the notices' lines over the moves of one order line."""
        left = {move: move.product_qty for move in moves}
        for line in lines:
            quantity = line.product_uom_id._compute_quantity(line.quantity, line.product_id.uom_id, round=False)
            for move in moves:
                taken = min(quantity, left[move])
                if float_compare(taken, 0.0, precision_rounding=move.product_id.uom_id.rounding) <= 0:
                    continue
                left[move] -= taken
                quantity -= taken
                self._fill_line(move, line, taken, packages)

    def _fill_line(self, move, line, quantity, packages):
        package = self._package(line, packages)
        vals = {
            **move._prepare_move_line_vals(quantity=0),
            "quantity": quantity,
            "product_uom_id": move.product_id.uom_id.id,
            "result_package_id": package.id if package else False,
            "logistics_notice_id": line.notice_id.id,
            "picked": False,
        }
        if line.lot and move.product_id.tracking != "none":
            lot = self.env["stock.lot"].search(
                [
                    ("name", "=", line.lot),
                    ("product_id", "=", move.product_id.id),
                    ("company_id", "in", [move.company_id.id, False]),
                ],
                limit=1,
            )
            vals.update({"lot_id": lot.id} if lot else {"lot_name": line.lot})
        self.env["stock.move.line"].create(vals)

    def _package(self, line, packages):
        """The package of a line, made once; one that waits empty under this number is used again."""
        if not line.sscc:
            return None
        if line.sscc not in packages:
            Package = self.env["stock.quant.package"]
            found = Package.search([("name", "=", line.sscc), ("company_id", "in", [self.env.company.id, False])])
            packages[line.sscc] = found.filtered(lambda package: not package.quant_ids)[:1] or Package.create(
                {"name": line.sscc, "shipping_weight": self._package_weight(line)}
            )
        return packages[line.sscc]

    def _package_weight(self, line):
        """Weight in the database's unit."""
        kilogram = self.env.ref("uom.product_uom_kgm")
        unit = self.env["product.template"]._get_weight_uom_id_from_ir_config_parameter()
        return kilogram._compute_quantity(line.weight_kg, unit, round=False) if line.weight_kg else 0.0
