"""The buyer cancels: at once while nothing went out; after release the warehouse is asked, and the buyer told the end.

Where a warehouse's system works on the order it is asked to stop, and the order follows its answer. Where our own
people do, it is cancelled while nobody has begun. What was shipped, or is being picked by hand, a planner decides.
"""

from odoo import _, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_is_zero, plaintext2html


class SaleOrder(models.Model):
    _inherit = "sale.order"

    logistics_buyer_cancel = fields.Selection(
        [("pending", "To Decide"), ("accepted", "Accepted"), ("refused", "Refused")],
        string="Buyer's Cancellation",
        readonly=True,
        copy=False,
        tracking=True,
        help="What becomes of the buyer's wish to cancel; the buyer is told.",
    )

    def _logistics_buyer_cancels(self, message, order, digest):
        """The buyer wants it no more.

        :param message: the logistics.inbox.message
        :param dict order: the neutral order
        :param str digest: of it
        """
        self.ensure_one()
        self.write(
            {
                "logistics_received": dict(self.logistics_received or {}, purpose="cancellation"),
                "logistics_received_digest": digest,
                "logistics_received_at": message.occurred_at or message.received_at,
                "logistics_buyer_cancel": "pending",
            }
        )
        self._logistics_tell_received(message)
        self.message_post(body=_("Cancelled by the buyer."))
        if why := self._logistics_against_cancelling():
            self._logistics_planner_decides(
                _("The buyer cancels %(order)s", order=self.name),
                _("%(why)s. Cancel what can be cancelled, or press Refuse Cancellation.", why=why),
            )
        else:
            self._action_cancel()
        self._logistics_acknowledge()

    def _logistics_against_cancelling(self):
        """Why the order is not cancelled by itself, in words; empty when it is (or the warehouse is asked)."""
        self.ensure_one()
        shipped = self.picking_ids.filtered(
            lambda picking: picking.state == "done" and picking.location_dest_id.usage == "customer"
        )
        asked = self.logistics_fulfillment_ids._at_warehouse()
        if shipped and not asked:
            return _("%(transfers)s is shipped", transfers=", ".join(shipped.mapped("name")))
        begun = (self._logistics_moves() - asked.move_ids).filtered(
            lambda move: move.picked and not float_is_zero(move.quantity, precision_rounding=move.product_uom.rounding)
        )
        begun |= self._logistics_moves().filtered(lambda move: move.picking_id.batch_id.state == "in_progress")
        if begun:
            return _("%(transfers)s is being picked", transfers=", ".join(begun.picking_id.mapped("name")))
        return ""

    def action_logistics_refuse_cancellation(self):
        """Button: the order is delivered all the same; the buyer is told.

        :returns: True
        :raises UserError: the buyer did not cancel, it is decided, or the warehouse has yet to answer
        """
        self.check_access_rights("write")
        self.check_access_rule("write")
        for order in self:
            if order.logistics_buyer_cancel != "pending":
                raise UserError(_("%(order)s: there is no cancellation to refuse.", order=order.name))
            if order.logistics_cancel_pending:
                raise UserError(
                    _("%(order)s: the warehouse was asked to stop. What it answers decides.", order=order.name)
                )
            order.sudo()._logistics_refuse_buyer(  # sudo: the right is checked above; the answer is ours to give
                _("%(user)s refused the buyer's cancellation", user=self.env.user.name)
            )
        return True

    def _logistics_refuse_buyer(self, words):
        """The buyer gets it (or some of it) all the same."""
        for order in self.filtered(lambda order: order.logistics_buyer_cancel == "pending"):
            order.logistics_buyer_cancel = "refused"
            order.message_post(body=plaintext2html(words), subtype_xmlid="mail.mt_note")
            order._logistics_acknowledge()

    # -- what came of it ---------------------------------------------------------------------------------------

    def _logistics_after_cancel(self, reason):
        super()._logistics_after_cancel(reason)
        self.filtered("logistics_buyer_cancel").write({"logistics_buyer_cancel": "accepted"})

    def _logistics_cancel_refused(self, request):
        """The warehouse ships (some of) what the buyer cancelled."""
        super()._logistics_cancel_refused(request)
        self._logistics_refuse_buyer(
            _("The warehouse could not stop any more: the buyer was told that %(request)s ships.", request=request.name)
        )

    def _logistics_answer(self):
        answer = super()._logistics_answer()
        if self.logistics_buyer_cancel and (self.logistics_received or {}).get("purpose") == "cancellation":
            answer["cancellation"] = self.logistics_buyer_cancel
        return answer

    def _logistics_answer_line(self, said, line, requested_on):
        """What was cancelled of a line that ships in part does not follow later."""
        made = super()._logistics_answer_line(said, line, requested_on)
        if self.logistics_buyer_cancel == "refused" and line:
            moves = line.move_ids | line.move_ids.browse(line.move_ids._rollup_move_origs())
            if not moves.filtered(lambda move: move.state not in ("done", "cancel")):
                for answer in made["answers"]:
                    if answer["status"] == "backordered":
                        answer.update(status="rejected")
                        answer.pop("expected_on", None)
        return made
