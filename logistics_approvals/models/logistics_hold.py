"""A hold that is not yours to lift: ask for it."""

from odoo import models


class Hold(models.Model):
    _inherit = "logistics.hold"

    def action_logistics_ask(self):
        """Button: ask for the decision that lifts a hold of this type."""
        self.ensure_one()
        kind = self.env["logistics.approval.request"]._kind_for_hold(self)
        return super(Hold, self.with_context(logistics_approval_kind=kind)).action_logistics_ask()
