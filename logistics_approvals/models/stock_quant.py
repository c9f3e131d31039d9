"""A counted quantity that is not yours to apply: ask for it."""

from odoo import models


class StockQuant(models.Model):
    _inherit = "stock.quant"

    def action_logistics_ask_override(self):
        """Button: ask for the counted quantity to be applied."""
        self.ensure_one()
        return self.env["logistics.approval.ask"]._open(self, "inventory_override")
