"""A hold that is a question: may the order be sent without these lines?"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError


class Hold(models.Model):
    _inherit = "logistics.hold"

    split = fields.Boolean(
        string="Asks to Split", readonly=True, copy=False, help="Lifting it says yes: the order may go in parts."
    )
    split_line_ids = fields.Many2many(
        "sale.order.line",
        "logistics_hold_split_line_rel",
        string="Would Follow Later",
        readonly=True,
        copy=False,
    )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                vals.pop("split", None)
                vals.pop("split_line_ids", None)
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and {"split", "split_line_ids"} & set(vals):
            raise UserError(_("Whether an order may be split is asked by the release gates, never written by hand."))
        return super().write(vals)
