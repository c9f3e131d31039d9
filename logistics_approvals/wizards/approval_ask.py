"""Ask for a decision about one document: choose, say why, and see beforehand what will happen."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.logistics_orchestration.models.automation.ir_actions_server import APPROVAL_KINDS

_DELIVERY = ("expedite", "carrier_change")


class ApprovalAsk(models.TransientModel):
    _name = "logistics.approval.ask"
    _description = "Ask for a Decision"

    kind = fields.Selection(APPROVAL_KINDS, string="Decision", required=True)
    about_delivery = fields.Boolean(compute="_compute_about_delivery")
    subject_model = fields.Char(required=True, readonly=True)
    subject_id = fields.Many2oneReference(
        string="Document ID", model_field="subject_model", required=True, readonly=True
    )
    subject_name = fields.Char(string="For", compute="_compute_subject")
    company_id = fields.Many2one("res.company", compute="_compute_subject")
    currency_id = fields.Many2one("res.currency", compute="_compute_subject")
    current_carriers = fields.Char(string="Ships With Now", compute="_compute_subject")
    available_carrier_ids = fields.Many2many("delivery.carrier", compute="_compute_subject")
    carrier_id = fields.Many2one(
        "delivery.carrier", string="New Delivery Method", domain="[('id', 'in', available_carrier_ids)]"
    )
    rated = fields.Boolean(compute="_compute_rated", help="Odoo knows the rates of both delivery methods.")
    extra_cost = fields.Monetary(
        compute="_compute_extra_cost",
        store=True,
        readonly=False,
        help="Extra freight over what is planned. Where Odoo rates the delivery method, its figure is the least.",
    )
    value_cap = fields.Monetary(string="Up To Order Value", help="The release holds up to this order value. 0: no cap.")
    valid_until = fields.Datetime(help="The release holds until then. Empty: no end.")
    reason = fields.Text(help="Approvers decide on this.")
    outcome = fields.Char(compute="_compute_outcome", string="What Happens")
    waits = fields.Boolean(compute="_compute_outcome")

    @api.model
    def _open(self, subject, kind):
        """The dialog for one document."""
        subject.ensure_one()
        request = self.env["logistics.approval.request"]
        request._check_subject(subject, kind)
        if kind in _DELIVERY and not (request._open_transfers(subject) or request._waiting_shipments(subject)):
            raise UserError(
                _(
                    "%(document)s: nothing is left to ship, so its delivery cannot change.",
                    document=subject.display_name,
                )
            )
        labels = dict(self._fields["kind"]._description_selection(self.env))
        return {
            "type": "ir.actions.act_window",
            "name": _("Request: %(kind)s", kind=labels[kind]),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_kind": kind,
                "default_subject_model": subject._name,
                "default_subject_id": subject.id,
            },
        }

    def _subject(self):
        self.ensure_one()
        if self.subject_model not in self.env["logistics.approval.request"]._kind_subjects().get(self.kind, ()):
            return self.env["sale.order"]
        return self.env[self.subject_model].browse(self.subject_id).exists()

    @api.depends("kind")
    def _compute_about_delivery(self):
        for wizard in self:
            wizard.about_delivery = wizard.kind in _DELIVERY

    @api.depends("kind", "subject_model", "subject_id")
    def _compute_subject(self):
        request = self.env["logistics.approval.request"]
        for wizard in self:
            subject = wizard._subject()
            order = request._order_of(subject)
            company = ("company_id" in subject._fields and subject.company_id) or self.env.company
            wizard.subject_name = subject.display_name
            wizard.company_id = company
            wizard.currency_id = order.currency_id or company.currency_id
            carriers = self.env["delivery.carrier"]
            wizard.current_carriers = False
            if subject and wizard.kind in _DELIVERY:
                now = request._carriers_now(subject)
                wizard.current_carriers = ", ".join(now.mapped("name")) or _("no delivery method")
                address = request._ship_to(subject)
                carriers = carriers.search([("company_id", "in", (False, company.id))])
                carriers = (carriers.available_carriers(address) if address else carriers) - (
                    now if len(now) == 1 else carriers.browse()
                )
            wizard.available_carrier_ids = carriers

    def _extra_freight(self):
        subject = self._subject()
        if not subject or self.kind not in _DELIVERY or not self.carrier_id:
            return None
        return self.env["logistics.approval.request"]._extra_freight(subject, self.carrier_id)

    @api.depends("carrier_id", "subject_model", "subject_id", "kind")
    def _compute_rated(self):
        for wizard in self:
            wizard.rated = wizard._extra_freight() is not None

    @api.depends("carrier_id", "subject_model", "subject_id", "kind")
    def _compute_extra_cost(self):
        for wizard in self:
            wizard.extra_cost = wizard._extra_freight() or 0.0

    def _draft(self):
        """The request as it would be made, without making it."""
        return self.env["logistics.approval.request"].new(
            {
                **self._vals(),
                "kind": self.kind,
                "subject_model": self.subject_model,
                "subject_id": self.subject_id,
                "company_id": self.company_id.id,
            }
        )

    def _vals(self):
        return {
            "carrier_id": self.carrier_id.id if self.kind in _DELIVERY else False,
            "amount": self.extra_cost,
            "currency_id": self.currency_id.id,
            "value_cap": self.value_cap if self.kind == "credit_release" else 0.0,
            "valid_until": self.valid_until if self.kind == "credit_release" else False,
        }

    @api.depends("carrier_id", "extra_cost", "kind", "subject_model", "subject_id", "value_cap", "valid_until")
    def _compute_outcome(self):
        for wizard in self:
            wizard.waits, wizard.outcome = False, False
            subject = wizard._subject()
            if not subject or (wizard.kind in _DELIVERY and not wizard.carrier_id):
                continue
            wizard.waits, wizard.outcome = wizard._draft().sudo()._forecast()  # sudo: policies, read for the user

    def action_ask(self):
        """Make the request; opens it when it waits, else says what was done."""
        self.ensure_one()
        subject = self._subject()
        if not subject:
            raise UserError(_("The document does not exist any more. Close this window and choose another one."))
        if self.kind in _DELIVERY and not self.carrier_id:
            raise UserError(_("Choose the new delivery method."))
        request = self.env["logistics.approval.request"]._ask(subject, self.kind, self.reason, self._vals())
        if request.state == "requested":
            return request.action_open()
        return request._notice(request._outcome(), "success")
