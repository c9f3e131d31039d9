"""On which days a shipping method delivers."""

from odoo import fields, models


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    logistics_delivery_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Delivery Days",
        ondelete="restrict",
        help="Days on which the carrier delivers, with its days off; the hours do not matter. Empty: every day but the"
        " weekend of the country of delivery.",
    )
