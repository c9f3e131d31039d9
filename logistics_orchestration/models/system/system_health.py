"""How a line is doing, in figures: what waits, what arrived, how fast. Few statements for a whole page of systems.

None of them reads what is simply delivered: open messages have an index of their own, calls are read from an index on
attempts by time, and latencies from the latest deliveries.
"""

from datetime import timedelta

from odoo import _, fields, models

# Open messages that are counted per system; beyond that the figures say "at least".
COUNTED = 100_000
# Deliveries of the last hour whose latency is looked up.
SAMPLE = 2000
FAILED = ("retry", "dead", "gone")


class SystemHealth(models.Model):
    _inherit = "logistics.system"

    # -- what is owed --
    waiting_count = fields.Integer(compute="_compute_open", string="Waiting")
    held_count = fields.Integer(compute="_compute_open", string="Held")
    dead_count = fields.Integer(compute="_compute_open", string="Dead")
    oldest_waiting_at = fields.Datetime(compute="_compute_open", string="Oldest Waiting")
    oldest_age = fields.Char(compute="_compute_open", string="Oldest Waits For")
    oldest_minutes = fields.Integer(compute="_compute_open", string="Oldest Waits (min)")
    # -- what was called --
    delivered_count = fields.Integer(compute="_compute_calls", string="Delivered (24 h)")
    failed_count = fields.Integer(compute="_compute_calls", string="Failed Calls (24 h)")
    success_rate = fields.Float(compute="_compute_calls", string="Success (24 h)", help="Calls answered 2xx, percent.")
    hour_text = fields.Char(compute="_compute_calls", string="Last Hour")
    day_text = fields.Char(compute="_compute_calls", string="Last 24 Hours")
    call_p50 = fields.Integer(compute="_compute_calls", string="Call p50 (ms)", help="Median of the last hour.")
    call_p95 = fields.Integer(compute="_compute_calls", string="Call p95 (ms)")
    call_text = fields.Char(compute="_compute_calls", string="Duration of a Call")
    last_delivered_at = fields.Datetime(compute="_compute_last_delivered", string="Last Delivered")
    latency_p50 = fields.Float(compute="_compute_latency", string="End to End p50 (s)")
    latency_p95 = fields.Float(compute="_compute_latency", string="End to End p95 (s)")
    latency_text = fields.Char(
        compute="_compute_latency", string="From Fact to Partner", help="Median and 95th percentile of the last hour."
    )
    # -- what was heard --
    inbox_count = fields.Integer(compute="_compute_heard", string="Received (24 h)")
    quarantine_count = fields.Integer(compute="_compute_heard", string="Quarantined")
    last_heard_at = fields.Datetime(compute="_compute_heard", string="Last Heard From")

    def _figures(self, query, **params):
        """{system id: rest of its row} of a statement about the systems in ``ids``."""
        if not self.ids:
            return {}
        self.env.cr.execute(query, {"ids": self.ids, **params})
        return {row[0]: row[1:] for row in self.env.cr.fetchall()}

    def _compute_open(self):
        found = self._figures(
            """
            SELECT s.id, o.waiting, o.held, o.dead, o.oldest
              FROM unnest(%(ids)s::int[]) AS s(id)
             CROSS JOIN LATERAL (
                   SELECT count(*) FILTER (WHERE q.state IN ('pending', 'sending')) AS waiting,
                          count(*) FILTER (WHERE q.state = 'held') AS held,
                          count(*) FILTER (WHERE q.state = 'dead') AS dead,
                          min(q.created_at) FILTER (WHERE q.state IN ('pending', 'sending')) AS oldest
                     FROM (SELECT m.state, m.created_at FROM logistics_outbox_message m
                            WHERE m.system_id = s.id AND m.state IN ('pending', 'sending', 'held', 'dead')
                            ORDER BY m.id LIMIT %(counted)s) q) o
            """,
            counted=COUNTED,
        )
        now = fields.Datetime.now()
        for system in self:
            waiting, held, dead, oldest = found.get(system.id, (0, 0, 0, None))
            system.waiting_count, system.held_count, system.dead_count = waiting, held, dead
            system.oldest_waiting_at = oldest and oldest.replace(microsecond=0)
            system.oldest_age = self._age_words(now - oldest) if oldest else False
            system.oldest_minutes = (now - oldest).total_seconds() // 60 if oldest else 0

    def _compute_calls(self):
        now = fields.Datetime.now()
        found = self._figures(
            """
            SELECT a.system_id,
                   count(*) FILTER (WHERE a.outcome = 'delivered'),
                   count(*) FILTER (WHERE a.outcome = ANY(%(failed)s)),
                   count(*) FILTER (WHERE a.outcome = 'delivered' AND a.started_at >= %(hour)s),
                   count(*) FILTER (WHERE a.outcome = ANY(%(failed)s) AND a.started_at >= %(hour)s),
                   percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY a.duration_ms)
                       FILTER (WHERE a.outcome = 'delivered' AND a.started_at >= %(hour)s)
              FROM logistics_outbox_attempt a
             WHERE a.system_id = ANY(%(ids)s) AND a.started_at >= %(day)s GROUP BY 1
            """,
            failed=list(FAILED),
            hour=now - timedelta(hours=1),
            day=now - timedelta(days=1),
        )
        for system in self:
            delivered, failed, hour_delivered, hour_failed, spent = found.get(system.id, (0, 0, 0, 0, None))
            system.delivered_count, system.failed_count = delivered, failed
            system.success_rate = self._rate(delivered, failed)
            system.hour_text = self._rate_words(hour_delivered, hour_failed)
            system.day_text = self._rate_words(delivered, failed)
            p50, p95 = spent or (0, 0)
            system.call_p50, system.call_p95 = round(p50), round(p95)
            system.call_text = (
                _("%(p50)s ms, 95 %% within %(p95)s ms", p50=round(p50), p95=round(p95)) if spent else False
            )

    def _compute_latency(self):
        found = self._figures(
            """
            SELECT s.id, percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
                       ORDER BY EXTRACT(EPOCH FROM m.delivered_at - m.created_at))
              FROM unnest(%(ids)s::int[]) AS s(id)
             CROSS JOIN LATERAL (
                   SELECT a.message_id FROM logistics_outbox_attempt a
                    WHERE a.system_id = s.id AND a.started_at >= %(hour)s AND a.outcome = 'delivered'
                    ORDER BY a.started_at DESC LIMIT %(sample)s) a
              JOIN logistics_outbox_message m ON m.id = a.message_id AND m.replay_count = 0
             WHERE m.delivered_at IS NOT NULL GROUP BY 1
            """,
            hour=fields.Datetime.now() - timedelta(hours=1),
            sample=SAMPLE,
        )
        for system in self:
            (spent,) = found.get(system.id, (None,))
            p50, p95 = (max(0.0, float(value)) for value in spent or (0, 0))
            system.latency_p50, system.latency_p95 = p50, p95
            words = _("%(p50)s, 95 %% within %(p95)s", p50=self._short(p50), p95=self._short(p95))
            system.latency_text = words if spent else False

    def _compute_last_delivered(self):
        found = self._figures(
            """
            SELECT s.id, a.started_at FROM unnest(%(ids)s::int[]) AS s(id)
             CROSS JOIN LATERAL (
                   SELECT a.started_at FROM logistics_outbox_attempt a
                    WHERE a.system_id = s.id AND a.outcome = 'delivered' ORDER BY a.started_at DESC LIMIT 1) a
            """
        )
        for system in self:
            (at,) = found.get(system.id, (None,))
            system.last_delivered_at = at and at.replace(microsecond=0)

    def _compute_heard(self):
        self.env["logistics.inbox.message"].flush_model()
        found = self._figures(
            """
            SELECT s.id, h.received_at, r.received, q.quarantined FROM unnest(%(ids)s::int[]) AS s(id)
              LEFT JOIN LATERAL (
                   SELECT i.received_at FROM logistics_inbox_message i
                    WHERE i.system_id = s.id ORDER BY i.received_at DESC LIMIT 1) h ON true
             CROSS JOIN LATERAL (
                   SELECT count(*) AS received FROM logistics_inbox_message i
                    WHERE i.system_id = s.id AND i.received_at >= %(day)s) r
             CROSS JOIN LATERAL (
                   SELECT count(*) AS quarantined FROM logistics_inbox_message i
                    WHERE i.system_id = s.id AND i.state = 'quarantined') q
            """,
            day=fields.Datetime.now() - timedelta(days=1),
        )
        for system in self:
            heard, received, quarantined = found.get(system.id, (None, 0, 0))
            system.last_heard_at = heard and heard.replace(microsecond=0)
            system.inbox_count, system.quarantine_count = received, quarantined

    # -- words ------------------------------------------------------------------------------------------------

    @staticmethod
    def _rate(good, bad):
        """Percent of calls that were answered 2xx; 100 where none was made."""
        return 100.0 * good / (good + bad) if good + bad else 100.0

    def _rate_words(self, good, bad):
        if not good + bad:
            return _("No calls")
        return _(
            "%(rate)s %% of %(calls)s calls succeeded",
            rate=f"{self._rate(good, bad):.1f}".removesuffix(".0"),
            calls=good + bad,
        )

    def _age_words(self, age):
        """A timedelta as people say it: its two largest units."""
        minutes = max(0, int(age.total_seconds() // 60))
        days, hours = divmod(minutes // 60, 24)
        if days:
            return _("%(days)s d %(hours)s h", days=days, hours=hours)
        if minutes >= 60:
            return _("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes % 60)
        return _("%s min", minutes) if minutes else _("less than a minute")

    def _short(self, seconds):
        """Seconds as people say them."""
        if seconds < 1:
            return _("%s ms", round(seconds * 1000))
        return _("%s s", round(seconds, 1)) if seconds < 120 else self._age_words(timedelta(seconds=seconds))

    # -- lists ------------------------------------------------------------------------------------------------

    def action_open_calls(self):
        """Every call of the last day, by hour and outcome."""
        return self._action_records("logistics_orchestration.action_outbox_calls", [])

    def action_open_waiting(self):
        """What this system is owed and has not got."""
        return self._action_records(
            "logistics_orchestration.action_outbox_message", [("state", "in", ("pending", "sending"))]
        )

    def action_open_held(self):
        """What waits for a subscription to be switched on."""
        return self._action_records("logistics_orchestration.action_outbox_message", [("state", "=", "held")])
