"""Late answers of warehouses that lost an order to another one."""

from odoo import models


class InboxMessage(models.Model):
    _inherit = "logistics.inbox.message"

    def _handle_fulfillment_accepted(self, data):
        """An acceptance after the order was moved is answered by a cancel request; the last warehouse may still win."""
        request = self._fulfillment(data, "fulfillment.accepted")
        if request.moved_to and request.state in ("cancel_requested", "cancelled"):
            request._logistics_tell_again_to_stop()
            return request
        if request.state == "cancel_requested" and request.order_id._logistics_wins_late(request):
            request._transition("accepted", "warehouse", ask_again=False)
            return request
        return super()._handle_fulfillment_accepted(data)
