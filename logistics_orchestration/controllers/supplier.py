"""The page behind a mail link, on which a supplier without a system answers an order. No login: the link is the key."""

import logging
import math
from datetime import datetime

from odoo import SUPERUSER_ID, _, http
from odoo.exceptions import UserError
from odoo.http import request

from ..models.replenishment.line_answer import CODES, AnswerError
from ..models.replenishment.supplier_link import MAX_ATTEMPTS
from ..relay.limits import Strangers

_logger = logging.getLogger(__name__)

# Wrong addresses per network address and minute; then nothing is looked up any more.
strangers = Strangers(limit=20)
_HEADERS = [
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Robots-Tag", "noindex"),
    ("X-Frame-Options", "DENY"),
]
_NUMBERS = ("quantity", "backorder_quantity", "price")
_DAYS = ("promised_at", "backorder_at")
_WORDS = ("code", "substitute", "reason")


class SupplierController(http.Controller):
    @http.route(
        "/logistics/answer/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        csrf=False,
        save_session=False,
    )
    def answer(self, token, **form):
        """Show the order's lines, or take the answer. 200; 404 no such link; 410 used or expired; 422 the answer does
        not add up; 429 too many wrong addresses."""
        address = request.httprequest.remote_addr or ""
        if wait := strangers.tired_of(address):
            return self._page("slower", 429, headers=[("Retry-After", str(wait))])
        # the signature in the address says who may do this; what is done is the company's own record-keeping
        request.update_env(user=SUPERUSER_ID)
        link = request.env["logistics.supplier.link"]._from_token(token)
        if not link:
            strangers.refused(address)
            return self._page("unknown", 404)
        self._speak(link)
        link = link.with_env(request.env)
        if link.state != "open":
            return self._page(link.state, 410, link)
        if link.order_id.state not in ("sent", "purchase"):
            return self._page("closed", 410, link)
        if request.httprequest.method == "GET":
            return self._page("open", 200, link)
        lines = self._lines(link)
        try:
            items = [item for line in lines if (item := self._item(line, form))]
            if not items:
                raise AnswerError(_("Nothing is answered yet: choose an answer for at least one line."))
            with request.env.cr.savepoint():
                link._take(items, address)
        except (AnswerError, UserError) as error:
            link.attempt_count += 1
            _logger.info("An answer to %s did not add up: %s", link.order_id.name, error)
            status = "open" if link.attempt_count < MAX_ATTEMPTS else "expired"
            return self._page(status, 422, link, error=str(error), form=form)
        return self._page("done", 200, link)

    @staticmethod
    def _speak(link):
        """The supplier's language, where it is installed."""
        lang = link.order_id.partner_id.lang
        if lang and lang in dict(request.env["res.lang"].get_installed()):
            request.update_context(lang=lang)

    @staticmethod
    def _lines(link):
        return link.order_id.order_line._logistics_outstanding()

    def _item(self, line, form):
        """One line of the form in the words of a message; None: the supplier said nothing about it."""
        item = {"line": line.id}
        for name in _NUMBERS:
            if raw := self._value(form, name, line):
                item[name] = self._number(raw)
        for name in _DAYS:
            if raw := self._value(form, name, line):
                item[name] = self._moment(raw, line)
        for name in _WORDS:
            if raw := self._value(form, name, line):
                item[name] = raw[:500]
        return item if item.get("code") else None

    @staticmethod
    def _value(form, name, line):
        return str(form.get(f"{name}_{line.id}") or "").strip()

    @staticmethod
    def _number(raw):
        try:
            number = float(raw.replace(",", "."))
        except ValueError as error:
            raise AnswerError(_("%(value)s is no number.", value=raw[:40])) from error
        if not math.isfinite(number):
            raise AnswerError(_("%(value)s is no number.", value=raw[:40]))
        return number

    @staticmethod
    def _moment(raw, line):
        """The day with the time of day the line is planned for."""
        try:
            day = datetime.strptime(raw, "%Y-%m-%d")
        except ValueError as error:
            raise AnswerError(_("%(value)s is no date.", value=raw[:40])) from error
        planned = line.date_planned
        return day.replace(hour=planned.hour, minute=planned.minute) if planned else day

    def _page(self, status, code, link=None, error=None, form=None, headers=()):
        values = {"status": status, "link": link, "error": error, "form": form or {}, "codes": CODES, "lines": ()}
        if link:
            values.update(order=link.order_id, lines=self._lines(link) if status == "open" else ())
        # sudo: nothing of the page is read by the visitor's rights
        body = request.env["ir.qweb"].sudo()._render("logistics_orchestration.supplier_answer_page", values)
        return request.make_response(
            f"<!DOCTYPE html>\n{body}",
            headers=[("Content-Type", "text/html; charset=utf-8"), *_HEADERS, *headers],
            status=code,
        )
