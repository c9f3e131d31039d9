"""Why an outbox message is not delivered yet, as a class with advice; see relay/failures.py."""

from odoo import api, fields, models

from ...relay.failures import HINTS, LABELS


class OutboxFailure(models.Model):
    _inherit = "logistics.outbox.message"

    last_failure = fields.Selection(LABELS, readonly=True, help="What kind of failure the last attempt ended with.")
    failure_hint = fields.Selection(HINTS, string="What to Do", compute="_compute_failure_hint")

    @api.depends("last_failure")
    def _compute_failure_hint(self):
        for message in self:
            message.failure_hint = message.last_failure
