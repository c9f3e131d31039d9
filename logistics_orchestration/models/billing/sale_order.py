"""Releasing the invoice of an order: what is proven is billed, once; what is not is said, with the reason."""

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    logistics_dispute_count = fields.Integer(compute="_compute_logistics_dispute_count", compute_sudo=True)

    @api.depends("order_line.invoice_lines.move_id.logistics_dispute_ids")
    def _compute_logistics_dispute_count(self):
        for order in self:
            order.logistics_dispute_count = len(order.invoice_ids.logistics_dispute_ids)

    def action_logistics_disputes(self):
        """Smart button: disputes of its invoices."""
        return self.invoice_ids.action_logistics_disputes()

    # -- releasing -----------------------------------------------------------------------------------------------

    def _logistics_release_invoice(self):
        """Create and post the invoice for what is proven to have arrived; nothing when that is billed already.

        The effect of the action "Release invoice". Where billing only observes, a note is left instead.

        :returns: the invoices that were posted
        """
        invoices = self.env["account.move"]
        for order in self:
            if not order._logistics_enforced("billing"):
                amount = sum(order._logistics_lines_to_release().mapped("untaxed_amount_to_invoice"))
                order._logistics_observe("billing", _("Release the invoice of %(order)s", order=order.name), amount)
                continue
            invoices |= order._logistics_create_invoice()
        return invoices

    def _logistics_lines_to_release(self):
        """Lines of goods with something to invoice; fees and services ride along but do not start an invoice."""
        self.ensure_one()
        return self.order_line.filtered(
            lambda line: not line.display_type
            and line.qty_to_invoice > 0
            and line.product_id.type in ("product", "consu")
        )

    def _logistics_create_invoice(self):
        """The posted invoice of what may be billed now; tells the reasons when something is kept back instead."""
        self.ensure_one()
        # Two proofs of one order, processed at once, must not make two invoices: the second waits here, and because the
        # first has changed the row (if only its version), it is tried again from a new snapshot.
        self.env.cr.execute("UPDATE sale_order SET write_date = write_date WHERE id = %s", [self.id])
        with self.env["logistics.event"]._business_call():
            # sudo: the rule of the company releases it; whoever does it by hand was asked for the right before
            order = self.sudo().with_company(self.company_id)
            if not order._logistics_lines_to_release():
                order._logistics_tell_blocked()
                return self.env["account.move"]
            invoices = order._create_invoices(grouped=True)
            invoices._post(soft=False)
        return invoices.sudo(self.env.su)

    def _logistics_tell_blocked(self):
        """Nothing can be billed: when something is kept back, say what and why."""
        reasons = self._logistics_block_reasons()
        if not reasons:
            return
        self.message_post(body=_("Invoice not released: %(reasons)s", reasons=" ".join(reasons)))
        data = self._logistics_data("logistics.invoice.blocked")
        self._logistics_emit("logistics.invoice.blocked", data=dict(data, reasons=reasons))

    def _logistics_block_reasons(self):
        """Why part of the order may not be billed, in words."""
        self.ensure_one()
        # sudo: whoever bills is told which shipment lacks its proof
        return [reason for line in self.sudo().order_line for reason in line._logistics_block_reasons()]

    def _logistics_data(self, type_name):
        data = super()._logistics_data(type_name)
        if type_name in ("logistics.invoice.eligible", "logistics.invoice.blocked"):
            data["lines"] = [
                {
                    "line": line.id,
                    "sku": line.product_id.default_code or "",
                    "quantity": max(line._logistics_eligible_qty() - line.qty_invoiced, 0.0),
                    "kept_back": line.logistics_unproven_qty,
                    "uom": line.product_uom.name,
                }
                for line in self.order_line
                if line.product_id.type in ("product", "consu")
            ]
        return data

    def action_logistics_release_invoice(self):
        """Release the invoice by hand: the same as the automation does, and it says why when it cannot.

        :raises UserError: nothing may be billed
        """
        self.ensure_one()
        roles = ("logistics_orchestration.group_planner", "account.group_account_invoice")
        if not any(self.env.user.has_group(role) for role in roles):
            raise AccessError(_("Release invoice: this needs the role Transport Planner or the right to invoice."))
        if not self.sudo()._logistics_lines_to_release():  # sudo: right checked above
            reasons = self._logistics_block_reasons()
            raise UserError(
                _("Nothing of %(order)s can be billed now. %(reasons)s", order=self.name, reasons=" ".join(reasons))
            )
        invoices = self._logistics_create_invoice()
        invoices.sudo()._message_log_batch(  # sudo: a note on what was just made
            {invoice.id: _("Released by hand by %(user)s.", user=self.env.user.name) for invoice in invoices}
        )
        return self.action_view_invoice(invoices)

    # -- flow page -----------------------------------------------------------------------------------------------

    def _get_logistics_flow_steps(self):
        steps = super()._get_logistics_flow_steps()
        if self.state == "sale":
            # sudo: whoever may see the order may see whether it is billed and paid
            order = self.sudo()
            invoices = order.invoice_ids.filtered(lambda m: m.move_type == "out_invoice" and m.state != "cancel")
            steps += [self._logistics_step_invoice(order, invoices), self._logistics_step_payment(order, invoices)]
        return steps

    def _get_logistics_flow_buttons(self):
        buttons = super()._get_logistics_flow_buttons()
        for label, icon, count, method in (
            (_("Invoices"), "fa-book", self.invoice_count, "action_view_invoice"),
            (_("Disputes"), "fa-gavel", self.logistics_dispute_count, "action_logistics_disputes"),
        ):
            if count:
                buttons.append({"label": label, "icon": icon, "method": method, "count": count})
        return buttons

    def _logistics_step_invoice(self, order, invoices):
        step = self._logistics_step("invoice", 90, _("Invoice"), invoices)
        drafts = invoices.filtered(lambda m: m.state == "draft")
        lines = order._logistics_lines_to_release()
        reasons = order._logistics_block_reasons()
        enforced = order._logistics_enforced("billing")
        if drafts:
            draft = drafts[0]
            step.update(
                state="current",
                owner=draft.invoice_user_id.name or "",
                summary=draft.logistics_billing_reasons or _("Draft: to be posted"),
                action=self._logistics_button(draft, "action_post", _("Post")),
            )
        elif lines:
            step.update(
                state="current",
                owner=order.user_id.name or "",
                summary=_("Proven and not billed yet") if enforced else _("Delivered and not billed yet"),
                action=self._logistics_button(order, "action_logistics_release_invoice", _("Release invoice")),
            )
        elif reasons and enforced:
            step.update(state="waiting", summary=" ".join(reasons))
        elif invoices:
            last = invoices.sorted("id")[-1]
            done = all(
                line.invoice_status in ("invoiced", "upselling") for line in order.order_line if not line.display_type
            )
            step.update(
                state="done" if done else "waiting",
                done_at=last.logistics_released_at,
                summary=", ".join(invoices.mapped("name")),
            )
        else:
            step.update(
                state="pending" if enforced else "observe",
                summary=_("Released with the proof of delivery")
                if enforced
                else _("Created by hand: billing is only observed"),
            )
        return step

    def _logistics_step_payment(self, order, invoices):
        posted = invoices.filtered(lambda m: m.state == "posted")
        step = self._logistics_step("payment", 100, _("Payment"), posted)
        unpaid = posted.filtered(lambda m: m.payment_state not in ("paid", "in_payment", "reversed"))
        disputes = posted.logistics_dispute_ids.filtered(lambda d: d.state == "open")
        if not posted:
            step["summary"] = _("Due after the invoice")
        elif disputes:
            step.update(
                state="current",
                owner=disputes[0].user_id.name or "",
                summary=_(
                    "%(name)s is disputed: %(reason)s", name=disputes[0].invoice_id.name, reason=disputes[0].reason
                ),
                action=self._logistics_button(disputes[0], "action_resolve", _("Resolve")),
                spoke=self._logistics_spoke(disputes),
            )
        elif unpaid:
            due = min((m.invoice_date_due for m in unpaid if m.invoice_date_due), default=False)
            step.update(
                state="waiting",
                owner=order.partner_invoice_id.display_name,
                deadline=due and fields.Datetime.to_datetime(fields.Date.add(due, days=1)),
                summary=_("%(names)s: open", names=", ".join(unpaid.mapped("name"))),
                action=self._logistics_button(unpaid[0], "action_register_payment", _("Register payment")),
            )
        else:
            step.update(state="done", summary=_("Paid"))
        return step
