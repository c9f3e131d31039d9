"""Work that is done after commit, one record at a time, again and again until it succeeds or is given up.

For what a worker (a scheduled action) does: later handlers, inbox messages, carrier bookings. Each record is locked,
processed in a savepoint and committed by itself, so one bad record delays nobody and a killed worker loses nothing:
what was not committed is due again.
"""

import logging
import time
import traceback

import psycopg2

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY
from odoo.tools import SQL

from ...relay.backoff import retry_delay
from .cron_wake import wake
from .testing import in_test

_logger = logging.getLogger(__name__)


class WorkItem(models.AbstractModel):
    _name = "logistics.work.item"
    _description = "Work Item"

    _work_max_attempts = 11
    _work_schedule = (5, 30, 120, 300, 900, 3600, 10800, 21600, 43200, 86400)
    _work_batch = 50
    # External id of the scheduled action that does this work; with it a retry is woken when it is due.
    _work_cron_id = ""

    attempt_count = fields.Integer(readonly=True, copy=False, default=0)
    next_attempt_at = fields.Datetime(readonly=True, copy=False, default=fields.Datetime.now)
    last_error = fields.Text(readonly=True, copy=False)
    work_cause = fields.Json(
        readonly=True,
        copy=False,
        default=lambda self: self.env["logistics.event"]._kept_cause(),
        help="The event this work follows from: what comes of it carries the cause on.",
    )

    def _work_domain(self):
        """Domain of the records that are due now; override."""
        return [("next_attempt_at", "<=", fields.Datetime.now())]

    def _work_one(self):
        """Process one record; raise to have it tried again. Override."""
        raise NotImplementedError(self._name)  # an abstract method: every work item defines its own

    def _work_dead(self, error):
        """Called once when the last attempt failed; override to set the state and tell a person."""

    @api.model
    def _work_wake(self, delay=0.0, share=False):
        """Let the worker run after commit, in ``delay`` seconds; see :func:`~.cron_wake.wake`."""
        cron = self._work_cron_id and self.env.ref(self._work_cron_id, raise_if_not_found=False)
        if cron:
            wake(cron.sudo(), delay, share)  # sudo: waking a worker is not an administrator's right only

    def _work_commit(self):
        """Commit between the phases of one item. Tests keep their one transaction."""
        self.env.flush_all()
        if not in_test():
            # a worker's own transaction: what is done is done, the next item starts afresh
            self.env.cr.commit()  # pylint: disable=invalid-commit

    @api.model
    def _work_run(self, seconds=20):
        """Process what is due, oldest first, for at most ``seconds``.

        :returns: number of records processed (also failed ones)
        """
        deadline = time.monotonic() + seconds
        count = 0
        tried = set()
        while time.monotonic() < deadline:
            due = self.search([*self._work_domain(), ("id", "not in", list(tried))], limit=self._work_batch, order="id")
            if not due:
                break
            for item in due:
                tried.add(item.id)
                count += item._work_attempt()
                if time.monotonic() >= deadline:
                    break
        return count

    @api.model
    def _work_cron(self, cron, seconds=40):
        """Run what is due from a scheduled action; where time ran out, have it called again at once.

        :param str cron: external id of the scheduled action
        """
        deadline = time.monotonic() + seconds
        self._work_run(seconds)
        if time.monotonic() >= deadline and self.search_count(self._work_domain(), limit=1):
            self.env.ref(cron)._trigger()

    def _work_attempt(self):
        """One attempt at one record: lock, savepoint, commit. Returns 1, or 0 when someone else has it."""
        if not self._work_lock() or not self.filtered_domain(self._work_domain()):
            return 0
        try:
            with self.env.cr.savepoint(), self.env["logistics.event"]._caused_by(self.work_cause or {}):
                self._work_one()
        except Exception as error:
            if self._work_concurrent(error):
                # somebody else changed the same records: no fault of this item, it stays due
                if in_test():
                    raise
                self._work_rollback()
                return 1
            self._work_failed(error)
        self._work_commit()
        return 1

    # -- the parts of an attempt, for work that commits between its phases ------------------------------------

    def _work_lock(self):
        """Take the record for this transaction and read it anew; False when somebody else has it, or it is gone."""
        self.ensure_one()
        cr = self.env.cr
        try:
            with cr.savepoint(flush=False):
                cr.execute(
                    SQL("SELECT 1 FROM %s WHERE id = %s FOR NO KEY UPDATE NOWAIT", SQL.identifier(self._table), self.id)
                )
                found = bool(cr.rowcount)
        except psycopg2.OperationalError:
            found = False
        self.invalidate_recordset()
        return found

    @staticmethod
    def _work_concurrent(error):
        """Whether ``error`` only says that somebody else changed the same rows at the same time."""
        return isinstance(error, psycopg2.Error) and error.pgcode in PG_CONCURRENCY_ERRORS_TO_RETRY

    def _work_rollback(self):
        """Start afresh after a conflict. Tests keep their one transaction; its savepoint is rolled back already."""
        if not in_test():
            # a worker's own transaction: nothing of a user is in it
            self.env.cr.rollback()  # pylint: disable=invalid-commit
        self.env.invalidate_all(flush=False)

    def _work_failed(self, error):
        """Count the attempt, set when to try again, or give up."""
        self.invalidate_recordset()
        attempts = self.attempt_count + 1
        text = f"{type(error).__name__}: {error}"
        _logger.info("%s %s failed, attempt %s: %s", self._name, self.id, attempts, text)
        _logger.debug("%s", "".join(traceback.format_exception(error)))
        delay = retry_delay(attempts, self._work_schedule)
        self.write(
            {
                "attempt_count": attempts,
                "last_error": text,
                "next_attempt_at": fields.Datetime.add(fields.Datetime.now(), seconds=delay),
            }
        )
        if attempts >= self._work_max_attempts:
            self._work_dead(text)
        else:
            self._work_wake(delay, share=True)
