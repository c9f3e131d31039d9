"""Bookings on their way out: which wait for the driver, and on which list they stand."""

from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

# In the last part of the working day the day is closed by itself.
_LAST = timedelta(minutes=30)


class CarrierBooking(models.Model):
    _inherit = "logistics.carrier.booking"

    manifest_id = fields.Many2one(
        "logistics.carrier.manifest",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="The list on which it was handed over.",
    )
    warehouse_id = fields.Many2one(related="shipment_id.warehouse_id")

    @api.model
    def _to_hand_over(self, account, warehouse, listed=False):
        """What is booked with an account, still in a warehouse, and on no list yet (`listed`: or on one)."""
        domain = [
            ("account_id", "=", account.id),
            ("shipment_id.warehouse_id", "=", warehouse.id),
            ("state", "=", "booked"),
            ("is_return", "=", False),
            ("void_requested_at", "=", False),
            ("shipment_id.milestone", "in", ("unknown", "pre_transit")),
        ]
        if not listed:
            domain.append(("manifest_id", "=", False))
        if account.sudo().automatic:  # sudo: one flag of an account
            # What a person booked elsewhere is not known to the interface.
            domain += [("booked_by_hand", "=", False), ("carrier_booking_ref", "!=", False)]
        return self.search(domain)

    def _places(self):
        """[(account, warehouse)] of these bookings, each once."""
        return list(dict.fromkeys((booking.account_id, booking.shipment_id.warehouse_id) for booking in self))

    def _require_planner(self, deed):
        if not (self.env.su or self.env.user.has_group("logistics_orchestration.group_planner")):
            raise AccessError(_("%(deed)s: this needs the role Transport Planner.", deed=deed))

    def action_request_pickup(self):
        """A driver for what these bookings' carriers fetch from these bookings' warehouses today."""
        self._require_planner(_("Request pickup"))
        pickups = self.env["logistics.carrier.pickup"]
        for account, warehouse in self._places():
            pickup = pickups._for_today(account, warehouse)
            if pickup.state == "draft" and pickup.close_at > fields.Datetime.now():
                pickup.action_request()
            elif pickup.state == "draft":
                pickup.message_post(body=_("The driver's window of this day is over: choose another day and request."))
            pickups |= pickup
        return pickups._open(_("Pickups"))

    def action_close_day(self):
        """The list of the day for these bookings' carriers and warehouses."""
        self._require_planner(_("Close the day"))
        manifests = self.env["logistics.carrier.manifest"]
        for account, warehouse in self._places():
            manifests |= manifests._close(account, warehouse)
        return manifests._open(_("Manifests"))

    def action_void(self, reason=""):
        """What stands on a list that was given away is to be struck from it by a person."""
        listed = self.filtered(lambda booking: booking.manifest_id and booking._is_live)
        result = super().action_void(reason)
        gone = listed.filtered(lambda booking: not booking._is_live)
        gone.sudo().manifest_id._tell_voided(gone.sudo())  # sudo: follows from the voiding, which was allowed
        return result

    # -- by itself ----------------------------------------------------------------------------------------------------

    @api.model
    def _cron_hand_over(self):
        """Drivers and lists of the accounts that want them by themselves."""
        for account in self.env["logistics.carrier.account"].search(
            ["|", ("pickup_auto", "=", True), ("manifest_auto", "=", True), ("state", "=", "active")]
        ):
            warehouses = self.env["stock.warehouse"].search([("company_id", "=", account.company_id.id)])
            for warehouse in warehouses:
                if self._to_hand_over(account, warehouse, listed=True):
                    self._hand_over(account, warehouse)

    @api.model
    def _hand_over(self, account, warehouse):
        pickups, manifests = self.env["logistics.carrier.pickup"], self.env["logistics.carrier.manifest"]
        probe = pickups.new(
            {"account_id": account.id, "warehouse_id": warehouse.id, "company_id": warehouse.company_id.id}
        )
        if not probe._logistics_on():
            return
        now, (_opens, closes) = fields.Datetime.now(), probe._window(pickups._local_day(warehouse))
        try:
            with self.env.cr.savepoint():
                if account.pickup_auto and now < closes - _LAST:
                    pickup = pickups._for_today(account, warehouse)
                    if pickup.state == "draft":
                        pickup.action_request()
                if account.manifest_auto and now >= closes - _LAST and self._to_hand_over(account, warehouse):
                    manifests._close(account, warehouse)
        except UserError as error:
            warehouse_name, text = warehouse.name, str(error)
            account.message_post(body=_("Hand-over in %(warehouse)s: %(error)s", warehouse=warehouse_name, error=text))
