"""What a customer agreed to about deliveries in parts."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class Partner(models.Model):
    _inherit = "res.partner"

    logistics_ship_complete = fields.Boolean(
        string="Ship Complete", help="Orders of this customer go out in one delivery or not at all."
    )
    logistics_max_shipments = fields.Integer(
        string="Shipments per Order", help="In at most so many deliveries; 0: no limit but that of the policy."
    )

    @api.model
    def _commercial_fields(self):
        return [*super()._commercial_fields(), "logistics_ship_complete", "logistics_max_shipments"]

    @api.constrains("logistics_max_shipments")
    def _check_logistics_max_shipments(self):
        for partner in self:
            if partner.logistics_max_shipments < 0:
                raise ValidationError(
                    _("Shipments per Order of %(partner)s: write 0 or more.", partner=partner.display_name)
                )
