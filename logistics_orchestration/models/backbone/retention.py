"""How long each kind of record is kept: data an administrator can change, carried out at night.

Batches are transactions of their own, rows that somebody holds are skipped, where a run stopped the next one goes on.
What may go at all is in retention_rules.py; nothing that is owed, open or waiting for a person ever does.
"""

import logging
import time

import psycopg2

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError
from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY
from odoo.tools import SQL

from ...relay.schema import TABLE_SETTINGS
from .retention_rules import RULES
from .testing import in_test

_logger = logging.getLogger(__name__)

RUN_SECONDS = 60
_RETRIES = 5


class Retention(models.Model):
    _name = "logistics.retention"
    _description = "Retention"
    _order = "sequence, id"
    _rec_name = "kind"

    kind = fields.Selection([(key, rule.label) for key, rule in RULES.items()], required=True)
    sequence = fields.Integer(default=10)
    days = fields.Integer(required=True, help="Kept for so many days after it is finished.")
    batch = fields.Integer(default=2000, required=True, help="Rows per transaction.")
    active = fields.Boolean(default=True, help="Switched off: kept for ever.")
    # -- what it did --
    position = fields.Integer(readonly=True, default=0, help="Where the next run goes on; 0: at the beginning.")
    last_run_at = fields.Datetime(string="Last Run", readonly=True)
    last_removed = fields.Integer(string="Removed Last Time", readonly=True)
    total_removed = fields.Integer(string="Removed in All", readonly=True)
    purged_up_to = fields.Integer(readonly=True, default=0, help="Highest id removed.")
    last_error = fields.Text(readonly=True)
    oldest_left = fields.Datetime(readonly=True, help="The oldest that was kept by the last run, finished or not.")
    due_count = fields.Integer(
        string="Due Now", compute="_compute_due_count", help="What a run would remove, up to 10,000."
    )

    _sql_constraints = [("kind_unique", "UNIQUE(kind)", "There is a rule for this kind of record already.")]

    @api.constrains("days", "batch")
    def _check_numbers(self):
        for rule in self:
            if rule.days < 1 or not 1 <= rule.batch <= 50000:
                raise ValidationError(
                    _("Retention of '%(name)s': at least 1 day, batches of 1 to 50,000.", name=rule.display_name)
                )

    @api.depends("days", "kind")
    def _compute_due_count(self):
        for rule in self:
            self.env.cr.execute(SQL("SELECT count(*) FROM (%s) q", rule._pick(0, 10000)))
            rule.due_count = self.env.cr.fetchone()[0]

    def _model(self):
        """The model whose records this rule thins out."""
        return next(m for m in self.env.values() if m._table == RULES[self.kind].table and not m._abstract)

    def _find_oldest(self):
        """When the oldest record that is left was made; where only content goes, the oldest that has it."""
        rule = RULES[self.kind]
        columns = ("created_at", "started_at", "received_at", "observed_at", "stated_at", "since", "at", "create_date")
        column = next(name for name in columns if name in self._model()._fields)
        full = SQL("%s IS NOT NULL", SQL.identifier(rule.empties[0][0])) if rule.empties else SQL("true")
        self.env.cr.execute(
            SQL(
                "SELECT %s FROM %s WHERE %s ORDER BY id LIMIT 1",
                SQL.identifier(column),
                SQL.identifier(rule.table),
                full,
            )
        )
        row = self.env.cr.fetchone()
        return row and row[0]

    # -- which rows -------------------------------------------------------------------------------------------

    def _pick(self, after, limit):
        """Query of the ids that may go, behind ``after``, in order."""
        self.ensure_one()
        rule = RULES[self.kind]
        parts = [
            SQL("t.id > %s", after),
            rule.condition(fields.Datetime.subtract(fields.Datetime.now(), days=self.days)),
        ]
        if rule.counted:
            parts.append(
                SQL("t.id <= COALESCE((SELECT k.up_to FROM logistics_meter_mark k WHERE k.name = %s), 0)", rule.table)
            )
        if not rule.empties:
            parts += self._unreferenced(rule)
        return SQL(
            "SELECT t.id FROM %s t WHERE %s ORDER BY t.id LIMIT %s",
            SQL.identifier(rule.table),
            SQL(" AND ").join(parts),
            limit,
        )

    def _unreferenced(self, rule):
        """Conditions that leave out what a record of whatever model points to and would not let go."""
        self.env.cr.execute(
            """
            SELECT r.relname, a.attname FROM pg_constraint c
              JOIN pg_class r ON r.oid = c.conrelid
              JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
             WHERE c.contype = 'f' AND c.confrelid = %s::regclass AND c.confdeltype IN ('a', 'r')
             ORDER BY 1, 2
            """,
            [rule.table],
        )
        goes_first = "logistics_outbox_attempt" if rule.first else None
        return [
            SQL("NOT EXISTS (SELECT 1 FROM %s x WHERE x.%s = t.id)", SQL.identifier(table), SQL.identifier(column))
            for table, column in self.env.cr.fetchall()
            if table != goes_first
        ]

    # -- removing ---------------------------------------------------------------------------------------------

    @api.model
    def _cron_purge(self, seconds=RUN_SECONDS):
        """Scheduled action: thin out for at most ``seconds``; where more is left it has itself called again at once."""
        deadline = time.monotonic() + seconds
        unfinished = [rule for rule in self.search([]) if not rule._purge(deadline)]
        if unfinished:
            self.env.ref("logistics_orchestration.cron_retention")._trigger()
        return not unfinished

    def _purge(self, deadline):
        """Remove batch after batch until nothing is due or the time is over; returns whether it came to the end."""
        self.ensure_one()
        vals = {"last_run_at": fields.Datetime.now(), "last_error": False}
        if not self.position:
            vals["last_removed"] = 0
        self.write(vals)
        self._commit()
        retries = 0
        while time.monotonic() < deadline:
            try:
                with self.env.cr.savepoint():
                    count = self._purge_batch()
            except psycopg2.Error as error:
                retries += 1
                if not in_test():
                    self.env.cr.rollback()  # pylint: disable=invalid-commit
                if error.pgcode in PG_CONCURRENCY_ERRORS_TO_RETRY and retries <= _RETRIES:
                    continue  # somebody changed one of the rows meanwhile: look again
                _logger.exception("Retention of %s failed", self.kind)
                self.write({"last_error": f"{type(error).__name__}: {(error.pgerror or '').splitlines()[:1]}"})
                self._commit()
                return True
            self._commit()
            if count < self.batch:
                self.write({"position": 0, "oldest_left": self._find_oldest()})
                self._commit()
                return True
        return False

    def _purge_batch(self):
        """One batch in the current transaction; returns how many rows were looked at."""
        rule, cr = RULES[self.kind], self.env.cr
        cr.execute("SELECT set_config('logistics.purge', 'on', true)")
        cr.execute(SQL("%s FOR UPDATE OF t SKIP LOCKED", self._pick(self.position, self.batch)))
        ids = [row[0] for row in cr.fetchall()]
        if ids:
            if rule.empties:
                self._empty(rule, ids)
            elif rule.through_orm:
                self._unlink(ids)
            else:
                if rule.first:
                    cr.execute(rule.first, [ids])
                cr.execute(SQL("DELETE FROM %s WHERE id = ANY(%s)", SQL.identifier(rule.table), ids))
            self.write(
                {
                    "position": ids[-1],
                    "last_removed": self.last_removed + len(ids),
                    "total_removed": self.total_removed + len(ids),
                    "purged_up_to": max(self.purged_up_to, ids[-1]),
                }
            )
            self.env.flush_all()
        cr.execute("SELECT set_config('logistics.purge', 'off', true)")
        self.env.invalidate_all()
        return len(ids)

    def _empty(self, rule, ids):
        """Empty columns and keep the hash of what was in them."""
        sets = []
        for column, kept in rule.empties:
            name = SQL.identifier(column)
            if kept:
                sets.append(SQL("%s = encode(sha256(convert_to(%s, 'UTF8')), 'hex')", SQL.identifier(kept), name))
            sets.append(SQL("%s = NULL", name))
        self.env.cr.execute(
            SQL("UPDATE %s SET %s WHERE id = ANY(%s)", SQL.identifier(rule.table), SQL(", ").join(sets), ids)
        )

    def _unlink(self, ids):
        """Delete records with all that hangs on them (chatter, to-dos, attachments)."""
        # sudo: the scheduled action's own work; people may not delete these
        self._model().sudo().with_context(logistics_purge=True, tracking_disable=True).browse(ids).unlink()

    def _commit(self):
        """End of a batch. Tests keep their one transaction."""
        self.env.flush_all()
        if not in_test():
            # what is gone is gone: an interrupted purge goes on where it was
            self.env.cr.commit()  # pylint: disable=invalid-commit

    @api.model
    def _feed_purged(self):
        """Highest number of the pull feed that is not kept any more."""
        # plain SQL: partners have no user here
        self.env.cr.execute("SELECT purged_up_to FROM logistics_retention WHERE kind = 'feed'")
        row = self.env.cr.fetchone()
        return (row and row[0]) or 0

    # -- table settings ---------------------------------------------------------------------------------------

    @api.model
    def _apply_table_settings(self):
        """Set autovacuum per table; called when the addon is installed or updated."""
        for table, options in TABLE_SETTINGS.items():
            listed = SQL(", ").join(SQL("%s = %s", SQL.identifier(key), value) for key, value in options.items())
            self.env.cr.execute(SQL("ALTER TABLE IF EXISTS %s SET (%s)", SQL.identifier(table), listed))

    # -- people -----------------------------------------------------------------------------------------------

    def action_run(self):
        """Have it done now, by the scheduled action."""
        self.check_access_rights("write")
        # sudo: waking a scheduled action is not an administrator's right only
        self.env.ref("logistics_orchestration.cron_retention").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": _("Retention runs in the background; the figures here follow batch by batch."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
