"""Evaluating, releasing and splitting many orders at once."""

from odoo import api, fields, models

MINE = ("evaluate", "release", "split")


class MassAction(models.Model):
    _inherit = "logistics.mass.action"

    kind = fields.Selection(
        selection_add=[("evaluate", "Evaluate Release"), ("release", "Release Orders"), ("split", "Split Orders")],
        ondelete=dict.fromkeys(MINE, "cascade"),
    )

    @api.model
    def _kinds(self):
        order = {"model": "sale.order", "reason": True}
        return {
            **super()._kinds(),
            "evaluate": {**order, "method": "action_logistics_evaluate", "reason": False},
            "release": {**order, "method": "action_logistics_release"},
            "split": {**order, "method": "action_logistics_split"},
        }

    def _about(self, record):
        return self._order_about(record) if self.kind in MINE else super()._about(record)

    def _order_about(self, order):
        """Whose order it is, what it is worth, and what speaks against it."""
        words = [order.partner_id.display_name, order.currency_id.format(order.amount_total)]
        return ", ".join([*words, *([order.logistics_hold_summary] if order.logistics_hold_summary else [])])

    def _outcome(self, record):
        # sudo: how far the order is, for whoever acted on it
        return record.sudo()._logistics_state_words() if self.kind in MINE else super()._outcome(record)
