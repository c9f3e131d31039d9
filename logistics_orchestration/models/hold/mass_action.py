"""Lifting many holds at once: those the user may lift; the others say who may."""

from odoo import api, fields, models


class MassAction(models.Model):
    _inherit = "logistics.mass.action"

    kind = fields.Selection(selection_add=[("lift", "Lift Holds")], ondelete={"lift": "cascade"})

    @api.model
    def _kinds(self):
        return {**super()._kinds(), "lift": {"model": "logistics.hold", "method": "action_release", "reason": True}}

    def _refusal(self, record):
        if self.kind == "lift" and not record.can_release:
            return record._words_of_denial(record)
        return super()._refusal(record)

    def _about(self, record):
        return record.reason if self.kind == "lift" else super()._about(record)

    def _outcome(self, record):
        if self.kind == "lift":
            # sudo: how far the order is, for whoever lifted its hold
            order = record.sudo()._held_order()
            return order and order._logistics_state_words()
        return super()._outcome(record)
