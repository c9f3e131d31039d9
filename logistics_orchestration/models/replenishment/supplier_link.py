"""A link by which a supplier without a system answers: signed, for one order, used once, not for ever.

The address carries the link's number and a signature made with the database's own secret over the number, a random
part, the order and the expiry: what stands in this table is not enough to make a valid address.
"""

import secrets
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.tools import consteq, hmac

# Answers that did not add up; then the link is closed.
MAX_ATTEMPTS = 20


class SupplierLink(models.Model):
    _name = "logistics.supplier.link"
    _description = "Supplier Answer Link"
    _order = "id desc"
    _check_company_auto = True

    order_id = fields.Many2one(
        "purchase.order", required=True, readonly=True, ondelete="cascade", index=True, check_company=True
    )
    partner_id = fields.Many2one(related="order_id.partner_id", string="Supplier")
    company_id = fields.Many2one(related="order_id.company_id", store=True)
    purpose = fields.Selection(
        [("acknowledge", "Confirm the order"), ("reconfirm", "Confirm the dates again")], required=True, readonly=True
    )
    nonce = fields.Char(required=True, readonly=True, copy=False, groups="base.group_system")
    expires_at = fields.Datetime(required=True, readonly=True)
    used_at = fields.Datetime(readonly=True, copy=False)
    used_from = fields.Char(readonly=True, copy=False, help="Network address of whoever answered.")
    attempt_count = fields.Integer(readonly=True, help="Answers that did not add up.")
    state = fields.Selection(
        [("open", "Open"), ("used", "Used"), ("expired", "Expired")], compute="_compute_state", string="Status"
    )

    @api.depends("used_at", "expires_at", "attempt_count")
    def _compute_state(self):
        now = fields.Datetime.now()
        for link in self:
            if link.used_at:
                link.state = "used"
            elif link.expires_at <= now or link.attempt_count >= MAX_ATTEMPTS:
                link.state = "expired"
            else:
                link.state = "open"

    @api.depends("order_id", "purpose")
    def _compute_display_name(self):
        for link in self:
            link.display_name = _("Answer to %(order)s", order=link.order_id.name)

    @api.model
    def _make(self, order, purpose):
        """A fresh link for ``order``; those given before stay valid until one of them is used."""
        days = order.company_id.logistics_link_days
        return self.create(
            {
                "order_id": order.id,
                "purpose": purpose,
                "nonce": secrets.token_urlsafe(24),
                "expires_at": fields.Datetime.now() + timedelta(days=days),
            }
        )

    def _signature(self):
        self.ensure_one()
        link = self.sudo()  # sudo: the random part is closed to everybody
        message = (link.id, link.nonce, link.order_id.id, fields.Datetime.to_string(link.expires_at))
        return hmac(link.env, "logistics.supplier.link", message)

    def _url(self):
        """The address for the mail."""
        base = self.order_id.get_base_url()
        return f"{base}/logistics/answer/{self.id}-{self._signature()}"

    @api.model
    def _from_token(self, token):
        """The link a token belongs to, used or not, or an empty record when the token is none of ours."""
        number, _dash, signature = (token or "").partition("-")
        if not (number.isascii() and number.isdigit() and len(number) < 10 and signature.isascii()):
            return self.browse()
        link = self.browse(int(number)).exists()
        return link if link and consteq(link._signature(), signature) else self.browse()

    def _take(self, items, address):
        """Use the link: the answer is the supplier's word.

        :param list items: as in ``purchase.order._logistics_read_answers``
        :raises AnswerError: it does not add up; nothing is done then
        """
        self.ensure_one()
        order = self.order_id.with_company(self.company_id)
        answers = order._logistics_read_answers(items)
        now = fields.Datetime.now()
        # two posts at once: the second one's UPDATE fails to serialize, and its retry finds the link used
        self.write({"used_at": now, "used_from": address})
        self.flush_recordset()
        order._logistics_take_answers(
            answers, now, "link", order.partner_id.display_name, _("Mail link %(number)s", number=self.id)
        )

    @api.autovacuum
    def _gc_links(self):
        self.search([("expires_at", "<", fields.Datetime.now() - timedelta(days=180))]).unlink()
