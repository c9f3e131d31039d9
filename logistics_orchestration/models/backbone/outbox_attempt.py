"""What was tried with an outbox message: one row per call the relay made and per intervention of a person."""

from odoo import fields, models

from ...relay.states import OUTCOMES


class OutboxAttempt(models.Model):
    _name = "logistics.outbox.attempt"
    _description = "Outbox Attempt"
    _inherit = ["logistics.audit.mixin"]
    _order = "id desc"
    _log_access = False
    _rec_name = "outcome"

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
    error = fields.Text(readonly=True)
    response_excerpt = fields.Text(string="Answer", readonly=True, help="The beginning of what the partner answered.")
    worker = fields.Integer(string="Relay", readonly=True, help="Number of the relay process.")
    superseded = fields.Boolean(
        readonly=True, help="The result came after the claim had passed to another process: it changed nothing."
    )
    sent = fields.Boolean(readonly=True, help="The request had left: the partner may have acted on it.")
    user_id = fields.Integer(string="User ID", readonly=True)
    user_name = fields.Char(string="By", readonly=True, help="Who replayed or cancelled.")

    def init(self):
        super().init()
        # the figures of a system: calls of the last hour and day, without a look at the rows
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_outbox_attempt_calls_idx ON logistics_outbox_attempt"
            " (system_id, started_at) INCLUDE (outcome, duration_ms, message_id)"
        )
