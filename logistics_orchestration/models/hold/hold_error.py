"""A hold that stands because a gate could not be evaluated: its order may be fine, the gate is not."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError


class Hold(models.Model):
    _inherit = "logistics.hold"

    gate_error = fields.Boolean(
        string="Gate Failed",
        readonly=True,
        copy=False,
        help="The gate itself could not be evaluated; the reason says why. An administrator is told.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                vals.pop("gate_error", None)
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and "gate_error" in vals:
            raise UserError(_("Whether its gate failed is noted by the evaluation, never written by hand."))
        return super().write(vals)
