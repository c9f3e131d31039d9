"""A transfer nobody chose a carrier for is ours too, where a policy chooses one; what observed ones would have cost."""

from odoo import models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _logistics_carrier_taken_over(self):
        taken = super()._logistics_carrier_taken_over()
        if taken or self.carrier_id or self.picking_type_code != "outgoing" or not self._logistics_enforced("carrier"):
            return taken
        warehouse = self.picking_type_id.warehouse_id
        policy = self.env["logistics.rate.policy"]._for_consignee(self.company_id, warehouse, self.partner_id)
        return policy.mode == "automatic"

    def _logistics_book_carrier(self):
        result = super()._logistics_book_carrier()
        for picking in self:
            if picking.carrier_id.logistics_observe_rates and not picking._logistics_enforced("carrier"):
                picking._logistics_compare_rates()
        return result

    def _logistics_compare_rates(self):
        """Ask what it would have cost; the answer becomes an observation."""
        for shipment in self._logistics_open_shipments():
            if not shipment.carrier_id._logistics_account(shipment.company_id):
                continue
            try:
                # sudo: a rule causes it; planners do not open accounts
                shipment.sudo().rating_ids._request_for(shipment.sudo())
            except UserError:
                continue  # nobody can be asked: there is nothing to compare
