"""What a system said about a fact it does not own: kept, never applied."""

from odoo import fields, models


class Statement(models.Model):
    _name = "logistics.statement"
    _description = "Statement by a Non-owner"
    _inherit = ["logistics.audit.mixin"]
    _order = "id desc"

    fact = fields.Char(required=True, readonly=True, index=True)
    value = fields.Json(readonly=True)
    system_id = fields.Many2one("logistics.system", readonly=True, ondelete="restrict", index=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    stated_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
