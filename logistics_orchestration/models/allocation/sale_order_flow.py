"""The order's flow page: which warehouse ships it, why, and from where it was moved."""

from odoo import _, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _get_logistics_flow_steps(self):
        steps = super()._get_logistics_flow_steps()
        order = self.sudo()  # sudo: whoever may see the order may see where it is shipped from
        if order.logistics_allocation_ids or order._logistics_moved_requests():
            steps.append(order._logistics_step_allocation())
        return steps

    def _logistics_step_allocation(self):
        last = self._logistics_last_allocation() or self.logistics_allocation_id
        state = {
            "in_force": "done",
            "proposed": "current",
            "waiting": "waiting",
            "exhausted": "stalled",
            "observed": "observe",
        }.get(last.state, "pending")
        if self.state == "cancel":
            state = "skipped"
        holds = self._logistics_choice_holds().sorted(lambda hold: (not hold.due_at, hold.due_at or hold.create_date))
        button = False
        if state in ("current", "stalled") and holds:
            button = self._logistics_step_button(holds[0], "action_ask_release", _("Lift hold"))
        elif state in ("current", "waiting", "stalled"):
            button = self._logistics_step_button(self, "action_logistics_allocate", _("Compare warehouses"))
        return {
            "key": "allocation",
            "sequence": 15,
            "label": _("Warehouse"),
            "state": state,
            "owner": holds[:1].owner_id.name or "",
            "deadline": holds[:1].due_at if state in ("current", "waiting") else False,
            "done_at": state == "done" and (last.decided_at or last.create_date),
            "summary": self._logistics_allocation_summary(),
            "records": [{"model": last._name, "id": last.id, "name": last.name}] if last else [],
            "action": button,
        }

    def _logistics_allocation_summary(self):
        """Which warehouses ship the order, why, and what was taken from another one, in words."""
        self.ensure_one()
        last = self._logistics_last_allocation() or self.logistics_allocation_id
        words = [last.words] if last.words else []
        if last.state == "in_force":
            words.insert(0, _("Ships from %(warehouses)s", warehouses=last.chosen_warehouses))
            if last.chosen_by == "person":
                words[1:] = [_("chosen by %(who)s", who=last.decided_by_id.name or _("a person"))]
        elif last.state == "observed" and last.chosen_id:
            words.insert(0, _("Observed only. Would ship %(how)s", how=last.chosen_id._in_words()))
        words += [
            _("%(request)s was moved from %(warehouse)s", request=request.name, warehouse=request.warehouse_id.code)
            if not request.reason
            else _(
                "%(request)s was moved from %(warehouse)s: %(why)s",
                request=request.name,
                warehouse=request.warehouse_id.code,
                why=request.reason,
            )
            for request in self._logistics_moved_requests()
        ]
        return ". ".join(part.rstrip(".") for part in words)

    def _logistics_moved_requests(self):
        """Requests whose goods another warehouse was given."""
        return self.logistics_fulfillment_ids.moved_from_id
