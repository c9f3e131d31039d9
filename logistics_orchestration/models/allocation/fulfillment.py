"""A warehouse that rejects or does not answer loses the request to the next; the old one is told to stop.

A request that was moved away stays what it was asked for: late words about it are answered, not acted upon. If its
warehouse refuses to let go, it ships after all, and those who were asked instead are taken back.
"""

from datetime import timedelta

from odoo import _, fields, models

from ..fulfillment.fulfillment_states import CANCEL_REQUESTED


class Fulfillment(models.Model):
    _inherit = "logistics.fulfillment"

    moved_to = fields.Char(readonly=True, copy=False, help="Warehouses that were given the work instead.")
    moved_from_id = fields.Many2one(
        "logistics.fulfillment",
        string="Instead Of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The request whose work this one took over.",
    )

    def _asking_vals(self, warehouse, moves):
        """A policy may want answers sooner (or later) than the warehouse's own figure."""
        vals = super()._asking_vals(warehouse, moves)
        hours = moves.sale_line_id.order_id.logistics_allocation_id.policy_id.answer_hours
        if warehouse and hours:
            vals["answer_due_at"] = fields.Datetime.now() + timedelta(hours=hours)
        return {**vals, "moved_to": False}

    def _transition(self, to, who, reason=None, **vals):
        """What a refusal, silence or a refused cancellation leads to."""
        before = {request.id: request.state for request in self}
        result = super()._transition(to, who, reason, **vals)
        for request in self:
            if to in ("rejected", "timed_out"):
                request._logistics_pass_on(to)
            elif to == "accepted" and before[request.id] == "cancel_requested" and request.moved_to:
                request._logistics_ships_after_all()
        return result

    def _logistics_pass_on(self, state):
        """Look for the next warehouse for what this one does not ship."""
        order = self.order_id
        if order.state != "sale" or not order._logistics_enforced("allocation") or not order._logistics_with_choice():
            return
        moves = self._open_moves()
        if not moves or not all(move._logistics_not_begun() for move in moves):
            return  # somebody works on it here: a person decides
        words = _("timed out") if state == "timed_out" else _("rejected: %(why)s", why=self.reason or "-")
        refused = {**order._logistics_last_allocation()._refused_sites(), self.warehouse_id.id: words}
        with self.env["logistics.event"]._business_call():
            order._logistics_allocate(state, moves=moves, refused=refused)

    def _logistics_move_away(self, candidate, allocation):
        """The work of these requests goes to the warehouses of ``candidate``."""
        for request in self:
            others = candidate.warehouse_ids - request.warehouse_id
            target = ", ".join((others or candidate.warehouse_ids).mapped("code"))
            why = allocation._refused_sites().get(request.warehouse_id.id) or allocation.words or ""
            request.moved_to = target
            request._logistics_emit(
                "logistics.fulfillment.moved",
                {
                    "fulfillment": request.name,
                    "order": request.order_id.name,
                    "reason": why,
                    "from": request.warehouse_id.code or "",
                    "to": target,
                },
            )
            request._withdraw(_("Moved to %(target)s (%(why)s)", target=target, why=why.rstrip(".")))
            if request._logistics_is_priority():
                request.order_id._logistics_tell_account_manager(
                    _("Moved to another warehouse"), _("%(request)s: %(why)s", request=request.name, why=why)
                )

    def _logistics_is_priority(self):
        policy = self.order_id.logistics_allocation_id.policy_id
        return bool(policy and policy._is_priority(self.order_id.partner_id))

    def _restore_asked(self):
        """What was given to other warehouses comes back as a whole; see ``_logistics_ships_after_all``."""
        return [] if self.moved_to else super()._restore_asked()

    def _tell_owner(self, summary, note):
        """Nobody has to look where the next warehouse was asked already."""
        if self.moved_to and self.state in ("cancelled", "cancel_requested"):
            self.message_post(
                body=_("%(note)s Given to %(target)s.", note=note, target=self.moved_to), subtype_xmlid="mail.mt_note"
            )
            return None
        return super()._tell_owner(summary, note)

    # -- late words --------------------------------------------------------------------------------------------

    def _logistics_tell_again_to_stop(self):
        """The warehouse accepts what was given to another one: it is told once more to stop."""
        self.ensure_one()
        self._logistics_emit(CANCEL_REQUESTED)
        self.message_post(
            body=_(
                "Accepted too late: %(target)s ships it. The warehouse is asked again to stop.", target=self.moved_to
            ),
            subtype_xmlid="mail.mt_note",
        )

    def _logistics_ships_after_all(self):
        """The warehouse cannot stop any more: its work comes back to it, who was asked instead is taken back."""
        self.ensure_one()
        order = self.order_id
        replacing = order.logistics_fulfillment_ids.filtered(
            lambda request: request.moved_from_id == self and request.state not in ("done", "cancelled")
        )
        lines = self.move_ids.sale_line_id
        busy = replacing.move_ids.filtered(
            lambda move: move.sale_line_id in lines and move.state != "cancel" and not move._logistics_not_begun()
        )
        done = order.logistics_fulfillment_ids.filtered(
            lambda request: request.moved_from_id == self and request.state in ("done", "partially_done")
        )
        if busy or done:
            words = _(
                "%(old)s ships although %(new)s has begun: goods may go out twice.",
                old=self.name,
                new=", ".join((replacing | done).mapped("name")),
            )
            order._logistics_activity(_("Shipped twice? %(order)s", order=order.name), words)
            return
        order._logistics_back_to(self)
        self.moved_to = False

    def _logistics_replacements(self):
        """Warehouses that were asked instead of this one."""
        others = self.order_id.logistics_fulfillment_ids.filtered(lambda request: request.moved_from_id == self)
        return others.warehouse_id

    def _logistics_take_on(self, moves):
        """Go on with the new moves of this warehouse; the warehouse knows the lines by their old numbers."""
        own = moves.filtered(
            lambda move: move.location_dest_id.usage == "customer"
            and move.picking_type_id.warehouse_id == self.warehouse_id
            and move.sale_line_id in self.move_ids.sale_line_id
        )
        self.write(
            {
                "move_ids": [fields.Command.link(move.id) for move in own],
                "picking_ids": [fields.Command.link(picking.id) for picking in own.picking_id],
                "asked": self._asked_lines(own),
            }
        )
