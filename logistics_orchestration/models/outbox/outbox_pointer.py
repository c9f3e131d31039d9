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
    only_subscription_id = fields.Integer(
        help="Fan the event out to this subscription and nobody else: a test, or what it missed."
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
    def _leave_only(self, subscription_id, event_ids):
        """Have the router owe these events to one subscription, whatever types it takes, and to nobody else.

        What the subscription is owed or was sent already stays as it is.

        :param int subscription_id: id of a logistics.subscription
        :param list event_ids: ids of logistics.event, in the order in which they are to be told
        """
        if event_ids:
            self.env.cr.execute(
                "INSERT INTO logistics_outbox_pointer (event_id, only_subscription_id)"
                " SELECT e.id, %s FROM unnest(%s::int[]) WITH ORDINALITY AS e(id, ord) ORDER BY e.ord",
                [subscription_id, list(event_ids)],
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
