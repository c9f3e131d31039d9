"""Answers about a shipment whose carrier is only observed become an observation."""

from odoo import models


class CarrierRating(models.Model):
    _inherit = "logistics.carrier.rating"

    def _all_answered(self):
        result = super()._all_answered()
        shipment = self.shipment_id
        latest = self.search([("batch", "=", self.batch)])
        if "requested" in latest.mapped("state") or not latest.offer_ids:
            return result
        if shipment.carrier_id.logistics_observe_rates and not shipment._logistics_enforced("carrier"):
            latest.offer_ids._observe(shipment)
        return result
