"""What finance systems say: payments and disputes of invoices."""

from odoo import _, models

from ..inbox.inbox_errors import Duplicate, Quarantine


class InboxMessage(models.Model):
    _inherit = "logistics.inbox.message"

    def _told_invoice(self, data):
        """The posted customer invoice the message is about."""
        name = str(self._require(data, "invoice")).strip()
        invoice = self.env["account.move"].search(
            [("name", "=", name), ("company_id", "=", self.env.company.id), ("move_type", "=", "out_invoice")], limit=1
        )
        if not invoice:
            raise Quarantine(
                _("There is no customer invoice %(name)s in %(company)s.", name=name, company=self.env.company.name)
            )
        if invoice.state != "posted":
            raise Quarantine(_("Invoice %(name)s is not posted (any more).", name=name), invoice)
        return invoice

    # -- payment -------------------------------------------------------------------------------------------------

    def _handle_invoice_paid(self, data):
        """Register the payment; the same reference for the same invoice is the same payment."""
        invoice = self._told_invoice(data)
        if not self._owns("invoice.paid"):
            self._state_only("invoice.paid", data, invoice)
        reference = str(self._require(data, "reference")).strip()
        amount = self._told_amount(data)
        currency = self._told_currency(data, invoice)
        # payments of one invoice are booked one after the other
        self.env.cr.execute("SELECT 1 FROM account_move WHERE id = %s FOR NO KEY UPDATE", [invoice.id])
        known = self.env["account.payment"].search(
            [("logistics_invoice_id", "=", invoice.id), ("logistics_reference", "=", reference)], limit=1
        )
        if known:
            if currency.compare_amounts(known.amount, amount) or known.currency_id != currency:
                raise Quarantine(
                    _(
                        "Payment %(reference)s of %(invoice)s is booked with %(booked)s %(currency)s, now %(amount)s "
                        "%(told)s is told. Correct the payment by hand, or discard this message.",
                        reference=reference,
                        invoice=invoice.name,
                        booked=known.amount,
                        currency=known.currency_id.name,
                        amount=amount,
                        told=currency.name,
                    ),
                    invoice,
                )
            raise Duplicate(_("Payment %(reference)s is booked already.", reference=reference), invoice)
        self._check_residual(invoice, amount, currency)
        paid_at = self._said_at(data, "paid_at", past=True)
        self._register_payment(invoice, amount, currency, paid_at.date(), reference)
        return invoice

    def _told_amount(self, data):
        amount = self._require(data, "amount")
        if isinstance(amount, bool) or not isinstance(amount, (int, float)) or amount <= 0:
            raise Quarantine(_("Amount is %(amount)s: a number above 0 is expected.", amount=amount))
        return float(amount)

    def _told_currency(self, data, invoice):
        code = str(data.get("currency") or invoice.currency_id.name).upper()
        currency = self.env["res.currency"].search([("name", "=", code)], limit=1)
        if not currency:
            raise Quarantine(
                _("Currency %(code)s is not active in Odoo. Activate it, then replay.", code=code), invoice
            )
        return currency

    def _check_residual(self, invoice, amount, currency):
        """More than what is open is not booked without a person looking at it."""
        left = invoice.amount_residual
        if currency != invoice.currency_id:
            date = invoice.invoice_date or invoice.date
            left = invoice.currency_id._convert(left, currency, invoice.company_id, date) * 1.1  # rates move
        if currency.compare_amounts(amount, left) > 0:
            raise Quarantine(
                _(
                    "%(amount)s %(currency)s is told as paid, but only %(left)s is open on %(invoice)s. Book it by "
                    "hand, or discard this message.",
                    amount=amount,
                    currency=currency.name,
                    left=round(left, 2),
                    invoice=invoice.name,
                ),
                invoice,
            )

    def _register_payment(self, invoice, amount, currency, date, reference):
        """Odoo's own way to register a payment, so that journals, methods and reconciliation are as set up there."""
        context = {"active_model": "account.move", "active_ids": invoice.ids, "dont_redirect_to_payments": True}
        with self.env["logistics.event"]._business_call():
            wizard = (
                self.env["account.payment.register"]
                .with_context(**context)
                .create(
                    {
                        "amount": amount,
                        "currency_id": currency.id,
                        "payment_date": date,
                        "communication": reference,
                        "payment_difference_handling": "open",
                    }
                )
            )
            if not wizard.journal_id:
                raise Quarantine(
                    _("%(company)s has no bank or cash journal to book a payment in.", company=invoice.company_id.name),
                    invoice,
                )
            payment = wizard._create_payments()
            payment.write({"logistics_reference": reference, "logistics_invoice_id": invoice.id})
        invoice.message_post(
            body=_(
                "%(system)s told a payment of %(amount)s %(currency)s, reference %(reference)s.",
                system=self.system_id.name,
                amount=amount,
                currency=currency.name,
                reference=reference,
            )
        )

    # -- dispute -------------------------------------------------------------------------------------------------

    def _handle_invoice_disputed(self, data):
        """Open a dispute on the lines named, or on all; lines in an open dispute are not disputed twice."""
        invoice = self._told_invoice(data)
        if not self._owns("invoice.disputed"):
            self._state_only("invoice.disputed", data, invoice)
        reason = str(self._require(data, "reason")).strip()
        products = invoice.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        told = {}
        for row in self._rows(data, "lines"):
            line = products.filtered(lambda line, row=row: line.id == row.get("line"))
            if not line:
                raise Quarantine(
                    _(
                        "Line %(line)s is no line of %(invoice)s; its lines are %(known)s.",
                        line=row.get("line"),
                        invoice=invoice.name,
                        known=", ".join(map(str, products.ids)),
                    ),
                    invoice,
                )
            told[line] = str(row.get("reason") or "")
        told = told or dict.fromkeys(products, "")
        open_disputes = invoice.logistics_dispute_ids.filtered(lambda dispute: dispute.state == "open")
        new = {line: why for line, why in told.items() if line not in open_disputes.line_ids.move_line_id}
        if not new:
            raise Duplicate(_("These lines are disputed already."), open_disputes[:1])
        return self.env["logistics.dispute"].create(
            {
                "invoice_id": invoice.id,
                "reason": reason,
                "system_id": self.system_id.id,
                "user_id": invoice.invoice_user_id.id,
                "manual": False,
                "line_ids": [
                    (0, 0, {"move_line_id": line.id, "reason": why if why != reason else False})
                    for line, why in new.items()
                ],
            }
        )
