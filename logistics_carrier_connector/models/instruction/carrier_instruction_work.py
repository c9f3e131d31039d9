"""What the worker does with a change after dispatch: tell the carrier once. See ``carrier_call`` for the steps.

`memo` of a call is whether there was doubt before it.
"""

from markupsafe import Markup, escape

from odoo import _, fields, models

from ... import adapters


class CarrierInstructionWork(models.Model):
    _inherit = "logistics.carrier.instruction"

    def _work_domain(self):
        return [("state", "=", "requested"), *super()._work_domain()]

    def _call_account(self):
        # sudo: the worker calls with the account, whoever asked
        return self.account_id.sudo()

    def _call_prepare(self):
        adapter, request, in_doubt = self._call_account()._adapter(), self._plain_request(), self.in_doubt
        # Committed with the claim: should this worker die, whoever takes over looks before it tells the carrier again.
        self.write({"in_doubt": True})

        def tell():
            return adapters.ask_once(
                adapter.find_instructions, lambda: adapter.instruct(request), request.reference, not in_doubt
            )

        return tell, in_doubt

    def _call_done(self, instruction, _memo):
        self.write({"in_doubt": False, "attempt_count": 0, "last_error": False, "carrier_ref": instruction.id or False})
        self._accepted()

    def _call_unanswered(self, error, in_doubt):
        self.write({"in_doubt": bool(in_doubt) or error.maybe_done})

    def _call_refused(self, error, in_doubt):
        if isinstance(error, adapters.RejectedByCarrier):
            self.write({"in_doubt": False})
            self._refused(str(error))
            return
        if in_doubt is not None:
            self.write({"in_doubt": in_doubt})
        self._hand_over(str(error))

    def _work_dead(self, error):
        """Nobody answers: a person takes over."""
        self._hand_over(error)

    def _plain_request(self):
        """The request as the adapters know it; the same in every try."""
        address = None
        if self.partner_id:
            address = self.shipment_id._plain_address(self.partner_id)
        return adapters.InstructionRequest(
            reference=self.reference,
            kind=self.kind,
            booking_id=self.booking_id.carrier_booking_ref or "",
            tracking_numbers=tuple(number for number in self.parcel_ids.mapped("tracking_number") if number),
            address=address,
            point=self.point or "",
            day=self.day or None,
        )

    # -- how the carrier is told ---------------------------------------------------------------------------------

    def _by_interface(self):
        """Whether the carrier can be told over its interface."""
        self.ensure_one()
        account = self._call_account()
        if not (account and account.automatic and self.booking_id.carrier_booking_ref):
            return False
        if self.booking_id.booked_by_hand or not self.shipment_id._logistics_enforced("carrier"):
            return False
        return self.kind in account._adapter().abilities()

    def _send(self):
        """Tell the carrier: the worker does it right after the commit, or a person."""
        for one in self:
            if one._by_interface():
                one.write({"state": "requested", "next_attempt_at": fields.Datetime.now()})
                one._wake()
            else:
                one._hand_over()

    def _hand_over(self, error=""):
        """A person tells the carrier; what is to be told stands in the to-do."""
        self.write({"state": "by_hand"})
        lines = [self._summary(), _("Tracking numbers: %(numbers)s", numbers=", ".join(self._numbers()) or "-")]
        if self.partner_id and self.kind in ("redirect", "correct_address"):
            place = self.partner_id._display_address(without_company=False)
            lines.append(", ".join(part for part in place.split("\n") if part.strip(", ")))
        if error:
            lines.append(error)
        if self.in_doubt:
            lines.append(
                _(
                    "The carrier may have it already: ask for %(reference)s before you tell it again.",
                    reference=self.reference,
                )
            )
        note = Markup("<br/>").join(escape(line) for line in lines)
        self._logistics_activity(self._hand_summary(), note, user=self.user_id)
        self.message_post(body=note)

    def _numbers(self):
        return [number for number in self.parcel_ids.mapped("tracking_number") if number]

    def _hand_summary(self):
        return _("Tell %(carrier)s: %(name)s", carrier=self.carrier_id.name or _("the carrier"), name=self.name)

    # -- what comes of it ----------------------------------------------------------------------------------------

    def _accepted(self, words="", by_hand=False):
        """The carrier does it: the shipment follows."""
        shipment = self.shipment_id
        self.write(
            {
                "state": "accepted",
                "answer": words or False,
                "answered_at": fields.Datetime.now(),
                "answered_by_hand": by_hand,
            }
        )
        with self.env["logistics.event"]._business_call():
            if self.kind in ("redirect", "correct_address"):
                # posted documents say where it was sent to; the shipment says where it goes
                shipment.write({"partner_id": self.partner_id.id})
            # the arrival is another one now, whatever the scans say
            shipment.write({"eta_due_at": fields.Datetime.now()})
            if self.kind != "change_date":
                name = "logistics.shipment.redirected"
                shipment._logistics_emit(name, shipment._logistics_data(name) | self._event_data())
        shipment.message_post(
            body=_("%(carrier)s accepted: %(what)s", carrier=self.carrier_id.name, what=self._summary())
        )
        self._close_activities(_("Accepted by the carrier"))

    def _refused(self, words, by_hand=False):
        """The carrier does not do it: whoever asked is told in the carrier's words."""
        self.write(
            {"state": "refused", "answer": words, "answered_at": fields.Datetime.now(), "answered_by_hand": by_hand}
        )
        self._close_activities(_("Refused by the carrier"))
        self.shipment_id.message_post(
            body=_(
                "%(carrier)s refused: %(what)s. %(words)s",
                carrier=self.carrier_id.name,
                what=self._summary(),
                words=words,
            )
        )
        if not by_hand:
            summary = _("%(carrier)s refused: %(what)s", carrier=self.carrier_id.name, what=self._summary())
            self.shipment_id._logistics_activity(summary, words, user=self.user_id)

    def _event_data(self):
        """What the event says beyond the shipment."""
        address = self.partner_id if self.kind in ("redirect", "correct_address") else self.partner_id.browse()
        return {
            "kind": self.kind,
            "instruction": self.name,
            "reason": self.reason or "",
            "point": self.point or "",
            "address": {
                "name": address.name or "",
                "street": address.street or "",
                "street2": address.street2 or "",
                "zip": address.zip or "",
                "city": address.city or "",
                "country": address.country_id.code or "",
            }
            if address
            else None,
        }

    def _close_activities(self, feedback):
        # sudo: to-dos may be somebody else's
        activities = self.sudo().activity_ids
        if activities:
            activities.action_feedback(feedback=feedback)
