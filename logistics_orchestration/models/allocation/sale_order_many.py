"""Comparing the warehouses of many orders; the split that is asked about because one warehouse cannot ship it all."""

from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_logistics_allocate_many(self):
        """Button of the list: compare the warehouses of these orders, many by the worker, with the result of each."""
        if len(self) == 1:
            return self.action_logistics_allocate()
        return self.env["logistics.mass.action"]._open_for("allocate", self)

    def _logistics_split_questions(self):
        asked = self._logistics_choice_holds().filtered(lambda hold: hold.type_id.code == "split_warehouses")
        return super()._logistics_split_questions() | asked
