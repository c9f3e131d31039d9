"""Documents of a shipping method that has a switch of its own."""

from odoo import models


class Source(models.AbstractModel):
    _inherit = "logistics.source"

    def _logistics_enforced(self, capability):
        """A shipping method's own switch counts before those of customer, warehouse and company."""
        if capability == "carrier" and "carrier_id" in self._fields:
            self.ensure_one()
            # sudo: the mode in force counts whoever acts
            carrier = self.sudo().carrier_id
            if carrier._name == "delivery.carrier" and carrier.logistics_mode:
                return carrier.logistics_mode == "enforce"
        return super()._logistics_enforced(capability)
