"""How long goods take from the dock to the shelf, and what a warehouse can spare."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    logistics_dock_days = fields.Float(
        string="Dock to Stock (Days)", help="From arrival to being pickable; 0: the company's figure."
    )

    @api.constrains("logistics_dock_days")
    def _check_logistics_dock_days(self):
        for warehouse in self:
            if warehouse.logistics_dock_days < 0:
                raise ValidationError(_("Dock to Stock of %(name)s: write 0 or more.", name=warehouse.name))

    def _logistics_dock_days(self, supplier):
        """Days from arrival to being pickable; override where it is measured per supplier.

        :param supplier: res.partner whose goods arrive
        """
        self.ensure_one()
        return self.logistics_dock_days or self.company_id.logistics_dock_days

    def _logistics_docks(self):
        """Where goods lie between the dock and the shelf."""
        return (self.wh_input_stock_loc_id | self.wh_qc_stock_loc_id) - self.lot_stock_id

    def _logistics_spare(self, product):
        """What this warehouse can give away of a product: neither reserved nor owed, and its own minimum stays."""
        self.ensure_one()
        here = product.with_context(warehouse=self.id, location=False)
        rules = self.env["stock.warehouse.orderpoint"].search(
            [("product_id", "=", product.id), ("warehouse_id", "=", self.id)]
        )
        free = min(here.free_qty, here.qty_available - here.outgoing_qty)
        return max(0.0, free - sum(rules.mapped("product_min_qty")))
