"""How a shipment's proof is put in words where it blocks an invoice, and its way to the invoices."""

from odoo import _, models


class Shipment(models.Model):
    _inherit = "logistics.shipment"

    def _logistics_proof_words(self):
        """Name of the shipment and what its proof of delivery lacks."""
        self.ensure_one()
        if self.pod_state == "verified":
            return _("%(name)s: damaged or refused", name=self.name)
        if self.pod_state == "none":
            return _("%(name)s: no proof of delivery yet", name=self.name)
        state = dict(self._fields["pod_state"]._description_selection(self.env))[self.pod_state]
        return _("%(name)s: proof of delivery %(state)s", name=self.name, state=state.lower())

    def action_open_invoices(self):
        """Smart button: the invoices of its orders."""
        return self._open("account.move", self.order_ids.invoice_ids, _("Invoices"))
