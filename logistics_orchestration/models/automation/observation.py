"""What the suite would have done while it only observes: the ground on which somebody decides to switch it on."""

from odoo import fields, models

from ..backbone.record_link import open_record
from .switch import CAPABILITIES


class Observation(models.Model):
    _name = "logistics.observation"
    _description = "Observation (would have acted)"
    _order = "id desc"
    _rec_name = "summary"

    capability = fields.Selection(CAPABILITIES, required=True, readonly=True, index=True)
    summary = fields.Char(required=True, readonly=True, help="What would have happened.")
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    record_name = fields.Char(readonly=True)
    amount = fields.Float(readonly=True, help="Value concerned, in the company's currency.")
    event_uid = fields.Char(readonly=True)
    observed_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade", index=True)

    def action_open_record(self):
        """Open the document concerned."""
        return open_record(self)
