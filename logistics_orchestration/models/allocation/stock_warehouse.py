"""What a shipment costs a warehouse to handle; automatic batches of new warehouses."""

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

    def _get_picking_type_create_values(self, max_sequence):
        """Odoo's batches come with our waves, and would group the transfers of every new warehouse by customer.

        A new warehouse does so where others of the company do; elsewhere nobody asked for it.
        """
        data, next_sequence = super()._get_picking_type_create_values(max_sequence)
        used = [("company_id", "=", self.company_id.id), ("auto_batch", "=", True)]
        if not self.env["stock.picking.type"].search(used, limit=1):
            for values in data.values():
                values.pop("auto_batch", None)
                values.pop("batch_group_by_partner", None)
        return data, next_sequence
