"""Counters that only grow, although retention removes what they count.

A counter is what has been rolled up so far plus what stands in its table behind a mark. The watchdog moves the marks;
retention never removes a row behind one. So a counter is exact at every moment, costs the writers nothing, and a scrape
counts no more than the last minutes.

A mark may only move over ids that nobody can still commit: ids are drawn before commits. It is put at the highest id
seen, and moved there a run later, when every transaction that was open at that time has ended.
"""

from odoo import api, fields, models
from odoo.tools import SQL

# upper bounds of the histograms' buckets, in seconds
DURATION_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
LATENCY_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3600, 21600, 86400)
# a mark waits at least so long before it moves
SETTLE_SECONDS = 30

# What is counted: table -> queries (meter, system_id, label, value) over the rows between two marks. Buckets are
# numbered by width_bucket: 0 is up to the first bound, the last is beyond all of them.
_DURATION = SQL("ARRAY[%s]::float[]", SQL(", ").join(SQL("%s", bound) for bound in DURATION_BOUNDS))
_LATENCY = SQL("ARRAY[%s]::float[]", SQL(", ").join(SQL("%s", bound) for bound in LATENCY_BOUNDS))


def _attempts(after, upto):
    """Calls by outcome and duration; first deliveries by the time since their fact."""
    rows = SQL("a.id > %s AND a.id <= %s", after, upto)
    calls = SQL("%s AND a.worker IS NOT NULL AND a.duration_ms IS NOT NULL", rows)
    # seconds from the beginning of the transaction of the fact to the partner's answer; repeats by hand do not count
    first = SQL(
        """
        SELECT a.system_id, GREATEST(0, EXTRACT(EPOCH FROM a.started_at - e.create_date) + a.duration_ms / 1000.0) AS s
          FROM logistics_outbox_attempt a
          JOIN logistics_outbox_message m ON m.id = a.message_id
          JOIN logistics_event e ON e.id = m.event_id
         WHERE %s AND a.outcome = 'delivered' AND NOT EXISTS (
               SELECT 1 FROM logistics_outbox_attempt b
                WHERE b.message_id = a.message_id AND b.id < a.id AND b.outcome = 'delivered')
        """,
        calls,
    )
    return SQL(
        """
        SELECT 'calls', a.system_id, a.outcome, count(*)::float
          FROM logistics_outbox_attempt a WHERE %(calls)s GROUP BY 2, 3
        UNION ALL
        SELECT 'duration', a.system_id, width_bucket(a.duration_ms / 1000.0 - 1e-9, %(duration)s)::text, count(*)
          FROM logistics_outbox_attempt a WHERE %(calls)s GROUP BY 2, 3
        UNION ALL
        SELECT 'duration_sum', a.system_id, '', sum(a.duration_ms) / 1000.0
          FROM logistics_outbox_attempt a WHERE %(calls)s GROUP BY 2
        UNION ALL
        SELECT 'latency', f.system_id, width_bucket(f.s::float - 1e-9, %(latency)s)::text, count(*)
          FROM (%(first)s) f GROUP BY 2, 3
        UNION ALL
        SELECT 'latency_sum', f.system_id, '', sum(f.s) FROM (%(first)s) f GROUP BY 2
        """,
        calls=calls,
        duration=_DURATION,
        latency=_LATENCY,
        first=first,
    )


def _events(after, upto):
    return SQL(
        "SELECT 'events', 0, type_name, count(*)::float FROM logistics_event WHERE id > %s AND id <= %s GROUP BY 3",
        after,
        upto,
    )


def _inbox(after, upto):
    return SQL(
        "SELECT 'inbox', system_id, '', count(*)::float FROM logistics_inbox_message"
        " WHERE id > %s AND id <= %s GROUP BY 2",
        after,
        upto,
    )


def _refusals(after, upto):
    return SQL(
        "SELECT 'refusals', COALESCE(system_id, 0), reason, sum(count)::float FROM logistics_refusal"
        " WHERE id > %s AND id <= %s GROUP BY 2, 3",
        after,
        upto,
    )


SOURCES = {
    "logistics_outbox_attempt": _attempts,
    "logistics_event": _events,
    "logistics_inbox_message": _inbox,
    "logistics_refusal": _refusals,
}
MAX_ID = 2**31 - 1


class Meter(models.Model):
    _name = "logistics.meter"
    _description = "Counter"
    _log_access = False
    _order = "name, system_id, label"

    name = fields.Char(required=True, readonly=True)
    system_id = fields.Integer(string="System ID", required=True, readonly=True, help="0: not of one system.")
    label = fields.Char(required=True, readonly=True)
    value = fields.Float(required=True, readonly=True, digits=0)

    _sql_constraints = [("once", "UNIQUE(name, system_id, label)", "A counter stands here once.")]

    @api.model
    def _roll_up(self):
        """Move the marks as far as is safe and add what they pass to the counters; part of the watchdog."""
        cr = self.env.cr
        marks = self.env["logistics.meter.mark"]._lock()
        for table, query in SOURCES.items():
            up_to, seen, settled = marks[table]
            if settled and seen > up_to:
                cr.execute(
                    SQL(
                        """
                        INSERT INTO logistics_meter AS m (name, system_id, label, value)
                        SELECT q.name, q.system_id, q.label, sum(q.value) FROM (%s) AS q(name, system_id, label, value)
                         GROUP BY 1, 2, 3
                        ON CONFLICT (name, system_id, label) DO UPDATE SET value = m.value + EXCLUDED.value
                        """,
                        query(up_to, seen),
                    )
                )
            if settled:
                self.env["logistics.meter.mark"]._move(table, seen)
        self.invalidate_model()

    @api.model
    def _read_all(self):
        """Every counter now: {name: {(system id, label): value}}."""
        cr = self.env.cr
        marks = self.env["logistics.meter.mark"]._positions()
        parts = [query(marks.get(table, 0), MAX_ID) for table, query in SOURCES.items()]
        cr.execute(
            SQL(
                """
                SELECT q.name, q.system_id, q.label, sum(q.value)
                  FROM (SELECT name, system_id, label, value FROM logistics_meter UNION ALL %s)
                       AS q(name, system_id, label, value)
                 GROUP BY 1, 2, 3
                """,
                SQL(" UNION ALL ").join(parts),
            )
        )
        found = {}
        for name, system_id, label, value in cr.fetchall():
            found.setdefault(name, {})[system_id, label] = float(value)
        return found
