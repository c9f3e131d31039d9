"""Which hold asks whether an order may be split."""

from odoo import api, models


class HoldType(models.Model):
    _inherit = "logistics.hold.type"

    @api.model
    def _for_split(self, company):
        """The type whose code is ``split``, else ``approval``, else one that stops work: a question needs some hold."""
        own = [("company_id", "in", (False, company.id))]
        for domain in ([("code", "=", "split")], [("code", "=", "approval")], [("block_work", "=", True)], []):
            if found := self.search([*domain, *own], order="company_id, sequence", limit=1):
                return found
        return self
