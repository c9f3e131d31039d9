"""A warehouse's own time to answer a fulfilment request."""

from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    logistics_answer_hours = fields.Float(
        string="Answers Within (Hours)", help="Time to answer a fulfilment request; 0: the company's figure."
    )

    @api.constrains("logistics_answer_hours")
    def _check_logistics_answer_hours(self):
        for warehouse in self:
            if warehouse.logistics_answer_hours < 0:
                raise ValidationError(
                    _("Answers Within of warehouse %(name)s: write 0 or more hours.", name=warehouse.name)
                )

    def _logistics_answer_due(self):
        """When a request made now has to be answered."""
        self.ensure_one()
        hours = self.logistics_answer_hours or self.company_id.logistics_answer_hours
        return fields.Datetime.now() + timedelta(hours=hours)
