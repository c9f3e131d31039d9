"""Numbers by which a sender knows a parcel, besides its tracking number."""

from odoo import api, fields, models


class Parcel(models.Model):
    _inherit = "logistics.parcel"

    known_as = fields.Char(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="By which a sender speaks of it where it leaves out the tracking number, e.g. a shop's fulfilment.",
    )

    asked_at = fields.Datetime(
        readonly=True, copy=False, help="When its carrier was last asked about it, because no scan came."
    )

    def _tracking_known(self):
        super()._tracking_known()
        self.env["logistics.tracker"]._watch(self)

    def _silent_since(self):
        """When it was last heard of, or asked about."""
        self.ensure_one()
        heard = self.milestone_ids.sorted("recorded_at")[-1:].recorded_at or self.shipment_id.dispatched_at
        return max(filter(None, (heard, self.asked_at)), default=self.create_date)

    @api.model
    def _find_by_reference(self, reference, company):
        found = super()._find_by_reference(reference, company)
        if found or not reference:
            return found
        found = self.search([("known_as", "=", reference), ("company_id", "=", company.id)])
        if found:
            return found
        # a container or pallet load is known by its booking
        # sudo: the sender named it; bookings are read to find the parcel, no more
        bookings = self.env["logistics.carrier.booking"].sudo()
        domain = [("company_id", "=", company.id), ("state", "=", "booked")]
        booking = bookings.search(
            [*domain, "|", ("reference", "=", reference), ("carrier_booking_ref", "=", reference)],
            order="id desc",
            limit=1,
        )
        return booking.shipment_id.parcel_ids
