"""What others say about a shipment whose facts are not theirs, against what Odoo holds."""

from odoo import _, models

from ...milestones import MILESTONES
from ...relay.envelope import EnvelopeError, parse_time
from ..authority.difference import Difference

_RANK = {code: rank for code, _label, rank in MILESTONES}


class Shipment(models.Model):
    _inherit = "logistics.shipment"

    def _logistics_compare_statement(self, fact, value, message):
        shipment = self[:1]
        compare = {
            "shipment.status_changed": shipment._compare_status,
            "shipment.eta_changed": shipment._compare_eta,
            "pod.received": shipment._compare_proof,
        }.get(fact)
        return compare(value, message) if compare else []

    def _compare_status(self, value, message):
        """A scan that is behind what is known is history, no difference; one that is ahead of it is one."""
        meaning = self.env["logistics.status.map"]._lookup(message.system_id, value.get("code"), value.get("field"))
        found = []
        if meaning.milestone:
            labels = dict(self._fields["milestone"]._description_selection(self.env))
            ahead = (_RANK.get(meaning.milestone) or 0) > (_RANK.get(self.milestone) or 0)
            own = labels.get(self.milestone, "")
            label = _("Progress of %(shipment)s", shipment=self.name)
            found.append(Difference("milestone", label, own, labels[meaning.milestone] if ahead else own))
        if meaning.exception_code:
            labels = dict(self._fields["exception_code"]._description_selection(self.env))
            label = _("Trouble with %(shipment)s", shipment=self.name)
            own = labels.get(self.exception_code) or _("none")
            found.append(Difference("exception", label, own, labels[meaning.exception_code]))
        return found

    def _compare_eta(self, value, _message):
        """In hours; the tolerance of the authority rule too."""
        try:
            stated = parse_time(value.get("eta_at"))
        except EnvelopeError:
            return []
        label = _("Expected arrival of %(shipment)s", shipment=self.name)
        if not self.eta_at:
            return [Difference("eta", label, _("unknown"), str(stated))]
        hours = (stated - self.eta_at).total_seconds() / 3600
        return [Difference("eta", label, str(self.eta_at), str(stated), hours)]

    def _compare_proof(self, value, _message):
        pods = self.env["logistics.pod"].search([("shipment_id", "=", self.id)])
        label = _("Proof of delivery of %(shipment)s", shipment=self.name)
        received = _("received")
        return [Difference("proof", label, received if pods else _("none"), received)]
