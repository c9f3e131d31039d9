"""The manual way: a person booked with the carrier and says what came of it; the automation goes on from there."""

from odoo import _, models
from odoo.exceptions import UserError

from ... import adapters


class CarrierBookingHand(models.Model):
    _inherit = "logistics.carrier.booking"

    def _waits_for_person(self):
        """Whether it is a person's turn: no interface, or the worker gave up."""
        self.ensure_one()
        return not self.void_requested_at and (self.state == "failed" or (self.state == "requested" and self.by_hand))

    def _check_by_hand(self):
        self.ensure_one()
        if self.state == "requested" and self.lease_until and not self.by_hand:
            raise UserError(
                _(
                    "%(name)s is being booked at this moment. Wait for the answer before you book by hand.",
                    name=self.name,
                )
            )
        if self.state not in ("draft", "requested", "failed") or self.void_requested_at:
            states = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                _("%(name)s is %(state)s: it cannot be booked by hand.", name=self.name, state=states[self.state])
            )

    def action_open_by_hand(self):
        """Open the window to enter tracking numbers and label."""
        self._check_by_hand()
        return {
            "type": "ir.actions.act_window",
            "name": _("Booked by hand: %(name)s", name=self.name),
            "res_model": "logistics.carrier.hand.wizard",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_booking_id": self.id},
        }

    def _complete_by_hand(self, numbers, carrier_ref="", amount=None, currency="", labels=()):
        """Note what a person booked.

        :param list numbers: one tracking number per parcel in order, or one for the whole
        :param str carrier_ref: the carrier's own reference
        :param float amount: what it costs, None when unknown
        :param labels: contents of label files, one per parcel in order, each bytes or None
        :raises UserError: too few or too many numbers, or a colleague books
        """
        self._check_by_hand()
        if self.state == "draft":
            self._take_parcels()
            self._move("requested")
        lines = self.line_ids
        if len(numbers) == 1:
            numbers = numbers * len(lines)
        if len(numbers) != len(lines):
            raise UserError(
                _(
                    "%(name)s has %(parcels)s parcels, but %(numbers)s tracking numbers were given: give one "
                    "for each, or one for all.",
                    name=self.name,
                    parcels=len(lines),
                    numbers=len(numbers),
                )
            )
        booking = adapters.Booking(
            id=carrier_ref,
            reference=self.reference,
            amount=amount,
            currency=currency,
            parcels=tuple(
                adapters.BookedParcel(line.reference, number) for line, number in zip(lines, numbers, strict=True)
            ),
        )
        with self._one_live(self.shipment_id):
            self._booked(booking, by_hand=True)
            self.flush_recordset()
        for line, content in zip(lines, labels or [None] * len(lines), strict=True):
            if content:
                self._store_label(line, content, "pdf" if content.startswith(b"%PDF") else "zpl")
            else:
                line.label_state = "none"
        self._labels_over()
