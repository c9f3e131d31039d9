"""What may be asked of a booking: request, retry, void. The carrier is called by the worker, after the commit."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError


class CarrierBookingActions(models.Model):
    _inherit = "logistics.carrier.booking"

    # -- asking ---------------------------------------------------------------------------------------------------

    @api.model
    def _request_for(self, shipment, carrier=None, service=None):
        """Commit-ready intent: one booking of the shipment, which a worker carries out after the commit.

        A booking that failed for the same carrier and service is taken up again with its reference, so a label the
        carrier may have sold us after all is found and not bought again.

        :raises UserError: no account, nothing to ship, or a booking is under way
        """
        carrier = carrier or shipment.carrier_id
        account = carrier._logistics_account(shipment.company_id)
        code = account._service_code(service or carrier.logistics_service) if account else ""
        failed = shipment.booking_ids.filtered(lambda b: b.state == "failed" and not b.void_requested_at)
        for booking in failed:
            if booking.account_id == account and (booking.service or "") == code:
                booking.action_retry()
                return booking
        # With another carrier: what the old one may have sold us is taken back.
        failed.filtered("in_doubt").action_void(_("Booked with %(carrier)s instead", carrier=carrier.name))
        booking = self.create({"shipment_id": shipment.id, "carrier_id": carrier.id, "service": service or False})
        booking.action_request()
        return booking

    def _check_may_act(self):
        """Who may change bookings at all; the buttons then set what nobody may write directly."""
        if not self.env.su:
            self.check_access_rights("write")
            self.check_access_rule("write")

    def action_request(self):
        """Ask for the booking: it is made right after the commit."""
        self._check_may_act()
        for booking in self.sudo():  # sudo: the guarded fields, changed by this button
            booking._take_parcels()
            todo = False if booking.by_hand else "book"
            booking._move("requested", todo=todo, error=False, next_attempt_at=fields.Datetime.now())
            if booking.by_hand:
                booking._tell_person()
        self._wake()
        return True

    def action_retry(self):
        """Try again what was given up: the booking, its labels or its void."""
        self._check_may_act()
        for booking in self.sudo():  # sudo: the guarded fields, changed by this button
            todo = booking._retry_todo()
            if not todo:
                raise UserError(_("Booking %(name)s has nothing that could be tried again.", name=booking.name))
            vals = {"attempt_count": 0, "next_attempt_at": fields.Datetime.now(), "error": False, "todo": todo}
            if todo == "void":
                vals["void_failed"] = False
            if todo == "labels":
                booking.line_ids.filtered(lambda line: line.label_state == "failed").label_state = "requested"
            with booking._one_live(booking.shipment_id):
                booking._move("requested" if todo == "book" else booking.state, **vals)
                booking.flush_recordset()
        self._wake()
        return True

    def _retry_todo(self):
        """What a retry would do, or False."""
        self.ensure_one()
        if self.lease_until and self.lease_until > fields.Datetime.now():
            return False
        if self.void_requested_at:
            return "void" if self.state != "voided" else False
        if self.by_hand:
            return False
        if self.state in ("failed", "requested"):
            return "book"
        failed = self.line_ids.filtered(lambda line: line.label_state in ("failed", "requested"))
        return "labels" if self.state == "booked" and failed else False

    def action_ask_void(self):
        """Ask why, then void."""
        return self.env["logistics.reason.wizard"]._ask(self, "action_void", _("Why is the booking voided?"))

    def action_void(self, reason=""):
        """Take the booking back; where the carrier knows of it, the worker tells it after the commit."""
        self._check_may_act()
        for booking in self.sudo():  # sudo: the guarded fields, changed by this button
            if booking.state != "voided":
                booking._check_may_void()
                booking._ask_void(reason or _("Voided by %(user)s", user=self.env.user.name))
        self._wake()
        return True

    def _check_may_void(self):
        if self.state == "booked" and self.shipment_id.dispatched_at and self._is_live and not self.is_return:
            raise UserError(
                _(
                    "Shipment %(shipment)s has left with %(carrier)s: its booking cannot be voided. "
                    "Ask the carrier to stop or redirect it.",
                    shipment=self.shipment_id.name,
                    carrier=self.carrier_id.name,
                )
            )

    def _ask_void(self, reason):
        """Out of the live bookings at once; the carrier is told where it may know of it."""
        now = fields.Datetime.now()
        vals = {"void_requested_at": self.void_requested_at or now, "void_reason": reason, "void_failed": False}
        known = self.state == "booked" or self.in_doubt or bool(self.lease_until)
        if known and not self.by_hand and not self.booked_by_hand:
            self.write({**vals, "todo": "void", "attempt_count": 0, "next_attempt_at": now, "error": False})
            return
        if known:
            summary = _(
                "Tell %(carrier)s that %(numbers)s is cancelled",
                carrier=self.carrier_id.name,
                numbers=self.tracking_numbers or self.reference,
            )
            self._tell(summary, reason)
        self.write(vals)
        self._close_activities(reason)
        self._voided()

    def action_print_labels(self):
        """All labels of these bookings in one document."""
        return self.shipment_id.action_print_labels()

    def action_open_shipment(self):
        """The shipments that are booked."""
        return self.shipment_id.action_open()

    def _move(self, state, **vals):
        """To another state, if the lifecycle allows it."""
        self.write({**vals, "state": state})
