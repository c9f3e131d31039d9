"""The way back: a return is a booking of its own, whose label the customer gets."""

from odoo import _, api, models
from odoo.exceptions import UserError


class CarrierBookingReturn(models.Model):
    _inherit = "logistics.carrier.booking"

    def _book_return_label(self):
        """Where the shipping method wants it, the label for the way back is booked with the delivery."""
        shipment = self.shipment_id
        if self.carrier_id.logistics_return_label and not shipment.return_booking_ids.filtered(lambda b: b._is_live):
            self._request_return(shipment)

    @api.model
    def _request_return(self, shipment, carrier=None):
        """Commit-ready intent to book the way back; a worker carries it out.

        :raises UserError: no account, or a return is booked already
        """
        carrier = carrier or shipment.carrier_id
        live = shipment.return_booking_ids.filtered(lambda b: b._is_live)
        if live:
            raise UserError(
                _(
                    "%(shipment)s has the return %(booking)s already. Void it before you book another.",
                    shipment=shipment.name,
                    booking=live[:1].name,
                )
            )
        booking = self.create({"shipment_id": shipment.id, "carrier_id": carrier.id, "is_return": True})
        booking.action_request()
        return booking
