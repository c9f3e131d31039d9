"""A test event on its way: what has become of it, live, in words."""

from odoo import _, api, fields, models

from ..models.backbone.record_link import open_form


class SystemTest(models.TransientModel):
    _name = "logistics.system.test"
    _description = "Connection Test"

    system_id = fields.Many2one("logistics.system", required=True, readonly=True, ondelete="cascade")
    subscription_id = fields.Many2one("logistics.subscription", required=True, readonly=True, ondelete="cascade")
    event_id = fields.Many2one("logistics.event", required=True, readonly=True, ondelete="cascade")
    message_id = fields.Many2one("logistics.outbox.message", compute="_compute_result")
    url = fields.Char(string="Sent To", related="subscription_id.target_url")
    result = fields.Selection(
        [("waiting", "On its way"), ("good", "Delivered"), ("bad", "Failed")], compute="_compute_result"
    )
    result_text = fields.Text(compute="_compute_result", string="What Happened")
    under_way = fields.Boolean(compute="_compute_result")

    @api.depends("event_id")
    def _compute_result(self):
        for test in self:
            message = self.env["logistics.outbox.message"].search([("event_id", "=", test.event_id.id)], limit=1)
            test.message_id = message
            test.result, test.result_text = test._told(message)
            test.under_way = test.result == "waiting"

    def _told(self, message):
        """(result, words) of a message, or of none yet."""
        self.ensure_one()
        if not message:
            if self.env["logistics.outbox.message"]._living_relays():
                return "waiting", _("The relay is taking it up.")
            return "waiting", _("No relay process is alive: the scheduled action delivers within a minute.")
        last = message.attempt_ids.filtered("duration_ms")[:1] or message.attempt_ids[:1]
        if message.state == "delivered":
            return "good", _(
                "Delivered: answered HTTP %(status)s in %(duration)s ms.",
                status=message.last_status,
                duration=last.duration_ms,
            )
        if message.state in ("dead", "cancelled") or message.last_error:
            error = message.last_error or message.cancel_reason
            again = message.waiting_reason if message.state == "pending" else ""
            return "bad", _("Failed: %s", error) + (f"\n{again}" if again else "")
        return "waiting", message.waiting_reason or _("It is about to be sent.")

    def action_again(self):
        """Another test, after something was mended."""
        self.ensure_one()
        return self.system_id._send_test(self.subscription_id)

    def action_open_message(self):
        """The delivery with its attempts."""
        self.ensure_one()
        return open_form(self.message_id)
