"""Is it still wanted? Looked at in the claim, for the event types that have a rule; the others cost nothing.

Rules are data of the catalogue (``logistics_event_type``):

``valid_minutes``
    an event older than that is not sent
``valid_table``, ``valid_column``, ``valid_values``
    the event's own record must still be there, and its column must have one of the values (any, when none is listed)
``supersede`` = latest
    of what waits for one subscription about one record, only the newest is sent (see also supersede.py)
"""

import logging
import time
from typing import NamedTuple

import psycopg2
from psycopg2 import errors, sql

_logger = logging.getLogger(__name__)

# seconds after which a changed rule is known at the latest
_FRESH = 1.0
# also takes the short lock timeout back
_BACK = "ROLLBACK TO SAVEPOINT validity; RELEASE SAVEPOINT validity"


class Rule(NamedTuple):
    """What the catalogue says about one event type."""

    minutes: int
    table: str | None
    column: str | None
    values: tuple
    latest: bool


class Validity:
    """Rules of the event types, and what they say about claimed messages."""

    def __init__(self):
        self._rules = {}
        self._until = 0.0

    def rules(self, cr):
        """{event type id: (its name, its :class:`Rule`)} of the types that have one; at most a second old."""
        if time.monotonic() >= self._until:
            cr.execute(
                """
                SELECT id, name, valid_minutes, valid_table, valid_column, valid_values, supersede
                  FROM logistics_event_type
                 WHERE valid_minutes > 0 OR valid_table IS NOT NULL OR supersede = 'latest'
                """
            )
            self._rules = {
                type_id: (
                    name,
                    Rule(
                        minutes or 0,
                        table if column else None,
                        column,
                        tuple(value.strip() for value in (values or "").split(",") if value.strip()),
                        supersede == "latest",
                    ),
                )
                for type_id, name, minutes, table, column, values, supersede in cr.fetchall()
            }
            self._until = time.monotonic() + _FRESH
        return self._rules

    def latest_names(self, cr):
        """Names of the event types of which only the latest counts."""
        return {name for name, rule in self.rules(cr).values() if rule.latest}

    def refused(self, cr, claimed):
        """Which claimed messages are not to be sent.

        :param claimed: {message id: event type id}
        :returns: ({message id: why not, in words}, set of ids about which nothing can be said at the moment)
        """
        rules = self.rules(cr)
        ruled = {message: rules[type_id][1] for message, type_id in claimed.items() if type_id in rules}
        if not ruled:
            return {}, set()
        cr.execute(
            """
            SELECT m.id, e.res_id,
                   EXTRACT(EPOCH FROM timezone('UTC', statement_timestamp()) - e.create_date) / 60,
                   CASE WHEN m.id = ANY(%s) THEN (
                        SELECT f.uid FROM logistics_event f
                          JOIN logistics_outbox_message n ON n.event_id = f.id AND n.subscription_id = m.subscription_id
                         WHERE f.res_model = e.res_model AND f.res_id = e.res_id AND f.id > e.id
                           AND f.type_name = e.type_name AND COALESCE(n.state, '') IN ('pending', 'held')
                         ORDER BY f.id LIMIT 1) END
              FROM logistics_outbox_message m JOIN logistics_event e ON e.id = m.event_id WHERE m.id = ANY(%s)
            """,
            [[message for message, rule in ruled.items() if rule.latest], list(ruled)],
        )
        reasons, of_table = {}, {}
        for message, record, minutes, newer in cr.fetchall():
            rule = ruled[message]
            if rule.minutes and minutes is not None and minutes > rule.minutes:
                reasons[message] = f"older than {rule.minutes} minutes"
            elif newer:
                reasons[message] = f"superseded by {newer}"
            elif rule.table and record:
                of_table.setdefault(rule, {})[message] = record
        unsure = set()
        for rule, records in of_table.items():
            try:
                reasons.update(self._by_record(cr, rule, records))
            except (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected):
                # the table is being altered (an upgrade of its module): ask again later
                unsure.update(records)
            except psycopg2.ProgrammingError as error:
                words = str(error).splitlines()[0]
                _logger.error("Validity rule on %s.%s is ignored: %s", rule.table, rule.column, words)
        return reasons, unsure

    @staticmethod
    def _by_record(cr, rule, records):
        """{message id: why it is not valid any more}, by what its record says now.

        :param records: {message id: id of its record}
        """
        cr.execute("SAVEPOINT validity; SET LOCAL lock_timeout = '100ms'")
        try:
            cr.execute(
                sql.SQL("SELECT r.id, r.{}::text FROM {} r WHERE r.id = ANY(%s)").format(
                    sql.Identifier(rule.column), sql.Identifier(rule.table)
                ),
                [list(records.values())],
            )
            found = dict(cr.fetchall())
        except psycopg2.Error as error:
            if not cr.connection.closed:
                cr.execute(_BACK)
            raise error
        cr.execute(_BACK)
        reasons = {}
        for message, record in records.items():
            if record not in found:
                reasons[message] = "its record is gone"
            elif rule.values and found[record] not in rule.values:
                now = f"'{found[record]}'" if found[record] is not None else "empty"
                reasons[message] = f"{rule.column} is {now} now, not {' or '.join(rule.values)}"
        return reasons
