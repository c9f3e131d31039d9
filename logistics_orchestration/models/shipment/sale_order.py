"""Sales orders: what was shipped of them, and the steps of it on the flow page."""

from odoo import _, api, fields, models

from .codes import CLOSED


class SaleOrder(models.Model):
    _inherit = "sale.order"

    logistics_shipment_ids = fields.Many2many("logistics.shipment", string="Shipments", copy=False, readonly=True)
    logistics_shipment_count = fields.Integer(compute="_compute_logistics_shipment_count", compute_sudo=True)
    logistics_expected_at = fields.Datetime(
        string="Expected",
        compute="_compute_logistics_expected_at",
        compute_sudo=True,
        help="When the last of it arrives.",
    )
    logistics_late_words = fields.Char(string="Late By", compute="_compute_logistics_expected_at", compute_sudo=True)
    logistics_pod_count = fields.Integer(compute="_compute_logistics_shipment_count", compute_sudo=True)

    @api.depends("logistics_shipment_ids.pod_ids")
    def _compute_logistics_shipment_count(self):
        for order in self:
            order.logistics_shipment_count = len(order.logistics_shipment_ids)
            order.logistics_pod_count = len(order.logistics_shipment_ids.pod_ids)

    @api.depends("logistics_shipment_ids.expected_at", "logistics_shipment_ids.milestone")
    def _compute_logistics_expected_at(self):
        for order in self:
            coming = order.logistics_shipment_ids.filtered(lambda s: s.milestone not in CLOSED and s.expected_at)
            last = coming.sorted("expected_at")[-1:]
            order.logistics_expected_at = last.expected_at
            order.logistics_late_words = coming.sorted("late_hours")[-1:].late_words

    def action_logistics_shipments(self):
        """Smart button: its shipments."""
        return self.logistics_shipment_ids.action_open()

    def action_logistics_pods(self):
        """Smart button: its proofs of delivery."""
        return self.logistics_shipment_ids.action_open_pods()

    # -- flow page -----------------------------------------------------------------------------------------------

    def _get_logistics_flow_steps(self):
        steps = super()._get_logistics_flow_steps()
        # sudo: whoever may see the order may see how far it is
        shipments = self.sudo().logistics_shipment_ids.filtered(lambda s: s.milestone != "cancelled")
        if self.state == "cancel" and not shipments:
            return steps
        if "logistics.carrier.booking" not in self.env:
            steps.append(self._logistics_step_carrier(shipments))
        steps.append(self._logistics_step_dispatch(shipments))
        steps.append(self._logistics_step_delivery(shipments))
        steps.append(self._logistics_step_pod(shipments))
        return steps

    def _get_logistics_flow_buttons(self):
        buttons = super()._get_logistics_flow_buttons()
        for label, icon, count, method in (
            (_("Shipments"), "fa-truck", self.logistics_shipment_count, "action_logistics_shipments"),
            (_("Proofs"), "fa-file-text-o", self.logistics_pod_count, "action_logistics_pods"),
        ):
            if count:
                buttons.append({"label": label, "icon": icon, "method": method, "count": count})
        return buttons

    def _logistics_records(self, records):
        return [{"model": record._name, "id": record.id, "name": record.display_name} for record in records]

    def _logistics_step(self, key, sequence, label, records, **more):
        step = {
            "key": key,
            "sequence": sequence,
            "label": label,
            "state": "pending",
            "owner": "",
            "records": self._logistics_records(records),
            "spoke": self._logistics_spoke(records),
        }
        return dict(step, **more)

    def _logistics_button(self, record, method, label):
        return {"model": record._name, "id": record.id, "method": method, "label": label}

    def _logistics_step_carrier(self, shipments):
        """Without a carrier connector a person books and enters the tracking number."""
        step = self._logistics_step("carrier", 50, _("Carrier"), shipments)
        todo = shipments.filtered(lambda s: s.carrier_id and not s.tracking_number and not s.dispatched_at)
        if not shipments:
            step["summary"] = _("Booked when the goods are packed")
        elif todo:
            step.update(
                state="current",
                owner=todo[0].user_id.name or todo[0].warehouse_id.name or "",
                deadline=todo[0].promised_at,
                summary=_("Book %(carrier)s and enter the tracking number", carrier=todo[0].carrier_id.name),
                action=self._logistics_button(todo[0], "action_open", _("Enter number")),
            )
        elif any(shipments.mapped("tracking_number")):
            numbers = ", ".join(number for number in shipments.mapped("tracking_number") if number)
            step.update(state="done", summary=_("Tracking number %(numbers)s", numbers=numbers))
        else:
            step.update(state="skipped", summary=_("No carrier booked: own transport or collection"))
        return step

    def _logistics_step_dispatch(self, shipments):
        step = self._logistics_step("dispatch", 60, _("Dispatch"), shipments)
        todo = shipments.filtered(lambda s: s.can_dispatch)
        if not shipments:
            step["summary"] = _("Dispatched when the goods are packed")
        elif todo:
            step.update(
                state="current",
                owner=todo[0].user_id.name or todo[0].warehouse_id.name or "",
                deadline=todo[0].promised_at,
                summary=_("%(names)s: ready to hand over to the carrier", names=", ".join(todo.mapped("name"))),
                action=self._logistics_button(todo[0], "action_dispatch", _("Dispatch")),
            )
        else:
            last = shipments.sorted("dispatched_at")[-1]
            step.update(
                state="done",
                done_at=last.dispatched_at,
                summary=_("Dispatched by %(who)s", who=last.dispatched_by or _("hand")),
            )
        return step

    def _logistics_step_delivery(self, shipments):
        step = self._logistics_step("delivery", 70, _("Delivery"), shipments)
        on_way = shipments.filtered(lambda s: s.milestone not in CLOSED and s.dispatched_at)
        if not shipments or (not on_way and any(s.can_dispatch for s in shipments)):
            step["summary"] = _("Starts with the dispatch")
        elif on_way:
            late = on_way.filtered("exception_code")[:1] or on_way[:1]
            texts = {
                name: dict(late._fields[name]._description_selection(self.env))
                for name in ("milestone", "exception_code")
            }
            words = texts["milestone"][late.milestone]
            if late.exception_code:
                words = _(
                    "%(milestone)s, %(exception)s",
                    milestone=words,
                    exception=texts["exception_code"][late.exception_code],
                )
            step.update(
                state="current" if late.exception_code else "waiting",
                owner=late.carrier_id.name or "",
                deadline=late.expected_at or late.promised_at,
                summary=_("%(name)s: %(words)s", name=late.name, words=words),
                action=late._can_set_by_hand()
                and self._logistics_button(late, "action_set_milestone", _("Set milestone")),
            )
        else:
            delivered = shipments.filtered("delivered_at").sorted("delivered_at")
            step.update(
                state="done",
                done_at=delivered[-1:].delivered_at,
                summary=_("Delivered") if delivered else _("Came back to the sender"),
            )
        return step

    def _logistics_step_pod(self, shipments):
        pods = shipments.pod_ids
        step = self._logistics_step("pod", 80, _("Proof of delivery"), pods)
        arrived = shipments.filtered(lambda s: s.milestone == "delivered")
        todo = arrived.filtered(lambda s: s.pod_state != "verified")
        open_pods = pods.filtered(lambda p: p.state != "verified")
        if open_pods:
            pod = open_pods[0]
            step.update(
                state="current",
                owner=pod.shipment_id.user_id.name or "",
                summary=_(
                    "%(name)s: %(why)s", name=pod.name, why=pod.dispute_reason or pod.missing or _("to be verified")
                ),
                action=self._logistics_button(pod, "action_verify", _("Verify")),
            )
        elif todo:
            step.update(
                state="waiting",
                owner=todo[0].carrier_id.name or "",
                deadline=todo[0]._pod_deadline(),
                summary=_("%(names)s: delivered, proof missing", names=", ".join(todo.mapped("name"))),
                action=self._logistics_button(todo[0], "action_upload_pod", _("Upload")),
            )
        elif pods:
            last = pods.sorted("verified_at")[-1]
            step.update(
                state="done" if len(arrived) == len(shipments) else "waiting",
                done_at=last.verified_at,
                summary=_("Signed by %(name)s", name=last.signed_by or "?"),
            )
        else:
            step["summary"] = _("Comes with the delivery")
        return step
