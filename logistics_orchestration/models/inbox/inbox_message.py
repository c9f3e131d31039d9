"""What partners say: stored as it came, understood afterwards, once.

The request only verifies and stores (inbox_receive.py); workers, woken at once, process in order per subject
(inbox_worker.py). A handler is a method ``_handle_<type>`` (dots as underscores, without ``logistics.``) that a
capability adds; what it may change is decided by the authority rules. The outcome of a message and its reason stay on
the record.
"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...relay.envelope import EnvelopeError, parse_envelope
from ...relay.inbound import UNREAD
from ...relay.inbox_states import STATES
from ..backbone.record_link import open_record
from .inbox_errors import InboxOutcome, Quarantine, Stated


class InboxMessage(models.Model):
    _name = "logistics.inbox.message"
    _description = "Inbox Message"
    _inherit = ["logistics.work.item", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "type"
    _work_cron_id = "logistics_orchestration.cron_inbox"

    system_id = fields.Many2one("logistics.system", required=True, readonly=True, ondelete="restrict", index=True)
    external_id = fields.Char(string="Partner's ID", required=True, readonly=True)
    type = fields.Char(readonly=True, help="Event type without 'logistics.'.")
    subject = fields.Char(readonly=True)
    order_key = fields.Char(
        string="Document",
        readonly=True,
        help="Messages of one system about the same document take effect one after the other.",
    )
    occurred_at = fields.Datetime(readonly=True)
    state = fields.Selection(STATES, default="received", required=True, readonly=True, index=True, tracking=True)
    raw = fields.Text(readonly=True, help="The body as it came.")
    raw_sha256 = fields.Char(readonly=True, help="SHA-256 of the body, kept when retention has emptied it.")
    data = fields.Json(readonly=True, help="What the adapter made of it; empty where the body is our own envelope.")
    headers = fields.Json(readonly=True)
    reason = fields.Text(readonly=True)
    holds = fields.Boolean(
        readonly=True, help="While it waits for a person, later messages about the same document wait behind it."
    )
    unmapped_code = fields.Char(readonly=True, help="The partner's code that nobody has mapped yet.")
    unmapped_field = fields.Char(readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True, string="Record ID")
    received_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    processed_at = fields.Datetime(readonly=True)
    duplicate_count = fields.Integer(
        readonly=True, help="How often the partner sent it again (while it was not just being worked on)."
    )
    behind_id = fields.Many2one("logistics.inbox.message", compute="_compute_behind_id", string="Waits Behind")
    company_id = fields.Many2one(related="system_id.company_id", store=True)

    _sql_constraints = [
        ("external_unique", "UNIQUE(system_id, external_id)", "This message of the system is here already."),
    ]

    def _compute_behind_id(self):
        behind = self._behind()
        for message in self:
            message.behind_id = behind.get(message._origin.id)

    # -- processing -------------------------------------------------------------------------------------------

    def _work_one(self):
        """Understand one message and let its handler act; the outcome is written on the message."""
        self.ensure_one()
        try:
            # what is not understood leaves nothing behind; other outcomes keep what the handler chose to write
            with self.env.cr.savepoint():
                vals = self._work_outcome()
        except Quarantine as outcome:
            vals = {
                "state": outcome.state,
                "reason": outcome.reason,
                "unmapped_code": outcome.code,
                "unmapped_field": outcome.field,
                "holds": not outcome.early and self._holds_others(),
                **self._outcome_record(outcome.record),
            }
        self._work_conclude(vals)

    def _work_outcome(self):
        """Let the handler act; returns the values that say what became of the message, which are not written yet.

        :raises Quarantine: it is not understood; what the handler did so far has to be undone
        """
        message = self._as_worker()
        try:
            with self.env["logistics.event"]._caused_by(message.env.context["logistics_event"]):
                record = message._dispatch()
        except Quarantine:
            raise
        except InboxOutcome as outcome:
            return {"state": outcome.state, "reason": outcome.reason, **self._outcome_record(outcome.record)}
        vals = {"state": "processed", "reason": False, "unmapped_code": False, "unmapped_field": False}
        return {**vals, **self._outcome_record(record)}

    @api.model
    def _outcome_record(self, record):
        return {"res_model": record._name, "res_id": record[:1].id} if record else {}

    def _work_conclude(self, vals):
        """Write what became of these messages; of one in quarantine somebody is told."""
        quarantined = vals["state"] == "quarantined"
        # what went well leaves no line in the chatter: its state and times say it
        worker = self if quarantined else self.with_context(tracking_disable=True)
        worker.write(dict(vals, processed_at=fields.Datetime.now(), last_error=False))
        if quarantined and not self._told_before():
            self._tell_responsible(_("A message of %(system)s waits in quarantine", system=self.system_id.name))

    def _as_worker(self):
        """The message as its handler sees it: the system's company, and named as the cause of what follows."""
        company = self.system_id.company_id
        cause = self.env["logistics.event"]._inbound_cause(self)
        return self.with_company(company).with_context(allowed_company_ids=company.ids, logistics_event=cause, tz="UTC")

    def _told_before(self):
        """Whether another message waits for the very same reason: one to-do is enough for a person."""
        return bool(
            self.search_count(
                [
                    ("system_id", "=", self.system_id.id),
                    ("state", "=", "quarantined"),
                    ("reason", "=", self.reason),
                    ("activity_ids", "!=", False),
                    ("id", "!=", self.id),
                ],
                limit=1,
            )
        )

    def _holds_others(self):
        """Whether later messages about the same document wait while a person looks at this one."""
        return self.env["logistics.event.type"]._inbound_holds("logistics." + (self.type or ""))

    def _dispatch(self):
        """Find the handler of the message's type and run it; returns the record it was about."""
        if self.type == UNREAD:
            return self._read_again()
        data = self._told()
        handler = getattr(self, "_handle_" + (self.type or "").replace(".", "_"), None)
        if not handler:
            raise Quarantine(_("Nothing here handles messages of type %(type)s.", type=self.type))
        return handler(data)

    def _told(self):
        """What the message says, as its handler gets it.

        :raises Quarantine: it cannot be read
        """
        data = self.data
        if data is None or data is False:
            try:
                data = parse_envelope((self.raw or "").encode()).data
            except EnvelopeError as error:
                raise Quarantine(str(error)) from error
        return data

    def _work_dead(self, error):
        self.write({"state": "dead", "reason": error, "holds": self._holds_others()})
        self._tell_responsible(_("A message of %(system)s could not be processed", system=self.system_id.name))

    def _work_failed(self, error):
        self.with_context(tracking_disable=True).write({"state": "failed"})
        super()._work_failed(error)

    def _tell_responsible(self, summary):
        user = self.system_id.user_id or self.env.ref("base.user_admin")
        self.activity_schedule("mail.mail_activity_data_todo", summary=summary, note=self.reason, user_id=user.id)

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
        if self.env.context.get("logistics_granted_fact") == fact:
            return True
        return self.env["logistics.authority.rule"]._owns(fact, self.system_id, warehouse)

    def _state_only(self, fact, value, record, warehouse=None):
        """Keep what a non-owner said as a statement, compare it with what Odoo holds, and end the message there.

        :raises Stated: always
        """
        statement = self.env["logistics.statement"]._keep(self, fact, value, record, warehouse)
        verdicts = dict(statement._fields["verdict"]._description_selection(self.env))
        raise Stated(
            _(
                "%(system)s does not own %(fact)s: kept as a statement. %(verdict)s.",
                system=self.system_id.name,
                fact=fact,
                verdict=verdicts[statement.verdict],
            ),
            record,
        )

    def _apply_granted(self, fact):
        """A person accepts what was said about a fact the sender does not own: the handler runs as if it did.

        :raises UserError: the message has no effect even so, with the reason
        """
        self.ensure_one()
        message = self._as_worker().with_context(logistics_granted_fact=fact)
        try:
            cause = message.env.context["logistics_event"]
            with self.env.cr.savepoint(), self.env["logistics.event"]._caused_by(cause):
                message._dispatch()
        except InboxOutcome as outcome:
            raise UserError(
                _(
                    "It cannot be applied: %(reason)s Enter it in Odoo, then press Settled by Hand.",
                    reason=outcome.reason,
                )
            ) from outcome

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
        self._work_wake()
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
        self._work_wake()  # what waited behind it may go on
        return True

    def action_open_record(self):
        """Open the document the message was about."""
        self.ensure_one()
        if not self.res_model:
            raise UserError(_("This message is about no record."))
        return open_record(self)
