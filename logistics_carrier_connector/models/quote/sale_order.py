"""Orders that carriers are asked about before they are packed."""

import hashlib
import json
import math

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ... import adapters


class SaleOrder(models.Model):
    _inherit = "sale.order"

    logistics_order_rating_ids = fields.One2many("logistics.order.rating", "order_id", readonly=True)
    logistics_order_offer_ids = fields.One2many("logistics.order.offer", "order_id", string="Offers", readonly=True)
    logistics_rates_state = fields.Selection(
        [("requested", "Asking the carriers"), ("done", "Offers are here"), ("failed", "No offers")],
        compute="_compute_logistics_rates_state",
        compute_sudo=True,
    )

    @api.depends("logistics_order_rating_ids.state", "logistics_order_offer_ids")
    def _compute_logistics_rates_state(self):
        for order in self:
            batch = order._logistics_last_rates()
            states = set(batch.mapped("state"))
            if "requested" in states:
                order.logistics_rates_state = "requested"
            else:
                order.logistics_rates_state = ("done" if batch.offer_ids else "failed") if batch else False

    def _logistics_last_rates(self):
        """The requests that were asked together last."""
        self.ensure_one()
        latest = self.logistics_order_rating_ids.sorted("id")[-1:]
        return self.logistics_order_rating_ids.filtered(lambda one: one.batch == latest.batch) if latest else latest

    def action_logistics_get_rates(self):
        """Ask the carriers what this order would cost; their offers appear in a moment.

        :raises UserError: nothing to ship, or nobody to ask
        """
        self.check_access_rights("write")
        self.check_access_rule("write")
        for order in self:
            if not order._logistics_planned_lines():
                raise UserError(_("%(order)s: there is nothing to ship.", order=order.name))
            if not self.env["logistics.order.rating"]._request_for_order(order):
                raise UserError(
                    _(
                        "No carrier can be asked for %(order)s: give a shipping method that delivers to %(partner)s an "
                        "account with an interface.",
                        order=order.name,
                        partner=order.partner_shipping_id.display_name or "-",
                    )
                )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": _("The carriers are asked. Their offers appear on the order in a moment."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # -- what carriers are asked about ---------------------------------------------------------------------------

    def _logistics_planned_lines(self):
        return self._logistics_lines_to_ship().filtered(lambda line: not line.is_delivery)

    def _logistics_rates_content(self):
        """What an answer is about: a change of goods, address or promise makes it worthless."""
        to = self.partner_shipping_id
        goods = [
            [line.product_id.id, line.product_uom_qty, line.qty_delivered] for line in self._logistics_planned_lines()
        ]
        said = [goods, to.id, to.zip, to.country_id.code, str(self.commitment_date or ""), self.warehouse_id.id]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]

    def _logistics_planned_parcels(self, default_weight):
        """The parcels it will make, as the adapters know them.

        Goods ordered by the box travel in that box; the rest is put into parcels of the company's planned weight.

        :param float default_weight: kg of a piece whose product has no weight, shared by all pieces of one parcel
        """
        limit = self.company_id.logistics_planned_parcel_kg
        unit = self.env["product.template"]._get_weight_uom_id_from_ir_config_parameter()
        kg = self.env.ref("uom.product_uom_kgm")
        sizes = self.env["logistics.shipment"]._parcel_sizes
        parcels, loose = [], []
        for line in self._logistics_planned_lines():
            left = line.product_uom._compute_quantity(line.product_uom_qty - line.qty_delivered, line.product_id.uom_id)
            weight = unit._compute_quantity(line.product_id.weight, kg, round=False)
            box = line.product_packaging_id
            if box.package_type_id and box.qty:
                boxes, left = int(left // box.qty), left % box.qty
                base = unit._compute_quantity(box.package_type_id.base_weight, kg, round=False)
                parcels += [(weight * box.qty + base, sizes(box.package_type_id))] * boxes
            loose.append((weight, math.ceil(left)))
        parcels += [(weight, {}) for weight in adapters.pack(loose, limit)]
        return tuple(
            adapters.Parcel(reference=f"{self.name}-{number}", weight_kg=weight or default_weight, **size)
            for number, (weight, size) in enumerate(parcels, 1)
        )
