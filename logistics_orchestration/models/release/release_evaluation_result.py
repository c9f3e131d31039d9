"""What one gate said in one evaluation, with what it looked at and the version of the rule."""

from odoo import fields, models


class ReleaseEvaluationResult(models.Model):
    _name = "logistics.release.evaluation.result"
    _description = "Release Evaluation Result"
    _inherit = ["logistics.audit.mixin"]
    _order = "id"
    _rec_name = "gate_name"

    evaluation_id = fields.Many2one(
        "logistics.release.evaluation", required=True, readonly=True, ondelete="restrict", index=True
    )
    gate_id = fields.Integer(string="Gate ID", readonly=True)
    gate_name = fields.Char(string="Gate", required=True, readonly=True)
    gate_kind = fields.Char(string="Kind", readonly=True)
    gate_version = fields.Integer(string="Rule Version", readonly=True)
    verdict = fields.Selection(
        [
            ("pass", "Pass"),
            ("warn", "Warning"),
            ("hold", "Fail"),
            ("split", "Fails in part"),
            ("waived", "Waived by a person"),
            ("error", "Could not be evaluated"),
        ],
        required=True,
        readonly=True,
    )
    words = fields.Text(string="In Words", readonly=True)
    inputs = fields.Json(readonly=True)
