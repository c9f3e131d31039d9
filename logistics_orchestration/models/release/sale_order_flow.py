"""The order's flow page, from release to the picked goods; smart buttons of the order."""

from datetime import timedelta

from odoo import _, models

# Which of several requests the step speaks of.
URGENCY = ("rejected", "timed_out", "cancel_requested", "requested", "partially_done", "accepted", "done")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _get_logistics_flow_steps(self):
        steps = super()._get_logistics_flow_steps()
        order = self.sudo()  # sudo: whoever may see the order may see how far it is
        return [
            *steps,
            order._logistics_step_release(),
            order._logistics_step_fulfillment(),
            order._logistics_step_picking(),
        ]

    def _logistics_step_release(self):
        holds = self.logistics_hold_ids.filtered(lambda hold: hold.state == "active")
        step = {
            "key": "release",
            "sequence": 20,
            "label": _("Release"),
            "state": "pending",
            "records": [{"model": hold._name, "id": hold.id, "name": hold.display_name} for hold in holds],
            "spoke": self._logistics_spoke(
                self,
                [
                    "logistics.order.evaluated",
                    "logistics.order.held",
                    "logistics.order.hold_released",
                    "logistics.order.released",
                ],
            ),
        }
        state = self.logistics_release_state
        if self.state == "cancel":
            step.update(state="skipped", summary=_("The order was cancelled"))
        elif state == "held" or (state == "partial" and holds):
            worst = holds.sorted(lambda hold: (not hold.due_at, hold.due_at or hold.create_date))[:1]
            words = "; ".join(_("%(type)s: %(reason)s", type=hold.type_id.name, reason=hold.reason) for hold in holds)
            step.update(
                state="current",
                owner=worst.owner_id.name or "",
                deadline=worst.due_at,
                summary=_("Partially released. %(holds)s", holds=words) if state == "partial" else words,
                action=self._logistics_step_button(worst, "action_ask_release", _("Lift hold")),
            )
        elif self.logistics_released_at:
            summary = _("Released, valid until %(date)s", date=self.logistics_valid_until.date())
            if self.logistics_release_manual:
                who = self.logistics_released_by_id.name
                summary = _("Released by hand by %(who)s: %(why)s", who=who, why=self.logistics_release_reason)
            step.update(state="done", done_at=self.logistics_released_at, summary=summary)
        elif state == "pending":
            step.update(
                state="current",
                owner=_("Automation"),
                summary=_("Waits for its evaluation"),
                action=self._logistics_step_button(self, "action_logistics_evaluate", _("Evaluate")),
            )
        elif self.state == "sale":
            words = self.logistics_verdict_words if self.logistics_verdict == "hold" else ""
            step.update(
                state="observe",
                summary=_("Observed only. Would be held: %(why)s", why=words) if words else _("Observed only"),
            )
        return step

    def _logistics_step_fulfillment(self):
        requests = self.logistics_fulfillment_ids
        step = {
            "key": "fulfillment",
            "sequence": 30,
            "label": _("Request to the warehouse"),
            "state": "pending",
            "records": [{"model": request._name, "id": request.id, "name": request.name} for request in requests],
            "spoke": self._logistics_spoke(requests),
        }
        labels = dict(requests._fields["state"]._description_selection(self.env))
        live = requests.filtered(lambda request: request.state != "cancelled")
        if not live:
            return dict(step, **self._logistics_step_unasked())
        todo = live.sorted(lambda request: URGENCY.index(request.state))[:1]
        state = {
            "rejected": "current",
            "timed_out": "stalled",
            "requested": "waiting",
            "cancel_requested": "waiting",
        }.get(todo.state, "done")
        summary = ", ".join(
            _("%(name)s %(state)s", name=request.name, state=labels[request.state].lower()) for request in live
        )
        action = False
        if todo.not_answering and todo.manual_way:
            state = "stalled"
            action = self._logistics_step_button(todo, "action_pick_by_hand", _("Pick in Odoo"))
        elif todo.state in ("rejected", "timed_out"):
            action = self._logistics_step_button(todo, "action_request_again", _("Ask again"))
        elif todo.state == "requested":
            action = self._logistics_step_button(todo, "action_accept", _("Accepted by phone"))
        step.update(
            state=state,
            owner=todo.system_id.name or todo.warehouse_id.name,
            deadline=todo.answer_due_at if todo.state == "requested" else False,
            done_at=max((at for at in live.mapped("accepted_at") if at), default=False) if state == "done" else False,
            summary=_("%(summary)s: %(reason)s", summary=summary, reason=todo.reason) if todo.reason else summary,
            action=action,
        )
        return step

    def _logistics_step_unasked(self):
        """The step while no warehouse is asked."""
        if self.state == "cancel":
            return {"state": "skipped", "summary": _("Nothing to ship")}
        if self.state == "sale" and not self._logistics_moves() and self.delivery_status in ("full", False):
            return {"state": "skipped", "summary": _("Nothing to ask for")}
        if not self._logistics_enforced("fulfillment"):
            return {"state": "observe", "summary": _("Observed only: people work from the transfers")}
        if self.state == "sale" and self._logistics_may_ship():
            return {
                "state": "current",
                "summary": _("Nobody was asked yet"),
                "action": self._logistics_step_button(
                    self, "action_logistics_request_fulfillment", _("Ask the warehouse")
                ),
            }
        return {"summary": _("Asked when the order is released")}

    def _logistics_step_picking(self):
        pickings = self.picking_ids.filtered(
            lambda picking: picking.state != "cancel" and picking.location_dest_id.usage == "customer"
        )
        step = {
            "key": "picking",
            "sequence": 40,
            "label": _("Picking"),
            "state": "pending",
            "records": [{"model": p._name, "id": p.id, "name": p.name} for p in pickings],
            "spoke": self._logistics_spoke(pickings),
        }
        todo = pickings.filtered(lambda picking: picking.state != "done").sorted("scheduled_date")
        if not pickings:
            skipped = self.state == "cancel" or (self.state == "sale" and not self._logistics_ships())
            step.update(state="skipped" if skipped else "pending", summary=_("No transfer"))
        elif not todo:
            done = max(pickings.mapped("date_done"))
            step.update(
                state="done", done_at=done, summary=_("%(names)s done", names=", ".join(pickings.mapped("name")))
            )
        else:
            first = todo[0]
            labels = dict(first._fields["state"]._description_selection(self.env))
            blocked = bool(first.logistics_hold_words)
            step.update(
                state="pending" if blocked else ("current" if first.state == "assigned" else "waiting"),
                owner=first.user_id.name or first.picking_type_id.warehouse_id.name or "",
                deadline=False if blocked else self._logistics_pick_deadline(first),
                summary=_("%(name)s is on hold", name=first.name)
                if blocked
                else _("%(name)s: %(state)s", name=first.name, state=labels[first.state].lower()),
            )
        return step

    def _logistics_pick_deadline(self, picking):
        """When a transfer should be done: as promised; without a promise, within a day at the earliest.

        A product without lead time is due the second it is ordered, which says nothing about who is late.
        """
        deadline = picking.date_deadline or picking.scheduled_date
        if self.commitment_date:
            return deadline
        return max(deadline, self.date_order + timedelta(days=1))

    def _logistics_step_button(self, record, method, label):
        return {"model": record._name, "id": record.id, "method": method, "label": label}

    # -- smart buttons of the order ----------------------------------------------------------------------------

    def action_logistics_holds(self):
        """Smart button: the order's holds, lifted ones too."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_hold")
        return dict(action, domain=[("order_id", "in", self.ids)], context={})

    def action_logistics_fulfillments(self):
        """Smart button: the order's requests to warehouses."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_fulfillment")
        return dict(action, domain=[("order_id", "in", self.ids)], context={})

    def action_logistics_evaluations(self):
        """Smart button: every evaluation of the order's release."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_release_evaluation")
        domain = [("order_model", "=", self._name), ("order_id", "in", self.ids)]
        return dict(action, domain=domain, context={})
