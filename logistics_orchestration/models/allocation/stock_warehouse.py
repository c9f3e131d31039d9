"""What a shipment costs a warehouse to handle."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    logistics_handling_cost = fields.Float(
        string="Handling per Shipment",
        help="Cost of one shipment beside the freight, in the company's currency; 0: the figure of the allocation"
        " policy.",
    )

    @api.constrains("logistics_handling_cost")
    def _check_logistics_handling_cost(self):
        for warehouse in self:
            if warehouse.logistics_handling_cost < 0:
                raise ValidationError(
                    _("Handling per Shipment of warehouse %(name)s: write 0 or more.", name=warehouse.name)
                )
