"""How long a supplier's goods travel after the date it promises."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class Partner(models.Model):
    _inherit = "res.partner"

    logistics_transit_days = fields.Float(
        string="Transit After Promise (Days)",
        help="For a supplier that promises when it ships: days until the goods arrive. 0: it promises the arrival.",
    )

    @api.constrains("logistics_transit_days")
    def _check_logistics_transit_days(self):
        for partner in self:
            if partner.logistics_transit_days < 0:
                raise ValidationError(_("Transit After Promise of %(name)s: write 0 or more.", name=partner.name))
