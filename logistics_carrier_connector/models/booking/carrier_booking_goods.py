"""What the customs want to know of a booking: the goods in its parcels, with weight, value, HS code and origin."""

from collections import defaultdict
from decimal import Decimal

from odoo import fields, models

from ... import adapters


class CarrierBookingGoods(models.Model):
    _inherit = "logistics.carrier.booking"

    def _plain_customs(self):
        """The values of ``adapters.BookingRequest`` that the customs ask for; none within the customs territory."""
        # sudo: prices and numbers of what is booked, whoever may book
        booking = self.sudo()
        shipment = booking.shipment_id
        own, customer = shipment.company_id.partner_id, shipment.partner_id
        start = shipment.warehouse_id.partner_id.country_id or shipment.company_id.country_id
        # a country nobody knows is the address's fault and told as such
        if not (start and customer.country_id and start._logistics_is_export(customer.country_id)):
            return {}
        sender = customer.commercial_partner_id if booking.is_return else own
        order = shipment.picking_ids.sale_id[:1]
        return {
            "export": True,
            "incoterm": (booking.incoterm_id or order.incoterm).code or "",
            "goods": tuple(booking._plain_goods(order.currency_id or shipment.company_id.currency_id)),
            "eori": sender.logistics_eori or "",
            "vat": sender.vat or "",
        }

    def _plain_goods(self, currency):
        """An ``adapters.Good`` of each product in each parcel, all values in one currency."""
        loose = self.line_ids.parcel_id.filtered(lambda parcel: not parcel.package_id)
        counted, quantities = self.env["stock.move.line"], defaultdict(float)
        for line in self.line_ids.filtered("parcel_id"):
            parcel = line.parcel_id
            # What lies in several parcels without a package is told once, and not which of them it is in.
            reference = "" if parcel in loose and len(loose) > 1 else line.reference
            for move_line in parcel._get_move_lines() - counted:
                counted |= move_line
                sold = move_line.move_id.sale_line_id
                unit = sold.product_uom if sold.product_id == move_line.product_id else move_line.product_id.uom_id
                quantity = move_line.product_uom_id._compute_quantity(move_line.quantity, unit, round=False)
                quantities[reference, move_line.product_id, sold, unit] += quantity
        for (reference, product, sold, unit), quantity in quantities.items():
            yield adapters.Good(
                sku=product.default_code or "",
                description=product.name,
                quantity=_exact(quantity),
                weight_kg=self._weight_of_one(product, unit),
                value=_exact(self._value_of_one(product, sold, unit, currency)),
                currency=currency.name,
                hs_code=product.hs_code or "",
                origin=product.country_of_origin.code or "",
                unit=unit.name,
                parcel=reference,
            )

    def _weight_of_one(self, product, unit):
        """Kilograms of one `unit` of a product."""
        kept_in = self.env["product.template"]._get_weight_uom_id_from_ir_config_parameter()
        weight = kept_in._compute_quantity(product.weight, self.env.ref("uom.product_uom_kgm"), round=False)
        return round(weight * unit._compute_quantity(1, product.uom_id, round=False), 6)

    def _value_of_one(self, product, sold, unit, currency):
        """What one `unit` was sold for, without taxes and after discounts; given away or not sold: its sales price."""
        paid_in = sold.currency_id
        value = sold.price_reduce_taxexcl if sold.product_id == product else self._value_in_kit(product, sold)
        if not value:
            paid_in = product.currency_id
            value = product.uom_id._compute_price(product.lst_price, unit)
        # the rate of the day it was asked for: the same in every try
        day = fields.Date.context_today(self, self.create_date)
        return paid_in._convert(value, currency, self.company_id, day, round=False)

    def _value_in_kit(self, part, sold):
        """One piece's share of a kit's price, by what its parts cost when bought alone; 0 when it is in no kit."""
        kit = sold.product_id
        if not kit:
            return 0.0
        parts = kit._logistics_parts(sold.product_uom._compute_quantity(1, kit.uom_id, round=False), self.company_id)
        whole = sum(each.lst_price * quantity for each, quantity in parts.items())
        return sold.price_reduce_taxexcl * part.lst_price / whole if part in parts and whole else 0.0


def _exact(number):
    """A float as people wrote it: four places, none of them noise."""
    return Decimal(str(round(number, 4)))
