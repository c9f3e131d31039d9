"""Evaluating and releasing orders."""

from datetime import timedelta

from odoo import _, fields, models
from odoo.exceptions import AccessError, UserError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # -- what users and partners call --------------------------------------------------------------------------

    def action_logistics_evaluate(self):
        """Ask the release gates about these orders and do what follows.

        Only confirmed orders are evaluated. Where release is enforced, failing gates hold and passing ones release;
        where it is observed, the verdict is recorded and nothing changes.

        :returns: True
        :raises UserError: none of the orders is confirmed
        """
        self.check_access_rights("read")
        self.check_access_rule("read")
        orders = self.filtered(lambda order: order.state == "sale")
        if self and not orders:
            raise UserError(
                _(
                    "%(order)s is not confirmed. Only confirmed orders are evaluated: confirm it first.",
                    order=self[:1].name,
                )
            )
        event = self.env.context.get("logistics_event")
        # sudo: gates look at stock and addresses whoever asks; evaluating is nobody's privilege
        orders.sudo()._logistics_evaluate(event["type"] if event and "type" in event else "person")
        return True

    def action_logistics_release(self, reason=None, value_cap=None, valid_until=None):
        """Release these orders to the warehouse by hand: recorded with who and why.

        Holds that stand are lifted with the same reason where the user may lift them.

        :param str reason: why; needed where holds stand or the last evaluation failed
        :param float value_cap: released up to this order value; by default the company's tolerance decides
        :param valid_until: released until then (datetime, or text in UTC); by default the company's number of days
        :returns: True
        :raises AccessError: the user has no logistics role
        :raises UserError: not confirmed, a hold that is not the user's to lift, no reason given, or a limit that the
            order exceeds already
        """
        if not self.env.su and not self.env.user.has_group("logistics_orchestration.group_user"):
            raise AccessError(
                _("Releasing orders is up to Logistics Users. Ask one of them, or have the role given to you.")
            )
        self.check_access_rule("read")
        reason = (reason or "").strip()
        for order in self:
            order._logistics_check_manual_release(reason)
            order._logistics_check_limits(value_cap, valid_until)
        with self.env["logistics.event"]._business_call():
            for order in self:
                # sudo: the rights are those of the user, checked above; the writing is ours
                holds = order.sudo().logistics_hold_ids.filtered(lambda hold: hold.state == "active")
                # sudo: right to lift checked per hold above
                holds._release(reason, evaluate=False)
                order.sudo()._logistics_do_release(  # sudo: release fields are readonly for everybody
                    reason or _("Released by hand"), not self.env.su, value_cap, valid_until
                )
        return True

    def action_logistics_ask_release(self):
        """Button: release, after asking why where a reason is needed; of several those that may be released."""
        if len(self) > 1:
            return self.env["logistics.mass.action"]._open_for("release", self)
        if any(order._logistics_needs_reason() for order in self):
            self._logistics_check_may_lift()
            return self.env["logistics.reason.wizard"]._ask(
                self, "action_logistics_release", _("Why is it released all the same?")
            )
        return self.action_logistics_release()

    def action_logistics_place_hold(self):
        """Button: form of a new hold on this order."""
        self.ensure_one()
        return self.env["logistics.hold"]._new_form(self)

    def _logistics_needs_reason(self):
        self.ensure_one()
        order = self.sudo()  # sudo: whether something speaks against the release, whoever asks
        return bool(order.logistics_hold_count) or order.logistics_verdict == "hold"

    def _logistics_check_may_lift(self):
        # sudo: a hold counts also for those who may not read it; the right is checked as the user
        holds = self.sudo().logistics_hold_ids.filtered(lambda hold: hold.state == "active").with_env(self.env)
        holds._check_may_release()

    def _logistics_check_manual_release(self, reason):
        """Refuse, in words, what may not be released by hand."""
        if self.state != "sale":
            raise UserError(_("%(order)s is not confirmed: confirm it before it is released.", order=self.name))
        if self.logistics_release_state == "released" and not self._logistics_release_expired():
            raise UserError(_("%(order)s is released already.", order=self.name))
        self._logistics_check_may_lift()
        if not reason and not self.env.su and self._logistics_needs_reason():
            order = self.sudo()  # sudo: what speaks against the release, in words
            raise UserError(
                _(
                    "Reason: write why %(order)s is released although: %(words)s",
                    order=self.name,
                    words=order.logistics_hold_summary or order.logistics_verdict_words,
                )
            )

    def _logistics_check_limits(self, value_cap, valid_until):
        """Refuse a release that would not stand for a moment."""
        if value_cap is not None and self.currency_id.compare_amounts(self.amount_total, value_cap) > 0:
            raise UserError(
                _(
                    "Released Up To: %(order)s is worth %(amount)s, more than %(cap)s. Release it up to its value.",
                    order=self.name,
                    amount=self.currency_id.format(self.amount_total),
                    cap=self.currency_id.format(value_cap),
                )
            )
        if valid_until and fields.Datetime.to_datetime(valid_until) <= fields.Datetime.now():
            raise UserError(_("Release Valid Until: %(date)s is in the past.", date=valid_until))

    # -- evaluation --------------------------------------------------------------------------------------------

    def _logistics_evaluate(self, trigger):
        """Evaluate confirmed orders, many at once, and do what follows where release is enforced.

        :param str trigger: what made us look, kept on the evaluations
        """
        self.logistics_hold_ids._lift_by_condition()
        orders = self.filtered(lambda order: order.state == "sale")
        enforced = orders.filtered(lambda order: order._logistics_enforced("release"))
        settled = enforced.filtered(
            lambda order: order.logistics_release_state == "released" and order._logistics_release_valid()
        )
        orders -= settled  # a release stands while it is valid: no second look
        enforced -= settled
        if not orders:
            return
        with self.env["logistics.event"]._business_call():
            (orders - enforced)._logistics_stop_enforcing()
            results = self.env["logistics.release.gate"]._run(orders)
            enforced._logistics_waive(results)
            made = self.env["logistics.release.evaluation"]._write_all(
                orders, results, "release", trigger, orders - enforced
            )
            for order in orders:
                evaluation, verdict, words, new = made[order.id]
                if evaluation and new:
                    order._logistics_emit(
                        "logistics.order.evaluated", order._logistics_evaluation_data(evaluation, results[order.id])
                    )
                if order in enforced:
                    order._logistics_apply(verdict, words, results[order.id])
                elif verdict == "hold" and new:
                    order._logistics_observe(
                        "release",
                        _("Would have held %(order)s: %(why)s", order=order.name, why=words),
                        order.amount_total / (order.currency_rate or 1.0),
                    )

    def _logistics_stop_enforcing(self):
        """Release was switched back to observing: what the automation held goes on."""
        holds = self.logistics_hold_ids.filtered(lambda hold: hold.state == "active" and hold.origin != "manual")
        holds._release(_("Release is only observed here by now"), auto=True, evaluate=False)
        self.filtered(lambda order: order.logistics_release_state == "pending")._logistics_update_release_state()

    def _logistics_evaluation_data(self, evaluation, results):
        return {
            "order": self.name,
            "order_id": self.id,
            "verdict": evaluation.verdict,
            "mode": evaluation.mode,
            "words": evaluation.words or "",
            "gates": [
                {"gate": r["gate_name"], "version": r["gate_version"], "verdict": r["verdict"], "words": r["words"]}
                for r in results
            ],
        }

    def _logistics_waive(self, results):
        """A gate a person has decided about is not held again, while the order has not grown and the time is not up."""
        failing = {
            (order_id, result["gate_id"])
            for order_id, found in results.items()
            for result in found
            if result["verdict"] in ("hold", "split")
        }
        if not failing or not self:
            return
        decided = self.env["logistics.hold"].search(
            [
                ("order_id", "in", self.ids),
                ("gate_id", "in", [gate_id for _order_id, gate_id in failing]),
                ("state", "=", "released"),
                ("auto_released", "=", False),
            ]
        )
        now = fields.Datetime.now()
        for hold in decided.sorted("released_at"):
            order = hold.order_id
            limit = hold.release_value * (1 + order.company_id.logistics_value_tolerance / 100)
            until = hold.released_at + timedelta(days=order.company_id.logistics_release_days)
            if until < now or order.currency_id.compare_amounts(order.amount_total, limit) > 0:
                continue
            for result in results[order.id]:
                if result["gate_id"] == hold.gate_id.id and result["verdict"] in ("hold", "split"):
                    result["verdict"] = "waived"
                    result["words"] = _(
                        "%(words)s (waived by %(user)s: %(reason)s)",
                        words=result["words"],
                        user=hold.released_by_id.name,
                        reason=hold.release_reason,
                    )

    def _logistics_apply(self, verdict, words, results):
        """Lift, place and release as one order's results say."""
        self.ensure_one()
        if self.logistics_released_at and not self._logistics_release_valid():
            self._logistics_withdraw_release()
        before = self._logistics_held_lines()
        self._logistics_lift_passed(results)
        self._logistics_hold_failed(results)
        self._logistics_update_release_state()
        standing = self._logistics_standing()
        if any(not hold.line_ids for hold in standing):
            return
        if standing and not self._logistics_free_lines(standing):
            return
        if self.logistics_released_at and before == standing.line_ids:
            return  # partially released, and nothing new is free
        self._logistics_do_release(words, manual=False)

    # -- release -----------------------------------------------------------------------------------------------

    def _logistics_do_release(self, reason, manual, value_cap=None, valid_until=None):
        """The order may go to the warehouse, up to a value and until a date."""
        self.ensure_one()
        company = self.company_id
        if value_cap is None:
            value_cap = self.amount_total * (1 + company.logistics_value_tolerance / 100)
        self.write(
            {
                "logistics_released_at": fields.Datetime.now(),
                "logistics_released_by_id": self.env.uid,
                "logistics_release_manual": manual,
                "logistics_release_reason": reason,
                "logistics_value_cap": value_cap,
                "logistics_valid_until": fields.Datetime.to_datetime(valid_until)
                or fields.Datetime.now() + timedelta(days=company.logistics_release_days),
            }
        )
        self._logistics_update_release_state()
        if manual:
            self.message_post(
                body=_("Released by hand by %(user)s: %(reason)s", user=self.env.user.name, reason=reason),
                subtype_xmlid="mail.mt_note",
            )
        self._logistics_emit("logistics.order.released")
