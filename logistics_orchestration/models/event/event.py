"""The append-only log of business facts: what is kept of each, and how people read it.

How a fact gets here is in :mod:`.event_emission`, what answers it in :mod:`.event_handlers`, what it led to in
:mod:`.event_flow`.
"""

import json

from odoo import api, fields, models

from ...relay.addressing import narrowed
from ...relay.matching import compile_domain
from ..backbone.record_link import open_record


class Event(models.Model):
    _name = "logistics.event"
    _description = "Logistics Event"
    _inherit = ["logistics.audit.mixin"]
    _order = "id desc"
    _rec_name = "uid"
    _purge_columns = ("body", "full_body", "body_sha256")

    uid = fields.Char(string="Event ID", required=True, readonly=True, help="UUIDv7, the CloudEvents id.")
    type_id = fields.Many2one(
        "logistics.event.type", string="Catalogue Entry", required=True, readonly=True, ondelete="restrict", index=True
    )
    type_name = fields.Char(string="Type", required=True, readonly=True)
    res_model = fields.Char(string="Record Model", readonly=True)
    res_id = fields.Many2oneReference(string="Record ID", model_field="res_model", readonly=True)
    subject = fields.Char(readonly=True)
    ordering_key = fields.Char(readonly=True, help="Root document: partners get all facts with the same key in order.")
    occurred_at = fields.Datetime(required=True, readonly=True)
    certainty = fields.Selection(
        [("planned", "Planned"), ("estimated", "Estimated"), ("requested", "Requested"), ("actual", "Actual")],
        required=True,
        readonly=True,
        default="actual",
    )
    source = fields.Char(readonly=True, help="Who said so: odoo, or the code of a partner system.")
    correlation_uid = fields.Char(readonly=True, help="Same for all events of one flow.")
    causation_uid = fields.Char(readonly=True, help="The event (or inbox message) that led to this one.")
    origin_uid = fields.Char(
        readonly=True, help="Where it all began: the first fact of what a person did, or the partner's message."
    )
    depth = fields.Integer(readonly=True, help="How many rules ran one after the other until this was told.")
    body = fields.Text(readonly=True, help="The exact bytes sent to partners that take no mapping of their own.")
    full_body = fields.Text(readonly=True, help="The whole envelope, where partners are sent a link to it.")
    size = fields.Integer(string="Bytes", readonly=True)
    oversize = fields.Boolean(string="Large", readonly=True, help="Larger than partners like to get (20 kB).")
    schema_error = fields.Text(readonly=True, help="Where the data does not fit the schema of its type.")
    body_sha256 = fields.Char(readonly=True, help="SHA-256 of the body, kept when retention has emptied it.")
    data = fields.Json(compute="_compute_data")
    user_id = fields.Integer(string="User ID", readonly=True)
    user_name = fields.Char(readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    message_ids = fields.One2many("logistics.outbox.message", "event_id", readonly=True)

    _sql_constraints = [("uid_unique", "UNIQUE(uid)", "An event is written once.")]

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_event_record_idx ON logistics_event (res_model, res_id, id)"
        )
        self.env.cr.execute("CREATE INDEX IF NOT EXISTS logistics_event_key_idx ON logistics_event (ordering_key, id)")
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_event_type_idx ON logistics_event (type_name, occurred_at)"
        )
        # drawing a flow: everything of one beginning, and everything that belongs together
        self.env.cr.execute("CREATE INDEX IF NOT EXISTS logistics_event_origin_idx ON logistics_event (origin_uid, id)")
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_event_flow_idx ON logistics_event (correlation_uid, id)"
        )
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_event_misfit_idx ON logistics_event (type_id, id)"
            " WHERE schema_error IS NOT NULL OR oversize"
        )

    @api.depends("body", "full_body")
    def _compute_data(self):
        for event in self:
            event.data = json.loads(event.full_body or event.body or "{}").get("data")

    @api.depends("type_name", "subject")
    def _compute_display_name(self):
        for event in self:
            event.display_name = f"{event.type_name} · {event.subject or event.uid}"

    def _wanted_by(self, system):
        """The subscription with which ``system`` may read this event, or an empty record."""
        self.ensure_one()
        wanted = [
            ("system_id", "=", system.id),
            ("company_id", "=", self.company_id.id),
            ("event_type_ids", "in", self.type_id.ids),
        ]
        # sudo: asked on behalf of a partner, who has no user here
        subscriptions = self.env["logistics.subscription"].sudo().search(wanted, order="id")
        for subscription in subscriptions:
            test = narrowed(compile_domain(subscription.domain), self.type_name, system.kind, system.code)
            if test is None or test(json.loads(self.full_body or self.body or "{}")):
                return subscription
        return subscriptions.browse()

    # -- user interface ---------------------------------------------------------------------------------------

    def action_open_record(self):
        """Open the document this fact is about."""
        return open_record(self)

    def action_open_messages(self):
        """The deliveries owed or made for this fact."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_outbox_message")
        return dict(action, domain=[("event_id", "=", self.id)], context={})
