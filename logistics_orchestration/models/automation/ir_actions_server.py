"""The suite's own server-action types, usable in rules, buttons and scheduled actions alike."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

TYPES = [
    ("logistics_emit", "Emit logistics event"),
    ("logistics_hold", "Place hold"),
    ("logistics_approval", "Request approval"),
    ("logistics_case", "Open exception case"),
    ("logistics_evaluate", "Evaluate release"),
    ("logistics_fulfillment", "Create fulfilment request"),
    ("logistics_book", "Book carrier"),
    ("logistics_invoice", "Release invoice"),
]
# What must be switched on for the effect; evaluating observes by itself, emitting changes nothing.
CAPABILITY_OF_STATE = {
    "logistics_hold": "release",
    "logistics_evaluate": "release",
    "logistics_approval": "approvals",
    "logistics_case": "exceptions",
    "logistics_fulfillment": "fulfillment",
    "logistics_book": "carrier",
    "logistics_invoice": "billing",
}
APPROVAL_KINDS = [
    ("expedite", "Expedite"),
    ("carrier_change", "Carrier change"),
    ("emergency_procurement", "Emergency procurement"),
    ("inventory_override", "Inventory override"),
    ("shipment_hold", "Shipment hold"),
    ("credit_release", "Credit release"),
    ("split_shipment", "Split shipment"),
    ("billing_waiver", "Billing waiver"),
]


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    state = fields.Selection(selection_add=TYPES, ondelete={key: "cascade" for key, _label in TYPES})
    logistics_event_type_id = fields.Many2one("logistics.event.type", string="Event Type", ondelete="restrict")
    logistics_hold_type_id = fields.Many2one("logistics.hold.type", string="Hold Type", ondelete="restrict")
    logistics_approval_kind = fields.Selection(APPROVAL_KINDS, string="Decision")
    logistics_case_code = fields.Char(
        string="Case Type", help="Code of the exception type; empty: the exception code of the event."
    )
    logistics_reason = fields.Char(string="Reason", translate=True)

    @api.constrains("state", "logistics_event_type_id", "logistics_hold_type_id", "logistics_approval_kind", "model_id")
    def _check_logistics_action(self):
        source = self.env.registry["logistics.source"]
        needed = {
            "logistics_emit": "logistics_event_type_id",
            "logistics_hold": "logistics_hold_type_id",
            "logistics_approval": "logistics_approval_kind",
        }
        for action in self.filtered(lambda a: a.state in dict(TYPES)):
            field = needed.get(action.state)
            if field and not action[field]:
                label = self._fields[field]._description_string(self.env)
                raise ValidationError(_("Action %(name)s: choose the %(field)s.", name=action.name, field=label))
            if not issubclass(self.env.registry[action.model_name], source):
                raise ValidationError(
                    _(
                        "Action %(name)s: %(model)s tells no logistics events.",
                        name=action.name,
                        model=action.model_id.name,
                    )
                )

    @api.depends("logistics_event_type_id", "logistics_hold_type_id")
    def _compute_name(self):
        """Actions of a rule are named after what they do, unless somebody named them."""
        ours = self.filtered(lambda a: a.state in dict(TYPES))
        super(IrActionsServer, self - ours)._compute_name()
        labels = dict(self._fields["state"]._description_selection(self.env))
        for action in ours:
            action.name = action.name or labels[action.state]

    def _get_eval_context(self, action=None):
        context = super()._get_eval_context(action)
        context["event"] = self.env.context.get("logistics_event") or {}
        return context

    def _logistics_each(self, eval_context, effect):
        """Run ``effect`` on every record of the action; where its capability only observes, note what it would do."""
        capability = CAPABILITY_OF_STATE.get(self.state)
        label = dict(self._fields["state"]._description_selection(self.env))[self.state]
        records = eval_context.get("records") or eval_context.get("record")
        if not records:
            raise UserError(_("Action %(name)s needs a record to act on.", name=self.name))
        for record in records:
            if capability and self.state != "logistics_evaluate" and not record._logistics_enforced(capability):
                record._logistics_observe_action(self.state, capability, label)
                continue
            effect(record)

    def _run_action_logistics_emit_multi(self, eval_context=None):
        self._logistics_each(eval_context, lambda r: r._logistics_emit(self.logistics_event_type_id.name))

    def _run_action_logistics_hold_multi(self, eval_context=None):
        self._logistics_each(
            eval_context,
            lambda r: r._logistics_place_hold(self.logistics_hold_type_id, self.logistics_reason or self.name),
        )

    def _run_action_logistics_approval_multi(self, eval_context=None):
        self._logistics_each(
            eval_context,
            lambda r: r._logistics_request_approval(self.logistics_approval_kind, self.logistics_reason or self.name),
        )

    def _run_action_logistics_case_multi(self, eval_context=None):
        data = (eval_context.get("event") or {}).get("data") or {}
        code = self.logistics_case_code or data.get("exception_code")
        self._logistics_each(
            eval_context, lambda r: r._logistics_open_case(code, self.logistics_reason or data.get("description") or "")
        )

    def _run_action_logistics_evaluate_multi(self, eval_context=None):
        self._logistics_each(eval_context, lambda r: r.action_logistics_evaluate())

    def _run_action_logistics_fulfillment_multi(self, eval_context=None):
        self._logistics_each(eval_context, lambda r: r._logistics_request_fulfillment())

    def _run_action_logistics_book_multi(self, eval_context=None):
        self._logistics_each(eval_context, lambda r: r._logistics_book_carrier())

    def _run_action_logistics_invoice_multi(self, eval_context=None):
        self._logistics_each(eval_context, lambda r: r._logistics_release_invoice())
