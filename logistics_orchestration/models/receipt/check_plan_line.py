"""One question of a receipt check plan."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

KINDS = [("pass_fail", "Pass or fail"), ("measure", "Measure")]


class ReceiptCheckPlanLine(models.Model):
    _name = "logistics.receipt.check.plan.line"
    _description = "Receipt Check Plan Question"
    _order = "sequence, id"

    plan_id = fields.Many2one("logistics.receipt.check.plan", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Question", required=True, translate=True)
    kind = fields.Selection(KINDS, default="pass_fail", required=True)
    lower = fields.Float(string="At Least", digits=(16, 4))
    upper = fields.Float(string="At Most", digits=(16, 4))
    unit = fields.Char(help="Of the measure, e.g. mm or °C.")
    photo_required = fields.Boolean(string="Photo Needed")
    required = fields.Boolean(default=True, help="The receipt waits until this is answered.")

    @api.constrains("kind", "lower", "upper")
    def _check_limits(self):
        for line in self:
            if line.kind == "measure" and line.lower > line.upper:
                raise ValidationError(_("At Least of %(name)s is more than At Most.", name=line.name))
