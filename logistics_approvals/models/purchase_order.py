"""An approved emergency procurement counts as the purchase manager's approval of exactly this order."""

from odoo import models


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    def _approval_allowed(self):
        return super()._approval_allowed() or self._logistics_emergency_approved()

    def _logistics_emergency_approved(self):
        """Whether a decision stands for this order as it is now; one made on other lines or prices does not count."""
        self.ensure_one()
        domain = [
            ("subject_model", "=", self._name),
            ("subject_id", "=", self.id),
            ("kind", "=", "emergency_procurement"),
            ("state", "=", "approved"),
            ("executed_at", "=", False),
        ]
        # sudo: the decision counts, whether or not the buyer may read it
        requests = self.env["logistics.approval.request"].sudo().search(domain)
        return any(not request._changed() for request in requests)
