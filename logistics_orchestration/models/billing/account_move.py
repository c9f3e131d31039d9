"""Customer invoices of logistics orders: whether they may be posted, and what finance is told.

The choke point is ``_post``. Entries, vendor bills and invoices of no order pass it untouched. Accountants need no
logistics role: what they have to know is on the invoice.
"""

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

BILLING_STATES = [
    ("not_applicable", "Not Applicable"),
    ("blocked", "Blocked"),
    ("eligible", "Eligible"),
    ("waived", "Waived"),
    ("released", "Released"),
]
# (from, to, who, event)
TRANSITIONS = [
    ("not_applicable", "blocked", "Odoo", ""),
    ("not_applicable", "eligible", "Odoo", ""),
    ("blocked", "eligible", "Odoo", "logistics.invoice.eligible"),
    ("eligible", "blocked", "Odoo", ""),
    ("blocked", "waived", "manager", ""),
    ("waived", "blocked", "Odoo, when the amount has grown", ""),
    ("not_applicable", "released", "whoever posts", "logistics.invoice.released"),
    ("eligible", "released", "whoever posts", "logistics.invoice.released"),
    ("waived", "released", "whoever posts", "logistics.invoice.released"),
    ("blocked", "released", "whoever posts, while billing only observes", "logistics.invoice.released"),
    ("released", "eligible", "whoever resets or cancels it", "logistics.invoice.blocked"),
    ("released", "blocked", "whoever resets or cancels it", "logistics.invoice.blocked"),
]
_DECIDED = {"logistics_billing_state", "logistics_waive_reason", "logistics_waived_amount", "logistics_waived_by"}


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "logistics.source"]

    logistics_billing_state = fields.Selection(
        BILLING_STATES,
        string="Billing",
        default="not_applicable",
        readonly=True,
        copy=False,
        index=True,
        help="Whether what it bills is proven to have arrived.",
    )
    logistics_billing_reasons = fields.Text(string="Why Blocked", readonly=True, copy=False)
    logistics_waive_reason = fields.Text(string="Waived Because", readonly=True, copy=False)
    logistics_waived_amount = fields.Monetary(string="Waived Up To", readonly=True, copy=False)
    logistics_waived_by = fields.Char(string="Waived By", readonly=True, copy=False)
    logistics_released_at = fields.Datetime(string="Released At", readonly=True, copy=False)
    logistics_dispute_ids = fields.One2many("logistics.dispute", "invoice_id", string="Disputes", readonly=True)
    logistics_dispute_count = fields.Integer(compute="_compute_logistics_counts", compute_sudo=True)
    logistics_shipment_count = fields.Integer(compute="_compute_logistics_counts", compute_sudo=True)

    def _auto_init(self):
        # PostgreSQL fills a new column with a default at once; Odoo's own way rewrites every journal entry there is.
        self.env.cr.execute(
            "ALTER TABLE account_move ADD COLUMN IF NOT EXISTS logistics_billing_state varchar DEFAULT 'not_applicable'"
        )
        self.env.cr.execute("ALTER TABLE account_move ALTER COLUMN logistics_billing_state DROP DEFAULT")
        return super()._auto_init()

    @api.depends("logistics_dispute_ids", "invoice_line_ids.sale_line_ids.order_id")
    def _compute_logistics_counts(self):
        for move in self:
            move.logistics_dispute_count = len(move.logistics_dispute_ids)
            move.logistics_shipment_count = len(move._logistics_orders().logistics_shipment_ids)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._logistics_refuse_decided(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._logistics_refuse_decided(vals)
        return super().write(vals)

    def _logistics_refuse_decided(self, vals):
        if not self.env.su and _DECIDED & vals.keys():
            raise UserError(
                _("The billing state of an invoice follows from the proof of delivery. Use Waive to pass it.")
            )

    # -- whose it is ---------------------------------------------------------------------------------------------

    def _logistics_orders(self):
        """The sales orders it bills."""
        return self.invoice_line_ids.sale_line_ids.order_id

    def _logistics_candidates(self):
        """Customer invoices of orders that ship goods; for everything else nothing is read beyond the type."""
        invoices = self.filtered(lambda move: move.move_type == "out_invoice")
        if not invoices:
            return invoices
        # sudo: an accountant need not see orders and transfers to post
        return invoices.filtered(lambda move: move.sudo()._logistics_orders().picking_ids)

    # -- the verdict ---------------------------------------------------------------------------------------------

    def _logistics_block_reasons(self):
        """Why it must not be posted yet, in words; empty when it may."""
        self.ensure_one()
        reasons = []
        for line in self.invoice_line_ids.sale_line_ids:
            if line.logistics_disputed or line._logistics_overbilled_qty():
                reasons += line._logistics_block_reasons()
        return reasons

    def _logistics_refresh_billing(self):
        """Look at drafts again: may they be posted?"""
        drafts = self.filtered(lambda move: move.state == "draft")._logistics_candidates()
        for move in drafts.sudo():  # sudo: the verdict follows from the proofs, whoever touches the invoice
            reasons = move._logistics_block_reasons()
            state = "eligible"
            if reasons:
                state = "waived" if move._logistics_is_waived() else "blocked"
            text = "\n".join(reasons) or False
            if (move.logistics_billing_state, move.logistics_billing_reasons) != (state, text):
                move.write({"logistics_billing_state": state, "logistics_billing_reasons": text})

    def _logistics_is_waived(self):
        """A waiver counts up to the amount it was given for."""
        self.ensure_one()
        waived = self.logistics_waived_amount
        return bool(self.logistics_waive_reason) and self.currency_id.compare_amounts(self.amount_total, waived) <= 0

    # -- choke points --------------------------------------------------------------------------------------------

    def _post(self, soft=True):
        candidates = self._logistics_candidates()
        if not candidates:
            return super()._post(soft)
        with self.env["logistics.event"]._business_call():
            candidates._logistics_refresh_billing()
            for move in candidates.filtered(lambda m: m.logistics_billing_state == "blocked"):
                move._logistics_refuse_or_observe()
            posted = super()._post(soft)
            (candidates & posted).filtered(lambda m: m.state == "posted")._logistics_released()
        return posted

    def _logistics_refuse_or_observe(self):
        """Posting a blocked invoice: refused where billing is enforced, noted where it observes."""
        self.ensure_one()
        if self._logistics_enforced("billing"):
            raise UserError(
                _(
                    "Invoice of %(orders)s to %(customer)s is blocked:\n%(reasons)s\n\nWait for the proof of delivery, "
                    "enter or verify it on the shipment, take the quantity off the invoice, or let a Logistics Manager "
                    "waive the block.",
                    orders=", ".join(self.sudo()._logistics_orders().mapped("name")),  # sudo: names only
                    customer=self.partner_id.display_name,
                    reasons=self.logistics_billing_reasons,
                )
            )
        self._logistics_observe(
            "billing",
            _("Refuse to post it: %(reasons)s", reasons=self.logistics_billing_reasons),
            abs(self.amount_total_signed),
        )

    def _logistics_released(self):
        """These invoices were just posted: finance may collect."""
        # sudo: the state is not written by hand; it follows from posting
        self.sudo().write({"logistics_billing_state": "released", "logistics_released_at": fields.Datetime.now()})
        self._logistics_emit("logistics.invoice.released")

    def _logistics_taken_back(self, reason):
        """Posted invoices go back to draft or are cancelled: what was told of them is taken back."""
        # sudo: as in _logistics_released
        released = self.sudo().filtered(lambda move: move.logistics_billing_state == "released")
        released.write({"logistics_billing_state": "eligible", "logistics_released_at": False})
        for move in released:
            if move._logistics_void(["logistics.invoice.released"], reason):
                data = dict(move._logistics_data("logistics.invoice.blocked"), reasons=[reason])
                move._logistics_emit("logistics.invoice.blocked", data=data)
        released._logistics_refresh_billing()

    def button_draft(self):
        result = super().button_draft()
        self._logistics_taken_back(_("Reset to draft"))
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self._logistics_taken_back(_("Cancelled"))
        return result

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        paid = self.filtered(lambda move: move.logistics_billing_state == "released")
        if paid:
            paid._logistics_emit("logistics.invoice.paid")
        return result

    # -- by hand -------------------------------------------------------------------------------------------------

    def action_waive(self, reason=None):
        """Let a blocked invoice pass, up to its present amount.

        :param str reason: why; asked for when not given
        """
        if not (self.env.su or self.env.user.has_group("logistics_orchestration.group_manager")):
            raise AccessError(_("Waive a billing block: this needs the role Logistics Manager."))
        self._logistics_refresh_billing()
        if wrong := self.filtered(lambda m: m.state != "draft" or m.logistics_billing_state != "blocked"):
            raise UserError(_("%(name)s is not blocked: there is nothing to waive.", name=wrong[0].display_name))
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(
                self, "action_waive", _("Why may it be billed all the same?")
            )
        for move in self.sudo():  # sudo: a logistics manager need not be an accountant; the role was checked above
            move.write(
                {
                    "logistics_billing_state": "waived",
                    "logistics_waive_reason": reason,
                    "logistics_waived_amount": move.amount_total,
                    "logistics_waived_by": self.env.user.name,
                }
            )
            move.message_post(body=_("Billing block waived: %(reason)s", reason=reason))
        return True

    def action_logistics_refresh_billing(self):
        """Look again whether it may be posted."""
        self._logistics_refresh_billing()
        return True

    def action_logistics_disputes(self):
        """Smart button: its disputes."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_dispute")
        return dict(action, domain=[("invoice_id", "in", self.ids)], context={"default_invoice_id": self[:1].id})

    def action_logistics_shipments(self):
        """Smart button: what it bills was shipped with these."""
        return self._logistics_orders().logistics_shipment_ids.action_open()

    # -- events --------------------------------------------------------------------------------------------------

    def _logistics_root(self):
        order = self.sudo()._logistics_orders()  # sudo: the key is a reference
        return order.with_env(self.env) if len(order) == 1 else self

    def _logistics_scope(self):
        order = self.sudo()._logistics_orders()  # sudo: which switch counts does not depend on who posts
        return {
            "company": self.company_id,
            "warehouse": order.warehouse_id if len(order.warehouse_id) == 1 else None,
            "partner": order.partner_id if len(order.partner_id) == 1 else self.partner_id,
        }

    def _logistics_subject(self):
        return self.name if self.name and self.name != "/" else self.display_name

    def _logistics_data(self, type_name):
        self.ensure_one()
        move = self.sudo()  # sudo: partners are told the same whoever posts
        data = {
            "invoice": move.name if move.name != "/" else "",
            "invoice_id": move.id,
            "order": ", ".join(move._logistics_orders().mapped("name")),
            "customer": move.commercial_partner_id.name or "",
            "amount_untaxed": move.amount_untaxed,
            "amount_total": move.amount_total,
            "amount_due": move.amount_residual,
            "currency": move.currency_id.name,
            "invoice_date": move.invoice_date and move.invoice_date.isoformat(),
            "due_date": move.invoice_date_due and move.invoice_date_due.isoformat(),
            "lines": [
                {
                    "line": line.id,
                    "sku": line.product_id.default_code or "",
                    "product": line.product_id.display_name or line.name or "",
                    "quantity": line.quantity,
                    "price_unit": line.price_unit,
                    "subtotal": line.price_subtotal,
                }
                for line in move.invoice_line_ids
                if line.display_type == "product"
            ],
        }
        if type_name == "logistics.invoice.released":
            data["waived_because"] = move.logistics_waive_reason or ""
        elif type_name == "logistics.invoice.paid":
            data["payment_state"] = move.payment_state
        return data
