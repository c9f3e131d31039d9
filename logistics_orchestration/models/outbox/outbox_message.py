"""One delivery owed to one subscription. Rows are made and moved by the relay (see relay/__init__.py).

Odoo's users and business transactions touch only what is at rest: they replay, cancel and void. They never decide which
message of a lane comes next: they leave a recheck pointer, and the relay's router decides on what is committed.
"""

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...relay.schema import MESSAGE_DDL
from ...relay.states import CANCELLABLE, REPLAYABLE, STATES


class OutboxMessage(models.Model):
    _name = "logistics.outbox.message"
    _description = "Outbox Message"
    _order = "id desc"
    _log_access = False
    _rec_name = "webhook_id"

    event_id = fields.Many2one("logistics.event", required=True, readonly=True, ondelete="restrict")
    system_id = fields.Many2one("logistics.system", required=True, readonly=True, ondelete="restrict")
    subscription_id = fields.Many2one("logistics.subscription", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict")
    type_name = fields.Char(string="Type", readonly=True)
    subject = fields.Char(related="event_id.subject")
    occurred_at = fields.Datetime(related="event_id.occurred_at")
    ordering_key = fields.Char(readonly=True, help="Messages with the same key reach the system in order.")
    lane = fields.Char(readonly=True, help="The ordering key where the system keeps order, else empty.")
    position = fields.Integer(readonly=True, help="Place in the lane.")
    webhook_id = fields.Char(
        string="Webhook ID", readonly=True, help="Stays the same over retries and replays; partners drop repeats by it."
    )
    payload = fields.Text(readonly=True, help="What is sent, where it is not the event's own body.")
    body_sha256 = fields.Char(readonly=True, help="SHA-256 of the payload, kept when retention has emptied it.")
    body = fields.Text(compute="_compute_body", string="What Is Sent")
    url = fields.Char(string="URL", compute="_compute_url", help="Where it goes, or would go now.")
    state = fields.Selection(STATES, required=True, readonly=True, default="pending")
    is_head = fields.Boolean(string="Next in Lane", readonly=True)
    attempt_count = fields.Integer(string="Attempts", readonly=True, default=0)
    replay_count = fields.Integer(string="Replays", readonly=True, default=0)
    claim_count = fields.Integer(readonly=True, default=0, help="Claims since the last result.")
    suspect_count = fields.Integer(
        readonly=True,
        default=0,
        help="Claims since the last result in which it was sent alone, because its relay process had died before.",
    )
    claim_token = fields.Integer(readonly=True, default=0)
    claimed_by = fields.Integer(string="Relay", readonly=True)
    lease_until = fields.Datetime(readonly=True)
    next_attempt_at = fields.Datetime(string="Next Attempt", readonly=True, default=fields.Datetime.now)
    last_status = fields.Integer(string="HTTP Status", readonly=True)
    last_error = fields.Text(readonly=True)
    created_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    delivered_at = fields.Datetime(string="Delivered", readonly=True)
    dead_at = fields.Datetime(string="Died", readonly=True)
    cancel_reason = fields.Char(readonly=True)
    attempt_ids = fields.One2many("logistics.outbox.attempt", "message_id", readonly=True)

    _sql_constraints = [
        ("event_subscription_unique", "UNIQUE(event_id, subscription_id)", "An event is owed to a subscription once."),
    ]

    def init(self):
        super().init()
        for statement in MESSAGE_DDL:
            self.env.cr.execute(statement)
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_outbox_message_key_idx ON logistics_outbox_message (ordering_key, id)"
        )

    @api.depends("payload", "event_id.body")
    def _compute_body(self):
        for message in self:
            message.body = message.payload or message.event_id.body

    @api.depends("subscription_id.url", "system_id.outbound_url")
    def _compute_url(self):
        for message in self:
            message.url = message.subscription_id.url or message.system_id.outbound_url

    @api.depends("type_name", "subject")
    def _compute_display_name(self):
        for message in self:
            message.display_name = f"{message.type_name} · {message.subject or message.webhook_id}"

    # -- for people -------------------------------------------------------------------------------------------

    def _check_operator(self):
        """Only who wires partner systems may send again or not at all; and only in their companies."""
        if not self.env.su and not self.env.user.has_group("logistics_orchestration.group_integration_admin"):
            raise AccessError(
                _("Replaying and cancelling messages is for Integration Administrators. Ask one of them.")
            )
        self.check_access_rights("read")
        self.check_access_rule("read")

    def _check_state(self, states, what):
        """Refuse in words when one of the messages cannot be treated so."""
        wrong = self.filtered(lambda message: message.state not in states)[:1]
        if wrong:
            raise UserError(
                _(
                    "Message %(message)s is %(state)s and cannot be %(what)s. Possible for: %(states)s.",
                    message=wrong.display_name,
                    state=dict(STATES)[wrong.state],
                    what=what,
                    states=", ".join(label for state, label in STATES if state in states),
                )
            )

    def _check_content(self):
        """Refuse to send what retention has emptied."""
        gone = self.filtered(lambda message: not message.body or (message.body_sha256 and not message.payload))[:1]
        if gone:
            raise UserError(
                _(
                    "The content of %(message)s has been removed by the retention rule (Configuration > Retention); "
                    "only its SHA-256 is left, so it cannot be sent again. Have the record tell its present state.",
                    message=gone.display_name,
                )
            )

    def action_replay(self):
        """Send again with the same webhook-id: a partner that has it already drops it."""
        return self._replay(new_id=False)

    def action_replay_new_id(self):
        """Send again as something new: for a partner that has dropped its copy but remembers the id."""
        return self._replay(new_id=True)

    def _replay(self, new_id, reason=None):
        """Back to waiting, with a fresh series of attempts.

        A dead message that holds its lane keeps its place at the front; every other one queues up at the end, because
        what came after it has been sent already. Those queue up in the order of their facts, whatever was done before.

        :param bool new_id: under a new webhook-id
        :param str reason: kept in the audit trail
        """
        self._check_operator()
        self._check_state(REPLAYABLE, _("replayed"))
        self._check_content()
        self.env.cr.execute(
            SQL(
                """
                WITH again AS (
                    SELECT o.id, CASE WHEN o.keeps THEN o.position
                                      ELSE nextval('logistics_outbox_message_id_seq')::int END AS position
                      FROM (SELECT id, position, state = 'dead' AND is_head AS keeps FROM logistics_outbox_message
                             WHERE id IN %s AND state IN %s ORDER BY event_id, id) o)
                UPDATE logistics_outbox_message m
                   SET state = 'pending', position = again.position, is_head = m.lane IS NULL, attempt_count = 0,
                       claim_count = 0, suspect_count = 0, replay_count = m.replay_count + 1,
                       cancel_reason = NULL, dead_at = NULL,
                       delivered_at = NULL, next_attempt_at = timezone('UTC', statement_timestamp()),
                       webhook_id = CASE WHEN %s THEN e.uid || '_' || m.subscription_id || '_r' || (m.replay_count + 1)
                                         ELSE m.webhook_id END
                  FROM again, logistics_event e
                 WHERE m.id = again.id AND e.id = m.event_id
                RETURNING m.id, m.system_id, m.lane, m.webhook_id
                """,
                tuple(self.ids),
                REPLAYABLE,
                new_id,
            )
        )
        words = [_("with a new webhook-id")] if new_id else []
        words += [reason] if reason else []
        self._after_intervention(self.env.cr.fetchall(), "replayed", ": ".join(words) or None)
        return True

    def action_cancel(self, reason=None):
        """Not to be sent any more; asks for the reason when none is given.

        :param str reason: kept on the message
        """
        self._check_operator()
        self._check_state(CANCELLABLE, _("cancelled"))
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, "action_cancel", _("Why is it cancelled?"))
        self._after_intervention(self._cancel(self.ids, "id", reason), "cancelled", reason)
        return True

    def _cancel(self, ids, column, reason):
        """Cancel what is at rest; returns (id, system, lane, webhook id) of the rows."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE logistics_outbox_message SET state = 'cancelled', cancel_reason = %s, is_head = false
                 WHERE %s IN %s AND COALESCE(state, '') IN %s RETURNING id, system_id, lane, webhook_id
                """,
                reason,
                SQL.identifier(column),
                tuple(ids),
                CANCELLABLE,
            )
        )
        return self.env.cr.fetchall()

    def _after_intervention(self, rows, outcome, reason):
        """Audit what a person (or a business transaction) did, have the router look at the lanes, forget caches."""
        if rows:
            self.env.cr.execute(
                """
                INSERT INTO logistics_outbox_attempt (message_id, system_id, webhook_id, started_at, outcome, error,
                       user_id, user_name)
                SELECT a.message, a.system, a.webhook, timezone('UTC', statement_timestamp()), %s, %s, %s, %s
                  FROM unnest(%s::int[], %s::int[], %s::varchar[]) AS a(message, system, webhook)
                """,
                [
                    outcome,
                    reason,
                    self.env.uid,
                    self.env.user.name,
                    [message_id for message_id, _system, _lane, _webhook in rows],
                    [system_id for _id, system_id, _lane, _webhook in rows],
                    [webhook_id for _id, _system, _lane, webhook_id in rows],
                ],
            )
        self.env["logistics.outbox.pointer"]._leave_recheck((system, lane) for _id, system, lane, _webhook in rows)
        self.invalidate_model()

    # -- for business transactions ----------------------------------------------------------------------------

    @api.model
    def _void_events(self, event_ids, reason):
        """The purpose of these events is gone: cancel what is still owed of them, in this transaction.

        What is being sent is not touched (the relay must never wait for us): a void pointer has the relay start no new
        attempt of it, and cancel it should it come back.

        Odoo's transactions are REPEATABLE READ. When the relay fans out or claims one of these rows between our
        snapshot and this UPDATE, PostgreSQL refuses with a serialization failure and Odoo runs the request again, on a
        snapshot in which the row is ``sending``. That is intended: the answer given here is always true at the commit.

        :param list event_ids: ids of logistics.event
        :param str reason: kept on the cancelled messages
        :returns: True when a message has left, is under way, or may have arrived (sent, but no answer came back): the
            caller then has to take it back
        """
        if not event_ids:
            return False
        cr = self.env.cr
        cr.execute(
            "UPDATE logistics_outbox_pointer SET void_reason = %s WHERE event_id = ANY(%s)", [reason, list(event_ids)]
        )
        cr.execute(
            "INSERT INTO logistics_outbox_pointer (void_event_id, void_reason)"
            " SELECT DISTINCT event_id, %s FROM logistics_outbox_message"
            "  WHERE event_id = ANY(%s) AND COALESCE(state, '') = 'sending'",
            [reason, list(event_ids)],
        )
        self._after_intervention(self._cancel(event_ids, "event_id", reason), "cancelled", reason)
        # a claim without a result (its process has died) may have arrived too
        cr.execute(
            """
            SELECT EXISTS (SELECT 1 FROM logistics_outbox_message
                            WHERE event_id = ANY(%s) AND (state IN ('sending', 'delivered') OR claim_count > 0))
                OR EXISTS (SELECT 1 FROM logistics_outbox_message m
                             JOIN logistics_outbox_attempt a ON a.message_id = m.id
                            WHERE m.event_id = ANY(%s) AND a.sent
                              AND (a.status_code IS NULL OR a.status_code BETWEEN 200 AND 299))
            """,
            [list(event_ids), list(event_ids)],
        )
        return cr.fetchone()[0]
