"""Enter what was booked with a carrier by hand: tracking number and label per parcel, reference and price."""

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError


class HandWizard(models.TransientModel):
    _name = "logistics.carrier.hand.wizard"
    _description = "Booked by Hand"

    booking_id = fields.Many2one("logistics.carrier.booking", required=True, readonly=True, ondelete="cascade")
    in_doubt = fields.Boolean(related="booking_id.in_doubt")
    reference = fields.Char(related="booking_id.reference", string="Our Reference")
    carrier_booking_ref = fields.Char(string="Carrier's Reference")
    amount = fields.Monetary(string="Price")
    currency_id = fields.Many2one("res.currency", default=lambda self: self.env.company.currency_id)
    line_ids = fields.One2many(
        "logistics.carrier.hand.wizard.line", "wizard_id", compute="_compute_line_ids", store=True, readonly=False
    )

    @api.depends("booking_id")
    def _compute_line_ids(self):
        for wizard in self:
            lines = wizard.booking_id.line_ids
            names = lines.mapped("reference") or wizard.booking_id.shipment_id.parcel_ids.mapped("reference")
            wizard.line_ids = [fields.Command.clear()] + [fields.Command.create({"reference": name}) for name in names]

    def action_apply(self):
        """Note it; labels that were given are printed and told like any other."""
        self.ensure_one()
        if not self.env.user.has_group("logistics_orchestration.group_planner"):
            raise AccessError(_("Booking by hand needs the role Transport Planner."))
        numbers = [(line.tracking_number or "").strip() for line in self.line_ids]
        if not all(numbers):
            missing = next(line.reference for line in self.line_ids if not (line.tracking_number or "").strip())
            raise UserError(_("Parcel %(parcel)s: enter its tracking number.", parcel=missing))
        labels = [line._content() for line in self.line_ids]
        # sudo: the role was checked; the booking's numbers are set by the code alone
        self.booking_id.sudo()._complete_by_hand(
            numbers, self.carrier_booking_ref or "", self.amount or None, self.currency_id.name or "", labels
        )
        return {"type": "ir.actions.act_window_close"}
