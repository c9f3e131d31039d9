"""What the worker does with a booking: book, get labels, void, look for surplus. See ``carrier_call`` for the steps.

`memo` of a call is (what was asked for, whether there was doubt before): by the time the answer is there somebody may
have asked for something else.
"""

from datetime import timedelta

from odoo import _, fields, models

from ... import adapters

# How long after a doubtful purchase the carrier is asked once more whether it holds a second booking.
_SETTLE_AFTER = timedelta(minutes=10)
# What was bought must be taken back, however long the carrier is away: tried for some days before a person has to.
_TAKE_BACK_SCHEDULE = (5, 30, 120, 300, 600, 1800, 3600)
_TAKE_BACK_ATTEMPTS = 48


class CarrierBookingWork(models.Model):
    _inherit = "logistics.carrier.booking"

    def _work_domain(self):
        return [("todo", "!=", False), *super()._work_domain()]

    def _call_account(self):
        # sudo: the worker calls with the account, whoever asked
        return self.account_id.sudo()

    def _call_patience(self):
        """A parcel waits for its label, nobody waits for a void."""
        if self.todo in ("void", "settle"):
            return _TAKE_BACK_SCHEDULE, _TAKE_BACK_ATTEMPTS
        return super()._call_patience()

    def _call_follows(self):
        """Labels right after the booking: the floor waits for them."""
        return self.todo == "labels" and not self.attempt_count

    def _call_prepare(self):
        memo = (self.todo, self.in_doubt)
        return getattr(self, f"_prepare_{self.todo}")(), memo

    def _prepare_book(self):
        adapter, request = self._call_account()._adapter(), self._plain_request()
        first_try = not self.in_doubt
        # Committed with the claim: should this worker die, whoever takes over looks before it buys.
        self.write({"in_doubt": True})
        return lambda: adapters.buy_once(adapter, request, first_try)

    def _prepare_labels(self):
        adapter, label_format = self._call_account()._adapter(), self.label_format
        booking = adapters.Booking(self.carrier_booking_ref or "", self.reference, ())
        wanted = self.line_ids.filtered(lambda line: line.label_state == "requested" and line.tracking_number)
        parcels = [(line.id, line._plain_booked()) for line in wanted]

        def fetch():
            found = []
            for line_id, parcel in parcels:
                try:
                    found.append((line_id, adapter.label(booking, parcel, label_format)))
                except adapters.CarrierError as error:
                    found.append((line_id, error))
            return found

        return fetch

    def _prepare_void(self):
        adapter, reference, known = self._call_account()._adapter(), self.reference, self.carrier_booking_ref or ""
        in_doubt = self.in_doubt
        return lambda: adapters.void_all(adapter, reference, known, maybe_more=in_doubt)

    def _prepare_settle(self):
        adapter, reference, keep = self._call_account()._adapter(), self.reference, self.carrier_booking_ref or ""
        if self.state != "booked" or self.booked_by_hand:
            # What counts is not with this carrier under our reference, so nothing there may stay.
            return lambda: adapters.void_all(adapter, reference)
        return lambda: adapters.settle(adapter, reference, keep)

    # -- results --------------------------------------------------------------------------------------------------

    def _call_done(self, result, memo):
        todo, in_doubt = memo
        self.write({"attempt_count": 0, "last_error": False, "error": False, "next_attempt_at": fields.Datetime.now()})
        return getattr(self, f"_done_{todo}")(result, in_doubt)

    def _done_book(self, purchase, in_doubt):
        self._tell_surplus(purchase)
        self.write({"in_doubt": in_doubt})
        self._booked(purchase.booking)
        for parcel in purchase.booking.parcels:
            line = self.line_ids.filtered(lambda each, parcel=parcel: each.tracking_number == parcel.tracking_number)[
                :1
            ]
            if parcel.label and line:
                self._store_sent_label(line, parcel.label)
        if not self.void_requested_at:
            self.write({"todo": "labels", "next_attempt_at": fields.Datetime.now()})

    def _store_sent_label(self, line, content):
        """A label that came along with the booking, if it is one: paper with an error on it ships nothing."""
        if label_format := adapters.label_format_of(content):
            self._store_label(line, content, label_format)
        else:
            line.label_state = "failed"
            self.message_post(body=_("What came as label of %(number)s is none.", number=line.tracking_number))

    def _done_labels(self, results, _in_doubt):
        again = None
        for line_id, found in results:
            line = self.line_ids.browse(line_id)
            if isinstance(found, adapters.Label):
                self._store_label(line, found.content, found.format)
            elif isinstance(found, adapters.NotSupported):
                line.label_state = "none"
            elif isinstance(found, adapters.RejectedByCarrier):
                self.write({"last_error": str(found)})
                line.label_state = "failed"
            else:
                again = found
        # without a number there is nothing to ask for
        self.line_ids.filtered(lambda line: line.label_state == "requested" and not line.tracking_number).write(
            {"label_state": "failed"}
        )
        if again is None:
            self._labels_over()
        return again

    def _done_void(self, _ids, _in_doubt):
        self._voided()

    def _done_settle(self, result, _in_doubt):
        if isinstance(result, adapters.Purchase):
            self._tell_surplus(result)
        self.write({"in_doubt": False, "todo": False})

    def _call_unanswered(self, error, memo):
        todo, in_doubt = memo
        if todo == "book":
            self.write({"in_doubt": in_doubt or error.maybe_done})

    def _call_refused(self, error, memo):
        todo, in_doubt = memo or (self.todo, self.in_doubt)
        if todo == "book":
            self.write({"in_doubt": in_doubt})
        if todo == "void" or not self.void_requested_at:
            self._give_up(todo, str(error))

    def _work_dead(self, error):
        """The last try failed too."""
        self._give_up(self.todo, error)

    def _give_up(self, todo, error):
        """Stop trying; a person is told what is left to do."""
        if todo == "book":
            self._booking_failed(error)
        elif todo == "labels":
            self.line_ids.filtered(lambda line: line.label_state == "requested").label_state = "failed"
            self.write({"error": error})
            self._labels_over()
        elif todo == "void":
            self.write({"todo": False, "void_failed": True, "error": error})
            self._tell(_("Void %(name)s at %(carrier)s by hand", name=self.name, carrier=self.carrier_id.name), error)
        else:
            self.write({"todo": False, "error": error})
            self._tell(
                _("Ask %(carrier)s whether %(ref)s exists twice", carrier=self.carrier_id.name, ref=self.reference),
                error,
            )

    def _settle_later(self):
        """What to do when nothing else is left: in doubt, look once more for a second booking."""
        if self.in_doubt:
            self.write({"todo": "settle", "attempt_count": 0, "next_attempt_at": fields.Datetime.now() + _SETTLE_AFTER})
        else:
            self.write({"todo": False})

    def _tell_surplus(self, purchase):
        for booking in purchase.voided:
            self.message_post(body=_("%(id)s, a second booking of the same reference, was voided.", id=booking.id))
        for booking, reason in purchase.surplus:
            self._tell(_("Void the second booking %(id)s by hand", id=booking.id), reason)

    # -- what the carrier is told ---------------------------------------------------------------------------------

    def _plain_request(self):
        """The request as the adapters know it; the same in every try."""
        sender, recipient = self.shipment_id._carrier_addresses()
        if self.is_return:
            sender, recipient = recipient, sender
        values = {
            "reference": self.reference,
            "service": self.service or "",
            "sender": sender,
            "recipient": recipient,
            "parcels": tuple(line._plain() for line in self.line_ids),
            "label_format": self.label_format,
            "packaging": self.packaging or "",
            "incoterm": self.incoterm_id.code or "",
            "is_return": self.is_return,
        }
        return adapters.BookingRequest(**values | self._plain_customs())

    def _take_parcels(self):
        """Note what is booked: the shipment's parcels as they are now."""
        self.ensure_one()
        parcels = self.shipment_id._carrier_parcels(self._call_account().default_weight_kg)
        self.line_ids.unlink()
        self.write({"line_ids": [fields.Command.create(vals) for vals in parcels]})
