"""Ask for a reason, then do what was asked with it: for everything that must not happen without one."""

from odoo import _, fields, models
from odoo.exceptions import UserError

from ..models.backbone.record_link import open_form


class ReasonWizard(models.TransientModel):
    _name = "logistics.reason.wizard"
    _description = "Reason"

    reason = fields.Text()
    res_model = fields.Char(required=True, readonly=True)
    res_ids = fields.Json(required=True, readonly=True)
    method = fields.Char(required=True, readonly=True)

    def _ask(self, records, method, question):
        """Action that asks ``question`` and then calls ``records.method(reason=…)``, an ``action_*`` method."""
        wizard = self.create({"res_model": records._name, "res_ids": records.ids, "method": method})
        return dict(open_form(wizard), name=question, target="new")

    def action_apply(self):
        """Call the method with the reason, with the rights of whoever gave it."""
        self.ensure_one()
        if not self.method.startswith("action_"):
            raise ValueError(self.method)
        if not (self.reason or "").strip():
            raise UserError(_("Reason: write why, in a few words."))
        records = self.env[self.res_model].browse(self.res_ids)
        result = getattr(records, self.method)(reason=self.reason.strip())
        return result if isinstance(result, dict) else {"type": "ir.actions.act_window_close"}
