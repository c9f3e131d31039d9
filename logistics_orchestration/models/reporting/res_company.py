"""What counts as on time and in full, per company."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class Company(models.Model):
    _inherit = "res.company"

    logistics_otif_early_days = fields.Integer(
        string="Early by at Most (Days)", default=0, help="Delivered earlier than that is not on time."
    )
    logistics_otif_late_days = fields.Integer(string="Late by at Most (Days)", default=0)
    logistics_otif_tolerance = fields.Float(
        string="Quantity Tolerance (%)", default=0.0, help="The first delivery may fall short by this much."
    )

    @api.constrains("logistics_otif_early_days", "logistics_otif_late_days", "logistics_otif_tolerance")
    def _check_logistics_otif(self):
        for company in self:
            if min(company.logistics_otif_early_days, company.logistics_otif_late_days) < 0:
                raise ValidationError(
                    _("On Time of %(company)s: write 0 days or more, early and late.", company=company.name)
                )
            if not 0 <= company.logistics_otif_tolerance < 100:
                raise ValidationError(
                    _(
                        "Quantity Tolerance of %(company)s: write a percentage from 0 to below 100.",
                        company=company.name,
                    )
                )
