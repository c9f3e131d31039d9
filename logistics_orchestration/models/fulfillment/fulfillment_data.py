"""What a warehouse is told about a fulfilment request."""

from odoo import models

from ..release.wire import wire_time
from .fulfillment_states import CANCEL_REQUESTED, REQUESTED


class Fulfillment(models.Model):
    _inherit = "logistics.fulfillment"

    def _logistics_data(self, type_name):
        self.ensure_one()
        if type_name == REQUESTED:
            return self._request_data()
        if type_name == CANCEL_REQUESTED:
            return {
                "fulfillment": self.name,
                "order": self.order_id.name,
                "warehouse": self.warehouse_id.code or "",
                "system": self.system_id.code or "",
                "reason": self.reason or "",
            }
        return dict(
            self._short_data(),
            expected_ship_at=wire_time(self.expected_ship_at),
            answer_due_at=wire_time(self.answer_due_at),
        )

    def _short_data(self):
        return {
            "fulfillment": self.name,
            "order": self.order_id.name,
            "warehouse": self.warehouse_id.code or "",
            "system": self.system_id.code or "",
            "state": self.state,
            "reason": self.reason or "",
            "manual": self.manual,
        }

    def _request_data(self):
        """The request itself: what to ship, to whom, with whom."""
        pickings = self._open_moves().picking_id or self.picking_ids
        partner = pickings[:1].partner_id or self.order_id.partner_shipping_id
        carrier = pickings.carrier_id[:1] or self.order_id.carrier_id
        return {
            "fulfillment": self.name,
            "order": self.order_id.name,
            "warehouse": self.warehouse_id.code or "",
            "system": self.system_id.code or "",
            "transfer": ", ".join(pickings.mapped("name")),
            "requested_ship_at": wire_time(self.requested_ship_at),
            "consignee": self._consignee_data(partner),
            "carrier": self._carrier_data(carrier) if carrier else None,
            "lines": self.asked or [],
        }

    def _consignee_data(self, partner):
        """Where the goods go."""
        commercial = partner.commercial_partner_id
        return {
            "name": partner.name or commercial.name or "",
            "street": partner.street or "",
            "street2": partner.street2 or "",
            "city": partner.city or "",
            "zip": partner.zip or "",
            "state": partner.state_id.code or "",
            "country": partner.country_id.code or "",
            "phone": partner.phone or partner.mobile or commercial.phone or "",
            "email": partner.email or commercial.email or "",
        }

    def _carrier_data(self, carrier):
        """Who takes the goods; a carrier connector knows the service better."""
        return {"name": carrier.name, "service": carrier.product_id.default_code or ""}

    def _asked_lines(self, moves):
        """The lines for ``moves``: ``line`` is what the warehouse's answers refer to."""
        return [
            {
                "line": move.id,
                "sku": move.product_id.default_code or "",
                "product": move.product_id.name,
                "quantity": move.product_uom_qty,
                "uom": move.product_uom.name,
            }
            for move in moves.sorted("id")
        ]
