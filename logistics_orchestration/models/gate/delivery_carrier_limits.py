"""What a shipping method takes: weight, size, dangerous goods, PO boxes; its transit time."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

LIMITS = ("logistics_max_weight", "logistics_max_piece_weight", "logistics_max_volume", "logistics_max_length_cm")
# a change of these may free orders that the method could not take
CARRIER_FIELDS = {
    *LIMITS,
    "active",
    "country_ids",
    "state_ids",
    "zip_prefix_ids",
    "logistics_hazmat",
    "logistics_no_po_box",
    "logistics_transit_days",
}


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    logistics_max_weight = fields.Float(
        string="Heaviest Delivery (kg)", help="Of everything in one order together; 0: no limit."
    )
    logistics_max_piece_weight = fields.Float(
        string="Heaviest Piece (kg)", help="A single unit of a product may weigh so much; 0: no limit."
    )
    logistics_max_volume = fields.Float(string="Largest Delivery (m³)", digits=(16, 3), help="0: no limit.")
    logistics_max_length_cm = fields.Float(
        string="Longest Piece (cm)", help="Compared with the length on the product; 0: no limit."
    )
    logistics_hazmat = fields.Boolean(string="Takes Dangerous Goods")
    logistics_no_po_box = fields.Boolean(string="No PO Boxes", help="Delivers to doors only.")
    logistics_transit_days = fields.Float(
        string="Transit Days", help="From leaving the warehouse to the customer, in calendar days."
    )

    @api.constrains(*LIMITS, "logistics_transit_days")
    def _check_logistics_limits(self):
        for carrier in self:
            for field in (*LIMITS, "logistics_transit_days"):
                if carrier[field] < 0:
                    raise ValidationError(
                        _(
                            "%(field)s of %(carrier)s: write 0 or more.",
                            field=carrier._fields[field]._description_string(self.env),
                            carrier=carrier.name,
                        )
                    )

    def write(self, vals):
        result = super().write(vals)
        if CARRIER_FIELDS & set(vals) and self.ids:
            self.env["logistics.release.recheck"]._enqueue_held("carrier", [("order_id.carrier_id", "in", self.ids)])
        return result

    def _logistics_unavailable(self, order):
        """Why this method cannot be had for ``order`` now, in words; empty when it can. Override with super."""
        self.ensure_one()
        if not self.active:
            return _("%(carrier)s is not offered any more", carrier=self.name)
        return ""
