"""The number the customs know a company by."""

from odoo import fields, models


class Partner(models.Model):
    _inherit = "res.partner"

    logistics_eori = fields.Char(
        string="EORI Number",
        help="Economic operator's number in the European Union, Northern Ireland or Great Britain.",
    )
