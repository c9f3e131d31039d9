"""What can be wrong with the way out: relay, waiting deliveries, dead letters, breakers, switched-off partners."""

from odoo import _, fields, models
from odoo.tools import format_datetime

from .alert_rule import Finding


class AlertCheckLine(models.Model):
    _inherit = "logistics.alert.rule"

    def _since(self, moment):
        """A time in words, in the time zone of the administrator who reads it."""
        zone = self.env.ref("base.user_admin").tz or "UTC"
        return format_datetime(self.env, moment, tz=zone, dt_format="yyyy-MM-dd HH:mm") + f" ({zone})"

    def _due_since(self, late):
        """[(system, messages due since before ``late`` although nothing stands in their way, the oldest)]

        Counted up to a thousand per system: it is looked at every minute, most of all when very many wait.
        """
        self.env.cr.execute(
            """
            SELECT s.id, due.number, due.since
              FROM logistics_system s
             CROSS JOIN LATERAL (
                   SELECT count(*) AS number, min(d.at) AS since
                     FROM (SELECT m.next_attempt_at AS at FROM logistics_outbox_message m
                            WHERE m.system_id = s.id AND m.state = 'pending' AND m.is_head
                              AND m.next_attempt_at < %(late)s
                            ORDER BY m.next_attempt_at LIMIT 1000) d) due
             WHERE s.state = 'active' AND s.breaker_state = 'closed' AND due.number > 0
               AND (s.paused_until IS NULL OR s.paused_until < %(late)s)
             ORDER BY s.id
            """,
            {"late": late},
        )
        return [
            (self.env["logistics.system"].browse(system_id), count, since)
            for system_id, count, since in self.env.cr.fetchall()
        ]

    def _check_relay_stopped(self):
        """Work is due and no relay process is alive; where the scheduled action keeps up there is nothing to tell."""
        if self.env["logistics.outbox.message"]._living_relays():
            return []
        groups = self._due_since(self._minutes_ago())
        backlog = self.env["logistics.health"]._router_backlog()
        if not groups and backlog <= self.threshold * 60:
            return []
        count = sum(number for _system, number, _since in groups)
        return [
            Finding(
                "relay",
                _("No relay process is alive"),
                _(
                    "%(count)s deliveries are due and events may wait to be fanned out: the scheduled action does not "
                    "keep up, or does not run. Start a relay: odoo-bin logistics_relay -d %(database)s",
                    count=count,
                    database=self.env.cr.dbname,
                ),
            )
        ]

    def _check_oldest_waiting(self):
        """Deliveries that are due for long although nothing stands in their way."""
        relays = self.env["logistics.outbox.message"]._living_relays()
        if not relays and self._raised_elsewhere("relay_stopped"):
            return []  # one cause, one alarm
        why = (
            _("%s relay processes are alive: they are too slow or the system's limits are too low.", len(relays))
            if relays
            else _("No relay process is alive. Start one: odoo-bin logistics_relay -d %s", self.env.cr.dbname)
        )
        return [
            Finding(
                f"waiting-{system.id}",
                _("Deliveries to %s wait", system.name),
                _(
                    "%(count)s are due, the oldest since %(since)s. %(why)s",
                    count=count,
                    since=self._since(since),
                    why=why,
                ),
                system,
            )
            for system, count, since in self._due_since(self._minutes_ago())
        ]

    def _raised_elsewhere(self, kind):
        """Whether an alarm of another kind is open."""
        return bool(self.env["logistics.alert"].search_count([("kind", "=", kind), ("state", "!=", "closed")], limit=1))

    def _check_dead_letters(self):
        """Deliveries that were given up and that nobody has replayed or cancelled."""
        Message = self.env["logistics.outbox.message"]
        groups = Message._read_group([("state", "=", "dead")], ["system_id"], ["__count", "id:min", "dead_at:max"])
        findings = []
        for system, count, first, latest in groups:
            if count < self.threshold:
                continue
            message = Message.browse(first)
            holds = Message.search_count(
                [("system_id", "=", system.id), ("state", "=", "dead"), ("is_head", "=", True)]
            )
            findings.append(
                Finding(
                    f"dead-{system.id}",
                    _("Dead letters: deliveries to %s were given up", system.name),
                    _(
                        "%(count)s, the first: %(message)s (%(error)s). Keys held up behind dead messages: %(holds)s. "
                        "Mend the cause, then replay them from Integrations > Dead Letters, or cancel them.",
                        count=count,
                        message=message.display_name,
                        error=message.last_error or "",
                        holds=holds,
                    ),
                    system,
                    news=fields.Datetime.to_string(latest) if latest else "",
                )
            )
        return findings

    def _check_breaker_open(self):
        """Partners that have kept failing for a while."""
        systems = self.env["logistics.system"].search(
            [("breaker_state", "!=", "closed"), ("state", "=", "active"), ("failing_since", "<=", self._minutes_ago())]
        )
        return [
            Finding(
                f"breaker-{system.id}",
                _("%s does not answer", system.name),
                _(
                    "Every delivery has failed since %(since)s; %(failures)s in a row, the last: %(error)s. The "
                    "breaker is open: one try from time to time, everything else waits and nothing is lost. When the "
                    "partner is back it goes on by itself; Resume on the system tries at once.",
                    since=self._since(system.failing_since),
                    failures=system.breaker_failures,
                    error=self._last_error(system),
                ),
                system,
            )
            for system in systems
        ]

    def _last_error(self, system):
        """What the system answered last to something that still waits; in words."""
        waiting = self.env["logistics.outbox.message"].search(
            [
                ("system_id", "=", system.id),
                ("state", "=", "pending"),
                ("is_head", "=", True),
                ("last_error", "!=", False),
            ],
            order="next_attempt_at desc, id desc",
            limit=1,
        )
        return waiting.last_error or "?"

    def _check_system_suspended(self):
        """Partners that failed for so long that nothing is tried any more."""
        return [
            Finding(
                f"suspended-{system.id}",
                _("%s was suspended after a long outage", system.name),
                _(
                    "Every delivery has failed since %(since)s. Messages wait and none is lost. When the partner is "
                    "back: Resume.",
                    since=self._since(system.failing_since or system.suspended_at or fields.Datetime.now()),
                ),
                system,
            )
            for system in self.env["logistics.system"].search([("state", "=", "suspended")])
        ]

    def _check_switched_off(self):
        """Subscriptions whose partner answered 410: for a day, and then for as long as something is held for them."""
        Subscription = self.env["logistics.subscription"].with_context(active_test=False)
        gone = Subscription.search([("active", "=", False), ("disabled_reason", "like", "HTTP 410")])
        held = self.env["logistics.outbox.message"]._read_group(
            [("subscription_id", "in", gone.ids), ("state", "=", "held")], ["subscription_id"], ["__count"]
        )
        counts = {subscription.id: count for subscription, count in held}
        yesterday = self._minutes_ago(24 * 60)
        return [
            Finding(
                f"subscription-{subscription.id}",
                _("Subscription %s was switched off by the partner", subscription.name),
                _(
                    "It answered HTTP 410. What it is owed is held (%(count)s). Ask %(system)s; switch the "
                    "subscription on again, or cancel what is held.",
                    count=counts.get(subscription.id, 0),
                    system=subscription.system_id.name,
                ),
                subscription.system_id,
            )
            for subscription in gone
            if counts.get(subscription.id) or (subscription.disabled_at and subscription.disabled_at >= yesterday)
        ]
