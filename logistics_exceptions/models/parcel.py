"""Parcels that are heard of again: the case about their silence is over by itself."""

from odoo import models

from .shipment import STALE


class Parcel(models.Model):
    _inherit = "logistics.parcel"

    def write(self, vals):
        if "exception_code" not in vals:
            return super().write(vals)
        silent = self.filtered(lambda parcel: parcel.exception_code == STALE)
        result = super().write(vals)
        for shipment in silent.filtered(lambda parcel: parcel.exception_code != STALE).shipment_id:
            if STALE not in shipment.parcel_ids.mapped("exception_code"):
                shipment._logistics_end_silence()
        return result
