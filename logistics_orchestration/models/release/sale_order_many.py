"""One action on many orders, and the answer to the question whether an order may be split."""

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    logistics_can_split = fields.Boolean(
        compute="_compute_logistics_can_split",
        string="Can Be Split",
        help="Somebody is asked whether the order may go in parts, and you may answer.",
    )

    @api.depends("logistics_hold_ids.state")
    @api.depends_context("uid")
    def _compute_logistics_can_split(self):
        for order in self:
            questions = order.sudo()._logistics_split_questions()  # sudo: the question; the right is the user's own
            order.logistics_can_split = bool(questions) and all(questions.with_env(self.env).mapped("can_release"))

    def _logistics_split_questions(self):
        """The active holds that ask whether the order may go in parts."""
        return self._logistics_split_holds()

    # -- splitting ---------------------------------------------------------------------------------------------

    def action_logistics_split(self, reason=None):
        """Say yes to sending these orders in parts: what is there goes, the rest follows.

        :param str reason: why; required
        :returns: True
        :raises AccessError: the answer is up to somebody else
        :raises UserError: nobody asks, or there is no reason
        """
        if not self.env.su and not self.env.user.has_group("logistics_orchestration.group_user"):
            raise AccessError(_("Orders are split by Logistics Users. Ask one of them."))
        self.check_access_rule("read")
        for order in self:
            # sudo: a hold counts also for those who may not read it; the right to lift is checked as the user
            questions = order.sudo()._logistics_split_questions().with_env(self.env)
            if not questions:
                raise UserError(
                    _("%(order)s: there is no split to decide. Evaluate it, or compare warehouses.", order=order.name)
                )
            questions.action_release(reason)
        return True

    def action_logistics_ask_split(self):
        """Button: ask why the order is split, then split it; of several those the user may split."""
        if len(self) > 1:
            return self.env["logistics.mass.action"]._open_for("split", self)
        self.sudo()._logistics_split_questions().with_env(self.env)._check_may_release()  # sudo: as above
        return self.env["logistics.reason.wizard"]._ask(self, "action_logistics_split", _("Why may it go in parts?"))

    # -- many --------------------------------------------------------------------------------------------------

    def action_logistics_evaluate_many(self):
        """Button of the list: evaluate these orders, many by the worker, with the result of each."""
        if len(self) == 1:
            return self.action_logistics_evaluate()
        return self.env["logistics.mass.action"]._open_for("evaluate", self)

    def _logistics_state_words(self):
        """How far the release of the order is, in words: its state and what holds it."""
        self.ensure_one()
        labels = dict(self._fields["logistics_release_state"]._description_selection(self.env))
        words = labels[self.logistics_release_state]
        if self.logistics_release_state in ("held", "partial"):
            return _("%(state)s. %(why)s", state=words, why=self.logistics_hold_words)
        if self.logistics_release_state == "none" and self.logistics_verdict:
            return _("Observed only: %(verdict)s", verdict=self.logistics_verdict_words)
        return words
