"""How an order is cut into parcels when carriers are asked before it is packed."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    logistics_planned_parcel_kg = fields.Float(
        string="Planned Parcel (kg)", default=25.0, help="Carriers are asked for parcels of at most this weight."
    )

    @api.constrains("logistics_planned_parcel_kg")
    def _check_planned_parcel(self):
        for company in self:
            if company.logistics_planned_parcel_kg <= 0:
                raise ValidationError(_("Planned Parcel of %(company)s: more than 0 kg.", company=company.name))
