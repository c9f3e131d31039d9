"""The offer that was booked is the chosen one, whoever booked it."""

from odoo import models


class CarrierBookingOffer(models.Model):
    _inherit = "logistics.carrier.booking"

    def _booked(self, booking, by_hand=False):
        result = super()._booked(booking, by_hand=by_hand)
        if self._is_live and not self.is_return:
            self.shipment_id.offer_ids._mark_booked(self)
        return result
