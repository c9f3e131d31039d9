"""Cases that partners report, comment and resolve."""

from odoo import _, models

from odoo.addons.logistics_orchestration.models.inbox.inbox_errors import Discard, Quarantine

from .exception_case import RESOLUTIONS


class InboxMessage(models.Model):
    _inherit = "logistics.inbox.message"

    def _handle_exception_opened(self, data):
        """A partner reports trouble with one of our documents."""
        subject = self._find_case_subject(data)
        code = self._require(data, "type")
        if not self._owns("exception.opened"):
            return self._state_only("exception.opened", data, subject)
        vals = {
            "system_id": self.system_id.id,
            "external_reference": data.get("case") or data.get("reference") or False,
            "description": data.get("description") or False,
        }
        case = subject._logistics_open_case(str(code), data.get("summary") or data.get("title") or "", vals)
        return case or subject

    def _handle_exception_updated(self, data):
        """A partner adds something to a case."""
        case = self._find_case(data)
        note = self._require(data, "note", "summary", "description", "title")
        case.message_post(body=_("%(system)s: %(note)s", system=self.system_id.name, note=note))
        return case

    def _handle_exception_resolved(self, data):
        """A partner says that the trouble is over, and how."""
        case = self._find_case(data)
        words = self._require(data, "resolution")
        if not self._owns("exception.resolved"):
            return self._state_only("exception.resolved", data, case)
        if not case.is_open:
            raise Discard(_("%(case)s is over already.", case=case.name), case)
        code = data.get("resolution_code") or "other"
        if code not in dict(RESOLUTIONS):
            raise Quarantine(
                _("resolution_code %(code)s is none of %(known)s.", code=code, known=", ".join(dict(RESOLUTIONS)))
            )
        case._move("resolved", resolution_code=code, resolution=str(words))
        return case

    def _find_case(self, data):
        """By our number, else by the number under which this very system reported it."""
        reference = self._require(data, "case", "reference")
        cases = self.env["logistics.exception"]
        company = [("company_id", "=", self.company_id.id)]
        case = cases.search([*company, ("name", "=", reference)], limit=1) or cases.search(
            [*company, ("external_reference", "=", reference), ("system_id", "=", self.system_id.id)], limit=1
        )
        if not case:
            raise Quarantine(_("No case %(reference)s in %(company)s.",
                               reference=reference, company=self.company_id.name))  # fmt: skip
        return case

    def _find_case_subject(self, data):
        """The document a report is about, by whatever reference of ours the partner has."""
        lookups = (
            ("shipment", "logistics.shipment", "name"),
            ("tracking_number", "logistics.shipment", "parcel_ids.tracking_number"),
            ("transfer", "stock.picking", "name"),
            ("order", "sale.order", "name"),
            ("purchase", "purchase.order", "name"),
        )
        reference = str(self._require(data, *(key for key, _model, _field in lookups)))
        key, model, field = next(lookup for lookup in lookups if data.get(lookup[0]))
        found = self.env[model].search([(field, "=", reference), ("company_id", "=", self.company_id.id)], limit=2)
        if len(found) != 1:
            raise Quarantine(
                _("%(count)s documents fit %(key)s %(reference)s: one is needed.",
                  count=len(found), key=key, reference=reference)
            )  # fmt: skip
        return found
