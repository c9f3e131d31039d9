"""One scan of one parcel as it was recorded: append-only, so that the way of a parcel can always be read again.

What a partner takes back stays here as well: the retraction is a row of its own, and the scan it names no longer
counts.
"""

from odoo import api, fields, models

from ...milestones import Scan
from ..backbone.record_link import open_form
from .codes import CERTAINTY, EXCEPTION, MILESTONE, UNDER_WAY

ZONE_SOURCES = [
    ("told", "Told with the Time"),
    ("place", "Zone of the Place"),
    ("setting", "Setting of the System"),
    ("assumed", "UTC Assumed"),
]
# Rows that count for the status of a parcel.
COUNTED = ("applied", "late", "duplicate")


def scan_uid(system_id, event_uid):
    """A partner's event id as the milestone rules know it: two partners may use the same one."""
    return f"{system_id}/{event_uid}" if event_uid else ""


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
    raw_code = fields.Char(readonly=True, help="The code as the partner sent it; several, the coarsest first, by /.")
    raw_field = fields.Char(string="Said In", readonly=True, help="Where in its message the partner said it.")
    event_uid = fields.Char(
        string="Partner's Event ID", readonly=True, help="The partner's own id of this scan, by which it is taken back."
    )
    retracts = fields.Char(readonly=True, help="Id of the partner's event that this row takes back.")
    is_retracted = fields.Boolean(
        compute="_compute_is_retracted", string="Taken Back", help="The partner took it back: it no longer counts."
    )
    map_version = fields.Integer(readonly=True, help="Version of the status map that translated the code.")
    action_required = fields.Boolean(readonly=True, help="The carrier waits for somebody on our side.")
    description = fields.Char(readonly=True)
    place = fields.Char(readonly=True)
    occurred_at = fields.Datetime(required=True, readonly=True)
    told_at = fields.Char(string="Time as Told", readonly=True)
    zone = fields.Char(string="Time Zone", readonly=True, help="In which the time was told.")
    zone_source = fields.Selection(ZONE_SOURCES, string="Zone From", readonly=True)
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
        [
            ("applied", "Applied"),
            ("late", "Late, no effect"),
            ("statement", "Statement, no effect"),
            ("duplicate", "Told before, no effect"),
            ("retraction", "Takes a scan back"),
        ],
        required=True,
        readonly=True,
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict", index=True)

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_milestone_event_uid_idx"
            " ON logistics_milestone (event_uid, system_id) WHERE event_uid IS NOT NULL"
        )

    @api.depends("parcel_id.milestone_ids.retracts")
    def _compute_is_retracted(self):
        gone = {}
        for row in self.search([("parcel_id", "in", self.parcel_id.ids), ("effect", "=", "retraction")]):
            gone.setdefault(row.parcel_id, set()).add(row._uid(row.retracts))
        for row in self:
            row.is_retracted = bool(row.event_uid) and row._uid(row.event_uid) in gone.get(row.parcel_id, ())

    def _uid(self, event_uid):
        """An event id of this row's system, as the milestone rules know it."""
        return scan_uid(self.system_id, event_uid)

    def _scan(self):
        """This row as the milestone rules see it."""
        return Scan(
            self.occurred_at,
            self.milestone or None,
            self.exception_code or None,
            self.certainty,
            self.who,
            self.raw_code or "",
            self._uid(self.event_uid),
        )

    def _says_under_way(self):
        """Whether it is a carrier's word that the parcel has left."""
        self.ensure_one()
        counts = self.who == "carrier" and self.certainty == "actual" and self.effect in COUNTED
        return counts and self.milestone in UNDER_WAY

    def action_open_message(self):
        """Open the inbox message this scan came with."""
        self.ensure_one()
        return open_form(self.env["logistics.inbox.message"].browse(self.inbox_message_id))
