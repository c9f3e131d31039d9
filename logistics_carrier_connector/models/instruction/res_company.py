"""Which changes after dispatch somebody else has to agree to."""

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    logistics_instruction_approval = fields.Selection(
        [("none", "None"), ("address", "Another address, or back to us"), ("all", "Every change")],
        string="Changes after Dispatch to Approve",
        default="none",
        required=True,
        help="An approver other than whoever asks has to agree before the carrier is told.",
    )
