"""A customer (or the finance system for it) disputes lines of an invoice: those lines are not billed any further."""

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..backbone.record_link import open_form

STATES = [("open", "Open"), ("resolved", "Resolved")]
# (from, to, who, event)
TRANSITIONS = [("open", "resolved", "accountant, planner", "logistics.invoice.eligible")]


class Dispute(models.Model):
    _name = "logistics.dispute"
    _description = "Invoice Dispute"
    _inherit = ["logistics.source", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False, default=lambda self: _("New"))
    state = fields.Selection(
        STATES, default="open", required=True, readonly=True, copy=False, index=True, tracking=True
    )
    invoice_id = fields.Many2one(
        "account.move",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        domain="[('move_type', '=', 'out_invoice'), ('state', '=', 'posted')]",
    )
    company_id = fields.Many2one(related="invoice_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="invoice_id.commercial_partner_id", store=True, string="Customer")
    currency_id = fields.Many2one(related="invoice_id.currency_id")
    reason = fields.Text(required=True, tracking=True)
    line_ids = fields.One2many("logistics.dispute.line", "dispute_id", string="Disputed Lines")
    amount = fields.Monetary(compute="_compute_amount", store=True, string="Disputed Amount")
    user_id = fields.Many2one(
        "res.users", string="Responsible", tracking=True, domain=[("share", "=", False)],
        default=lambda self: self.env.user if not self.env.user._is_superuser() else False,
    )  # fmt: skip
    manual = fields.Boolean(string="Entered by Hand", readonly=True, copy=False)
    system_id = fields.Many2one("logistics.system", string="Received From", readonly=True, ondelete="set null")
    opened_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    resolution = fields.Text(readonly=True, copy=False, tracking=True)
    resolved_at = fields.Datetime(readonly=True, copy=False)
    resolved_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="set null")

    @api.depends("line_ids.amount")
    def _compute_amount(self):
        for dispute in self:
            dispute.amount = sum(dispute.line_ids.mapped("amount"))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_closing(vals)
            invoice = self.env["account.move"].browse(vals["invoice_id"])
            if vals.get("name", _("New")) == _("New"):
                sequence = self.env["ir.sequence"].with_company(invoice.company_id)
                vals["name"] = sequence.next_by_code("logistics.dispute")
            vals.setdefault("manual", not self.env.su)
        disputes = super().create(vals_list)
        with self.env["logistics.event"]._business_call():
            for dispute in disputes:
                if not dispute.line_ids:
                    lines = dispute.invoice_id.invoice_line_ids.filtered(lambda line: line.display_type == "product")
                    dispute.line_ids = [fields.Command.create({"move_line_id": line.id}) for line in lines]
                dispute._block_lines()
                dispute._logistics_emit("logistics.invoice.disputed")
                dispute.invoice_id.message_post(
                    body=_("%(name)s opened: %(reason)s", name=dispute.name, reason=dispute.reason)
                )
                dispute._logistics_activity(_("Answer dispute %(name)s", name=dispute.name), dispute.reason)
        return disputes

    def write(self, vals):
        self._refuse_closing(vals)
        return super().write(vals)

    def _refuse_closing(self, vals):
        closing = {"state", "resolved_at", "resolved_by_id"} & vals.keys()
        if closing and not self.env.su and vals.get("state") != "open":
            raise UserError(_("A dispute is closed with Resolve, which asks how it was settled."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("Disputes are kept. Resolve %(names)s instead.", names=", ".join(self.mapped("name"))))

    def _block_lines(self):
        """Keep the disputed order lines from further invoices, and free those no open dispute is about any more."""
        # sudo: what may be billed follows from the dispute, whoever opened it
        lines = self.sudo().line_ids.move_line_id.sale_line_ids
        for line in lines:
            disputed = bool(
                line.invoice_lines.logistics_dispute_line_ids.filtered(lambda d: d.dispute_id.state == "open")
            )
            if disputed != line.logistics_disputed:
                line.logistics_disputed = disputed
        lines.invoice_lines.move_id._logistics_refresh_billing()

    def action_resolve(self, reason=None):
        """Close it; what was kept back because of it is billed where that may happen by itself.

        :param str reason: how it was settled; asked for when not given
        """
        roles = ("account.group_account_invoice", "logistics_orchestration.group_planner")
        if not self.env.su and not any(self.env.user.has_group(role) for role in roles):
            raise AccessError(_("Resolve a dispute: this needs the right to invoice or the role Transport Planner."))
        if done := self.filtered(lambda d: d.state == "resolved"):
            raise UserError(_("%(name)s is resolved already.", name=done[0].name))
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, "action_resolve", _("How was it settled?"))
        with self.env["logistics.event"]._business_call():
            # sudo: the closing fields are not written by hand; the right was checked above
            disputes = self.sudo()
            disputes.write(
                {
                    "state": "resolved",
                    "resolution": reason,
                    "resolved_at": fields.Datetime.now(),
                    "resolved_by_id": self.env.uid,
                }
            )
            disputes._block_lines()
            disputes.activity_feedback(["mail.mail_activity_data_todo"], feedback=reason)
            orders = disputes.line_ids.move_line_id.sale_line_ids.order_id
            orders._logistics_emit("logistics.invoice.eligible")
            for order in orders.filtered(
                lambda o: o._logistics_enforced("billing") and o._logistics_lines_to_release()
            ):
                order._logistics_create_invoice()
        return True

    def action_open_invoice(self):
        """Smart button: the disputed invoice."""
        self.ensure_one()
        return open_form(self.invoice_id)

    # -- events --------------------------------------------------------------------------------------------------

    def _logistics_root(self):
        return self.invoice_id._logistics_root()

    def _logistics_scope(self):
        return self.invoice_id._logistics_scope()

    def _logistics_subject(self):
        return self.name

    def _logistics_data(self, type_name):
        self.ensure_one()
        return {
            "dispute": self.name,
            "invoice": self.invoice_id.name,
            "order": ", ".join(self.sudo().invoice_id._logistics_orders().mapped("name")),  # sudo: names only
            "reason": self.reason,
            "amount": self.amount,
            "currency": self.currency_id.name,
            "lines": [
                {
                    "line": line.move_line_id.id,
                    "sku": line.product_id.default_code or "",
                    "reason": line.reason or self.reason,
                }
                for line in self.line_ids
            ],
        }
