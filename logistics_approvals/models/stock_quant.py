"""A counted quantity that is not yours to apply: ask for it."""

from odoo import models


class StockQuant(models.Model):
    _inherit = "stock.quant"

    def _apply_inventory(self):
        """The choke point of every adjustment by hand: the form, *Apply All*, the quantity typed on a product."""
        if not self.env.su:
            self.env["logistics.approval.request"]._guard_inventory(self)
        return super()._apply_inventory()

    def action_logistics_ask_override(self):
        """Button: ask for the counted quantity to be applied."""
        self.ensure_one()
        return self.env["logistics.approval.ask"]._open(self, "inventory_override")
