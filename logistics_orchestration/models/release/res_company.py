"""How long a release stands and how long a warehouse may take to answer, per company."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class Company(models.Model):
    _inherit = "res.company"

    logistics_release_days = fields.Integer(
        string="Release Valid For (Days)",
        default=14,
        help="A released order is not evaluated again within this time while its value does not grow.",
    )
    logistics_value_tolerance = fields.Float(
        string="Value Tolerance (%)",
        help="A released order may grow by this much before its release is evaluated again.",
    )
    logistics_answer_hours = fields.Float(
        string="Warehouse Answers Within (Hours)",
        default=4.0,
        help="A fulfilment request without an answer counts as timed out then. A warehouse may have its own figure.",
    )

    logistics_manual_hours = fields.Float(
        string="Manual Way After (Hours)",
        default=2.0,
        help="When a warehouse's system is down, or late with its answer, for longer, people may pick in Odoo.",
    )

    @api.constrains(
        "logistics_release_days", "logistics_value_tolerance", "logistics_answer_hours", "logistics_manual_hours"
    )
    def _check_logistics_release(self):
        for company in self:
            if company.logistics_release_days < 1:
                raise ValidationError(_("Release Valid For of %(company)s: write 1 day or more.", company=company.name))
            if company.logistics_value_tolerance < 0:
                raise ValidationError(_("Value Tolerance of %(company)s: write 0 or more.", company=company.name))
            if company.logistics_manual_hours < 0:
                raise ValidationError(_("Manual Way After of %(company)s: write 0 or more.", company=company.name))
            if company.logistics_answer_hours <= 0:
                raise ValidationError(
                    _("Warehouse Answers Within of %(company)s: write more than 0 hours.", company=company.name)
                )
