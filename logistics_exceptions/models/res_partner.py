"""How much a customer's trouble counts."""

from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    logistics_tier = fields.Selection(
        [("a", "A: first"), ("b", "B: important"), ("c", "C: ordinary")],
        string="Exception Priority",
        help="Trouble of an A customer comes first in the exception worklists.",
    )
