"""The end of a day: what one carrier fetches from one warehouse, closed once, with the list to sign."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ... import adapters

_MIMETYPES = {"pdf": "application/pdf", "txt": "text/plain"}


class CarrierManifest(models.Model):
    _name = "logistics.carrier.manifest"
    _description = "Carrier Manifest"
    _inherit = ["logistics.carrier.handover"]
    _work_cron_id = "logistics_carrier_connector.cron_carrier_manifest"
    _ability = "manifest"
    _sequence_code = "logistics.carrier.manifest"

    booking_ids = fields.One2many("logistics.carrier.booking", "manifest_id", string="Bookings", readonly=True)
    booking_count = fields.Integer(compute="_compute_load", string="Number of Bookings")
    parcel_count = fields.Integer(compute="_compute_load", string="Parcels")
    weight_kg = fields.Float(compute="_compute_load", string="Weight (kg)")
    voided_ids = fields.One2many(
        "logistics.carrier.booking", compute="_compute_load", string="Voided Since", help="To be struck from the list."
    )
    attachment_id = fields.Many2one("ir.attachment", string="Document", readonly=True, copy=False, ondelete="set null")

    @api.depends("booking_ids.line_ids.weight_kg", "booking_ids.state", "booking_ids.void_requested_at")
    def _compute_load(self):
        for manifest in self:
            # What is taken back stays in sight and goes into no car.
            going = manifest.booking_ids.filtered(lambda booking: booking._is_live)
            manifest.voided_ids = manifest.booking_ids - going
            manifest.booking_count = len(manifest.booking_ids)
            manifest.parcel_count = len(going.line_ids)
            manifest.weight_kg = sum(going.line_ids.mapped("weight_kg"))

    # -- asking -------------------------------------------------------------------------------------------------------

    @api.model
    def _close(self, account, warehouse):
        """Close the day over what waits for this carrier here; every booking stands on one list.

        Two people who close at once change the same bookings: the second one's transaction is repeated by Odoo and
        finds nothing left.

        :raises UserError: nothing waits
        """
        bookings = self.env["logistics.carrier.booking"]._to_hand_over(account, warehouse)
        if not bookings:
            raise UserError(
                _(
                    "Nothing booked with %(account)s waits in %(warehouse)s to be put on a list.",
                    account=account.sudo().name,  # sudo: the name of the account, nothing of it
                    warehouse=warehouse.name,
                )
            )
        manifest = self.create(
            {"account_id": account.id, "warehouse_id": warehouse.id, "company_id": warehouse.company_id.id}
        )
        bookings.sudo().manifest_id = manifest  # sudo: set by closing the day alone
        manifest.action_request()
        return manifest

    def _check_request(self):
        super()._check_request()
        if not self.booking_ids:
            bookings = self.env["logistics.carrier.booking"]._to_hand_over(self.account_id, self.warehouse_id)
            bookings.sudo().manifest_id = self  # sudo: set by closing the day alone
        if not self.booking_ids:
            raise UserError(_("%(name)s: nothing is booked that could be put on it.", name=self.name))

    def action_cancel(self):
        """Take the bookings off the list again; what the carrier has closed stays closed."""
        self._check_may_act()
        for manifest in self.sudo():  # sudo: fields only the buttons and the worker set
            if manifest.state == "done" or manifest.in_doubt:
                raise UserError(
                    _("%(name)s is, or may be, closed at the carrier: it cannot be opened again.", name=manifest.name)
                )
            manifest._move("cancelled", todo=False, error=False)
            manifest.booking_ids.manifest_id = False
            manifest.activity_ids.unlink()
        return True

    def action_print(self):
        """The carrier's document, else our own list to be signed."""
        self.ensure_one()
        if self.attachment_id:
            url = f"/web/content/{self.attachment_id.id}?download=true"
            return {"type": "ir.actions.act_url", "url": url, "target": "new"}
        return self.env.ref("logistics_carrier_connector.action_report_manifest").report_action(self, config=False)

    def action_open_bookings(self):
        """The bookings on the list."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_carrier_connector.action_carrier_booking")
        return dict(action, domain=[("manifest_id", "=", self.id)], context={})

    def _instructions(self):
        lines = [
            _("Reference: %(ref)s", ref=self.reference),
            _("%(parcels)s parcels, %(weight)s kg are handed over on %(day)s:", parcels=self.parcel_count,
              weight=round(self.weight_kg, 2), day=self.day),
        ]  # fmt: skip
        for line in (self.booking_ids - self.voided_ids).line_ids:
            booking = line.booking_id.carrier_booking_ref or line.booking_id.reference
            lines.append(f"{booking}: {line.tracking_number or line.reference}")
        return lines

    def _is_given_away(self):
        """Whether the carrier has the list already, by its interface or from a person."""
        self.ensure_one()
        return self.state == "done" or self.in_doubt or (self.state == "requested" and self.by_hand)

    def _tell_voided(self, bookings):
        """Bookings are taken back after the list was given away: a person strikes them, and keeps the parcels here.

        The carrier expects what it was announced; no carrier takes a parcel off a closed list over its interface.
        A list that is still to be told leaves them out by itself.
        """
        for manifest in self.filtered(lambda one: one._is_given_away()):
            gone = bookings & manifest.booking_ids
            numbers = [line.tracking_number or line.reference for line in gone.line_ids]
            summary = _("Strike from list %(name)s: %(numbers)s", name=manifest.name, numbers=", ".join(numbers))
            note = _(
                "%(bookings)s was voided after the list was given to the carrier. Strike it on the paper, keep its "
                "parcels here, and tell the driver.",
                bookings=", ".join(gone.mapped("name")),
            )
            manifest._tell(summary, note)

    # -- the worker ---------------------------------------------------------------------------------------------------

    def _prepare_request(self):
        adapter = self._call_account()._adapter()
        # What was voided since is no longer to be handed over.
        gone = self.booking_ids.filtered(lambda booking: not booking._is_live)
        gone.manifest_id = False
        ids = tuple(booking.carrier_booking_ref for booking in self.booking_ids if booking.carrier_booking_ref)
        if not ids:
            raise UserError(_("%(name)s: none of its bookings is left.", name=self.name))
        request = adapters.ManifestRequest(self.reference, self._sender(), ids)
        return self._once(adapter.find_manifests, lambda: adapter.manifest(request))

    def _done_request(self, manifest):
        attachment = self.env["ir.attachment"]
        if manifest.content:
            attachment = attachment.create(
                {
                    "name": f"{self.name.replace('/', '-')}.{manifest.format}",
                    "raw": manifest.content,
                    "mimetype": _MIMETYPES.get(manifest.format, "application/octet-stream"),
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
        self._done(manifest.id, attachment_id=attachment.id)
