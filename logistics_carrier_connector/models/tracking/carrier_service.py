"""When a carrier is asked about a parcel it is silent about: some services scan more often than others."""

from odoo import fields, models


class CarrierService(models.Model):
    _inherit = "logistics.carrier.service"

    track_hours = fields.Integer(
        string="Ask After (Hours)", help="Without a scan for so long, the carrier is asked. 0: as the account says."
    )
