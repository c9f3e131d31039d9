"""Approvals on a sales order: its own requests and those about its transfers, holds, shipments and invoices."""

from odoo import _, fields, models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _logistics_approval_domain(self):
        return [
            "|",
            ("sale_order_id", "in", self.ids),
            "&",
            ("subject_model", "=", self._name),
            ("subject_id", "in", self.ids),
        ]

    def _logistics_approval_subjects(self, kind):
        if kind in ("shipment_hold", "credit_release"):
            request = self.env["logistics.approval.request"]
            holds = self.logistics_hold_ids.filtered(lambda hold: hold.state == "active")
            return holds.filtered(lambda hold: request._kind_for_hold(hold) == kind)
        if kind == "billing_waiver":
            return self.invoice_ids.filtered(lambda move: move.logistics_billing_state == "blocked")
        return super()._logistics_approval_subjects(kind)

    # -- limits of a credit release ---------------------------------------------------------------------------

    def _logistics_decided_limits(self):
        """Value cap and end of validity that the latest credit decision gave this order, False where it gave none."""
        self.ensure_one()
        domain = [
            ("kind", "=", "credit_release"),
            ("sale_order_id", "=", self.id),
            ("state", "in", ("approved", "not_required")),
        ]
        # sudo: the limits bind, whoever may read the decision
        latest = self.env["logistics.approval.request"].sudo().search(domain, order="id desc", limit=1)
        return latest.value_cap or False, latest.valid_until

    def _logistics_do_release(self, reason, manual, value_cap=None, valid_until=None):
        """A release never goes beyond what was decided about the order's credit."""
        result = super()._logistics_do_release(reason, manual, value_cap, valid_until)
        cap, end = self._logistics_decided_limits()
        vals = {}
        if cap and cap < self.logistics_value_cap:
            vals["logistics_value_cap"] = cap
        if end and end < self.logistics_valid_until:
            vals["logistics_valid_until"] = end
        if vals:
            self.write(vals)
        return result

    def _logistics_data(self, type_name):
        data = super()._logistics_data(type_name)
        if type_name == "logistics.order.released":
            cap, end = self._logistics_decided_limits()
            if cap:
                data["value_cap"] = min(cap, data["value_cap"])
            if end:
                data["valid_until"] = min(fields.Datetime.to_string(end), data["valid_until"] or "9")
        return data

    # -- asking -----------------------------------------------------------------------------------------------

    def action_logistics_request_expedite(self):
        """Button: a faster delivery for what has not left yet."""
        self.ensure_one()
        if self.state not in ("sale", "done"):
            raise UserError(_("%(order)s is not confirmed: choose its delivery method on the order.", order=self.name))
        return self.env["logistics.approval.ask"]._open(self, "expedite")

    # -- flow page --------------------------------------------------------------------------------------------

    def _get_logistics_flow_steps(self):
        steps = super()._get_logistics_flow_steps()
        request = self._logistics_flow_request()
        if request:
            steps.append(self._logistics_approval_step(request))
        return steps

    def _logistics_flow_request(self):
        """The request people want to see: one that waits or failed, else the latest."""
        domain = self._logistics_approval_domain()
        # sudo: that a decision is waited for is part of the order's flow
        requests = self.env["logistics.approval.request"].sudo().search(domain, order="id desc")
        urgent = requests.filtered(lambda r: r.state in ("draft", "requested") or r.execution_state == "failed")
        return (urgent or requests)[:1]

    def _logistics_approval_step(self, request):
        states = {"draft": "waiting", "requested": "waiting", "approved": "done", "not_required": "done"}
        state = states.get(request.state, "skipped")
        if request.execution_state == "failed":
            state = "stalled"
        elif request.mode == "observe":
            state = "observe"
        label = dict(request._fields["state"]._description_selection(self.env))[request.state]
        reader = request.sudo(self.env.su)
        return {
            "key": "approvals",
            "sequence": 25,
            "label": _("Approval"),
            "state": state,
            "owner": ", ".join(request.approver_ids.mapped("name")) or request.requested_by_id.name,
            "deadline": request.state == "requested"
            and (request.expires_at if request.escalated_at else request.due_at),
            "done_at": request.executed_at or request.decided_at or False,
            "summary": f"{request.name}: {request.summary} ({label})",
            "spoke": False,
            "records": [{"model": request._name, "id": request.id, "name": request.name}],
            "action": {"model": request._name, "id": request.id, "method": "action_approve", "label": _("Approve")}
            if reader.can_decide
            else False,
        }
