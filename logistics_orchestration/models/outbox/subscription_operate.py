"""A subscription as administrators operate it: tested by itself, told what it missed."""

from odoo import models


class SubscriptionOperate(models.Model):
    _inherit = "logistics.subscription"

    def action_send_test(self):
        """Send a test event to this subscription's URL and show what becomes of it."""
        self.ensure_one()
        return self.system_id._send_test(self)

    def action_replay_missed(self):
        """A job that tells this subscription what it missed; counted first."""
        self.ensure_one()
        return self.system_id._make_replay("replay", "missed", subscription_id=self.id)

    def action_cancel_held(self):
        """A job that cancels what is held for this subscription; counted first."""
        self.ensure_one()
        return self.system_id._make_replay("cancel", "range", subscription_id=self.id, with_dead=False, with_held=True)
