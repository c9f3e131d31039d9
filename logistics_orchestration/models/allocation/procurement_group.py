"""Procurements of one order line for several warehouses."""

from odoo import api, models


class ProcurementGroup(models.Model):
    _inherit = "procurement.group"

    @api.model
    def run(self, procurements, raise_user_error=True):
        """A line that is shipped from several warehouses is procured in as many parts."""
        parts = []
        for procurement in procurements:
            line = procurement.values.get("logistics_split_line")
            if not line:
                parts.append(procurement)
                continue
            values = {key: value for key, value in procurement.values.items() if key != "logistics_split_line"}
            parts += [
                procurement._replace(product_qty=quantity, values={**values, "warehouse_id": warehouse})
                for warehouse, quantity in line._logistics_spread(procurement.product_qty, procurement.product_uom)
            ]
        return super().run(parts, raise_user_error=raise_user_error)
