"""The pull feed's own numbers, written by the relay (see relay/feed.py): one entry per event that was fanned out."""

from odoo import fields, models


class FeedEntry(models.Model):
    _name = "logistics.feed.entry"
    _description = "Pull Feed Entry"
    _log_access = False
    _order = "id desc"
    _rec_name = "event_id"

    event_id = fields.Many2one("logistics.event", required=True, readonly=True, ondelete="restrict")
    type_id = fields.Many2one("logistics.event.type", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    created_at = fields.Datetime(readonly=True, help="When it became readable.")

    _sql_constraints = [("event_unique", "UNIQUE(event_id)", "An event stands in the feed once.")]
