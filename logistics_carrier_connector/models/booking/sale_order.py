"""The carrier booking as a step of the order's flow page."""

from odoo import _, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _get_logistics_flow_steps(self):
        steps = super()._get_logistics_flow_steps()
        return [*steps, self._logistics_booking_step()]

    def _logistics_booking_step(self):
        """Booking of the order's shipments in one step: as far as the one that is least far."""
        # sudo: everybody who may see the order may see whether its carrier is booked
        shipments = self.sudo().logistics_shipment_ids.filtered(lambda s: s.milestone != "cancelled")
        bookings = shipments.mapped("booking_id")
        state, summary = self._logistics_booking_words(shipments, bookings)
        step = {
            "key": "carrier",
            "sequence": 50,
            "label": _("Carrier"),
            "state": state,
            "owner": ", ".join(set(bookings.carrier_id.mapped("name"))) or self.carrier_id.name or "",
            "deadline": False,
            "done_at": max(bookings.mapped("booked_at")) if state == "done" and bookings else False,
            "summary": summary,
            "spoke": self._logistics_spoke(
                shipments, ["logistics.shipment.booked", "logistics.shipment.booking_failed"]
            )
            if bookings
            else False,
            "records": [{"model": b._name, "id": b.id, "name": b.name} for b in bookings],
            "action": False,
        }
        failed = bookings.filtered(lambda b: b.state == "failed")[:1]
        bookable = shipments.filtered("can_book")[:1]
        if failed:
            step["action"] = {"model": failed._name, "id": failed.id, "method": "action_retry", "label": _("Try again")}
        elif bookable:
            step["action"] = {
                "model": bookable._name,
                "id": bookable.id,
                "method": "action_book",
                "label": _("Book carrier"),
            }
        return step

    def _logistics_booking_words(self, shipments, bookings):
        """(state, one sentence) of the step."""
        states = set(bookings.mapped("state"))
        if "failed" in states:
            error = bookings.filtered(lambda b: b.state == "failed")[:1].error
            return "stalled", _("Booking failed: %(error)s", error=error or _("see the booking"))
        if "requested" in states:
            waiting = bookings.filtered(lambda b: b.state == "requested")[:1]
            if waiting.by_hand:
                return "current", _("Waiting for a person to book by hand.")
            if waiting.last_error:
                return "waiting", _("Trying again: %(error)s", error=waiting.last_error)
            return "current", _("The carrier is being asked.")
        booked = bookings.filtered(lambda b: b.state == "booked")
        if booked and len(booked) == len(shipments):
            numbers = ", ".join(filter(None, booked.mapped("tracking_numbers")))
            return "done", _("Booked, tracking %(numbers)s.", numbers=numbers or "-")
        if shipments and all(shipment.tracking_number for shipment in shipments):
            return "done", _("Tracking %(numbers)s.", numbers=", ".join(shipments.mapped("tracking_number")))
        carrier = shipments.carrier_id[:1] or self.carrier_id
        account = carrier._logistics_account(self.company_id)
        enforced = self._logistics_enforced("carrier")
        if account and not enforced:
            return "observe", _("Carrier booking only observes here.")
        if not shipments:
            return (
                ("pending", _("Follows the picking."))
                if account
                else ("skipped", _("No carrier account: booked outside."))
            )
        if account:
            return "current", _("Nothing is booked yet.")
        return "skipped", _("No carrier account: booked outside.")
