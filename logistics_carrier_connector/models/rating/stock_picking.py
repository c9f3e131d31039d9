"""Transfers whose carrier is only observed: what booking would have cost is asked for, where that is wanted."""

from odoo import models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    _inherit = "stock.picking"

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
