"""Shipments that are booked with a carrier: what it is told, who may book, and what a change of carrier means."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ... import adapters
from .carrier_booking import STATES


class Shipment(models.Model):
    _inherit = "logistics.shipment"

    booking_ids = fields.One2many(
        "logistics.carrier.booking", "shipment_id", domain=[("is_return", "=", False)], readonly=True
    )
    booking_id = fields.Many2one(
        "logistics.carrier.booking",
        string="Current Booking",
        compute="_compute_booking",
        help="The live one, else the latest.",
    )
    booking_state = fields.Selection(STATES, compute="_compute_booking", string="Booking Status")
    booking_is_live = fields.Boolean(compute="_compute_booking")
    booking_count = fields.Integer(compute="_compute_booking", string="Number of Bookings")
    booking_error = fields.Text(compute="_compute_booking", string="Why Booking Failed")
    can_book = fields.Boolean(compute="_compute_can_book")
    booking_observed = fields.Boolean(
        compute="_compute_can_book", help="It could be booked, but carrier booking only observes here."
    )

    @api.depends("booking_ids.state", "booking_ids.error", "booking_ids.void_requested_at")
    def _compute_booking(self):
        for shipment in self:
            live = shipment._live_booking()
            shipment.booking_id = live or shipment.booking_ids[:1]
            shipment.booking_state = shipment.booking_id.state
            shipment.booking_error = shipment.booking_id.error
            shipment.booking_is_live = bool(live)
            shipment.booking_count = len(shipment.booking_ids)

    @api.depends("booking_ids.state", "booking_ids.void_requested_at", "carrier_id", "milestone", "dispatched_at")
    def _compute_can_book(self):
        for shipment in self:
            bookable = not shipment._why_not_bookable()
            shipment.can_book = bookable and shipment._logistics_enforced("carrier")
            shipment.booking_observed = bookable and not shipment.can_book

    def _live_booking(self):
        """The booking that has bought, or may still buy, a label."""
        self.ensure_one()
        return self.booking_ids.filtered(lambda b: b._is_live)[:1]

    # -- booking --------------------------------------------------------------------------------------------------

    def action_book(self):
        """Ask for a booking; a worker makes it right after the commit.

        :raises UserError: booked already, nothing to book with, or booking is not switched on here
        """
        self._require_group("group_planner", _("Book carrier"))
        for shipment in self:
            shipment._check_may_book()
        # sudo: the right to book was checked; the intent's guarded fields are set by the code alone
        for shipment in self.sudo():
            shipment.booking_ids._request_for(shipment)
        return True

    def _has_left(self):
        """It was handed over, its carrier has scanned it, or it was cancelled: no carrier is chosen any more."""
        self.ensure_one()
        return bool(self.dispatched_at) or self.milestone not in ("unknown", "pre_transit")

    def _why_not_bookable(self):
        """In words why this shipment cannot be booked now; empty: it can."""
        self.ensure_one()
        live = self._live_booking()
        if live:
            return _(
                "%(shipment)s has the booking %(booking)s already. Void it before you book another.",
                shipment=self.name,
                booking=live.name,
            )
        if self._has_left():
            return _("%(shipment)s has left or was cancelled: there is nothing to book.", shipment=self.name)
        if not self.carrier_id._logistics_account(self.company_id):
            return _(
                "Shipping method %(carrier)s of %(shipment)s has no carrier account. Set one on the shipping "
                "method, choose another method, or type the tracking number on the parcel.",
                carrier=self.carrier_id.name or "-",
                shipment=self.name,
            )
        return ""

    def _check_may_book(self):
        """Whether this shipment can be booked here and now.

        :raises UserError: it cannot, or booking is not switched on here
        """
        if why := self._why_not_bookable():
            raise UserError(why)
        if not self._logistics_enforced("carrier"):
            self._logistics_observe_booking()
            raise UserError(
                _(
                    "Carrier booking only observes for %(shipment)s, so nothing is booked. Switch it to Enforce under "
                    "Logistics > Configuration for this company, warehouse or customer.",
                    shipment=self.name,
                )
            )

    def _logistics_observe_booking(self):
        """Note what would have been booked."""
        carrier = self.carrier_id
        summary = _("Book %(shipment)s with %(carrier)s", shipment=self.name, carrier=carrier.name or _("no carrier"))
        self._logistics_observe("carrier", summary)

    def _logistics_book_carrier(self):
        """Book, as a rule asks for it: booked already is fine, no account is a to-do for a person."""
        for shipment in self:
            if not shipment._logistics_enforced("carrier"):
                shipment._logistics_observe_booking()
            elif not shipment.carrier_id._logistics_account(shipment.company_id):
                super(Shipment, shipment)._logistics_book_carrier()
            elif shipment.can_book:
                # sudo: a rule or a warehouse worker's validation causes it, neither needs rights on bookings
                booked = shipment.sudo()
                booked.booking_ids._request_for(booked)

    def action_void_booking(self, reason=None):
        """Take the booking back; asks why when not told."""
        self._require_group("group_planner", _("Void booking"))
        live = self.booking_ids.filtered(lambda b: b._is_live)
        if not live:
            raise UserError(_("%(names)s: there is no booking to void.", names=", ".join(self.mapped("name"))))
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(
                self, "action_void_booking", _("Why is the booking voided?")
            )
        live.action_void(reason)
        return True

    def action_open_bookings(self):
        """Every booking of these shipments, voided ones too."""
        return self._open("logistics.carrier.booking", self.booking_ids | self.return_booking_ids, _("Bookings"))

    def _cancel(self, reason):
        """A cancelled shipment needs no label."""
        super()._cancel(reason)
        # sudo: cancelling was allowed; the booking follows
        bookings = self.sudo().booking_ids | self.sudo().return_booking_ids
        bookings.filtered(lambda b: b._is_live).action_void(reason)

    # -- another carrier ------------------------------------------------------------------------------------------

    def write(self, vals):
        if "carrier_id" not in vals:
            return super().write(vals)
        changing = self.filtered(lambda s: s.carrier_id.id != vals["carrier_id"])
        # sudo: bookings follow their shipment, whoever may change its carrier
        for booking in changing.sudo().booking_ids.filtered(lambda b: b._is_live):
            booking._check_may_void()
        result = super().write(vals)
        # sudo: as above
        for shipment in changing.sudo():
            pickings = shipment.picking_ids.filtered(lambda p: p.carrier_id.id != vals["carrier_id"])
            if pickings:
                pickings.write({"carrier_id": vals["carrier_id"]})
            shipment._rebook()
        return result

    def _rebook(self):
        """The carrier changed: what was booked with the old one is voided, and booked with the new one."""
        self.ensure_one()
        live = self._live_booking()
        if not live:
            return
        company = self.company_id
        if self.carrier_id._logistics_same_booking(live.carrier_id, company):
            return
        reason = self.env.context.get("logistics_reason") or _(
            "Carrier changed to %(carrier)s", carrier=self.carrier_id.name or "-"
        )
        live.action_void(reason)
        if self.carrier_id:
            self._logistics_book_carrier()

    # -- what carriers are told -----------------------------------------------------------------------------------

    def _carrier_addresses(self):
        """(sender, recipient) as the adapters know them."""
        self.ensure_one()
        shipment = self.sudo()  # sudo: addresses of a shipment that may be booked
        sender = shipment.warehouse_id.partner_id or shipment.company_id.partner_id
        return self._plain_address(sender), self._plain_address(shipment.partner_id)

    @staticmethod
    def _plain_address(partner):
        company = partner.commercial_company_name or ""
        return adapters.Address(
            name=partner.name or partner.parent_id.name or "",
            company=company if company != partner.name else "",
            street=partner.street or "",
            street2=partner.street2 or "",
            city=partner.city or "",
            zip=partner.zip or "",
            state=partner.state_id.code or "",
            country=partner.country_id.code or "",
            phone=partner.phone or partner.mobile or "",
            email=partner.email or "",
        )

    def _carrier_parcels(self, default_weight):
        """Values of the booked parcels: references unique within the shipment, weights never 0, sizes in cm."""
        self.ensure_one()
        if not self.parcel_ids:
            raise UserError(_("%(shipment)s has no parcel: there is nothing to book.", shipment=self.name))
        seen, values = set(), []
        for number, parcel in enumerate(self.parcel_ids, 1):
            reference = parcel.reference or str(number)
            if reference in seen:
                reference = f"{reference}-{number}"
            seen.add(reference)
            sizes = self._parcel_sizes(parcel.package_id.package_type_id)
            values.append(
                {
                    "parcel_id": parcel.id,
                    "reference": reference,
                    "weight_kg": parcel.weight_kg or default_weight,
                    **sizes,
                }
            )
        return values

    def _parcel_sizes(self, package_type):
        """A package type's measures in cm."""
        unit = self.env["product.template"]._get_length_uom_id_from_ir_config_parameter()
        cm = self.env.ref("uom.product_uom_cm")
        sides = {"length_cm": "packaging_length", "width_cm": "width", "height_cm": "height"}
        return {ours: unit._compute_quantity(package_type[side], cm, round=False) for ours, side in sides.items()}
