"""Parcels that are heard of again: the case about their silence is over by itself."""

from odoo import _, models

from ..core import OPEN

STALE = "tracking_stale"


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


class Shipment(models.Model):
    _inherit = "logistics.shipment"

    def _logistics_end_silence(self):
        """Resolve the open cases about the silence of these shipments; other trouble stays open."""
        # sudo: follows from the scan, whoever told it
        cases = self.env["logistics.exception"].sudo()
        domain = [("shipment_id", "in", self.ids), ("exception_code", "=", STALE), ("state", "in", OPEN)]
        for case in cases.search(domain):
            case._move("resolved", resolution_code="no_action", resolution=_("The carrier was heard of again."))
