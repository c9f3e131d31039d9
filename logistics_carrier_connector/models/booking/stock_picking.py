"""Transfers whose carrier is booked by intent: Odoo's own places to call a carrier write down the wish instead.

A transfer is taken over only where carrier booking is enforced AND its shipping method has a carrier account. All
others keep Odoo's own way, to the letter.
"""

from odoo import _, models
from odoo.exceptions import UserError

_VALIDATING = "logistics_carrier_validating"


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _logistics_carrier_account(self):
        """The account through which this transfer's carrier is booked, whatever the switches say."""
        self.ensure_one()
        if self.picking_type_code != "outgoing":
            return self.env["logistics.carrier.account"]
        return self.carrier_id._logistics_account(self.company_id)

    def _logistics_carrier_taken_over(self):
        """Whether booking this transfer is ours and no longer Odoo's."""
        self.ensure_one()
        return bool(self._logistics_carrier_account()) and self._logistics_enforced("carrier")

    def _logistics_open_shipments(self):
        """Its shipments that a carrier can still be booked for. A transfer done before the app was there gets one."""
        self.ensure_one()
        picking = self.sudo()  # sudo: whoever ships needs no logistics role
        if not picking.logistics_shipment_ids:
            picking._logistics_create_shipments()
        return picking.logistics_shipment_ids.filtered(lambda s: s.milestone != "cancelled")

    # -- the effect of "Book carrier" -----------------------------------------------------------------------------

    def _logistics_book_carrier(self):
        """Book what leaves with these transfers; see ``logistics.shipment._logistics_book_carrier``."""
        for picking in self:
            if not picking._logistics_carrier_taken_over():
                if picking._logistics_enforced("carrier"):
                    picking._logistics_book_by_hand()
                else:
                    picking._logistics_observe("carrier", _("Book %(carrier)s", carrier=picking.carrier_id.name or "-"))
                continue
            picking._logistics_open_shipments()._logistics_book_carrier()

    def _logistics_observe_action(self, state, capability, label):
        """A rule would book: with what, where that can be told. Transfers that stay Odoo's own are noted like any."""
        if state == "logistics_book":
            return self._logistics_book_carrier()
        return super()._logistics_observe_action(state, capability, label)

    def _logistics_book_by_hand(self):
        """No account: a person books, unless Odoo's own connector has done so already."""
        if not self.carrier_tracking_ref:
            super()._logistics_book_carrier()

    # -- Odoo's own places ----------------------------------------------------------------------------------------

    def _send_confirmation_email(self):
        return super(StockPicking, self.with_context(**{_VALIDATING: True}))._send_confirmation_email()

    def send_to_shipper(self):
        """Called while a transfer is validated, and by its button. Nothing is called from here: the wish is noted."""
        self.ensure_one()
        if not self._logistics_carrier_taken_over():
            return super().send_to_shipper()
        if not self.env.context.get(_VALIDATING):
            self._logistics_check_may_send()
            self._logistics_open_shipments()._logistics_book_carrier()
            return None
        try:
            with self.env.cr.savepoint():
                self._logistics_open_shipments()._logistics_book_carrier()
        except UserError as error:
            # What is picked is picked: a label can be had later, the validation is not undone for it.
            self._logistics_activity(_("Book the carrier"), str(error))
        return None

    def _logistics_check_may_send(self):
        """A person pressed the button: say why nothing would happen."""
        for shipment in self._logistics_open_shipments():
            if not shipment.booking_ids.filtered(lambda b: b.state == "requested" and b._is_live):
                shipment._check_may_book()
                continue
            raise UserError(
                _(
                    "%(shipment)s is being booked with %(carrier)s. The tracking number appears in a moment.",
                    shipment=shipment.name,
                    carrier=self.carrier_id.name,
                )
            )

    def cancel_shipment(self):
        """Void our bookings by intent; Odoo cancels the others, each on its own."""
        for picking in self:
            live = picking._logistics_live_bookings()
            if not live:
                # One by one: Odoo hands all transfers to the carrier for each of them.
                super(StockPicking, picking).cancel_shipment()
                continue
            live.action_void(
                _("Cancelled on transfer %(name)s by %(user)s", name=picking.name, user=self.env.user.name)
            )

    def print_return_label(self):
        """Odoo's button on a return transfer. Ours is bought by intent: the first press asks for the label of the way
        back beside the delivery, from then on the button prints it.

        :raises UserError: it is being booked, or failed
        """
        self.ensure_one()
        shipments = self._logistics_returned_shipments()
        if not shipments:
            return super().print_return_label()
        booked = shipments.sudo()  # sudo: whoever receives the goods needs no rights on bookings
        for shipment in booked:
            if not shipment.return_booking_ids.filtered(lambda b: b._is_live):
                shipment.booking_ids._request_return(shipment)
        if booked.return_booking_ids.line_ids.filtered(lambda line: line.label_state == "ok"):
            return booked.action_print_return_labels()
        return shipments._notify_return_booked()

    def _logistics_returned_shipments(self):
        """The shipments this return takes back, where their carrier is booked by us."""
        origin = self.move_ids.origin_returned_move_id.picking_id.filtered(
            lambda picking: picking._logistics_carrier_taken_over()
        )
        # sudo: as above
        shipments = origin.sudo().logistics_shipment_ids.filtered(lambda s: s.milestone != "cancelled")
        return shipments.sudo(False)

    def _logistics_live_bookings(self):
        # sudo: the booking follows its transfer, whoever works on that
        return self.sudo().logistics_shipment_ids.booking_ids.filtered(lambda b: b._is_live)

    # -- another carrier ------------------------------------------------------------------------------------------

    def _logistics_change_carrier(self, carrier, reason=""):
        """Ship with another carrier (or service): what was booked is voided and booked anew.

        :param carrier: delivery.carrier record
        :param str reason: kept on the voided booking
        """
        self.with_context(logistics_reason=reason or None).write({"carrier_id": carrier.id})

    def write(self, vals):
        result = super().write(vals)
        if "carrier_id" in vals:
            # sudo: the shipment follows its transfer, whoever may change that
            for shipment in self.sudo().logistics_shipment_ids:
                late = shipment.dispatched_at or shipment.milestone == "cancelled"
                if shipment.carrier_id.id != vals["carrier_id"] and (not late or shipment._live_booking()):
                    shipment.write({"carrier_id": vals["carrier_id"]})
        if vals.get("carrier_tracking_ref"):
            self._logistics_number_typed(vals["carrier_tracking_ref"])
        return result

    def _logistics_number_typed(self, text):
        """A number typed on the transfer is the answer to a booking that waits for a person."""
        numbers = [number.strip() for number in text.split(",") if number.strip()]
        # sudo: as in _logistics_live_bookings
        for booking in self.sudo().logistics_shipment_ids.mapped("booking_id"):
            if booking._waits_for_person() and len(numbers) in (1, len(booking.line_ids)):
                booking._complete_by_hand(numbers)
