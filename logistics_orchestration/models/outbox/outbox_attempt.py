"""What was tried with an outbox message: one row per call the relay made and per intervention of a person."""

from odoo import _, api, fields, models

from ...relay.failures import HINTS, LABELS
from ...relay.states import OUTCOMES


class OutboxAttempt(models.Model):
    _name = "logistics.outbox.attempt"
    _description = "Outbox Attempt"
    _inherit = ["logistics.audit.mixin"]
    _order = "id desc"
    _log_access = False

    message_id = fields.Many2one(
        "logistics.outbox.message", required=True, readonly=True, ondelete="restrict", index=True
    )
    system_id = fields.Integer(string="System ID", readonly=True)
    webhook_id = fields.Char(string="Webhook ID", readonly=True)
    attempt_number = fields.Integer(string="Attempt", readonly=True, help="Counts again after a replay.")
    started_at = fields.Datetime(readonly=True)
    duration_ms = fields.Integer(string="Duration (ms)", readonly=True)
    status_code = fields.Integer(string="HTTP Status", readonly=True, help="Empty when there was no answer.")
    outcome = fields.Selection(OUTCOMES, readonly=True)
    failure = fields.Selection(LABELS, readonly=True, help="The kind of failure; empty when delivered.")
    failure_hint = fields.Selection(HINTS, string="What to Do", compute="_compute_failure_hint")
    error = fields.Text(readonly=True)
    response_excerpt = fields.Text(string="Answer", readonly=True, help="The beginning of what the partner answered.")
    worker = fields.Integer(string="Relay", readonly=True, help="Number of the relay process.")
    superseded = fields.Boolean(
        readonly=True, help="The result came after the claim had passed to another process: it changed nothing."
    )
    sent = fields.Boolean(readonly=True, help="The request had left: the partner may have acted on it.")
    # -- where the time went; 0 is "did not happen" (what did is never recorded as 0) --
    dns_ms = fields.Float(string="Name Lookup (ms)", readonly=True)
    connect_ms = fields.Float(string="Connect (ms)", readonly=True)
    tls_ms = fields.Float(string="TLS (ms)", readonly=True)
    auth_ms = fields.Float(string="Token (ms)", readonly=True, help="Getting an OAuth2 token, where none was kept.")
    first_byte_ms = fields.Float(
        string="First Byte (ms)", readonly=True, help="From the end of what we sent to the head of the answer."
    )
    reused = fields.Boolean(
        string="Connection Reused", readonly=True, help="The connection was open already: no lookup, connect or TLS."
    )
    address = fields.Char(readonly=True, help="The address that was called; a wrong one means a wrong DNS entry.")
    phases = fields.Char(string="Where the Time Went", compute="_compute_phases")
    user_id = fields.Integer(string="User ID", readonly=True)
    user_name = fields.Char(string="By", readonly=True, help="Who replayed or cancelled.")

    @api.depends("attempt_number", "outcome")
    def _compute_display_name(self):
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        for attempt in self:
            outcome = labels.get(attempt.outcome, "")
            # what people do has no number
            attempt.display_name = (
                _("Attempt %(number)s: %(outcome)s", number=attempt.attempt_number, outcome=outcome)
                if attempt.attempt_number
                else outcome
            )

    @api.depends("failure")
    def _compute_failure_hint(self):
        for attempt in self:
            attempt.failure_hint = attempt.failure

    @api.depends("dns_ms", "connect_ms", "tls_ms", "auth_ms", "first_byte_ms", "reused")
    def _compute_phases(self):
        for attempt in self:
            parts = [
                (_("name lookup %(ms)s ms"), attempt.dns_ms),
                (_("connect %(ms)s ms"), attempt.connect_ms),
                (_("TLS %(ms)s ms"), attempt.tls_ms),
                (_("token %(ms)s ms"), attempt.auth_ms),
                (_("first byte %(ms)s ms"), attempt.first_byte_ms),
            ]
            words = [_("connection reused")] if attempt.reused else []
            words += [text % {"ms": f"{took:.0f}" if took >= 10 else f"{took:.1f}"} for text, took in parts if took]
            attempt.phases = ", ".join(words)
    def init(self):
        super().init()
        # the figures of a system: calls of the last hour and day, without a look at the rows
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_outbox_attempt_calls_idx ON logistics_outbox_attempt"
            " (system_id, started_at) INCLUDE (outcome, duration_ms, message_id)"
        )
