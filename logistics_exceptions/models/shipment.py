"""Shipments whose trouble is over by what is heard: of silence by the next scan, of a scan by one that ends it or by
its being taken back."""

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

    def _parcel_moved(self, parcel, old, row):
        """A trouble that is over by what is told now has no case that waits for somebody, whichever is heard first."""
        result = super()._parcel_moved(parcel, old, row)
        if old["exception"] not in (False, STALE, parcel.exception_code):
            for case in self._logistics_cases_over({old["exception"]}):
                case._trouble_over(parcel, row)
        return result

    def _scan_retracted(self, parcel, old, row, said):
        """A trouble that was taken back by its carrier is none: its case ends, or its owner looks at it."""
        result = super()._scan_retracted(parcel, old, row, said)
        codes = {said.exception_code, old["exception"]} - {False, STALE}
        for case in self._logistics_cases_over(codes):
            case._trouble_taken_back(row)
        return result

    def _logistics_cases_over(self, codes):
        """Open cases that scans with these exception codes opened, where no parcel is in such trouble any more.

        What counts is where the parcels stand when all that is known is folded, so the answer is the same in whatever
        order it was heard. Several codes may lead to one type of case: it is over with the last of them.

        :param set codes: our exception codes that may be over
        """
        # sudo: follows from the scan or its retraction, whoever told it
        cases = self.env["logistics.exception"].sudo()
        domain = [("shipment_id", "=", self.id), ("exception_code", "!=", False), ("state", "in", OPEN)]
        found = codes and cases.search([*domain, ("subject_model", "=", self._name), ("subject_id", "=", self.id)])
        if not found:
            return cases
        types = cases.env["logistics.exception.type"]
        standing = {parcel.exception_code for parcel in self.parcel_ids} - {False}

        def types_of(told):
            return types.union(*(types._find_for_code(code, self.company_id) for code in told))

        gone_types, standing_types = types_of(codes - standing), types_of(standing)
        return found.filtered(
            lambda case: (case.type_id in gone_types or case.exception_code in codes)
            and case.type_id not in standing_types
            and case.exception_code not in standing
        )
