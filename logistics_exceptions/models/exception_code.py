"""Exception codes of carriers' status maps, each led to the type of case it opens."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class ExceptionCode(models.Model):
    _name = "logistics.exception.code"
    _description = "Exception Code"
    _order = "code"
    _rec_name = "code"

    code = fields.Char(required=True, help="As in the status map, e.g. attempt_failed.")
    type_id = fields.Many2one("logistics.exception.type", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="type_id.company_id", store=True)

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_exception_code_idx"
            " ON logistics_exception_code (code, COALESCE(company_id, 0))"
        )

    @api.constrains("code")
    def _check_code(self):
        for record in self:
            if record.code != record.code.strip().lower() or " " in record.code:
                raise ValidationError(
                    _("Exception code '%(code)s': write it in lower case without blanks.", code=record.code)
                )
