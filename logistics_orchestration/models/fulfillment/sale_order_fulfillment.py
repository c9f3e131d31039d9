"""From a released order to requests to the warehouses that ship it."""

from collections import defaultdict

from odoo import _, models
from odoo.exceptions import AccessError, UserError

from .fulfillment_states import HELD_BY_WAREHOUSE


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _logistics_request_fulfillment(self):
        """Ask each warehouse for what is released, open and not asked for yet. Asking twice asks once.

        :returns: the new logistics.fulfillment records
        """
        requests = self.env["logistics.fulfillment"]
        for order in self:
            order._logistics_check_released()
            for warehouse, moves in order._logistics_shippable().items():
                requests |= requests._request(order, warehouse, moves)
        return requests

    def action_logistics_request_fulfillment(self):
        """Ask the warehouses by hand for what is released and not asked for yet.

        :returns: True
        :raises UserError: not released, or there is nothing (more) to ask for
        """
        if not self.env.su and not self.env.user.has_group("logistics_orchestration.group_user"):
            raise AccessError(
                _("Fulfilment requests are up to Logistics Users. Ask one of them, or have the role given to you.")
            )
        self.check_access_rule("read")
        with self.env["logistics.event"]._business_call():
            for order in self.sudo():  # sudo: the right is checked above; requests are ours to write
                if not order._logistics_request_fulfillment():
                    raise UserError(
                        _("%(order)s: there is nothing to ask for that is not asked for already.", order=order.name)
                    )
        return True

    def _logistics_check_released(self):
        """Refuse to give a warehouse what is not released (where release is enforced)."""
        self.ensure_one()
        if self.state != "sale":
            raise UserError(_("%(order)s is not confirmed.", order=self.name))
        if self.logistics_cancel_pending:
            raise UserError(_("%(order)s is about to be cancelled: the warehouse was asked to stop.", order=self.name))
        if not self._logistics_may_ship():
            raise UserError(
                _(
                    "%(order)s is not released: %(why)s",
                    order=self.name,
                    why=self.logistics_hold_summary or _("evaluate it first."),
                )
            )

    def _logistics_may_ship(self):
        """Whether a warehouse may be asked for (some of) the order: released where that is enforced, not held."""
        self.ensure_one()
        if self.state != "sale" or self.logistics_release_state == "held" or self.logistics_cancel_pending:
            return False
        return self.logistics_release_state in ("released", "partial") or not self._logistics_enforced("release")

    def _logistics_shippable(self, warehouse=None):
        """{warehouse: last-step moves} that nothing holds and no request covers."""
        self.ensure_one()
        moves = self._logistics_moves().filtered(
            lambda move: move.location_dest_id.usage == "customer"
            and move.location_id.usage in ("internal", "transit")
            and move.product_uom_qty > 0
        )
        held = moves._logistics_holds("block_work")
        moves = moves.filtered(lambda move: move.id not in held) - self.logistics_fulfillment_ids._covered_moves()
        found = defaultdict(lambda: self.env["stock.move"])
        for move in moves:
            found[move.picking_id.picking_type_id.warehouse_id or self.warehouse_id] |= move
        return {key: value for key, value in found.items() if not warehouse or key == warehouse}

    def _logistics_renew_requests(self):
        """A changed order: requests that ask for something else by now are taken back and made anew."""
        self.ensure_one()
        if self.env.context.get("logistics_restoring"):
            return  # the order follows the warehouse here
        outdated = self.logistics_fulfillment_ids.filtered(
            lambda request: request.system_id
            and not request.picked_here
            and request.state in HELD_BY_WAREHOUSE
            and not (request.state == "partially_done" and request.manual)
            and request._is_outdated()
        )
        if not outdated:
            return
        outdated._withdraw(_("The order changed"), ask_again=True)
        outgrown = self.logistics_released_at and not self._logistics_release_valid()
        if self._logistics_enforced("fulfillment") and self._logistics_may_ship() and not outgrown:
            self._logistics_request_fulfillment()
