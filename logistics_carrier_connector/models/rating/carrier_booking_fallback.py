"""The carrier does not answer: another one is booked by policy, and what the first may have sold us is voided.

When: its account is refused, the tries are used up, or the booking has waited as long as the policy lets it wait for a
carrier that is failing or asks for pauses. A refusal of the shipment itself (a wrong postal code) is a person's matter.
"""

from datetime import timedelta

from odoo import _, api, fields, models

from ... import adapters


class CarrierBookingFallback(models.Model):
    _inherit = "logistics.carrier.booking"

    fallback_of_id = fields.Many2one(
        "logistics.carrier.booking",
        string="Instead Of",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="The booking whose carrier did not answer.",
    )

    @api.model
    def _work_run(self, seconds=20):
        self._fall_back_overdue()
        return super()._work_run(seconds)

    @api.model
    def _fall_back_overdue(self):
        """Bookings that have waited too long for a carrier that is failing or wants to be left alone."""
        now = fields.Datetime.now()
        waiting = self.search(
            [
                ("state", "=", "requested"),
                ("todo", "=", "book"),
                ("is_return", "=", False),
                ("void_requested_at", "=", False),
                "|", ("lease_until", "=", False), ("lease_until", "<", now),
                "|", ("account_id.failure_count", ">", 0), ("account_id.hold_until", ">", now),
            ]
        )  # fmt: skip
        for booking in waiting:
            policy = booking.shipment_id.rate_policy_id
            if not policy.fallback or booking.create_date > now - timedelta(minutes=policy.fallback_minutes):
                continue
            if booking._work_lock() and booking.todo == "book" and booking.state == "requested":
                booking._fall_back(booking.last_error or booking._call_account().last_failure or "")
                self._work_commit()

    def _call_unanswered(self, error, memo):
        result = super()._call_unanswered(error, memo)
        if isinstance(error, adapters.AccountRefused) and self.todo == "book":
            self._fall_back(str(error))
        return result

    def _call_later(self, text):
        """Where the policy waits for nobody, the first failure is enough."""
        super()._call_later(text)
        if self.state == "requested" and self.todo == "book" and not self.shipment_id.rate_policy_id.fallback_minutes:
            self._fall_back(text)

    def _work_dead(self, error):
        if self.todo == "book" and self._fall_back(error):
            return None
        return super()._work_dead(error)

    def _fall_back(self, error):
        """Book with the next carrier of the policy; whether there was one. Without one a person is told, once."""
        self.ensure_one()
        shipment, policy = self.shipment_id, self.shipment_id.rate_policy_id
        if not policy.fallback or self.is_return or not self._is_live:
            return False
        tried, earlier = self.carrier_id, self.fallback_of_id
        while earlier:
            tried, earlier = tried | earlier.carrier_id, earlier.fallback_of_id
        carrier, why = policy._next_carrier(shipment, tried)
        if not carrier:
            self._tell_silent(error)
            return False
        reason = _("%(carrier)s does not answer: %(error)s", carrier=self.carrier_id.name, error=error or "-")
        context = {"logistics_reason": reason, "logistics_compared": True, "logistics_fallback_of": self.id}
        shipment.with_context(**context).write({"carrier_id": carrier.id})
        shipment.message_post(
            body=_("%(reason)s. Booked with %(carrier)s instead, %(why)s.", reason=reason.rstrip("."),
                   carrier=carrier.name, why=why)
        )  # fmt: skip
        return True

    def _tell_silent(self, error):
        summary = _("%(carrier)s does not answer: book another carrier?", carrier=self.carrier_id.name)
        if not self.shipment_id.activity_ids.filtered(lambda activity: activity.summary == summary):
            self._tell(summary, error)

    @api.model
    def _prepare_booking_vals(self, shipment, carrier, vals):
        values = super()._prepare_booking_vals(shipment, carrier, vals)
        return values | {"fallback_of_id": self.env.context.get("logistics_fallback_of")}
