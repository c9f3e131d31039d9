"""Telling people what the relay cannot solve: given-up messages, long waits, suspended partners.

It does not use the outbox for it: what tells of a broken line must not go through that line.
"""

from datetime import timedelta

from odoo import _, api, fields, models

WAIT_MINUTES = 10
_MARK = "logistics.outbox_watchdog_mark"


class RelayWatchdog(models.Model):
    _inherit = "logistics.outbox.message"

    @api.model
    def _cron_watchdog(self):
        """Scheduled action: raise a to-do on the system for every new trouble; once while one is open."""
        now = fields.Datetime.now()
        # sudo: only the time of the last look
        parameters = self.env["ir.config_parameter"].sudo()
        mark = fields.Datetime.to_datetime(parameters.get_param(_MARK)) or now - timedelta(days=1)
        self._watch_dead(mark)
        self._watch_waiting(now)
        self._watch_switched_off(mark)
        # a little overlap: what was committed while we looked is seen the next time
        parameters.set_param(_MARK, fields.Datetime.to_string(now - timedelta(minutes=1)))

    @api.model
    def _watch_dead(self, mark):
        """New dead letters since the last look."""
        groups = self._read_group(
            [("state", "=", "dead"), ("dead_at", ">=", mark)], ["system_id"], ["__count", "id:min"]
        )
        for system, count, first in groups:
            message = self.browse(first)
            holds = self.search_count([("system_id", "=", system.id), ("state", "=", "dead"), ("is_head", "=", True)])
            system._outbox_todo(
                _("Dead letters: deliveries to %s were given up", system.name),
                _(
                    "%(count)s new, the first: %(message)s (%(error)s). Keys held up behind dead messages: %(holds)s. "
                    "Mend the cause, then replay them from Integrations > Dead Letters, or cancel them.",
                    count=count,
                    message=message.display_name,
                    error=message.last_error or "",
                    holds=holds,
                ),
            )

    @api.model
    def _watch_waiting(self, now):
        """Messages that are due for long although nothing stands in their way: no relay is alive, or it is too slow."""
        late = now - timedelta(minutes=WAIT_MINUTES)
        groups = self._read_group(
            [
                ("state", "=", "pending"),
                ("is_head", "=", True),
                ("next_attempt_at", "<", late),
                ("system_id.state", "=", "active"),
                ("system_id.breaker_state", "=", "closed"),
                "|",
                ("system_id.paused_until", "=", False),
                ("system_id.paused_until", "<", late),
            ],
            ["system_id"],
            ["__count", "next_attempt_at:min"],
        )
        if not groups:
            return
        relays = self._living_relays()
        why = (
            _("%s relay processes are alive: they are too slow or the system's limits are too low.", len(relays))
            if relays
            else _("No relay process is alive. Start one: odoo-bin logistics_relay -d %s", self.env.cr.dbname)
        )
        for system, count, since in groups:
            system._outbox_todo(
                _("Deliveries to %s wait", system.name),
                _("%(count)s are due, the oldest since %(since)s. %(why)s", count=count, since=since, why=why),
            )

    @api.model
    def _watch_switched_off(self, mark):
        """Systems suspended after a long outage and subscriptions switched off by an answer 410."""
        System = self.env["logistics.system"]
        for system in System.search([("state", "=", "suspended"), ("suspended_at", ">=", mark)]):
            system._outbox_todo(
                _("%s was suspended after a long outage", system.name),
                _(
                    "Every delivery has failed since %(since)s. Messages wait and none is lost. When the partner is "
                    "back: Resume.",
                    since=system.failing_since,
                ),
            )
        Subscription = self.env["logistics.subscription"].with_context(active_test=False)
        for subscription in Subscription.search(
            [("active", "=", False), ("disabled_at", ">=", mark), ("disabled_reason", "like", "HTTP 410")]
        ):
            subscription.system_id._outbox_todo(
                _("Subscription %s was switched off by the partner", subscription.name),
                _(
                    "It answered HTTP 410. What it is owed is held. Ask %(system)s; switch the subscription on again, "
                    "or cancel what is held.",
                    system=subscription.system_id.name,
                ),
            )
