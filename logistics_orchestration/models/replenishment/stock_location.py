"""Where goods lie between the dock and the shelf."""

from odoo import models


class StockLocation(models.Model):
    _inherit = "stock.location"

    def _logistics_is_dock(self):
        """Whether goods here have arrived but cannot be picked yet: a warehouse's input or quality control."""
        self.ensure_one()
        return any(self.parent_path.startswith(dock.parent_path) for dock in self.warehouse_id._logistics_docks())
