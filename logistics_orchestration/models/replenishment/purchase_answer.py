"""What follows from a supplier's answer, whichever way it came: its system, the mail link, a person.

Nothing is overwritten silently: a date plans the receipt and stays in the history, a price is kept beside ours, a
substitute is a person's decision. Only what the supplier refuses leaves the order: its need is open again then.
"""

from odoo import _, fields, models
from odoo.tools import float_compare

from .line_answer import WITHOUT_PROMISE, AnswerError, read_answer


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    # -- reading ----------------------------------------------------------------------------------------------

    def _logistics_read_answers(self, items):
        """Read an answer's lines.

        :param list items: dicts, see ``line_answer.read_answer``; each names ``line`` or ``sku``
        :returns: list of (purchase line, LineAnswer, item)
        :raises AnswerError: naming the line and what is wrong with it
        """
        self.ensure_one()
        if not isinstance(items, list) or not items:
            raise AnswerError(_("lines is not a list of objects."))
        answers = []
        told = {}
        for item in items:
            if not isinstance(item, dict):
                raise AnswerError(_("A line of the message is no object: %(line)s", line=str(item)[:100]))
            line = self._logistics_find_line(item)
            answer = read_answer(item, line.product_qty, line.date_planned or fields.Datetime.now())
            quantity = max(sum(q for q, _at in answer.promises) + answer.undated, answer.refused)
            told[line] = told.get(line, 0.0) + quantity
            if float_compare(told[line], line.product_qty, precision_rounding=line.product_uom.rounding) > 0:
                raise AnswerError(
                    _("%(sku)s: %(quantity)g promised, only %(ordered)g ordered.",
                      sku=line.product_id.display_name, quantity=told[line], ordered=line.product_qty)
                )  # fmt: skip
            answers.append((line, answer, item))
        return answers

    def _logistics_find_line(self, item):
        """By line id, else by our SKU or the supplier's own code for the product; never by guess."""
        lines = self.order_line.filtered(lambda line: not line.display_type)
        if item.get("line"):
            found = lines.filtered(lambda line: line.id == item["line"])
        else:
            sku = item.get("sku")
            if not sku:
                raise AnswerError(_("The message lacks sku / line."))
            found = lines.filtered(lambda line: line.product_id.default_code == sku) or lines.filtered(
                lambda line: sku
                in line.product_id.seller_ids.filtered(
                    lambda seller: seller.partner_id.commercial_partner_id == self.partner_id.commercial_partner_id
                ).mapped("product_code")
            )
        if len(found) != 1:
            raise AnswerError(
                _("%(count)s lines of %(order)s fit %(item)s: one is needed. Send the line id.",
                  count=len(found), order=self.name, item=item.get("line") or item.get("sku"))
            )  # fmt: skip
        return found

    # -- taking -----------------------------------------------------------------------------------------------

    def _logistics_take_answers(self, answers, given_at, channel, source_name, reference="", fact=None, data=None):
        """Keep what the supplier answered and do what follows from it.

        :param list answers: of ``_logistics_read_answers``
        :param str channel: ``system`` or ``link``
        :param str source_name: who said it
        :param str fact: event type without prefix; None: acknowledged, or promise changed where there was one before
        :param dict data: further data told with the fact
        """
        self.ensure_one()
        lines = self.env["purchase.order.line"].union(*(line for line, _answer, _item in answers))
        if not fact:
            fact = "purchase.promise_changed" if lines.logistics_promise_ids else "purchase.acknowledged"
        effects = [self._logistics_effect_of(line, answer) for line, answer, _item in answers]
        self._logistics_keep_answers(answers, effects, given_at, channel, source_name, reference)
        slips = self._logistics_keep_promises(answers, given_at, channel, source_name, reference)
        self._logistics_tell_answers(answers, fact, data or {}, source_name)
        self._logistics_plan_by_promises(answers)
        for (line, answer, _item), effect in zip(answers, effects, strict=True):
            self._logistics_follow_answer(line, answer, effect)
        self._logistics_settle_acknowledgement(given_at)
        latest = max(slips, default=0)
        words = _("%(who)s answered %(count)s line(s).", who=source_name, count=len(answers))
        if slips:
            words = _(
                "%(who)s promised %(count)s line(s); the latest slips by %(days)s day(s).",
                who=source_name,
                count=len(lines),
                days=latest,
            )
        self.message_post(body=" ".join([words, *filter(None, effects)]))
        self.order_line.logistics_shortage_ids._refresh()

    def _logistics_effect_of(self, line, answer):
        """What an answer leads to beside its dates, in words; empty for a plain promise."""
        sku = line.product_id.display_name
        uom = line.product_uom.name
        words = []
        if answer.refused:
            words.append(_("%(quantity)g %(uom)s of %(sku)s will not come.",
                           quantity=answer.refused, uom=uom, sku=sku))  # fmt: skip
        if answer.code == "IS":
            words.append(_("%(other)s is offered instead of %(sku)s.", other=answer.substitute, sku=sku))
        elif answer.undated:
            words.append(_("%(quantity)g %(uom)s of %(sku)s are backordered without a date.",
                           quantity=answer.undated, uom=uom, sku=sku))  # fmt: skip
        if answer.price is not None and answer.price != line.price_unit:
            words.append(_("The price of %(sku)s is %(new)g, ordered at %(old)g.",
                           sku=sku, new=answer.price, old=line.price_unit))  # fmt: skip
        return " ".join(words)

    def _logistics_keep_answers(self, answers, effects, given_at, channel, source_name, reference):
        self.env["logistics.supplier.answer"].create(
            [
                {
                    "purchase_line_id": line.id,
                    "order_id": self.id,
                    "partner_id": self.partner_id.id,
                    "product_id": line.product_id.id,
                    "company_id": self.company_id.id,
                    "code": answer.code,
                    "ordered_quantity": line.product_qty,
                    "ordered_price": line.price_unit,
                    "promised_quantity": sum(quantity for quantity, _at in answer.promises),
                    "undated_quantity": answer.undated,
                    "refused_quantity": answer.refused,
                    "promised_at": max((at for _quantity, at in answer.promises), default=False),
                    "price_unit": answer.price or 0.0,
                    "substitute": answer.substitute,
                    "note": answer.reason,
                    "effect": effect,
                    "channel": channel,
                    "source_name": source_name,
                    "message_ref": reference,
                    "given_at": given_at,
                }
                for (line, answer, _item), effect in zip(answers, effects, strict=True)
            ]
        )
        confirmed = {}
        for line, answer, _item in answers:
            line.logistics_answer_code = answer.code
            confirmed[line] = confirmed.get(line, 0.0) + sum(quantity for quantity, _at in answer.promises)
            if answer.price is not None:
                line._logistics_offer_price(answer.price)
        for line, quantity in confirmed.items():
            line.logistics_confirmed_quantity = quantity

    def _logistics_keep_promises(self, answers, given_at, channel, source_name, reference):
        """Store what was promised; returns the days each promise slipped."""
        promises = self.env["logistics.supplier.promise"].create(
            [
                {
                    "purchase_line_id": line.id,
                    "promised_at": at,
                    "quantity": quantity,
                    "source": "link" if channel == "link" else "supplier",
                    "source_name": source_name,
                    "message_ref": reference,
                    "given_at": given_at,
                }
                for line, answer, _item in answers
                for quantity, at in answer.promises
            ]
        )
        return promises.mapped("slip_days")

    def _logistics_tell_answers(self, answers, fact, data, source_name):
        """Promises are told as the fact they are, everything else as refused."""
        promised, refused = [], []
        for line, answer, item in answers:
            about = {"line": line.id, "sku": line.product_id.default_code or "", "code": answer.code}
            for quantity, at in answer.promises:
                wire = at.isoformat(timespec="seconds") + "Z"
                promised.append({**item, **about, "quantity": quantity, "promised_at": wire})
            if answer.refused or answer.code in WITHOUT_PROMISE:
                refused.append(
                    {
                        **about,
                        "quantity": answer.refused or answer.undated,
                        "substitute": answer.substitute,
                        "reason": answer.reason,
                    }
                )
        if promised:
            self._logistics_emit(
                f"logistics.{fact}", data=dict(data, purchase=self.name, lines=promised), source=source_name
            )
        if refused:
            self._logistics_emit(
                "logistics.purchase.rejected",
                data={"purchase": self.name, "supplier": self.partner_id.display_name, "lines": refused},
                source=source_name,
            )

    def _logistics_plan_by_promises(self, answers):
        """Plan each line for the last of its dates: only then the whole line is there."""
        latest = {}
        for line, answer, _item in answers:
            for _quantity, at in answer.promises:
                latest[line] = max(latest.get(line, at), at)
        moved = {line: at for line, at in latest.items() if line.date_planned != at}
        if moved and not self._logistics_enforced("replenishment"):
            self._logistics_observe(
                "replenishment", _("Would have planned %(count)s line(s) by the supplier's dates", count=len(moved))
            )
            return
        for line, promised_at in moved.items():
            line._logistics_apply_promise(promised_at)

    def _logistics_follow_answer(self, line, answer, effect):
        """Open the need again for what is refused, and ask the buyer where a person has to decide."""
        if not effect:
            return
        if not self._logistics_enforced("replenishment"):
            self._logistics_observe("replenishment", _("Would have told the buyer: %(effect)s", effect=effect))
            return
        sku = line.product_id.display_name
        if answer.refused:
            if self.state == "purchase":
                line._logistics_give_up(answer.refused)
                hint = _("It is taken off the order; the need is open again.")
            else:
                hint = _("Take it off the order, or buy it elsewhere.")
            self._logistics_activity(_("Will not come: %(sku)s", sku=sku), f"{effect} {hint} {answer.reason}".strip())
        if answer.code == "IS":
            self._logistics_activity(_("Decide on a substitute for %(sku)s", sku=sku), f"{effect} {answer.reason}")
        elif answer.undated:
            self._logistics_activity(_("Ask for a date: %(sku)s", sku=sku), effect)
        if line.logistics_price_state == "open" and answer.price is not None:
            self._logistics_activity(line._logistics_price_summary(), effect)
