"""Which messages (or missed events) a replay job is about: the one place that counts them and lists them.

The dry run and the start use the same statements, so that what is shown is what is done.
"""

import json
from collections import defaultdict

from odoo import _, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...relay.addressing import narrowed
from ...relay.matching import compile_domain
from ...relay.states import CANCELLABLE, REPLAYABLE

# Events whose bodies are looked at together where a subscription has a condition.
LOOK = 2000
# A message without its text cannot be sent again: retention removes texts before it removes rows.
_HAS_TEXT = SQL("COALESCE(m.payload, e.body, '') <> ''")


class ReplaySelect(models.Model):
    _inherit = "logistics.replay"

    def _states(self):
        """States a message must be in for this job to touch it."""
        self.ensure_one()
        wanted = {
            "delivered": self.with_delivered,
            "dead": self.with_dead,
            "cancelled": self.with_cancelled,
            "pending": self.with_waiting,
            "held": self.with_held,
        }
        possible = CANCELLABLE if self.operation == "cancel" else REPLAYABLE
        if self.mode == "selection":
            return tuple(possible)
        if self.mode == "failed_since":
            return ("dead",)
        return tuple(state for state in possible if wanted[state])

    def _message_source(self):
        """FROM and WHERE of the messages this job is about: ``m`` the message, ``e`` its event."""
        self.ensure_one()
        # what the person who runs it may see: the same company rules as in the list
        where = [SQL("m.company_id IS NULL OR m.company_id = ANY(%s)", self._companies().ids)]
        where.append(SQL("m.state = ANY(%s)", list(self._states())))
        if self.mode == "selection":
            where.append(SQL("m.id = ANY(%s)", list(self.selection or [])))
        else:
            where.append(SQL("m.system_id = %s", self.system_id.id))
            moment = SQL("m.dead_at" if self.mode == "failed_since" else "m.created_at")
            if self.date_from:
                where.append(SQL("%s >= %s", moment, self.date_from))
            if self.date_to:
                where.append(SQL("%s <= %s", moment, self.date_to))
            if self.subscription_id:
                where.append(SQL("m.subscription_id = %s", self.subscription_id.id))
            if self.event_type_ids:
                where.append(SQL("m.type_name = ANY(%s)", self.event_type_ids.mapped("name")))
        return SQL(
            "FROM logistics_outbox_message m JOIN logistics_event e ON e.id = m.event_id WHERE (%s)",
            SQL(") AND (").join(where),
        )

    def _missed_source(self):
        """FROM and WHERE of the events the subscription would get today and was never owed."""
        self.ensure_one()
        types = self.event_type_ids or self.subscription_id.event_type_ids
        where = [
            SQL("e.type_id = ANY(%s)", types.ids),
            SQL("e.company_id = %s", self.subscription_id.company_id.id),
            SQL("COALESCE(e.body, '') <> ''"),
            SQL(
                "NOT EXISTS (SELECT 1 FROM logistics_outbox_message m WHERE m.event_id = e.id"
                " AND m.subscription_id = %s)",
                self.subscription_id.id,
            ),
            # one that is on its way to the subscription at this moment was not missed
            SQL("NOT EXISTS (SELECT 1 FROM logistics_outbox_pointer p WHERE p.event_id = e.id)"),
        ]
        if self.date_from:
            where.append(SQL("e.occurred_at >= %s", self.date_from))
        if self.date_to:
            where.append(SQL("e.occurred_at <= %s", self.date_to))
        return SQL("FROM logistics_event e WHERE (%s)", SQL(") AND (").join(where))

    def _missed_events(self):
        """Ids of the missed events that pass the subscription's condition, or None where it has none."""
        system, wanted = self.subscription_id.system_id, compile_domain(self.subscription_id.domain)
        types = self.subscription_id.event_type_ids.mapped("name")
        tests = {name: narrowed(wanted, name, system.kind, system.code) for name in types}
        if not any(tests.values()):
            return None
        cr, after, found = self.env.cr, 0, []
        while True:
            cr.execute(
                SQL(
                    "SELECT e.id, e.type_name, COALESCE(e.full_body, e.body) %s AND e.id > %s ORDER BY e.id LIMIT %s",
                    self._missed_source(),
                    after,
                    LOOK,
                )
            )
            rows = cr.fetchall()
            for event_id, type_name, body in rows:
                test = tests.get(type_name, wanted)
                if test is None or test(json.loads(body)):
                    found.append(event_id)
            if len(rows) < LOOK:
                return found
            after = rows[-1][0]

    # -- dry run ----------------------------------------------------------------------------------------------

    def _count(self):
        """Dry run: ``{"total", "types": [[type, count, oldest, newest], ...], "warnings": [words, ...]}``."""
        self.ensure_one()
        if self.mode == "missed":
            events = self._missed_events()
            only = SQL("AND e.id = ANY(%s)", events) if events is not None else SQL()
            source, kind, moment = SQL("%s %s", self._missed_source(), only), "e", "occurred_at"
        else:
            source, kind, moment = SQL("%s AND %s", self._message_source(), self._sendable()), "m", "created_at"
        self.env.cr.execute(
            SQL(
                "SELECT %(type)s, count(*), min(%(at)s), max(%(at)s) %(source)s GROUP BY 1 ORDER BY 2 DESC, 1",
                type=SQL.identifier(kind, "type_name"),
                at=SQL.identifier(kind, moment),
                source=source,
            )
        )
        types = [
            [name, count, fields.Datetime.to_string(oldest), fields.Datetime.to_string(newest)]
            for name, count, oldest, newest in self.env.cr.fetchall()
        ]
        warnings = self._missed_warnings(source) if self.mode == "missed" else self._message_warnings()
        return {"total": sum(row[1] for row in types), "types": types, "warnings": warnings + self._system_warnings()}

    def _sendable(self):
        """Cancelling needs no text, sending again does."""
        return SQL("true") if self.operation == "cancel" else _HAS_TEXT

    def _message_warnings(self):
        """What a person should know before these messages are touched."""
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                SELECT count(*) FILTER (WHERE m.state = 'delivered' AND %(text)s),
                       count(*) FILTER (WHERE m.state = 'cancelled' AND %(text)s),
                       count(*) FILTER (WHERE NOT %(text)s), count(DISTINCT m.system_id) %(source)s
                """,
                text=_HAS_TEXT,
                source=self._message_source(),
            )
        )
        delivered, cancelled, empty, systems = cr.fetchone()
        warnings = []
        if self.operation == "replay":
            if delivered:
                warnings.append(
                    _("%s were delivered: the partner takes them for new and may act twice.", delivered)
                    if self.new_id
                    else _("%s were delivered: the partner gets them again and drops them by their id.", delivered)
                )
            if cancelled:
                warnings.append(
                    _("%s were cancelled: their purpose may be gone. Look at the reasons first.", cancelled)
                )
            if empty:
                warnings.append(_("%s have lost their text to retention and cannot be sent: left out.", empty))
        if systems > 1:
            warnings.append(_("They belong to %s systems.", systems))
        if self.mode == "selection" and (gone := len(self.selection or []) - self._selected()):
            warnings.append(_("%s of the selected ones are in a state that does not allow it: left out.", gone))
        return warnings

    def _selected(self):
        self.env.cr.execute(SQL("SELECT count(*) %s", self._message_source()))
        return self.env.cr.fetchone()[0]

    def _missed_warnings(self, source):
        """Facts are told late: what the subscription got of the same documents meanwhile is newer."""
        self.env.cr.execute(
            SQL(
                """
                SELECT count(*) %s AND EXISTS (
                       SELECT 1 FROM logistics_outbox_message m
                        WHERE m.ordering_key = e.ordering_key AND m.subscription_id = %s AND m.event_id > e.id)
                """,
                source,
                self.subscription_id.id,
            )
        )
        late = self.env.cr.fetchone()[0]
        warnings = [_("They are told as they were then. What has been dealt with since must not be done again.")]
        if late:
            warnings.append(_("%s are older than what this subscription already got about the same document.", late))
        if not self.subscription_id.active:
            warnings.append(_("The subscription is switched off: what it is owed is held until it is switched on."))
        return warnings

    def _system_warnings(self):
        """Systems that will keep the messages waiting."""
        systems = self.system_id or self.subscription_id.system_id
        words = dict(systems._fields["state"]._description_selection(self.env))
        if self.operation == "cancel" or not systems or systems.state == "active":
            return []
        return [_("%(system)s is %(state)s: they wait there.", system=systems.name, state=words[systems.state].lower())]

    # -- the list that is worked off --------------------------------------------------------------------------

    def _list(self):
        """Write the lines of this job in the order in which they are done; returns how many.

        Messages in the order of their facts. Missed events key by key, because a key is owed in one transaction (see
        ``_batch_missed``), the keys in the order of their first fact.
        """
        self.ensure_one()
        cr = self.env.cr
        if self.mode == "missed":
            events = self._missed_events()
            cr.execute(
                SQL(
                    """
                    INSERT INTO logistics_replay_line (replay_id, event_id, ordering_key, state)
                    SELECT %s, f.id, f.ordering_key, 'todo' FROM (
                           SELECT e.id, e.ordering_key, min(e.id) OVER (PARTITION BY e.ordering_key) AS first %s %s) f
                     ORDER BY f.first, f.id
                    """,
                    self.id,
                    self._missed_source(),
                    SQL("AND e.id = ANY(%s)", events) if events is not None else SQL(),
                )
            )
        else:
            cr.execute(
                SQL(
                    """
                    INSERT INTO logistics_replay_line (replay_id, message_id, ordering_key, state)
                    SELECT %s, m.id, m.ordering_key, 'todo' %s AND %s ORDER BY m.event_id, m.id
                    """,
                    self.id,
                    self._message_source(),
                    self._sendable(),
                )
            )
        return cr.rowcount

    def _check_filter(self):
        """Refuse in words what is not said or makes no sense."""
        self.ensure_one()
        if not (self.reason or "").strip():
            raise UserError(_("Reason: write why, in a few words. It is kept with every message."))
        if self.mode == "missed" and not self.subscription_id:
            raise UserError(_("Subscription: choose whose missed facts are to be told."))
        if self.mode == "missed" and self.operation == "cancel":
            raise UserError(_("What was never owed cannot be cancelled. Choose another selection."))
        if self.mode in ("range", "failed_since") and not self.system_id:
            raise UserError(_("System: choose whose messages are meant."))
        if self.mode == "failed_since" and not self.date_from:
            raise UserError(_("From: since when did they fail?"))
        if self.date_from and self.date_to and self.date_to < self.date_from:
            raise UserError(_("To: it lies before From."))
        if not self._states():
            raise UserError(_("States: choose at least one."))

    def _by_system(self):
        """{system: number done} of this job."""
        if self.mode == "missed":
            return {self.subscription_id.system_id: self.done_count}
        self.env.cr.execute(
            """
            SELECT m.system_id, count(*) FROM logistics_replay_line l
              JOIN logistics_outbox_message m ON m.id = l.message_id
             WHERE l.replay_id = %s AND l.state = 'done' GROUP BY 1
            """,
            [self.id],
        )
        counts = defaultdict(int, self.env.cr.fetchall())
        return {self.env["logistics.system"].browse(system_id): count for system_id, count in counts.items()}
