"""Adjusting Odoo's stock to a warehouse's count may need a decision."""

from odoo import _, models


class Discrepancy(models.Model):
    _inherit = "logistics.discrepancy"

    def _logistics_decide_adjustment(self, quant, reason):
        """Ask for an inventory override: applied at once where policy lets it pass or approvals only observe."""
        self.ensure_one()
        automatic = bool(self.env.context.get("logistics_by_itself"))
        request = self.env["logistics.approval.request"]._ask(quant, "inventory_override", reason, automatic=automatic)
        self.message_post(body=_("Adjustment asked for: %(request)s", request=request.name))
        return True
