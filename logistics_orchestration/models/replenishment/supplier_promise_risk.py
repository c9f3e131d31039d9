"""A supplier that gives another date may put more at risk than others know."""

from odoo import api, models

from .shortage import ACTIVE


class SupplierPromise(models.Model):
    _inherit = "logistics.supplier.promise"

    @api.model_create_multi
    def create(self, vals_list):
        """A supplier that gives another date is held against the need at once."""
        promises = super().create(vals_list)
        # sudo: who records a promise has no rights on what it puts at risk
        shortages = promises.sudo().purchase_line_id.logistics_shortage_ids
        with self.env["logistics.event"]._business_call():
            shortages.filtered(lambda shortage: shortage.state in ACTIVE)._refresh_risks()
        return promises
