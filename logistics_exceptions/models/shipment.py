"""Shipments whose trouble is over by what is heard: of silence by the next scan, of a scan by its being taken back."""

from odoo import _, models

from ..core import OPEN

STALE = "tracking_stale"


class Shipment(models.Model):
    _inherit = "logistics.shipment"

    def _logistics_end_silence(self):
        """Resolve the open cases about the silence of these shipments; other trouble stays open."""
        # sudo: follows from the scan, whoever told it
        cases = self.env["logistics.exception"].sudo()
        domain = [("shipment_id", "in", self.ids), ("exception_code", "=", STALE), ("state", "in", OPEN)]
        for case in cases.search(domain):
            case._move("resolved", resolution_code="no_action", resolution=_("The carrier was heard of again."))

    def _scan_retracted(self, parcel, old, row, said):
        """A trouble that was taken back by its carrier is none: its case ends, or its owner looks at it."""
        result = super()._scan_retracted(parcel, old, row, said)
        code = said.exception_code
        if code and not self._logistics_still_told(code):
            # sudo: follows from the retraction, whoever told it
            cases = self.env["logistics.exception"].sudo()
            domain = [("shipment_id", "=", self.id), ("exception_code", "=", code), ("state", "in", OPEN)]
            for case in cases.search(domain):
                case._trouble_taken_back(row)
        return result

    def _logistics_still_told(self, code):
        """Whether another scan of this shipment, also one that changed nothing when it came, tells of the trouble."""
        rows = self.parcel_ids.milestone_ids
        rows = rows.filtered(lambda row: row.exception_code == code and row.effect not in ("statement", "retraction"))
        rows.invalidate_recordset(["is_retracted"])
        return any(not row.is_retracted for row in rows)
