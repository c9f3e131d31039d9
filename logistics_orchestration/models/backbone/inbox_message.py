"""What partners say: stored as it came, understood afterwards, once.

The request only verifies and stores (``_receive``); a scheduled action, woken at once, processes. A handler is a method
``_handle_<type>`` (dots as underscores, without ``logistics.``) that a capability adds; what it may change is decided
by the authority rules. The outcome of a message and its reason stay on the record.
"""

import json

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...relay.envelope import EnvelopeError, parse_envelope
from ...relay.inbox_states import STATES
from .inbox_errors import InboxOutcome, Quarantine, Stated


class InboxMessage(models.Model):
    _name = "logistics.inbox.message"
    _description = "Inbox Message"
    _inherit = ["logistics.work.item", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "type"

    system_id = fields.Many2one("logistics.system", required=True, readonly=True, ondelete="restrict", index=True)
    external_id = fields.Char(string="Partner's ID", required=True, readonly=True)
    type = fields.Char(readonly=True, help="Event type without 'logistics.'.")
    subject = fields.Char(readonly=True)
    occurred_at = fields.Datetime(readonly=True)
    state = fields.Selection(STATES, default="received", required=True, readonly=True, index=True, tracking=True)
    raw = fields.Text(readonly=True, help="The body as it came.")
    raw_sha256 = fields.Char(readonly=True, help="SHA-256 of the body, kept when retention has emptied it.")
    headers = fields.Json(readonly=True)
    reason = fields.Text(readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True, string="Record ID")
    received_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    processed_at = fields.Datetime(readonly=True)
    duplicate_count = fields.Integer(readonly=True, help="How often the partner sent it again.")
    company_id = fields.Many2one(related="system_id.company_id", store=True)

    _sql_constraints = [
        ("external_unique", "UNIQUE(system_id, external_id)", "This message of the system is here already."),
    ]

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_inbox_message_due_idx"
            " ON logistics_inbox_message (next_attempt_at, id)"
            " WHERE state IN ('received', 'failed')"
        )
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_inbox_message_record_idx"
            " ON logistics_inbox_message (res_model, res_id)"
        )
        # when a system was last heard from
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_inbox_message_heard_idx"
            " ON logistics_inbox_message (system_id, received_at)"
        )

    # -- storing ----------------------------------------------------------------------------------------------

    @api.model
    def _receive(self, system, external_id, raw, headers):
        """Store one verified message; nothing is understood yet.

        :param system: the logistics.system that sent it
        :param str external_id: the partner's id of the message, the key against duplicates
        :param bytes raw: the body as it came
        :param dict headers: request headers without credentials
        :returns: (id of the stored message, "accepted" or "duplicate")
        :raises EnvelopeError: the body is no message we can read
        """
        envelope = parse_envelope(raw)
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                INSERT INTO logistics_inbox_message (system_id, company_id, external_id, type, subject, occurred_at,
                       state, raw, headers, received_at, next_attempt_at, attempt_count, duplicate_count,
                       create_uid, write_uid, create_date, write_date)
                VALUES (%s, %s, %s, %s, %s, %s, 'received', %s, %s, %s, %s, 0, 0, %s, %s, %s, %s)
                ON CONFLICT (system_id, external_id) DO NOTHING RETURNING id
                """,
                system.id,
                system.company_id.id,
                external_id,
                envelope.type,
                envelope.subject,
                envelope.occurred_at,
                raw.decode(),
                json.dumps(headers),
                *[fields.Datetime.now()] * 2,
                *[self.env.uid] * 2,
                *[fields.Datetime.now()] * 2,
            )
        )
        row = cr.fetchone()
        if row:
            self.env.ref("logistics_orchestration.cron_inbox")._trigger()
            return row[0], "accepted"
        cr.execute(
            "UPDATE logistics_inbox_message SET duplicate_count = duplicate_count + 1"
            " WHERE system_id = %s AND external_id = %s RETURNING id",
            [system.id, external_id],
        )
        return cr.fetchone()[0], "duplicate"

    # -- processing -------------------------------------------------------------------------------------------

    def _work_domain(self):
        return [("state", "in", ("received", "failed")), ("next_attempt_at", "<=", fields.Datetime.now())]

    def _work_one(self):
        """Understand one message and let its handler act; the outcome is written on the message."""
        self.ensure_one()
        company = self.system_id.company_id
        cause = self.env["logistics.event"]._inbound_cause(self)
        message = self.with_company(company).with_context(
            allowed_company_ids=company.ids, logistics_event=cause, tz="UTC"
        )
        vals = {"state": "processed", "reason": False}
        record = None
        try:
            # what is not understood leaves nothing behind; other outcomes keep what the handler chose to write
            with self.env.cr.savepoint():
                try:
                    with self.env["logistics.event"]._caused_by(cause):
                        record = message._dispatch()
                except Quarantine:
                    raise
                except InboxOutcome as outcome:
                    vals = {"state": outcome.state, "reason": outcome.reason}
                    record = outcome.record
        except Quarantine as outcome:
            vals = {"state": outcome.state, "reason": outcome.reason}
            record = outcome.record
        if record:
            vals.update(res_model=record._name, res_id=record[:1].id)
        self.write(dict(vals, processed_at=fields.Datetime.now(), last_error=False))
        if vals["state"] == "quarantined":
            self._tell_responsible(_("A message of %(system)s waits in quarantine", system=self.system_id.name))

    def _dispatch(self):
        """Find the handler of the message's type and run it; returns the record it was about."""
        try:
            envelope = parse_envelope(self.raw.encode())
        except EnvelopeError as error:
            raise Quarantine(str(error)) from error
        handler = getattr(self, "_handle_" + (self.type or "").replace(".", "_"), None)
        if not handler:
            raise Quarantine(_("Nothing here handles messages of type %(type)s.", type=self.type))
        return handler(envelope.data)

    def _work_dead(self, error):
        self.write({"state": "dead", "reason": error})
        self._tell_responsible(_("A message of %(system)s could not be processed", system=self.system_id.name))

    def _work_failed(self, error):
        self.write({"state": "failed"})
        super()._work_failed(error)

    def _tell_responsible(self, summary):
        user = self.system_id.user_id or self.env.ref("base.user_admin")
        self.activity_schedule("mail.mail_activity_data_todo", summary=summary, note=self.reason, user_id=user.id)

    @api.model
    def _cron_process(self):
        """Scheduled action: process what has arrived."""
        self._work_cron("logistics_orchestration.cron_inbox")

    # -- for handlers -----------------------------------------------------------------------------------------

    def _require(self, data, *keys):
        """Value of a key the handler cannot do without (several keys: the first one that has a value).

        :raises Quarantine: naming what is missing
        """
        for key in keys:
            value = data.get(key)
            if value not in (None, "", []):
                return value
        raise Quarantine(
            _(
                "The message lacks %(keys)s. Ask %(system)s to send it.",
                keys=" / ".join(keys),
                system=self.system_id.name,
            )
        )

    def _owns(self, fact, warehouse=None):
        """Whether the sender owns ``fact`` (event type without prefix) and may change Odoo."""
        return self.env["logistics.authority.rule"]._owns(fact, self.system_id, warehouse)

    def _state_only(self, fact, value, record):
        """Keep what a non-owner said as a statement and end the message there.

        :raises Stated: always
        """
        self.env["logistics.statement"].create(
            {
                "fact": fact,
                "value": value,
                "system_id": self.system_id.id,
                "res_model": record._name if record else False,
                "res_id": record.id if record else False,
                "company_id": self.company_id.id,
            }
        )
        raise Stated(
            _("%(system)s does not own %(fact)s: kept as a statement.", system=self.system_id.name, fact=fact), record
        )

    # -- user interface ---------------------------------------------------------------------------------------

    def action_replay(self):
        """Process again, e.g. after a code was mapped."""
        if wrong := self.filtered(lambda m: m.state not in ("quarantined", "dead", "discarded", "late", "failed")):
            raise UserError(
                _(
                    "Message %(id)s is %(state)s: only what had no effect can be replayed.",
                    id=wrong[0].external_id,
                    state=wrong[0].state,
                )
            )
        if gone := self.filtered(lambda m: not m.raw):
            raise UserError(
                _(
                    "The content of message %(id)s has been removed by the retention rule (Configuration > Retention): "
                    "ask %(system)s to send it again.",
                    id=gone[0].external_id,
                    system=gone[0].system_id.name,
                )
            )
        self.write({"state": "received", "attempt_count": 0, "next_attempt_at": fields.Datetime.now(), "reason": False})
        self.activity_unlink(["mail.mail_activity_data_todo"])
        # sudo: waking a scheduled action is not an administrator's right only
        self.env.ref("logistics_orchestration.cron_inbox").sudo()._trigger()
        return True

    def action_discard(self, reason=None):
        """Put aside for good; a reason is kept.

        :param str reason: why it needs no effect
        """
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, "action_discard", _("Why is it discarded?"))
        for message in self:
            if message.state == "processed":
                raise UserError(_("Message %(id)s had its effect already.", id=message.external_id))
        self.write({"state": "discarded", "reason": reason, "processed_at": fields.Datetime.now()})
        self.activity_unlink(["mail.mail_activity_data_todo"])
        return True

    def action_open_record(self):
        """Open the document the message was about."""
        self.ensure_one()
        if not self.res_model:
            raise UserError(_("This message is about no record."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [[False, "form"]],
        }
