"""One parcel of a booking: what the carrier is told about it, its tracking number and its label."""

from odoo import _, fields, models
from odoo.exceptions import UserError

from ... import adapters


class CarrierBookingParcel(models.Model):
    _name = "logistics.carrier.booking.parcel"
    _description = "Booked Parcel"
    _order = "booking_id, id"
    _rec_name = "reference"

    booking_id = fields.Many2one("logistics.carrier.booking", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="booking_id.company_id", store=True)
    parcel_id = fields.Many2one("logistics.parcel", ondelete="set null", index="btree_not_null")
    reference = fields.Char(required=True, readonly=True, help="What the carrier calls it in its answers.")
    weight_kg = fields.Float(string="Weight (kg)", digits=(12, 3), readonly=True)
    length_cm = fields.Float(string="Length (cm)", readonly=True)
    width_cm = fields.Float(string="Width (cm)", readonly=True)
    height_cm = fields.Float(string="Height (cm)", readonly=True)
    tracking_number = fields.Char(readonly=True, index="btree_not_null")
    label_url = fields.Char(readonly=True)
    label_state = fields.Selection(
        [
            ("none", "None"),
            ("requested", "Requested"),
            ("ok", "Ready"),
            ("failed", "Failed"),
            ("voided", "Voided"),
        ],
        string="Label",
        required=True,
        default="none",
        readonly=True,
    )
    attachment_id = fields.Many2one("ir.attachment", string="Label File", readonly=True, ondelete="set null")

    def _plain(self):
        """The parcel as the adapters know it."""
        self.ensure_one()
        return adapters.Parcel(
            reference=self.reference,
            weight_kg=self.weight_kg,
            length_cm=self.length_cm,
            width_cm=self.width_cm,
            height_cm=self.height_cm,
        )

    def _plain_booked(self):
        """The parcel as the carrier booked it."""
        self.ensure_one()
        return adapters.BookedParcel(self.reference, self.tracking_number, self.label_url or "")

    def action_download(self):
        """Open the label to print it."""
        self.ensure_one()
        if not self.attachment_id:
            raise UserError(_("Parcel %(reference)s has no label yet.", reference=self.reference))
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}?download=true",
            "target": "new",
        }
