"""What placing and lifting a hold does to the order, its transfers, reservations and requests to the warehouse.

Two effects are asked for elsewhere, at the choke points: ``stock.move._action_done`` (warehouse work) and
``sale.order.line._action_launch_stock_rule`` (procurement).
"""

from odoo import _, api, fields, models


class Hold(models.Model):
    _inherit = "logistics.hold"

    @api.model
    def _standing(self, orders=None, pickings=None, effect=None):
        """Active holds that count for these orders and transfers.

        What the automation placed counts only where release is enforced now: going back to observe frees at once.

        :param str effect: ``block_work``, ``block_procurement`` or ``no_reservation``; any when not given
        """
        domain = [("state", "=", "active")]
        if effect == "no_reservation":
            domain.append(("allow_reservation", "=", False))
        elif effect:
            domain.append((effect, "=", True))
        order_ids = orders.ids if orders else []
        picking_ids = pickings.ids if pickings else []
        domain += ["|", ("order_id", "in", order_ids), ("picking_id", "in", picking_ids)]
        # sudo: a hold counts also for those who may not read it
        return self.sudo().search(domain)._in_effect()

    def _in_effect(self):
        """Those of these holds that stop something now."""
        return self.filtered(
            lambda hold: hold.state == "active" and (hold.origin == "manual" or hold._logistics_enforced("release"))
        )

    def _covers(self, order, lines):
        """Whether this hold stops work for ``lines`` of ``order`` (no lines: for the order as a whole)."""
        self.ensure_one()
        if self.order_id != order:
            return False
        return not self.line_ids or not lines or bool(self.line_ids & lines)

    def _moves(self):
        """Open stock moves out of the warehouse that these holds stop."""
        moves = self.picking_id.move_ids | self.order_id._logistics_moves()
        found = moves._logistics_holds()
        return moves.filtered(lambda move: found.get(move.id, self.browse()) & self)

    # -- placing -----------------------------------------------------------------------------------------------

    def _after_place(self):
        """Make new holds count: state of the orders, reservations, requests to warehouses, facts, to-dos."""
        self.picking_id.write({"logistics_held": True})
        self.filtered(lambda hold: not hold.line_ids).order_id._logistics_withdraw_release()
        self.order_id._logistics_update_release_state()
        stripped = self.filtered(lambda hold: not hold.allow_reservation)
        if stripped:
            moves = stripped._moves().filtered(lambda move: move.state in ("assigned", "partially_available"))
            moves.filtered(lambda move: not move.picked)._do_unreserve()
        for hold in self:
            order = hold._held_order()
            if order:
                order._logistics_emit("logistics.order.held", hold._event_data())
                order.message_post(
                    body=_("On hold: %(type)s. %(reason)s", type=hold.type_id.name, reason=hold.reason),
                    subtype_xmlid="mail.mt_note",
                )
            hold._logistics_activity(
                _("Lift or settle the hold: %(type)s", type=hold.type_id.name),
                hold.reason,
                user=hold.owner_id,
                deadline=hold.due_at and hold.due_at.date(),
            )
        self.filtered("block_work")._withdraw_requests()

    def _withdraw_requests(self):
        """A warehouse that was asked for what is held now is asked to stop."""
        for hold in self:
            requests = self.env["logistics.fulfillment"].search(
                [
                    ("state", "in", ("requested", "accepted", "timed_out", "partially_done")),
                    "|",
                    ("order_id", "=", hold.order_id.id),
                    ("picking_ids", "in", hold.picking_id.ids),
                ]
            )
            if hold.line_ids:
                requests = requests.filtered(lambda r, hold=hold: r.move_ids.sale_line_id & hold.line_ids)
            if not requests:
                continue
            requests._withdraw(_("On hold: %(reason)s", reason=hold.reason), ask_again=True)
            order = hold._held_order()
            if hold.line_ids and order._logistics_enforced("fulfillment") and order._logistics_may_ship():
                order._logistics_request_fulfillment()  # the other lines go on

    # -- lifting -----------------------------------------------------------------------------------------------

    def _release(self, reason, auto=False, resume=True, evaluate=True):
        """Lift these holds and let go on what they alone stopped.

        :param str reason: kept on the hold
        :param bool auto: lifted by the automation
        :param bool resume: start what waited (procurement, reservation); False when the order is cancelled
        :param bool evaluate: decide on the release anew; False when the caller does so itself
        """
        holds = self.filtered(lambda hold: hold.state == "active")
        with self.env["logistics.event"]._business_call():
            stripped = holds.filtered(lambda hold: not hold.allow_reservation)
            waiting = stripped._moves() if stripped else self.env["stock.move"]
            for hold in holds:
                hold.write(
                    {
                        "state": "released",
                        "released_by_id": self.env.uid,
                        "released_at": fields.Datetime.now(),
                        "release_reason": reason,
                        "release_value": hold._held_order().amount_total,
                        "auto_released": auto,
                    }
                )
            if holds.activity_ids:
                holds.activity_ids.action_feedback(feedback=reason)
            for picking in holds.picking_id:
                picking.logistics_held = bool(
                    self.search_count([("picking_id", "=", picking.id), ("state", "=", "active")])
                )
            holds.order_id._logistics_update_release_state()
            for hold in holds:
                order = hold._held_order()
                if order:
                    order._logistics_emit("logistics.order.hold_released", hold._event_data())
            if resume:
                holds.filtered("block_procurement").order_id._logistics_launch_procurement()
                waiting = waiting.filtered(lambda move: move.state in ("confirmed", "waiting", "partially_available"))
                waiting._action_assign()
            if evaluate:
                holds.order_id._logistics_after_holds()

    def _event_data(self):
        """What partners are told about a hold."""
        self.ensure_one()
        order = self._held_order()
        data = {
            "order": order.name,
            "order_id": order.id,
            "hold": self.name,
            "type": self.type_id.code,
            "reason": self.reason or "",
            "owner": self.owner_id.name or "",
            "transfer": self.picking_id.name or "",
            "lines": self.line_ids.ids,
        }
        if self.state == "released":
            data.update(
                release_reason=self.release_reason or "",
                released_by=self.released_by_id.name or "",
                automatic=self.auto_released,
            )
        return data
