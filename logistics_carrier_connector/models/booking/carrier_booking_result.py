"""What the carrier's answer changes in Odoo: numbers, price, labels, events, and telling people when it went wrong."""

from markupsafe import Markup, escape

from odoo import _, fields, models

_MIMETYPES = {"pdf": "application/pdf", "zpl": "text/plain"}


class CarrierBookingResult(models.Model):
    _inherit = "logistics.carrier.booking"

    # -- booked ---------------------------------------------------------------------------------------------------

    def _booked(self, booking, by_hand=False):
        """The carrier (or a person) booked: note numbers and price, tell the documents and the partners.

        :param booking: ``adapters.Booking``
        """
        currency = self._currency(booking.currency)
        self._note_numbers(booking.parcels)
        self._move(
            "booked",
            carrier_booking_ref=booking.id or False,
            amount=float(booking.amount or 0.0) if currency else 0.0,
            currency_id=currency.id,
            booked_at=fields.Datetime.now(),
            booked_by_hand=by_hand,
            error=False,
        )
        if self.void_requested_at:
            return  # asked for meanwhile: the worker voids it next, the documents never hear of it
        if self.is_return:
            self._close_activities()
            self.message_post(body=_("Return booked, tracking %(numbers)s.", numbers=self.tracking_numbers or "-"))
            return
        self._write_numbers()
        self._write_price()
        self._close_activities()
        self.shipment_id._logistics_emit("logistics.shipment.booked", self._event_data("logistics.shipment.booked"))
        body = _(
            "Booked with %(carrier)s, tracking %(numbers)s.",
            carrier=self.carrier_id.name,
            numbers=self.tracking_numbers or "-",
        )
        for document in (self.shipment_id, *self.shipment_id.picking_ids):
            document.message_post(body=body)
        self._book_return_label()

    def _currency(self, code):
        if not code:
            return self.company_id.currency_id
        currency = (
            self.env["res.currency"].with_context(active_test=False).search([("name", "=", code.upper())], limit=1)
        )
        if not currency:
            self.message_post(
                body=_("The carrier's price is in %(code)s, which Odoo does not know: not noted.", code=code)
            )
        return currency

    def _note_numbers(self, parcels):
        """Tracking numbers and label addresses, by our parcel reference, else in our order when as many came back, else
        the one number for all. A parcel without number has no label: a person has to ask for it."""
        by_reference = {parcel.reference: parcel for parcel in parcels}
        in_order = list(parcels) if len(parcels) == len(self.line_ids) else []
        if len(parcels) == 1 and not parcels[0].reference:
            in_order = list(parcels) * len(self.line_ids)
        for number, line in enumerate(self.line_ids):
            parcel = by_reference.get(line.reference) or (in_order and in_order[number])
            if parcel:
                line.write(
                    {
                        "tracking_number": parcel.tracking_number,
                        "label_url": parcel.label_url or False,
                        "label_state": "requested",
                    }
                )
            else:
                line.label_state = "failed"

    def _write_numbers(self):
        """Numbers to where people and partners look for them.

        One number for several parcels is that of the shipment: parcels of their own number are told apart by it.
        """
        numbers = self._numbers()
        whole = len(self.line_ids) > 1 and len(numbers) == 1
        for line in self.line_ids.filtered("parcel_id"):
            number = False if whole else line.tracking_number
            line.parcel_id.write(
                {
                    "tracking_number": number,
                    "label_state": line.label_state,
                    "label_attachment_id": line.attachment_id.id,
                }
            )
        self.shipment_id.write({"tracking_number": numbers[0] if numbers else False, "service": self.service})
        self.shipment_id.picking_ids.write({"carrier_tracking_ref": ",".join(numbers) or False})

    def _numbers(self):
        """The tracking numbers, each once."""
        return list(dict.fromkeys(line.tracking_number for line in self.line_ids if line.tracking_number))

    def _write_price(self):
        """The freight on the transfer and, where the customer pays the real cost, on the order, as Odoo itself does."""
        picking, carrier = self.shipment_id.picking_ids[:1], self.carrier_id
        if not picking or not self.currency_id:
            return
        order = picking.sale_id
        today = fields.Date.context_today(self)
        price = self.currency_id._convert(
            self.amount, order.currency_id or self.company_id.currency_id, self.company_id, today
        )
        if carrier.free_over and order:
            total = order._compute_amount_total_without_delivery()
            if carrier._compute_currency(order, total, "pricelist_to_company") >= carrier.amount:
                price = 0.0
        picking.carrier_price = carrier._apply_margins(price)
        picking._add_delivery_cost_to_so()

    # -- labels ---------------------------------------------------------------------------------------------------

    def _store_label(self, line, content, label_format):
        """One label as a file on the shipment and its transfers, and on the parcel."""
        carrier = self.carrier_id
        prefix = carrier.get_return_label_prefix() if self.is_return else carrier._get_delivery_label_prefix()
        vals = {
            "name": f"{prefix}-{line.tracking_number or line.reference}.{label_format}",
            "raw": content,
            "mimetype": _MIMETYPES[label_format],
        }
        attach = self.env["ir.attachment"]
        label = attach.create({**vals, "res_model": self.shipment_id._name, "res_id": self.shipment_id.id})
        attach.create([{**vals, "res_model": p._name, "res_id": p.id} for p in self.shipment_id.picking_ids])
        line.write({"attachment_id": label.id, "label_state": "ok"})
        if not self.void_requested_at and not self.is_return:
            line.parcel_id.write({"label_attachment_id": label.id, "label_state": "ok"})

    def _labels_over(self):
        """No label is waited for any longer: tell it when they are all there, and go on to what else is to do."""
        if self.void_requested_at:
            return
        if not self.is_return:
            for line in self.line_ids.filtered("parcel_id"):
                line.parcel_id.label_state = line.label_state
        states = set(self.line_ids.mapped("label_state"))
        if "failed" in states:
            self._tell_labels_missing()
        if "ok" in states and not states & {"failed", "requested"}:
            name = f"logistics.shipment.{'return_label_created' if self.is_return else 'label_created'}"
            self.shipment_id._logistics_emit(name, self._event_data(name))
        self._settle_later()

    def _tell_labels_missing(self):
        """The carrier took the booking, but some parcels cannot leave: a person gets what is missing."""
        missing = self.line_ids.filtered(lambda line: line.label_state == "failed")
        note = _(
            "Parcels without label: %(parcels)s. %(error)s",
            parcels=", ".join(line.tracking_number or line.reference for line in missing),
            error=self.error or self.last_error or "",
        )
        self._tell(_("Label missing: get it from %(carrier)s", carrier=self.carrier_id.name), note.strip())

    # -- voided ---------------------------------------------------------------------------------------------------

    def _voided(self):
        """The booking is taken back: its numbers and labels leave the documents, unless the next one's are there."""
        had_label = self.state == "booked"
        data = self._event_data("logistics.shipment.label_voided")
        self._take_back_price()
        self._take_back_numbers()
        self._move("voided", void_failed=False, error=False)
        self._settle_later()
        if had_label:
            if not self.is_return:
                self.shipment_id._logistics_emit("logistics.shipment.label_voided", data)
            body = _(
                "%(name)s with %(carrier)s was voided: %(reason)s",
                name=self.name,
                carrier=self.carrier_id.name,
                reason=self.void_reason,
            )
            self.shipment_id.message_post(body=body)

    def _take_back_numbers(self):
        shipment, numbers = self.shipment_id, self._numbers()
        for line in self.line_ids:
            parcel, label = line.parcel_id, line.attachment_id
            if (label and parcel.label_attachment_id == label) or parcel.tracking_number in numbers:
                parcel.write({"tracking_number": False, "label_state": "voided", "label_attachment_id": False})
            if label:
                copies = [("res_model", "=", "stock.picking"), ("res_id", "in", shipment.picking_ids.ids)]
                self.env["ir.attachment"].search([*copies, ("name", "=", label.name)]).unlink()
                label.name = _("VOID-%(name)s", name=label.name)
        self.line_ids.write({"label_state": "voided"})
        if shipment.tracking_number in numbers:
            shipment.tracking_number = False
        for picking in shipment.picking_ids:
            stands = [n.strip() for n in (picking.carrier_tracking_ref or "").split(",") if n.strip()]
            left = [number for number in stands if number not in numbers]
            if left != stands:
                picking.carrier_tracking_ref = ",".join(left) or False

    def _take_back_price(self):
        """Freight charged at cost is taken off the order again, unless it is invoiced."""
        picking, carrier = self.shipment_id.picking_ids[:1], self.carrier_id
        if self.state != "booked" or self.is_return or not picking or carrier.invoice_policy != "real":
            return
        lines = picking.sale_id.order_line.filtered(
            lambda line: line.is_delivery and line.product_id == carrier.product_id and not line.qty_invoiced
        )
        lines.write({"price_unit": 0.0})

    # -- failed ---------------------------------------------------------------------------------------------------

    def _booking_failed(self, error):
        """Given up: partners are told, a person gets the to-do, and the manual way is open."""
        self._move("failed", todo=False, error=error)
        name = "logistics.shipment.booking_failed"
        if not self.is_return:
            self.shipment_id._logistics_emit(name, self._event_data(name) | {"error": error})
        note = error
        if self.in_doubt:
            note = _(
                "%(error)s The carrier may have booked it all the same: ask for %(ref)s before you book by hand.",
                error=error,
                ref=self.reference,
            )
        self._tell(self._failed_summary(), note)

    def _failed_summary(self):
        return _("%(name)s failed: correct and retry, or book by hand", name=self.name)

    def _tell_person(self):
        """An account without interface: what has to be told to the carrier, as a to-do."""
        # sudo: planners book with an account they may not open
        account = self.account_id.sudo()
        lines = account._adapter().instructions(self._plain_request())
        mailed = account._mail_task(self, lines)
        if mailed:
            lines = [*lines, _("Sent by mail to %(address)s.", address=mailed)]
        self._tell(self._hand_summary(), Markup("<br/>").join(lines))

    def _hand_summary(self):
        return _("Book %(carrier)s by hand: %(name)s", carrier=self.carrier_id.name, name=self.name)

    def _tell(self, summary, note):
        """A to-do on the shipment for whoever answers for it, else for whoever asked for the booking."""
        owner = self.shipment_id.user_id or self.create_uid
        self.shipment_id._logistics_activity(summary, escape(note), user=owner)
        self.message_post(body=Markup("<b>%s</b><br/>%s") % (summary, note))

    def _close_activities(self, feedback=""):
        """The to-dos of this booking are settled."""
        summaries = (self._failed_summary(), self._hand_summary())
        # sudo: to-dos may be somebody else's
        activities = self.shipment_id.sudo().activity_ids.filtered(lambda a: a.summary in summaries)
        if activities:
            activities.action_feedback(
                feedback=feedback or _("Booked: %(numbers)s", numbers=self.tracking_numbers or "-")
            )

    # -- events ---------------------------------------------------------------------------------------------------

    def _event_data(self, type_name):
        """Data of the shipment's booking events: the shipment's own, with what this very booking says."""
        numbers = {line.reference: line.tracking_number or "" for line in self.line_ids}
        data = self.shipment_id._logistics_data(type_name)
        data["parcels"] = [
            dict(parcel, tracking_number=numbers.get(parcel["reference"], "")) for parcel in data.get("parcels", [])
        ]
        return data | {
            "booking": self.name,
            "reference": self.reference,
            "carrier_booking_ref": self.carrier_booking_ref or "",
            "carrier": self.carrier_id.name,
            "service": self.service or "",
            "tracking_number": next((number for number in numbers.values() if number), ""),
            "amount": self.amount,
            "currency": self.currency_id.name or "",
            "label_format": self.label_format,
            "test": self.environment == "test",
        }
