"""One parcel in the window for bookings made by hand."""

import base64

from odoo import _, fields, models
from odoo.exceptions import UserError


class HandWizardLine(models.TransientModel):
    _name = "logistics.carrier.hand.wizard.line"
    _description = "Parcel Booked by Hand"

    wizard_id = fields.Many2one("logistics.carrier.hand.wizard", required=True, ondelete="cascade")
    reference = fields.Char(string="Parcel", readonly=True)
    tracking_number = fields.Char()
    label = fields.Binary(attachment=False, help="PDF or ZPL, if the carrier gave one.")
    label_name = fields.Char()

    def _content(self):
        """The label's bytes, or None.

        :raises UserError: it is neither PDF nor ZPL
        """
        if not self.label:
            return None
        content = base64.b64decode(self.label)
        if not (content.startswith(b"%PDF") or b"^XA" in content[:1024]):
            raise UserError(
                _(
                    "Label %(file)s of parcel %(parcel)s is neither PDF nor ZPL.",
                    file=self.label_name or "",
                    parcel=self.reference,
                )
            )
        return content
