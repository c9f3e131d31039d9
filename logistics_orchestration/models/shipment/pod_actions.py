"""What people decide about a proof of delivery, and what is told about it."""

from odoo import _, models
from odoo.exceptions import AccessError, UserError


class Pod(models.Model):
    _inherit = "logistics.pod"

    # -- decisions -----------------------------------------------------------------------------------------------

    def _require_role(self, group, deed):
        if not (self.env.su or self.env.user.has_group(f"logistics_orchestration.{group}")):
            name = self.env.ref(f"logistics_orchestration.{group}").sudo().name  # sudo: the name of a role, no secret
            raise AccessError(_("%(deed)s: this needs the role %(role)s.", deed=deed, role=name))

    def action_verify(self):
        """Verify by hand what is complete.

        :raises UserError: naming what is missing
        """
        self._require_role("group_planner", _("Verify a proof of delivery"))
        with self.env["logistics.event"]._business_call():
            for pod in self.filtered(lambda p: p.state != "verified"):
                missing = pod._get_missing()
                if missing:
                    raise UserError(
                        _(
                            "%(name)s is not complete. Missing: %(missing)s. Add it, or let a logistics manager "
                            "accept it as it is.",
                            name=pod.name,
                            missing="; ".join(missing),
                        )
                    )
                pod._verify()
        return True

    def action_accept(self, reason=None):
        """Accept a proof in spite of what is missing.

        :param str reason: why; asked for when not given
        """
        self._require_role("group_manager", _("Accept an incomplete proof of delivery"))
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, "action_accept", _("Why is it accepted as it is?"))
        with self.env["logistics.event"]._business_call():
            for pod in self.filtered(lambda p: p.state != "verified"):
                pod.message_post(body=_("Accepted as it is: %(reason)s", reason=reason))
                pod._verify(reason)
        return True

    def action_dispute(self, reason=None):
        """The consignee denies what it says: it proves nothing until it is verified again.

        :param str reason: why; asked for when not given
        """
        self._require_role("group_planner", _("Dispute a proof of delivery"))
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, "action_dispute", _("What is disputed?"))
        with self.env["logistics.event"]._business_call():
            for pod in self.filtered(lambda p: p.state != "disputed"):
                told = pod.state == "verified"
                # sudo: the deciding fields are not written by hand; the role was checked
                pod.sudo().write(
                    {"state": "disputed", "dispute_reason": reason, "verified_at": False, "verified_by_id": False}
                )
                pod._proof_changed()
                if told:
                    pod._logistics_void(["logistics.pod.verified"], reason)
                    pod._logistics_emit("logistics.pod.incomplete")
        return True

    def _delivery_taken_back(self, said):
        """The carrier took back the delivery this proves: a person looks at the proof, and nothing is billed on it
        before.

        :param said: the logistics.milestone that was taken back
        """
        for pod in self.filtered(lambda p: p.state == "verified"):
            reason = _("%(system)s took back its scan %(code)s", system=said.system_name, code=said.raw_code)
            pod.action_dispute(reason)
            pod._logistics_activity(_("Is %(name)s still true?", name=pod.name), reason)

    def action_open_shipment(self):
        """Smart button: its shipment."""
        return self.shipment_id.action_open()

    # -- events --------------------------------------------------------------------------------------------------

    def _logistics_root(self):
        return self.shipment_id._logistics_root()

    def _logistics_scope(self):
        return self.shipment_id._logistics_scope()

    def _logistics_subject(self):
        return self.name

    def _logistics_data(self, type_name):
        self.ensure_one()
        time = self.shipment_id._logistics_time
        data = {
            "pod": self.name,
            "shipment": self.shipment_id.name,
            "order": self.order_id.name or "",
            "parcels": self.parcel_ids.mapped("reference"),
            "signed_by": self.signed_by or "",
            "signed_at": time(self.signed_at),
            "place": self.place or "",
            "evidence": sorted(self.evidence_ids.mapped("kind")),
            "lines": [line._logistics_line_data() for line in self.line_ids],
            "entered_by_hand": self.manual,
        }
        if type_name == "logistics.pod.incomplete":
            data["missing"] = self._get_missing() + ([self.dispute_reason] if self.state == "disputed" else [])
        return data
