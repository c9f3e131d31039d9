"""What becomes of a released order that is changed or cancelled while a warehouse works on it."""

from datetime import timedelta

from odoo import _, fields, models

# An order's field: the field of its transfers that follows it.
CARRIED = {"partner_shipping_id": "partner_id", "carrier_id": "carrier_id"}


class SaleOrder(models.Model):
    _inherit = "sale.order"

    logistics_cancel_pending = fields.Boolean(
        string="Cancellation Asked",
        readonly=True,
        copy=False,
        help="The order is to be cancelled: it is as soon as the warehouse lets go of the goods.",
    )

    # -- changed -----------------------------------------------------------------------------------------------

    def _logistics_carry_change(self, before):
        """Transfers a warehouse's system was asked for follow the order's new address, carrier and date.

        Odoo leaves that to the user. Transfers on which a person wrote something else than the order said stay so.

        :param dict before: the order's snapshot before the change
        """
        self.ensure_one()
        requests = self.logistics_fulfillment_ids._at_warehouse()
        moves = requests._open_moves()
        if not moves:
            return
        for field, own in CARRIED.items():
            old = before.get(field)
            if old is not None and old != self[field]:
                followers = moves.picking_id.filtered(lambda picking, own=own, old=old: picking[own] == old)
                followers.with_context(logistics_restoring=True).write({own: self[field].id})
        if "commitment_date" in before and before["commitment_date"] != self.commitment_date and self.commitment_date:
            planned = self.commitment_date - timedelta(days=self.company_id.security_lead)
            for move in moves:
                shift = planned - move.date
                for step in move | move.browse(move._rollup_move_origs()):
                    if step.state not in ("done", "cancel"):
                        step.date += shift

    # -- cancelled ---------------------------------------------------------------------------------------------

    def _logistics_cancel_later(self, reason):
        """Take back what warehouses work on; orders whose warehouse has to answer first are not cancelled yet.

        :returns: those orders
        """
        waiting = self.browse()
        for order in self.filtered(lambda order: order.state == "sale"):
            asked = order.logistics_fulfillment_ids._at_warehouse()
            if not asked:
                continue
            asked._withdraw(reason, cancel_order=True)
            if any(request._asked_to_stop() for request in asked):
                waiting |= order
        told = waiting.filtered(lambda order: not order.logistics_cancel_pending)
        told.logistics_cancel_pending = True
        for order in told:
            order.message_post(
                body=_("The warehouse was asked to stop. The order is cancelled as soon as it lets go."),
                subtype_xmlid="mail.mt_note",
            )
        return waiting

    def _logistics_cancel_answered(self):
        """A warehouse has let go of an order that is to be cancelled: cancel it when nobody has to answer any more."""
        self.ensure_one()
        if not self.logistics_cancel_pending:
            return
        requests = self.logistics_fulfillment_ids.filtered("cancel_order")
        if any(request._asked_to_stop() for request in requests):
            return
        shipped = requests.move_ids.filtered(lambda move: move.state == "done")
        if shipped:
            self._logistics_cancel_refused(requests.filtered(lambda request: request.move_ids & shipped)[:1])
            return
        self.logistics_cancel_pending = False
        self._action_cancel()

    def _logistics_cancel_refused(self, request):
        """Some of an order that was to be cancelled ships: the order stays, the rest of it is cancelled.

        :param request: the request that ships
        """
        self.ensure_one()
        self.logistics_cancel_pending = False
        others = self.logistics_fulfillment_ids.filtered("cancel_order") - request
        for other in others:
            other.write({"cancel_order": False, "cancel_transfers": other._open_moves().picking_id.ids})
        (request | others.filtered(lambda other: other.state == "cancelled")).cancel_order = False
        covered = self.logistics_fulfillment_ids._covered_moves()
        kept = covered | covered.browse(covered._rollup_move_origs())
        rest = self._logistics_moves() - kept
        if rest:
            rest._action_cancel()
            self.message_post(
                body=_("What no warehouse ships was cancelled: %(goods)s", goods=", ".join(
                    rest.filtered(lambda move: move.location_dest_id.usage == "customer").mapped(
                        lambda move: f"{move.product_uom_qty:g} {move.product_id.display_name}"
                    )
                )),
                subtype_xmlid="mail.mt_note",
            )  # fmt: skip

    def action_cancel(self):
        """Cancel; says so where a warehouse has to let go of the goods first."""
        result = super().action_cancel()
        waiting = self.filtered("logistics_cancel_pending")
        if isinstance(result, dict) or not waiting:
            return result
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "title": _("The warehouse was asked to stop"),
                "message": _(
                    "%(orders)s: cancelled as soon as the warehouse lets go of the goods.",
                    orders=", ".join(waiting.mapped("name")),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
