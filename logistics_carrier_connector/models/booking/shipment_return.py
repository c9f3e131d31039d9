"""Shipments that come back: the label for the way back is booked, printed and given to the customer."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError


class Shipment(models.Model):
    _inherit = "logistics.shipment"

    return_booking_ids = fields.One2many(
        "logistics.carrier.booking", "shipment_id", domain=[("is_return", "=", True)], readonly=True
    )
    return_label_count = fields.Integer(compute="_compute_return_label_count", string="Return Labels")
    return_booking_count = fields.Integer(compute="_compute_return_label_count")

    @api.depends("return_booking_ids.line_ids.label_state", "return_booking_ids.state")
    def _compute_return_label_count(self):
        for shipment in self:
            shipment.return_booking_count = len(shipment.return_booking_ids.filtered(lambda b: b._is_live))
            lines = shipment.return_booking_ids.line_ids
            shipment.return_label_count = len(lines.filtered(lambda line: line.label_state == "ok"))

    def action_book_return(self):
        """Book the way back: its label is for the customer.

        :raises UserError: no account, not switched on here, or booked already
        """
        self._require_group("group_planner", _("Book return"))
        for shipment in self:
            if not shipment.carrier_id._logistics_account(shipment.company_id):
                raise UserError(
                    _(
                        "Shipping method %(carrier)s of %(shipment)s has no carrier account: choose one that has.",
                        carrier=shipment.carrier_id.name or "-",
                        shipment=shipment.name,
                    )
                )
            if not shipment._logistics_enforced("carrier"):
                shipment._logistics_observe("carrier", _("Book the return of %(name)s", name=shipment.name))
                raise UserError(
                    _("Carrier booking only observes for %(shipment)s, so nothing is booked.", shipment=shipment.name)
                )
        # sudo: the right to book was checked; the intent's guarded fields are set by the code alone
        for shipment in self.sudo():
            shipment.booking_ids._request_return(shipment)
        return True

    def action_print_return_labels(self):
        """Every label for the way back in one document."""
        lines = self.return_booking_ids.line_ids.filtered(lambda line: line.label_state == "ok")
        if not lines.attachment_id:
            raise UserError(_("%(names)s: no return label yet.", names=", ".join(self.mapped("name"))))
        return self._print(lines.attachment_id)

    def _notify_return_booked(self):
        """A note for who asked: the label is on its way."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": _("The return is being booked. Press the button again in a moment to print its label."),
            },
        }
