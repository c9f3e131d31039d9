"""Is the line healthy? Asked every few seconds by load balancers and monitoring, so a handful of cheap look-ups.

``ok`` and ``degraded`` both mean that this Odoo serves people: a dead partner or a stopped relay must not take Odoo out
of a load balancer. ``down`` means that it does not.
"""

from odoo import api, models

from ...relay.schema import LEADER, LOCK_WORKER

# from when on something is late, in seconds
OVERDUE, BACKLOG, CRON_LATE = 300, 600, 1800
# nothing is counted further than this
_MANY = 1000


class HealthReport(models.AbstractModel):
    _name = "logistics.health"
    _description = "Health of the Line"

    @api.model
    def _report(self):
        """(status, detail dict); raises psycopg2.Error where the database does not answer.

        Durations are whole seconds. Systems stand under their code; nothing personal and no address is in it.
        """
        relays, leader = self._relays()
        systems = self._systems()
        inbox_count, inbox_seconds = self._inbox()
        detail = {
            "database": {"reachable": True, "writable": self._writable()},
            "relay": {"processes": len(relays), "leader": leader, "router_backlog_seconds": self._router_backlog()},
            "systems": systems,
            "inbox": {"waiting": inbox_count, "oldest_seconds": inbox_seconds},
            "handlers_dead": self._count("logistics_event_task", "dead"),
            "inbox_quarantined": self._count("logistics_inbox_message", "quarantined"),
            "scheduled_actions_late": self._crons_late(),
        }
        detail["problems"] = self._problems(detail)
        if not detail["database"]["writable"]:
            return "down", detail
        return ("degraded" if detail["problems"] else "ok"), detail

    @api.model
    def _problems(self, detail):
        """Words for whoever looks, one per thing that is wrong."""
        problems = []
        if not detail["database"]["writable"]:
            problems.append("the database takes no writes")
        overdue = [s["system"] for s in detail["systems"] if s["overdue_seconds"] > OVERDUE]
        relay = detail["relay"]
        if not relay["processes"] and (overdue or relay["router_backlog_seconds"] > OVERDUE):
            problems.append("deliveries are due and no relay process is alive")
        elif overdue:
            problems.append(f"deliveries are overdue: {', '.join(overdue)}")
        if relay["processes"] and relay["router_backlog_seconds"] > OVERDUE:
            problems.append("events wait to be fanned out")
        for key, words in (("breaker_open", "breaker open"), ("suspended", "suspended"), ("dead", "dead letters")):
            found = [s["system"] for s in detail["systems"] if s[key]]
            if found:
                problems.append(f"{words}: {', '.join(found)}")
        if detail["inbox"]["oldest_seconds"] > BACKLOG:
            problems.append("inbox messages wait to be processed")
        if detail["scheduled_actions_late"]:
            problems.append("scheduled actions are late")
        return problems

    @api.model
    def _writable(self):
        self.env.cr.execute("SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'")
        return self.env.cr.fetchone()[0]

    @api.model
    def _relays(self):
        """(numbers of living relay processes, whether one leads)"""
        self.env.cr.execute(
            """
            SELECT objid FROM pg_locks
             WHERE locktype = 'advisory' AND classid = %s AND objsubid = 2 AND granted
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """,
            [LOCK_WORKER],
        )
        numbers = {row[0] for row in self.env.cr.fetchall()}
        return sorted(numbers - {LEADER}), LEADER in numbers

    @api.model
    def _router_backlog(self):
        """Seconds since the oldest event that is not fanned out yet."""
        self.env.cr.execute(
            """
            SELECT EXTRACT(EPOCH FROM timezone('UTC', now()) - e.create_date)::int
              FROM (SELECT event_id FROM logistics_outbox_pointer WHERE event_id IS NOT NULL ORDER BY id LIMIT 1) p
              JOIN logistics_event e ON e.id = p.event_id
            """
        )
        row = self.env.cr.fetchone()
        return max(0, row[0] or 0) if row else 0

    @api.model
    def _systems(self):
        """Figures of each system that is not disabled; every look-up stops at what it needs to know."""
        self.env.cr.execute(
            """
            SELECT s.code, s.company_id, s.state, s.breaker_state,
                   CASE WHEN s.state = 'active' AND s.breaker_state = 'closed'
                             AND (s.paused_until IS NULL OR s.paused_until < timezone('UTC', now()))
                        THEN GREATEST(0, EXTRACT(EPOCH FROM timezone('UTC', now()) - due.since))::int ELSE 0 END,
                   GREATEST(0, EXTRACT(EPOCH FROM timezone('UTC', now()) - due.made))::int,
                   (SELECT count(*) FROM (SELECT 1 FROM logistics_outbox_message m
                                           WHERE m.state = 'dead' AND m.system_id = s.id LIMIT %(many)s) d)
              FROM logistics_system s
              LEFT JOIN LATERAL (
                    SELECT m.next_attempt_at AS since, m.created_at AS made FROM logistics_outbox_message m
                     WHERE m.system_id = s.id AND m.state = 'pending' AND m.is_head
                     ORDER BY m.next_attempt_at, m.id LIMIT 1) due ON true
             WHERE s.state <> 'disabled' ORDER BY s.code, s.company_id
            """,
            {"many": _MANY},
        )
        return [
            {
                "system": code,
                "company": company_id,
                "state": state,
                "overdue_seconds": overdue or 0,
                "oldest_waiting_seconds": waiting or 0,
                "dead": dead,
                "breaker_open": breaker != "closed",
                "suspended": state == "suspended",
            }
            for code, company_id, state, breaker, overdue, waiting, dead in self.env.cr.fetchall()
        ]

    @api.model
    def _inbox(self):
        """(messages due and not processed, up to a thousand; seconds the oldest has been due)"""
        self.env.cr.execute(
            """
            SELECT count(*), COALESCE(GREATEST(0, EXTRACT(EPOCH FROM timezone('UTC', now()) - min(at))), 0)::int
              FROM (SELECT next_attempt_at AS at FROM logistics_inbox_message
                     WHERE state IN ('received', 'failed') AND next_attempt_at <= timezone('UTC', now())
                     ORDER BY next_attempt_at LIMIT %s) due
            """,
            [_MANY],
        )
        return self.env.cr.fetchone()

    @api.model
    def _count(self, table, state):
        """Rows in a state that has an index, up to a thousand."""
        counts = {
            "logistics_event_task": "SELECT count(*) FROM (SELECT 1 FROM logistics_event_task"
            " WHERE state = %s LIMIT %s) r",
            "logistics_inbox_message": "SELECT count(*) FROM (SELECT 1 FROM logistics_inbox_message"
            " WHERE state = %s LIMIT %s) r",
        }
        self.env.cr.execute(counts[table], [state, _MANY])
        return self.env.cr.fetchone()[0]

    @api.model
    def _crons_late(self, seconds=CRON_LATE):
        """How many of the suite's scheduled actions should have run ``seconds`` ago and have not."""
        return len(self._late_crons(seconds))

    @api.model
    def _late_crons(self, seconds):
        """(name, seconds late) of the suite's active scheduled actions that are late."""
        self.env.cr.execute(
            """
            SELECT a.name->>'en_US', EXTRACT(EPOCH FROM timezone('UTC', now()) - c.nextcall)::int
              FROM ir_cron c
              JOIN ir_act_server a ON a.id = c.ir_actions_server_id
              JOIN ir_model_data d ON d.model = 'ir.cron' AND d.res_id = c.id
             WHERE c.active AND d.module LIKE 'logistics\\_%%' AND c.nextcall < timezone('UTC', now())
                   - make_interval(secs => %s)
             ORDER BY c.nextcall
            """,
            [seconds],
        )
        return self.env.cr.fetchall()

    @api.model
    def _oldest_transaction(self):
        """The oldest transaction that keeps dead rows from being removed: its pid, age in seconds, what it is; or None.

        Its statement is not told: it may quote anything.
        """
        self.env.cr.execute(
            """
            SELECT pid, EXTRACT(EPOCH FROM now() - xact_start)::int, COALESCE(application_name, ''), state, usename
              FROM pg_stat_activity
             WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
               AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
             ORDER BY xact_start LIMIT 1
            """
        )
        row = self.env.cr.fetchone()
        return row and dict(zip(("pid", "seconds", "application", "state", "user"), row, strict=True))
