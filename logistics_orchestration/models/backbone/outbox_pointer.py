"""Notes to the relay's router: what a transaction has left for it to do. Rows live for milliseconds."""

from odoo import api, fields, models


class OutboxPointer(models.Model):
    _name = "logistics.outbox.pointer"
    _description = "Outbox Pointer"
    _log_access = False

    event_id = fields.Integer(help="Fan this event out.")
    void_reason = fields.Char(help="The event's purpose was gone before it was fanned out: its messages are cancelled.")
    recheck_system_id = fields.Integer(help="Look again which message of this system and key comes next.")
    recheck_key = fields.Char()
    hold_subscription_id = fields.Integer(help="Hold what this switched-off subscription is owed.")
    void_event_id = fields.Integer(
        help="This event's purpose has gone while a message of it was under way: nothing of it is sent any more."
    )

    def init(self):
        super().init()
        # voiding looks pointers up by event
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_outbox_pointer_event_idx ON logistics_outbox_pointer (event_id)"
            " WHERE event_id IS NOT NULL"
        )

    @api.model
    def _leave_recheck(self, lanes):
        """Have the router set the heads of these lanes after this transaction's commit.

        People change messages in REPEATABLE READ transactions, whose picture of the lane may be old; the router decides
        on what is committed.

        :param lanes: iterable of (system id, lane); lanes that are None need nobody
        """
        lanes = sorted({(system_id, lane) for system_id, lane in lanes if lane})
        if lanes:
            self.env.cr.execute(
                "INSERT INTO logistics_outbox_pointer (recheck_system_id, recheck_key)"
                " SELECT * FROM unnest(%s::int[], %s::varchar[])",
                [[system_id for system_id, _lane in lanes], [lane for _system_id, lane in lanes]],
            )
        self.env["logistics.event"]._wake_relay()

    @api.model
    def _leave_hold(self, subscription_ids):
        """Have the router hold what these switched-off subscriptions are owed."""
        if subscription_ids:
            self.env.cr.execute(
                "INSERT INTO logistics_outbox_pointer (hold_subscription_id) SELECT unnest(%s::int[])",
                [list(subscription_ids)],
            )
        self.env["logistics.event"]._wake_relay()
