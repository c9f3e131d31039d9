"""Split shipment: an order that was to ship complete may ship in parts, or from several warehouses."""

from odoo import _, api, models
from odoo.tools.misc import formatLang


class ApprovalRequest(models.Model):
    _inherit = "logistics.approval.request"

    @api.model
    def _transfers_shipped_complete(self, order):
        return order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel") and p.move_type == "one")

    @api.model
    def _split_holds(self, order):
        """Holds that wait for this decision: about several warehouses, or about lines that would follow later."""
        return self._warehouse_holds(order) | order._logistics_split_holds()

    @api.model
    def _warehouse_holds(self, order):
        return order._logistics_choice_holds().filtered(lambda hold: hold.type_id.code == "split_warehouses")

    @api.model
    def _lines_for_later(self, order):
        return ", ".join(order._logistics_split_holds().split_line_ids.mapped("name"))

    def _missing_split_shipment(self, order):
        if order.state in ("cancel", "draft", "sent"):
            return _("%(order)s is not confirmed: choose its shipping policy on the order itself.", order=order.name)
        if self._split_holds(order):
            return ""
        if order.picking_policy == "direct" and not self._transfers_shipped_complete(order):
            return _(
                "%(order)s ships as soon as possible already: nothing holds a partial shipment back.", order=order.name
            )
        return ""

    def _summary_split_shipment(self, order):
        return _("Ship %(order)s in parts", order=order.name)

    def _changes_split_shipment(self, order):
        labels = dict(order._fields["picking_policy"]._description_selection(self.env))
        asked = order._logistics_split_asked()
        if asked:
            yield _("Ships from"), order.warehouse_id.code, asked._in_words()
        later = self._lines_for_later(order)
        if later:
            yield _("Follows later"), "", later
        if not (asked or later) or order.picking_policy == "one":
            yield _("Shipping policy"), labels.get(order.picking_policy, ""), labels["direct"]
        shipped = len(order.picking_ids.filtered(lambda p: p.state == "done" and p.picking_type_code == "outgoing"))
        yield _("Shipments so far"), str(shipped), ""
        yield _("Order value"), formatLang(self.env, order.amount_total, currency_obj=order.currency_id), _("unchanged")

    def _snapshot_split_shipment(self, order):
        return {
            "order_value": order.amount_total,
            "picking_policy": order.picking_policy,
            "ships_from": order._logistics_split_asked()._in_words() if order._logistics_split_asked() else "",
            "later": self._lines_for_later(order),
            "ordered": {
                str(line.id): [line.product_uom_qty, line.qty_delivered]
                for line in order.order_line
                if line.product_id.type in ("product", "consu")
            },
        }

    def _execute_split_shipment(self):
        order = self._subject()
        transfers = self._transfers_shipped_complete(order)
        order.picking_policy = "direct"
        order.procurement_group_id.move_type = "direct"
        transfers.move_type = "direct"
        words = _("Agreed to in %(request)s", request=self.name)
        holds = self._warehouse_holds(order)
        if holds:
            order._logistics_split_agreed()
            holds._release(words, auto=True)
        # not by itself: what was decided is not asked about again
        order._logistics_split_holds()._release(words)
        for document in (order, *transfers):
            self._tell_document(document, _("May be shipped in parts"))

    @api.model
    def _snapshot_words(self):
        return {
            **super()._snapshot_words(),
            "picking_policy": (_("Shipping policy"), "text"),
            "ships_from": (_("Ships from"), "text"),
            "later": (_("Follows later"), "text"),
            "ordered": (_("Ordered and delivered"), "{sale.order.line:text}"),
        }
