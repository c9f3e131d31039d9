"""One relay process's turn of the wheel: write results, claim the next, start calls.

Results are committed, then the next messages are claimed: two short transactions, of which only the second waits for
the disk (what is flushed for it includes the first). The pump holds the connection whose session lock says that this
process is alive; when the connection breaks, so does the claim on everything under way, and results are written on the
next connection if nobody has taken their messages meanwhile.
"""

import logging
import queue
import time
from collections import Counter

import psycopg2

from . import database, reaper, results
from .claims import Claimer
from .health import Health
from .workers import Workers

_logger = logging.getLogger(__name__)

# put into the queue to have the pump look for work at once
WAKE = object()
# failed transactions in a row after which results are written one by one
_PATIENCE = 4


class Pump:
    """Claims, calls and results of one process.

    :param box: :class:`~.secretbox.SecretBox`
    :param int threads: calls at once
    :param transport: a :class:`~.transport.Transport` of a test
    """

    def __init__(self, box, threads, transport=None):
        self.events = queue.SimpleQueue()
        self.workers = Workers(threads, self.events.put, transport)
        self.claimer = Claimer(box)
        self.health = Health()
        self.number = None
        self.claiming = True
        self.delivered = 0
        self.calls = 0
        self._unwritten = []
        self._to_switch_off = set()
        self._failures = 0

    def attach(self, cr):
        """Take a worker number on a new connection and free what its last owner left. The caller commits."""
        self.claimer.attached()
        self.number = database.take_worker_number(cr, self.number)
        # after a broken connection: our own calls go on; a claim whose commit we never heard of is freed
        keep = self.workers.ids() | {result.job.id for result in self._unwritten}
        reaper.free_own(cr, self.number, keep)

    def wake(self):
        """Look for work now; may be called from any thread or signal handler."""
        self.events.put(WAKE)

    def collect(self, timeout):
        """Wait for results or a wake-up, and gather what comes with them.

        :returns: whether there is anything new
        """
        try:
            item = self.events.get(timeout=timeout) if timeout > 0 else self.events.get_nowait()
        except queue.Empty:
            self.workers.watch()
            return False
        gathered = [] if item is WAKE else [item]
        while True:
            try:
                item = self.events.get_nowait()
            except queue.Empty:
                break
            if item is not WAKE:
                gathered.append(item)
        self.workers.landed(gathered)
        self._unwritten += gathered
        self.health.note(gathered, self.claimer.looks)
        self._to_switch_off.update(r.job.subscription_id for r in gathered if r.outcome.name == "gone")
        self.workers.watch()
        return True

    @property
    def idle(self):
        """Nothing under way and nothing to write."""
        return not self.workers.flying and not self._unwritten

    def turn(self, connection):
        """Results in, claims out; then start the calls.

        :returns: (number of claims, seconds after which there may be more to claim, or None)
        :raises psycopg2.Error: nothing was written and nothing is forgotten: call again
        """
        jobs, soon = [], None
        with connection.cursor() as cr:
            written = bool(self._unwritten)
            # its commit is not waited for: the one below brings it to the disk as well
            self._write(connection, cr, lazily=True)
            if self.claiming and self.workers.free > 0:
                flying = Counter(job.system.id for job in self.workers.jobs())
                jobs, soon = self.claimer.claim(cr, self.number, self.workers.free, flying)
            if written and not jobs:
                cr.execute("SELECT txid_current()")  # a transaction that has written nothing waits for nothing
            connection.commit()
        self._failures = 0
        self.workers.submit(jobs)
        return len(jobs), soon

    def _write(self, connection, cr, lazily=False, everything=False):
        """Write and commit the results, and what they say about systems and subscriptions.

        :param bool lazily: the commit need not have reached the disk, another one follows
        :param bool everything: also what could wait
        """
        results.write(cr, self._unwritten, self.number, lazily)
        editing = results.switch_off(cr, self._to_switch_off)
        known = self.health.write(cr, everything)
        connection.commit()
        self.calls += len(self._unwritten)
        self.delivered += sum(r.outcome.state == "delivered" for r in self._unwritten)
        self._unwritten = []
        self._to_switch_off = editing
        self.health.written(known)

    def failed(self, connection, error):
        """A turn failed. Rolls back; results that cannot be written at all are set aside after some tries.

        :returns: True when the connection is gone and a new one must be attached
        """
        if database.is_lost(error):
            _logger.warning("Relay lost its database connection (%s)", type(error).__name__)
            return True
        connection.rollback()
        self.claimer.failed()
        self._failures += 1
        _logger.warning("Relay transaction failed (%s) and is done again: %s", self._failures, database.words(error))
        if self._failures >= _PATIENCE:
            self._salvage(connection)
        return False

    def _salvage(self, connection):
        """Write results one by one, so that one bad row cannot stop all deliveries. What fails is sent again later."""
        waiting, self._unwritten = self._unwritten, []
        for result in waiting:
            try:
                with connection.cursor() as cr:
                    results.write(cr, [result], self.number)
                    connection.commit()
            except (psycopg2.Error, ValueError) as error:
                if database.is_lost(error):
                    self._unwritten = waiting
                    return
                connection.rollback()
                _logger.error("Result of message %s cannot be written: %s", result.job.id, database.words(error))
        self._failures = 0

    def finish(self, connection, seconds):
        """Graceful stop: wait for what is under way, write it, give back the rest and the worker number.

        :param float seconds: how long to wait for calls under way
        """
        self.claiming = False
        deadline = time.monotonic() + seconds
        while True:
            if not self.idle:
                self.collect(min(0.2, max(0.0, deadline - time.monotonic())))
            if self._unwritten or self._to_switch_off:
                self.turn(connection)
            if self.idle or time.monotonic() >= deadline:
                break
        left = self.workers.jobs()
        with connection.cursor() as cr:
            self._write(connection, cr, everything=True)
            # cut off in the middle: whether they arrived is not known, so they are sent again
            results.give_back(cr, left, self.number)
            self.claimer.slots.adjust(cr, {})
            connection.commit()
            database.release_worker_number(cr, self.number)
            connection.commit()
        self.workers.close()
        self.number = None
        if left:
            _logger.warning("%s calls were still under way at the stop: they will be repeated", len(left))
