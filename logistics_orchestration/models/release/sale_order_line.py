"""Order lines: procurement waits while a hold blocks it; changes after confirmation are told."""

from odoo import api, models

from .sale_order import WATCHED

CHANGE_FIELDS = {"product_uom_qty", "price_unit", "discount", "product_id", "product_uom", "route_id"}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _logistics_procurable(self):
        """Those of these lines whose procurement no hold blocks."""
        # sudo: a hold counts for whoever confirms; held orders are recognised by their state, without a query
        orders = self.sudo().order_id.filtered(lambda order: order.logistics_release_state in WATCHED)
        if not orders:
            return self
        holds = self.env["logistics.hold"]._standing(orders, effect="block_procurement")
        blocked = holds.filtered(lambda hold: not hold.line_ids).order_id.order_line | holds.line_ids
        return self - blocked.with_env(self.env)

    def _logistics_sources(self, quantity):
        """[(warehouse, quantity)]: where ``quantity`` of this line comes from when nothing was launched for it yet."""
        return [(self.order_id.warehouse_id, quantity)]

    def _action_launch_stock_rule(self, previous_product_uom_qty=False):
        """Moves, purchases and manufacturing of held lines start when the hold is lifted."""
        lines = self._logistics_procurable()
        if not lines and self:
            return True
        return super(SaleOrderLine, lines)._action_launch_stock_rule(previous_product_uom_qty)

    def _purchase_service_generation(self):
        """Services that are bought for the order wait likewise."""
        parent = super(SaleOrderLine, self._logistics_procurable())
        # there only where services can be bought at all; the bridge of sales and purchase brings it
        return parent._purchase_service_generation() if hasattr(parent, "_purchase_service_generation") else {}

    @api.model_create_multi
    def create(self, vals_list):
        with self.env["logistics.event"]._business_call():
            lines = super().create(vals_list)
            # deliveries of unordered goods add lines too: that is the warehouse's fact, not a change of the order
            if not self.env.context.get("skip_procurement"):
                lines._logistics_tell_change()
        return lines

    def write(self, vals):
        confirmed = CHANGE_FIELDS & set(vals) and self.filtered(
            lambda line: line.order_id.state == "sale" and not line.display_type
        )
        if not confirmed:
            return super().write(vals)
        with self.env["logistics.event"]._business_call():
            before = {line.id: line._logistics_snapshot() for line in confirmed}
            result = super().write(vals)
            confirmed.filtered(lambda line: before[line.id] != line._logistics_snapshot())._logistics_tell_change()
        return result

    def _logistics_snapshot(self):
        """What of a line partners rely on."""
        self.ensure_one()
        return [self.id, *(self[field] for field in sorted(CHANGE_FIELDS))]

    def _logistics_tell_change(self):
        """Tell once per order that its lines changed after confirmation."""
        if self.env.context.get("logistics_order_write"):
            return  # the order's own write tells it
        # sudo: bookkeeping of ours, whoever changes the order
        orders = self.sudo().filtered(lambda line: not line.display_type).order_id
        orders.filtered(lambda order: order.state == "sale")._logistics_changed(["lines"])
