"""One scan of one parcel as it was recorded: append-only, so that the way of a parcel can always be read again."""

from odoo import fields, models

from ...milestones import Scan
from ..backbone.record_link import open_form
from .codes import CERTAINTY, EXCEPTION, MILESTONE


class Milestone(models.Model):
    _name = "logistics.milestone"
    _description = "Parcel Milestone"
    _inherit = ["logistics.audit.mixin"]
    _order = "occurred_at desc, id desc"
    _rec_name = "raw_code"

    parcel_id = fields.Many2one("logistics.parcel", required=True, readonly=True, ondelete="restrict", index=True)
    shipment_id = fields.Many2one("logistics.shipment", required=True, readonly=True, ondelete="restrict", index=True)
    milestone = fields.Selection(MILESTONE, readonly=True)
    exception_code = fields.Selection(EXCEPTION, string="Exception", readonly=True)
    raw_code = fields.Char(readonly=True, help="The code as the partner sent it.")
    map_version = fields.Integer(readonly=True, help="Version of the status map that translated the code.")
    action_required = fields.Boolean(readonly=True, help="The carrier waits for somebody on our side.")
    description = fields.Char(readonly=True)
    place = fields.Char(readonly=True)
    occurred_at = fields.Datetime(required=True, readonly=True)
    recorded_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    certainty = fields.Selection(CERTAINTY, required=True, readonly=True, default="actual")
    who = fields.Selection(
        [("carrier", "Partner"), ("odoo", "Odoo"), ("planner", "By Hand")],
        string="Said By",
        required=True,
        readonly=True,
        default="carrier",
    )
    system_id = fields.Integer(string="System ID", readonly=True)
    system_name = fields.Char(string="System", readonly=True)
    inbox_message_id = fields.Integer(readonly=True)
    user_id = fields.Integer(string="User ID", readonly=True, default=lambda self: self.env.uid)
    user_name = fields.Char(string="User", readonly=True, default=lambda self: self.env.user.name)
    effect = fields.Selection(
        [("applied", "Applied"), ("late", "Late, no effect"), ("statement", "Statement, no effect")],
        required=True,
        readonly=True,
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict", index=True)

    def _scan(self):
        """This row as the milestone rules see it."""
        return Scan(
            self.occurred_at,
            self.milestone or None,
            self.exception_code or None,
            self.certainty,
            self.who,
            self.raw_code or "",
        )

    def action_open_message(self):
        """Open the inbox message this scan came with."""
        self.ensure_one()
        return open_form(self.env["logistics.inbox.message"].browse(self.inbox_message_id))
