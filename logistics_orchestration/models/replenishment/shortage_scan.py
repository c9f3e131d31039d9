"""The scan of all reordering rules: one row per slice of them, which remembers where it is.

A run cuts the rules of every company into slices. A worker takes a slice, looks at one batch of its rules and moves the
cursor in the same transaction: a worker that is killed loses only that batch, and whoever comes next goes on from the
cursor. The slice's row is locked for the batch and changed at its end, so two workers never look at the same rules: one
that comes too late is refused the lock, and one that read an old cursor gets a serialization failure and reads anew.
Never more than a batch of rules is in memory.
"""

import logging
import time

from psycopg2 import OperationalError
from psycopg2.errors import LockNotAvailable, UniqueViolation

from odoo import _, api, fields, models, registry
from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY
from odoo.tools import SQL

from ..backbone.testing import in_test

_logger = logging.getLogger(__name__)

SLICES = 8
# Rules looked at in one transaction. Most of them are dismissed by one statement (see ``orderpoint_scan``).
BATCH = 1000
KEEP_DAYS = 30
RETRIES = 5


class ShortageScan(models.Model):
    _name = "logistics.shortage.scan"
    _description = "Scan of Reordering Rules"
    _order = "id desc"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    slice = fields.Integer(required=True, readonly=True)
    state = fields.Selection([("waiting", "Under Way"), ("done", "Done")], default="waiting", required=True, index=True)
    first_id = fields.Integer(string="From Rule", required=True, readonly=True)
    last_id = fields.Integer(string="To Rule", required=True, readonly=True)
    cursor_id = fields.Integer(string="Looked At Up To", required=True, readonly=True)
    started_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    worked_at = fields.Datetime(string="Last Batch", readonly=True)
    finished_at = fields.Datetime(readonly=True)
    rule_count = fields.Integer(string="Rules", readonly=True)
    looked_count = fields.Integer(
        string="Looked At Closely", readonly=True, help="Rules a first look at the figures could not dismiss."
    )
    opened_count = fields.Integer(string="Shortages Opened", readonly=True)
    closed_count = fields.Integer(string="Shortages Closed", readonly=True)
    failed_count = fields.Integer(string="Failed", readonly=True)
    seconds = fields.Float(readonly=True, help="Time spent on it, without waiting.")
    last_error = fields.Text(readonly=True)
    progress = fields.Integer(compute="_compute_progress", string="Progress (%)")

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_shortage_scan_waiting_idx"
            " ON logistics_shortage_scan (company_id, slice) WHERE state = 'waiting'"
        )

    @api.depends("cursor_id", "state")
    def _compute_progress(self):
        for scan in self:
            whole = scan.last_id - scan.first_id + 1
            part = scan.cursor_id - scan.first_id + 1
            scan.progress = 100 if scan.state == "done" else max(0, min(100, 100 * part // max(1, whole)))

    @api.depends("company_id", "slice")
    def _compute_display_name(self):
        for scan in self:
            scan.display_name = _("%(company)s, part %(slice)s", company=scan.company_id.name, slice=scan.slice)

    # -- a run --------------------------------------------------------------------------------------------------

    @api.model
    def _cron_scan(self, seconds=120):
        """Scheduled action: begin a run when the last one is over, and work on what is under way.

        A copy of the scheduled action is one more worker.
        """
        if self._once(lambda scan: scan._begin()):
            self._work(seconds)
        if self._once(lambda scan: scan.search_count([("state", "=", "waiting")], limit=1)):
            self._wake()

    @api.model
    def _wake(self):
        """Have the scheduled action run, where it was not deleted."""
        cron = self.env.ref("logistics_orchestration.cron_shortage_scan", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()  # sudo: waking a worker is not an administrator's right only

    @api.model
    def _begin(self, again_after_minutes=30):
        """Cut the rules of each company into slices, unless a run is under way or was a moment ago.

        :returns: whether there is something to work on
        """
        if self.search_count([("state", "=", "waiting")], limit=1):
            return True
        recently = fields.Datetime.subtract(fields.Datetime.now(), minutes=again_after_minutes)
        if again_after_minutes and self.search_count([("started_at", ">", recently)], limit=1):
            return False
        self.search([("started_at", "<", fields.Datetime.subtract(fields.Datetime.now(), days=KEEP_DAYS))]).unlink()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT company_id, tile, MIN(id), MAX(id)
                  FROM (SELECT id, company_id, NTILE(%s) OVER (PARTITION BY company_id ORDER BY id) AS tile
                          FROM stock_warehouse_orderpoint WHERE active) AS rules
                 GROUP BY company_id, tile ORDER BY company_id, tile
                """,
                SLICES,
            )
        )
        slices = self.env.cr.fetchall()
        try:
            with self.env.cr.savepoint():
                self.create(
                    [
                        {"company_id": company, "slice": tile, "first_id": low, "last_id": high, "cursor_id": low - 1}
                        for company, tile, low, high in slices
                    ]
                )
        except UniqueViolation:
            return True  # somebody else began at the same moment
        return bool(slices)

    @api.model
    def _work(self, seconds):
        """Work on slices for so long, those nobody has touched longest first."""
        deadline = time.monotonic() + seconds
        tried = set()
        while time.monotonic() < deadline:
            waiting = self._once(
                lambda scan: scan.search([("state", "=", "waiting")], order="worked_at NULLS FIRST, id").ids
            )
            mine = next((row for row in waiting if row not in tried), None)
            if mine is None:
                return
            tried.add(mine)
            while time.monotonic() < deadline and self._work_batch(mine):
                pass

    @api.model
    def _work_batch(self, scan_id):
        """One batch of a slice in a transaction of its own; false when it is over or somebody else has it."""
        for attempt in range(1, RETRIES + 1):
            try:
                return self._once(lambda scan: scan.browse(scan_id)._scan_batch())
            except LockNotAvailable:
                return False
            except OperationalError as error:
                if in_test() or error.pgcode not in PG_CONCURRENCY_ERRORS_TO_RETRY:
                    raise
                if attempt == RETRIES:
                    _logger.warning("Scan %s is left to the next worker: %s", scan_id, error)
        return False

    def _once(self, function):
        """``function`` in a transaction of its own, which is committed; in tests in theirs."""
        if in_test():
            return function(self)
        with registry(self.env.cr.dbname).cursor() as cr:
            return function(self.with_env(self.env(cr=cr)))

    def _scan_batch(self):
        """Look at the next batch of this slice and move its cursor.

        :returns: whether rules are left
        :raises LockNotAvailable: somebody else works on it
        """
        self.ensure_one()
        begin = time.monotonic()
        self.env.cr.execute(
            SQL("SELECT state FROM logistics_shortage_scan WHERE id = %s FOR NO KEY UPDATE NOWAIT", self.id)
        )
        state = self.env.cr.fetchone()
        self.invalidate_recordset()
        if state != ("waiting",):
            return False
        rules = self.env["stock.warehouse.orderpoint"].sudo().with_company(self.company_id)  # sudo: a scheduled action
        count, upto, close = rules._logistics_first_look(self.company_id, self.cursor_id, self.last_id, BATCH)
        found = rules.browse(close)._logistics_scan()
        now = fields.Datetime.now()
        over = count < BATCH
        self.write(
            {
                "cursor_id": self.last_id if over else upto,
                "state": "done" if over else "waiting",
                "worked_at": now,
                "finished_at": now if over else False,
                "rule_count": self.rule_count + count,
                "looked_count": self.looked_count + len(close),
                "opened_count": self.opened_count + found["opened"],
                "closed_count": self.closed_count + found["closed"],
                "failed_count": self.failed_count + len(found["errors"]),
                "last_error": "\n".join(found["errors"][:5]) or self.last_error,
                "seconds": self.seconds + time.monotonic() - begin,
            }
        )
        return not over

    def action_scan_now(self):
        """Begin a run at once; the scheduled action works on it."""
        self.check_access_rights("read")
        # sudo: beginning is all that is done here, and it is harmless
        self.sudo()._begin(again_after_minutes=0)
        self._wake()
        return {"type": "ir.actions.client", "tag": "reload"}
