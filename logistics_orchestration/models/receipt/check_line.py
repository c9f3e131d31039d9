"""One answered question of a receipt check."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .check_plan_line import KINDS


class ReceiptCheckLine(models.Model):
    _name = "logistics.receipt.check.line"
    _description = "Receipt Check Question"
    _order = "sequence, id"

    check_id = fields.Many2one("logistics.receipt.check", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="check_id.company_id", store=True)
    state = fields.Selection(related="check_id.state")
    sequence = fields.Integer(readonly=True)
    name = fields.Char(string="Question", required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    lower = fields.Float(string="At Least", digits=(16, 4), readonly=True)
    upper = fields.Float(string="At Most", digits=(16, 4), readonly=True)
    unit = fields.Char(readonly=True)
    limits = fields.Char(compute="_compute_limits")
    photo_required = fields.Boolean(string="Photo Needed", readonly=True)
    required = fields.Boolean(readonly=True)
    measured = fields.Boolean(compute="_compute_measured", store=True, readonly=False)
    value = fields.Float(string="Measured Value", digits=(16, 4))
    verdict = fields.Selection(
        [("pass", "Pass"), ("fail", "Fail")], compute="_compute_verdict", store=True, readonly=False
    )
    photo = fields.Image(max_width=1920, max_height=1920)
    note = fields.Char()

    @api.depends("lower", "upper", "unit", "kind")
    def _compute_limits(self):
        for line in self:
            words = _("%(lower)g to %(upper)g %(unit)s", lower=line.lower, upper=line.upper, unit=line.unit or "")
            line.limits = words.strip() if line.kind == "measure" else ""

    @api.depends("value")
    def _compute_measured(self):
        for line in self:
            line.measured = line.kind == "measure" and (line.measured or bool(line.value))

    @api.depends("value", "measured", "kind")
    def _compute_verdict(self):
        """A measure gives its verdict itself."""
        for line in self:
            if line.kind != "measure":
                line.verdict = line.verdict or False
            elif line.measured:
                line.verdict = "pass" if line.lower <= line.value <= line.upper else "fail"
            else:
                line.verdict = False

    def _is_open(self):
        """Whether the check waits for this answer."""
        self.ensure_one()
        return self.required and (not self.verdict or (self.photo_required and not self.photo))

    def write(self, vals):
        if closed := self.filtered(lambda line: line.check_id.state != "todo"):
            raise UserError(
                _("%(check)s is decided: its answers stay. A manager may have it repeated.",
                  check=closed[0].check_id.name)
            )  # fmt: skip
        return super().write(vals)

    def action_pass(self):
        """Button: it is good."""
        return self._answer("pass")

    def action_fail(self):
        """Button: it is not good."""
        return self._answer("fail")

    def _answer(self, verdict):
        if wrong := self.filtered(lambda line: line.kind == "measure"):
            raise UserError(_("%(name)s: write the measured value, the verdict follows from it.", name=wrong[0].name))
        self.write({"verdict": verdict})
        return True
