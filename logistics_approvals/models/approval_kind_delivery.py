"""Expedite and carrier change: the delivery goes with another delivery method.

Changed are the transfers that have not left yet, the order's own delivery method when the whole order was asked for,
and shipments that wait for dispatch. What the customer is charged stays as agreed.
"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

# Rated by Odoo itself. Other providers are asked over the network, which has no place inside a transaction.
_RATED_HERE = ("fixed", "base_on_rule")


class ApprovalRequest(models.Model):
    _inherit = "logistics.approval.request"

    # -- the delivery behind a document -----------------------------------------------------------------------

    @api.model
    def _open_transfers(self, subject):
        """Transfers of the delivery that have not left: outgoing ones, and earlier steps that name a carrier."""
        if subject._name == "logistics.shipment":
            pickings = subject.picking_ids
        else:
            pickings = subject.picking_ids if subject._name == "sale.order" else subject
        return pickings.filtered(
            lambda p: p.state not in ("done", "cancel")
            and (p.picking_type_code == "outgoing" or p.carrier_id)
            and not any(move.origin_returned_move_id for move in p.move_ids)
        )

    @api.model
    def _waiting_shipments(self, subject):
        """Shipments that are packed but not dispatched."""
        if subject._name == "logistics.shipment":
            shipments = subject
        else:
            pickings = subject.picking_ids if subject._name == "sale.order" else subject
            shipments = pickings.logistics_shipment_ids
        return shipments.filtered("can_dispatch")

    @api.model
    def _carriers_now(self, subject):
        """The delivery methods in use for what has not left yet."""
        carriers = self._open_transfers(subject).carrier_id | self._waiting_shipments(subject).carrier_id
        return carriers or (self._order_of(subject).carrier_id if subject._name != "logistics.shipment" else carriers)

    @api.model
    def _rate(self, order, carrier):
        """What ``carrier`` costs for ``order`` in the order's currency; None when Odoo cannot tell by itself."""
        if not order or not carrier or carrier.delivery_type not in _RATED_HERE:
            return None
        # sudo: price rules are not the requester's to read, the figure is
        result = carrier.sudo().rate_shipment(order.sudo())
        if not result or not result.get("success"):
            return None
        return order.currency_id.round(result.get("carrier_price", result["price"]))

    @api.model
    def _extra_freight(self, subject, carrier):
        """Extra cost of ``carrier`` over what is planned, in the order's currency; None when Odoo cannot tell."""
        order = self._order_of(subject)
        new = self._rate(order, carrier)
        if new is None:
            return None
        planned = [self._rate(order, current) or 0.0 for current in self._carriers_now(subject)]
        return max(new - min(planned, default=0.0), 0.0)

    # -- hooks of the kinds -----------------------------------------------------------------------------------

    def _missing_expedite(self, subject):
        transfers, shipments = self._open_transfers(subject), self._waiting_shipments(subject)
        if not transfers and not shipments:
            return _(
                "%(document)s: nothing is left to ship, so its delivery cannot change.", document=subject.display_name
            )
        if not self.carrier_id:
            return _("%(document)s: choose the new delivery method.", document=subject.display_name)
        if self._carriers_now(subject) == self.carrier_id and all(p.carrier_id for p in transfers):
            return _(
                "%(document)s ships with %(carrier)s already. Choose another delivery method.",
                document=subject.display_name,
                carrier=self.carrier_id.name,
            )
        if self.carrier_id.company_id and self.carrier_id.company_id != self.company_id:
            return _("Delivery method %(carrier)s belongs to %(company)s. Choose one of this company.",
                     carrier=self.carrier_id.name, company=self.carrier_id.company_id.name)  # fmt: skip
        address = self._ship_to(subject)
        if address and not self.carrier_id._match_address(address):
            return _(
                "Delivery method %(carrier)s does not deliver to %(address)s. Choose another one.",
                carrier=self.carrier_id.name,
                address=address.display_name,
            )
        return ""

    def _ship_to(self, subject):
        if subject._name == "sale.order":
            return subject.partner_shipping_id
        if subject._name == "stock.picking":
            return subject.partner_id
        return subject.picking_ids[:1].partner_id

    def _amount_expedite(self, subject):
        """Extra freight: what Odoo rates, or more when somebody typed more. Typing less does not dodge the policy."""
        extra = self._extra_freight(subject, self.carrier_id)
        if extra is None:
            return self.amount, self.currency_id
        currency = self._order_of(subject).currency_id
        today = fields.Date.context_today(self)
        return max(extra, self.currency_id._convert(self.amount, currency, self.company_id, today)), currency

    def _summary_expedite(self, subject):
        before = ", ".join(self._carriers_now(subject).mapped("name")) or _("no delivery method")
        return _(
            "%(kind)s %(document)s: %(before)s → %(after)s",
            kind=self._kind_label(),
            document=subject.display_name,
            before=before,
            after=self.carrier_id.name or "?",
        )

    def _changes_expedite(self, subject):
        document = self._order_of(subject) or subject
        yield (
            _("Delivery method"),
            ", ".join(self._carriers_now(subject).mapped("name")) or _("none"),
            self.carrier_id.name or "?",
        )
        transfers = self._open_transfers(subject)
        if transfers:
            yield _("Transfers"), "", ", ".join(transfers.mapped("name"))
        if "amount_total" in document._fields:
            yield (
                _("Order value"),
                formatLang(self.env, document.amount_total, currency_obj=document.currency_id),
                _("unchanged"),
            )

    def _snapshot_expedite(self, subject):
        order = self._order_of(subject)
        transfers, shipments = self._open_transfers(subject), self._waiting_shipments(subject)
        open_goods = {}
        for move in transfers.filtered(lambda p: p.picking_type_code == "outgoing").move_ids:
            if move.state != "cancel":
                key = str(move.product_id.id)
                open_goods[key] = open_goods.get(key, 0.0) + move.product_qty
        address = self._ship_to(subject)
        return {
            "order_value": order.amount_total,
            "ship_to_id": address.id,
            "ship_to_zip": address.zip or "",
            "promised": fields.Datetime.to_string(order.commitment_date) or None,
            "transfers": {str(p.id): p.carrier_id.id for p in transfers},
            "shipments": {str(s.id): s.carrier_id.id for s in shipments},
            "goods": open_goods,
            "rate_new": self._rate(order, self.carrier_id),
        }

    def _execute_expedite(self):
        subject = self._subject()
        transfers, shipments = self._open_transfers(subject), self._waiting_shipments(subject)
        if not transfers and not shipments:
            raise UserError(_("%(document)s has left already: its delivery cannot change any more.",
                              document=subject.display_name))  # fmt: skip
        before = ", ".join(self._carriers_now(subject).mapped("name")) or _("none")
        if subject._name == "sale.order":
            subject.carrier_id = self.carrier_id
        transfers.write({"carrier_id": self.carrier_id.id})
        shipments.write({"carrier_id": self.carrier_id.id})
        text = _("Delivery method changed: %(before)s → %(after)s", before=before, after=self.carrier_id.name)
        for document in (subject, *(transfers - subject if subject._name == "stock.picking" else transfers)):
            self._tell_document(document, text)
        for shipment in shipments.filtered("tracking_number"):
            shipment._logistics_activity(
                _("Void the old label, book %(carrier)s", carrier=self.carrier_id.name),
                _("The delivery method changed after booking (%(request)s).", request=self.name),
                user=self.requested_by_id,
            )

    # A carrier change differs from an expedite in why it is asked and in its policies, not in what is done.
    _missing_carrier_change = _missing_expedite
    _amount_carrier_change = _amount_expedite
    _summary_carrier_change = _summary_expedite
    _changes_carrier_change = _changes_expedite
    _snapshot_carrier_change = _snapshot_expedite
    _execute_carrier_change = _execute_expedite

    @api.model
    def _snapshot_words(self):
        return {
            **super()._snapshot_words(),
            "ship_to_zip": (_("Delivery postcode"), "text"),
            "promised": (_("Promised date"), "text"),
            "transfers": (_("Delivery method of"), "{stock.picking:delivery.carrier}"),
            "shipments": (_("Delivery method of"), "{logistics.shipment:delivery.carrier}"),
            "goods": (_("Quantity to ship"), "{product.product}"),
            "rate_new": (_("Rate of the new delivery method"), "float"),
        }
