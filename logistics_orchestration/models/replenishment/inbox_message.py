"""What suppliers say: they acknowledge an order with dates, or change a date they gave."""

from odoo import _, models

from ..inbox.inbox_errors import Late, Quarantine
from .line_answer import AnswerError


class InboxMessage(models.Model):
    _inherit = "logistics.inbox.message"

    def _handle_purchase_acknowledged(self, data):
        """The supplier accepts an order and gives a date per line."""
        return self._take_promises(data, "purchase.acknowledged")

    def _handle_purchase_promise_changed(self, data):
        """The supplier gives other dates than before."""
        return self._take_promises(data, "purchase.promise_changed")

    def _take_promises(self, data, fact):
        """Keep every answer; what follows from it is done where the sender owns the fact."""
        order = self._find_purchase(self._require(data, "purchase"))
        try:
            answers = order._logistics_read_answers(self._require(data, "lines"))
        except AnswerError as error:
            raise Quarantine(str(error), order) from error
        given_at = self.occurred_at or self.received_at
        for line in {line for line, _answer, _item in answers}:
            last = line.logistics_answer_ids.sorted("given_at")[-1:].given_at
            last = max(filter(None, (last, *line.logistics_promise_ids.mapped("given_at"))), default=None)
            if last and last > given_at:
                raise Late(
                    _("%(order)s: the supplier gave a newer answer for %(product)s on %(at)s.",
                      order=order.name, product=line.product_id.display_name, at=last),
                    order,
                )  # fmt: skip
        if not self._owns(fact, warehouse=order.picking_type_id.warehouse_id):
            return self._state_only(fact, data, order, order.picking_type_id.warehouse_id)
        order._logistics_take_answers(
            answers, given_at, "system", self.system_id.code, self.external_id, fact=fact, data=data
        )
        return order

    def _find_purchase(self, reference):
        order = self.env["purchase.order"].search(
            [("name", "=", reference), ("company_id", "=", self.company_id.id)], limit=1
        )
        if not order:
            raise Quarantine(
                _("No purchase order %(reference)s in %(company)s.", reference=reference, company=self.company_id.name)
            )
        if not self.system_id._speaks_for(order.partner_id):
            raise Quarantine(
                _("%(reference)s was placed with %(supplier)s, for whom %(system)s does not speak. See its suppliers.",
                  reference=reference, supplier=order.partner_id.display_name, system=self.system_id.name)
            )  # fmt: skip
        if order.state == "cancel":
            raise Quarantine(_("Purchase order %(reference)s is cancelled here.", reference=reference))
        return order
