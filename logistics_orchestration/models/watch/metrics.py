"""What Prometheus sees: every figure computed from the database when it is asked for, so any worker may answer.

Labels are codes of systems, companies' ids, names of event types, states: nothing personal, no addresses.
``prometheus_client`` is only needed here; Odoo works without it.
"""

import time

from odoo import api, fields, models

from ...relay.schema import TABLE_SETTINGS
from .meter import DURATION_BOUNDS, LATENCY_BOUNDS

_SYSTEM = ("system", "company")


class Metrics(models.AbstractModel):
    _name = "logistics.metrics"
    _description = "Figures for Monitoring"

    @api.model
    def _exposition(self):
        """(text, content type) of all figures in Prometheus' text format.

        :raises ImportError: prometheus-client is not installed
        """
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.exposition import CONTENT_TYPE_LATEST

        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collector(self))
        return generate_latest(registry).decode(), CONTENT_TYPE_LATEST

    @api.model
    def _families(self):
        """The metric families, in a stable order."""
        from prometheus_client import core

        begin = time.perf_counter()
        systems = self._known_systems()
        yield from self._outbox(core, systems)
        yield from self._lines(core, systems)
        yield from self._counters(core, systems)
        yield from self._inbox(core, systems)
        yield from self._house(core)
        yield from self._database(core)
        took = core.GaugeMetricFamily("logistics_scrape_seconds", "Time it took to compute all of this")
        took.add_metric([], time.perf_counter() - begin)
        yield took

    @api.model
    def _known_systems(self):
        """{system id: (code, company id as text)}"""
        self.env.cr.execute("SELECT id, code, company_id::text FROM logistics_system ORDER BY code, company_id")
        return {system_id: (code, company) for system_id, code, company in self.env.cr.fetchall()}

    @api.model
    def _gauge(self, core, name, words, labels, rows):
        family = core.GaugeMetricFamily(name, words, labels=labels)
        for labels_of_row, value in rows:
            family.add_metric([str(label) for label in labels_of_row], float(value or 0))
        return family

    # -- outbox -----------------------------------------------------------------------------------------------

    @api.model
    def _outbox(self, core, systems):
        """What is owed, per system: by state, the oldest, how long the oldest due one has been due."""
        cr = self.env.cr
        # Two partial indexes hold all that is pending: in a lane, and in none. The head of a lane is its
        # oldest, so the heads have the oldest of all.
        cr.execute(
            """
            SELECT system_id, 'pending', count(*), min(created_at) FILTER (WHERE is_head),
                   min(next_attempt_at) FILTER (WHERE is_head)
              FROM logistics_outbox_message WHERE state = 'pending' AND lane IS NOT NULL GROUP BY 1
            UNION ALL
            SELECT system_id, 'pending', count(*), min(created_at), min(next_attempt_at)
              FROM logistics_outbox_message WHERE state = 'pending' AND is_head AND lane IS NULL GROUP BY 1
            UNION ALL
            SELECT system_id, 'sending', count(*), NULL, NULL
              FROM logistics_outbox_message WHERE state = 'sending' GROUP BY 1
            UNION ALL
            SELECT system_id, state, count(*), NULL, NULL
              FROM logistics_outbox_message WHERE state IN ('held', 'dead') GROUP BY 1, 2
            """
        )
        counts = {(system_id, state): 0 for system_id in systems for state in ("pending", "sending", "held", "dead")}
        oldest = {}
        for system_id, state, count, *times in cr.fetchall():
            counts[system_id, state] = counts.get((system_id, state), 0) + count
            for index, moment in enumerate(times):
                if moment:
                    oldest[system_id, index] = min(moment, oldest.get((system_id, index), moment))
        yield self._gauge(
            core,
            "logistics_outbox_messages",
            "Deliveries that are not finished",
            (*_SYSTEM, "state"),
            [((*systems[key], state), count) for (key, state), count in sorted(counts.items()) if key in systems],
        )
        now = fields.Datetime.now()
        for index, name, words in (
            (0, "logistics_outbox_oldest_waiting_seconds", "Age of the oldest delivery that waits"),
            (1, "logistics_outbox_overdue_seconds", "For how long the oldest due delivery has been due"),
        ):
            rows = [
                (labels, max(0.0, (now - oldest.get((key, index), now)).total_seconds()))
                for key, labels in systems.items()
            ]
            yield self._gauge(core, name, words, _SYSTEM, rows)
        cr.execute("SELECT count(*) FROM logistics_outbox_pointer")
        yield self._gauge(
            core, "logistics_router_pointers", "Notes the router has not dealt with", (), [((), cr.fetchone()[0])]
        )

    @api.model
    def _lines(self, core, systems):
        """State of each system and of its breaker: 1 for the one it is in."""
        cr = self.env.cr
        cr.execute("SELECT id, state, breaker_state FROM logistics_system")
        now = {system_id: (state, breaker) for system_id, state, breaker in cr.fetchall()}
        columns = self.env["logistics.system"]._fields
        for index, (field, name, words) in enumerate(
            (
                ("state", "logistics_system_state", "State of the system"),
                ("breaker_state", "logistics_breaker_state", "State of the system's breaker"),
            )
        ):
            states = [key for key, _label in columns[field].selection]
            yield self._gauge(
                core,
                name,
                words,
                (*_SYSTEM, "state"),
                [((*labels, state), now[key][index] == state) for key, labels in systems.items() for state in states],
            )

    # -- counters ---------------------------------------------------------------------------------------------

    @api.model
    def _counters(self, core, systems):
        """Counters and histograms: exact, and never falling although old rows are purged (see meter.py)."""
        meters = self.env["logistics.meter"]._read_all()

        def counter(name, words, labels, meter, values):
            family = core.CounterMetricFamily(name, words, labels=labels)
            for (system_id, label), value in sorted(meters.get(meter, {}).items()):
                if not system_id or system_id in systems:
                    family.add_metric([str(part) for part in values(system_id, label)], value)
            return family

        nobody = ("", "")
        yield counter(
            "logistics_deliveries",
            "Calls of partners by outcome",
            (*_SYSTEM, "outcome"),
            "calls",
            lambda key, label: (*systems[key], label),
        )
        yield counter("logistics_events", "Business facts", ("type",), "events", lambda _key, label: (label,))
        yield counter(
            "logistics_inbox_received", "Messages of partners", _SYSTEM, "inbox", lambda key, _label: systems[key]
        )
        yield counter(
            "logistics_inbound_refused",
            "Inbound requests refused; without a system where the address or token is nobody's",
            (*_SYSTEM, "reason"),
            "refusals",
            lambda key, label: (*systems.get(key, nobody), label),
        )
        for meter, name, words, bounds in (
            ("duration", "logistics_attempt_duration_seconds", "Duration of calls of partners", DURATION_BOUNDS),
            (
                "latency",
                "logistics_delivery_latency_seconds",
                "From the beginning of a fact's transaction to the partner's first 2xx",
                LATENCY_BOUNDS,
            ),
        ):
            family = core.HistogramMetricFamily(name, words, labels=_SYSTEM)
            for key, labels in systems.items():
                counts = [meters.get(meter, {}).get((key, str(number)), 0.0) for number in range(len(bounds) + 1)]
                total = meters.get(f"{meter}_sum", {}).get((key, ""), 0.0)
                running, buckets = 0.0, []
                for bound, count in zip((*map(str, bounds), "+Inf"), counts, strict=True):
                    running += count
                    buckets.append((bound, running))
                family.add_metric(labels, buckets, sum_value=total)
            yield family

    # -- the rest ---------------------------------------------------------------------------------------------

    @api.model
    def _inbox(self, core, systems):
        """What partners said and has not had its effect."""
        cr = self.env.cr
        states = ("received", "failed", "quarantined", "dead")
        cr.execute(
            """
            SELECT system_id, state, count(*),
                   EXTRACT(EPOCH FROM timezone('UTC', now()) - min(received_at))
              FROM logistics_inbox_message WHERE state IN %s GROUP BY 1, 2
            """,
            [states],
        )
        found = {(key, state): (count, age) for key, state, count, age in cr.fetchall()}
        yield self._gauge(
            core,
            "logistics_inbox_messages",
            "Messages of partners that have had no effect yet",
            (*_SYSTEM, "state"),
            [((*systems[key], state), found.get((key, state), (0, 0))[0]) for key in systems for state in states],
        )
        yield self._gauge(
            core,
            "logistics_inbox_oldest_unprocessed_seconds",
            "Age of the oldest message that waits to be processed",
            _SYSTEM,
            [
                (labels, max([0, *(found[key, s][1] for s in ("received", "failed") if (key, s) in found)]))
                for key, labels in systems.items()
            ],
        )

    @api.model
    def _house(self, core):
        """Handlers, relay processes, scheduled actions, alarms."""
        cr = self.env.cr
        cr.execute("SELECT state, count(*) FROM logistics_event_task WHERE state IN ('pending', 'dead') GROUP BY 1")
        tasks = {"pending": 0, "dead": 0, **dict(cr.fetchall())}
        yield self._gauge(
            core,
            "logistics_handler_tasks",
            "Handlers owed to events, and those that were given up",
            ("state",),
            [((state,), count) for state, count in sorted(tasks.items())],
        )
        relays, leader = self.env["logistics.health"]._relays()
        late = self.env["logistics.health"]._crons_late()
        for name, words, value in (
            ("logistics_relay_processes", "Living relay processes", len(relays)),
            ("logistics_relay_leader", "1 while some process fans events out", leader),
            ("logistics_scheduled_actions_late", "Scheduled actions that should have run and have not", late),
        ):
            yield self._gauge(core, name, words, (), [((), value)])
        cr.execute("SELECT severity, count(*) FROM logistics_alert WHERE state <> 'closed' GROUP BY 1")
        alerts = {**{key: 0 for key, _label in self.env["logistics.alert"]._fields["severity"].selection}}
        alerts.update(cr.fetchall())
        yield self._gauge(
            core,
            "logistics_alerts_open",
            "Alarms that are not closed",
            ("severity",),
            [((severity,), count) for severity, count in sorted(alerts.items())],
        )

    @api.model
    def _database(self, core):
        """What old transactions and bloat do to the tables the line works on."""
        cr = self.env.cr
        cr.execute(
            "SELECT relname, n_dead_tup, n_live_tup FROM pg_stat_user_tables WHERE relname = ANY(%s) ORDER BY 1",
            [list(TABLE_SETTINGS)],
        )
        rows = cr.fetchall()
        yield self._gauge(
            core,
            "logistics_table_dead_rows",
            "Row versions that vacuum has not removed, as the statistics know",
            ("table",),
            [((name,), dead) for name, dead, _live in rows],
        )
        yield self._gauge(
            core,
            "logistics_table_live_rows",
            "Rows, as the statistics know",
            ("table",),
            [((name,), live) for name, _dead, live in rows],
        )
        transaction = self.env["logistics.health"]._oldest_transaction()
        yield self._gauge(
            core,
            "logistics_oldest_transaction_seconds",
            "Age of the oldest open transaction: nothing that died since can be removed",
            (),
            [((), transaction["seconds"] if transaction else 0)],
        )


class _Collector:
    """What the library asks for figures."""

    def __init__(self, metrics):
        self._metrics = metrics

    def collect(self):
        """The families of one scrape."""
        return self._metrics._families()
