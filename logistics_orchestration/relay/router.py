"""The leader's work: fan-out, held and freed subscriptions, lost claims. One process at a time on a database.

Runs in a thread of its own on its own connection, so that a burst of events does not delay results and claims. The
same connection listens: Odoo tells of new pointers, the leader tells the pumps of new messages.
"""

import logging
import select
import time

import psycopg2

from . import database, reaper, schema, voiding
from .fanout import FanOut
from .holding import release_held

_logger = logging.getLogger(__name__)

REAP_EVERY = 2.0
SWEEP_EVERY = 600.0
LET_PASS_EVERY = 30.0


class Router:
    """Leads when it can; always listens.

    :param wake: function called when there may be messages to claim
    :param number: function that returns the worker number of this process
    """

    def __init__(self, wake, number):
        self.leading = False
        self._wake = wake
        self._number = number
        self._fanout = FanOut()
        self._next_reap = 0.0
        self._next_sweep = time.monotonic() + SWEEP_EVERY
        self._next_let_pass = 0.0

    def attach(self, connection):
        """Listen on a new connection; whoever led before on another one does not any more."""
        self.leading = False
        with connection.cursor() as cr:
            cr.execute("LISTEN logistics_outbox")
            cr.execute("LISTEN logistics_outbox_due")
        connection.commit()

    def run_pass(self, connection, stopping=lambda: False):
        """Do all there is to do now: one pass over the pointers, then what is due of the rest.

        :param stopping: function that says whether to stop between two batches
        :returns: how much was done; 0 when there was nothing (left) to do
        """
        with connection.cursor() as cr:
            if not self.leading:
                self.leading = database.take_leader(cr)
                connection.commit()
                if not self.leading:
                    return 0
                _logger.info("Relay %s leads: it fans out and frees lost claims", self._number())
            count = 0
            more = True
            try:
                while more and not stopping():
                    done, news, more = self._fanout.step(cr)
                    connection.commit()
                    count += done
                    if news:
                        self._wake()
                    # also between batches: a long backlog must not keep lost claims waiting
                    count += self._housekeeping(cr)
                    connection.commit()
                released = release_held(cr) + voiding.settle(cr)
                if released:
                    cr.execute("SELECT pg_notify(%s, '')", [schema.CHANNEL_MESSAGES])
                connection.commit()
                if released:
                    self._wake()
            except BaseException:
                self._fanout.restart()
                raise
        return count + released

    def _housekeeping(self, cr):
        """What is due of the rest; returns how many lanes have got a pointer for the next pass."""
        found = 0
        now = time.monotonic()
        if now >= self._next_reap:
            if reaper.reap(cr, self._number()):
                self._wake()
            # less often where it has become expensive (see claims.py on what old transactions do to indexes)
            self._next_reap = now + max(REAP_EVERY, 20 * (time.monotonic() - now))
        if now >= self._next_let_pass:
            self._next_let_pass = now + LET_PASS_EVERY
            found += reaper.let_pass(cr)
        if now >= self._next_sweep:
            self._next_sweep = now + SWEEP_EVERY
            found += reaper.sweep(cr)
        return found

    def wait(self, connection, seconds, stop_fd=None):
        """Sleep until somebody tells of new pointers, a stop, or the time is over."""
        deadline = time.monotonic() + seconds
        watched = [connection] if stop_fd is None else [connection, stop_fd]
        # first what came in during the pass: it is read already, and the socket would stay silent about it
        while not self._told(connection):
            left = deadline - time.monotonic()
            ready = select.select(watched, [], [], left)[0] if left > 0 else []
            if not ready or stop_fd in ready:
                return
            connection.poll()

    def _told(self, connection):
        """Take notifications in; returns whether there are new pointers. Our own say nothing new."""
        own = connection.info.backend_pid
        channels = {notify.channel for notify in connection.notifies if notify.pid != own}
        connection.notifies.clear()
        if schema.CHANNEL_MESSAGES in channels:
            self._wake()
        return schema.CHANNEL_POINTERS in channels

    def resign(self, connection):
        """Let somebody else lead."""
        if self.leading:
            self.leading = False
            try:
                with connection.cursor() as cr:
                    database.release_leader(cr)
                connection.commit()
            except psycopg2.Error:
                _logger.debug("the connection took the leadership with it")
