"""A transfer nobody chose a carrier for is ours too, where a policy chooses one by itself."""

from odoo import models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _logistics_carrier_taken_over(self):
        taken = super()._logistics_carrier_taken_over()
        if taken or self.carrier_id or self.picking_type_code != "outgoing" or not self._logistics_enforced("carrier"):
            return taken
        warehouse = self.picking_type_id.warehouse_id
        policy = self.env["logistics.rate.policy"]._for_consignee(self.company_id, warehouse, self.partner_id)
        return policy.mode == "automatic"
