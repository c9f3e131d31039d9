"""Pause systems: why, and until when if it is known."""

from odoo import fields, models


class SystemPause(models.TransientModel):
    _name = "logistics.system.pause"
    _description = "Pause Systems"

    system_ids = fields.Many2many("logistics.system", required=True, readonly=True)
    reason = fields.Char(help="Shown on the system, e.g. maintenance of the warehouse system.")
    until = fields.Datetime(help="Resumed by itself then. Empty: until a person resumes it.")

    def action_apply(self):
        """Pause them, with the rights of whoever asks."""
        self.ensure_one()
        self.system_ids.action_pause(reason=self.reason, until=self.until)
        return {"type": "ir.actions.act_window_close"}
