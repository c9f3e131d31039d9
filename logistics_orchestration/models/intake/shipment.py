"""A shipment of a channel's order leaves: the buyer is advised what comes in which parcel (856 / DESADV meaning)."""

from odoo import models

DISPATCHED = "logistics.shipment.dispatched"
ADVISED = "logistics.shipment.advised"


class Shipment(models.Model):
    _inherit = "logistics.shipment"

    def _logistics_emit(self, type_name, data=None, certainty="actual", occurred_at=None, source=None):
        uids = super()._logistics_emit(type_name, data, certainty, occurred_at, source)
        if type_name == DISPATCHED:
            for shipment in self.sudo():  # sudo: whoever dispatches; orders and packages are read only
                for order in (shipment.order_ids | shipment.order_id).filtered("logistics_channel_id"):
                    shipment._logistics_advise(order, occurred_at)
        return uids

    def _logistics_void(self, type_names, reason, root=False):
        """What makes the dispatch void makes the notice of it void."""
        if DISPATCHED in type_names:
            type_names = [*type_names, ADVISED]
        return super()._logistics_void(type_names, reason, root)

    def _logistics_advise(self, order, occurred_at):
        """Tell one order's buyer what is on its way."""
        self.ensure_one()
        data = self._logistics_advice(order)
        document = self.env["logistics.channel.document"]._write_for(
            order.logistics_channel_id, "ship_notice", data, order
        )
        if document:
            data["document"] = document
        self._logistics_emit(ADVISED, data, occurred_at=occurred_at)

    def _logistics_advice(self, order):
        """The notice as data: see the event type ``shipment.advised``."""
        self.ensure_one()
        place, said = self.partner_id, (order.logistics_received or {}).get("ship_to") or {}
        address = {
            "code": said.get("code"),
            "name": place.name or place.parent_id.name,
            "street": place.street,
            "street2": place.street2,
            "city": place.city,
            "state": place.state_id.code,
            "zip": place.zip,
            "country": place.country_id.code,
        }
        return {
            "shipment": self.name,
            "reference": order.logistics_channel_ref,
            "order": order.name,
            "channel": order.logistics_channel_id.code,
            "system": order.logistics_channel_id.system_id.code or "",
            "carrier": self.carrier_id.name or "",
            "tracking_number": self.tracking_number or "",
            "shipped_at": self._logistics_time(self.dispatched_at) or "",
            "ship_to": {key: value for key, value in address.items() if value},
            "parcels": [parcel for parcel in self._logistics_advice_parcels(order) if parcel["lines"]],
        }

    def _logistics_advice_parcels(self, order):
        """Each parcel with what of the order is in it; loose goods are in the first parcel without a package."""
        moves = self.picking_ids.move_line_ids.filtered(
            lambda one: one.state == "done" and one.move_id.sale_line_id.order_id == order
        )
        loose = next((parcel for parcel in self.parcel_ids if not parcel.package_id), self.parcel_ids[:1])
        for parcel in self.parcel_ids:
            mine = moves.filtered(
                lambda one, parcel=parcel: parcel.package_id and one.result_package_id == parcel.package_id
            )
            if parcel == loose:
                mine |= moves.filtered(lambda one: one.result_package_id not in self.parcel_ids.package_id)
            number = "".join(char for char in parcel.reference or "" if char.isdigit())
            number = number[2:] if len(number) == 20 and number.startswith("00") else number
            yield {
                "reference": parcel.reference,
                # GS1: a serial shipping container code has 18 digits
                "sscc": number if len(number) == 18 else "",
                "tracking_number": parcel.tracking_number or self.tracking_number or "",
                "weight_kg": parcel.weight_kg,
                "lines": self._logistics_advice_lines(order, mine),
            }

    @staticmethod
    def _logistics_advice_lines(order, move_lines):
        """What is in a parcel, per line of the buyer's, in the buyer's units."""
        said = {line["line"]: line for line in (order.logistics_received or {}).get("lines", ())}
        found = {}
        for one in move_lines:
            line = one.move_id.sale_line_id
            theirs = said.get(line.logistics_buyer_line, {})
            per = (line.logistics_buyer_quantity or 1.0) / theirs["quantity"] if theirs.get("quantity") else 1.0
            row = found.setdefault(
                line.id,
                {
                    **{key: theirs[key] for key in ("gtin", "buyer_sku", "uom") if theirs.get(key)},
                    "line": line.logistics_buyer_line or str(line.id),
                    "sku": line.product_id.default_code or "",
                    "quantity": 0.0,
                },
            )
            row["quantity"] += one.product_uom_id._compute_quantity(one.quantity, line.product_uom) / (per or 1.0)
        return list(found.values())
