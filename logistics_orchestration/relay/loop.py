"""The relay process: connections, threads, stop. What it does is in :mod:`.pump` and :mod:`.router`."""

import logging
import os
import threading
import time

import psycopg2

from . import database
from .pump import Pump
from .router import Router

_logger = logging.getLogger(__name__)

POLL = 1.0
REPORT_EVERY = 60.0
LONGEST_RECONNECT = 10.0


class Relay:
    """One relay process. :meth:`run` blocks until :meth:`stop`; several may run on one database, on many machines.

    :param connect: function without arguments that returns a new psycopg2 connection to the database. It must be a
        direct one: session locks and LISTEN do not survive a transaction-pooling proxy
    :param box: :class:`~.secretbox.SecretBox` for the secrets of systems
    :param int threads: calls at once
    :param float poll: seconds between looks when nothing wakes us
    :param float stop_after: seconds that calls under way get at a stop
    """

    def __init__(self, connect, box, threads=32, poll=POLL, stop_after=30.0, transport=None):
        self._connect = connect
        self._poll = poll
        self._stop_after = stop_after
        self._stopping = threading.Event()
        self._stop_reader, self._stop_writer = os.pipe()
        self._once = False
        self.pump = Pump(box, threads, transport)
        self.router = Router(self.pump.wake, lambda: self.pump.number)

    def stop(self, *_signal):
        """Ask for a graceful end; safe in a signal handler and from any thread."""
        if not self._stopping.is_set():
            self._stopping.set()
            os.write(self._stop_writer, b"x")
            self.pump.wake()

    def run(self):
        """Deliver until stopped. Returns normally after a graceful stop."""
        lead = threading.Thread(target=self._lead, name="relay-router", daemon=True)
        try:
            self._deliver(lead)
        finally:
            self.stop()
            if lead.is_alive():
                lead.join(timeout=self._stop_after)
            for fd in (self._stop_reader, self._stop_writer):
                os.close(fd)

    # -- claims and results -----------------------------------------------------------------------------------

    def _deliver(self, lead):
        connection = self._attach()
        if connection is None:
            return
        lead.start()
        _logger.info("Relay %s started with %s threads", self.pump.number, self.pump.workers.threads)
        report = time.monotonic() + REPORT_EVERY
        timeout = 0.0
        while not self._stopping.is_set():
            self.pump.collect(timeout)
            try:
                _claimed, soon = self.pump.turn(connection)
            except (psycopg2.Error, ValueError) as error:
                if self.pump.failed(connection, error):
                    database.close_quietly(connection)
                    connection = self._attach()
                    if connection is None:
                        return
                timeout = 0.1
                continue
            # after a claim there may be more; without one, results, a wake-up or the poll bring us back
            timeout = min(self._poll, soon) if soon is not None else self._poll
            if time.monotonic() >= report:
                report = time.monotonic() + REPORT_EVERY
                _logger.info(
                    "Relay %s: %s calls, %s delivered so far, %s under way",
                    self.pump.number, self.pump.calls, self.pump.delivered, self.pump.workers.flying,
                )  # fmt: skip
        number = self.pump.number
        self._finish(connection)
        _logger.info("Relay %s stopped: %s calls, %s delivered", number, self.pump.calls, self.pump.delivered)

    def _finish(self, connection):
        """Write what is under way; a database that fails now is tried again for as long as a stop may take."""
        deadline = time.monotonic() + self._stop_after
        while True:
            try:
                self.pump.finish(connection, max(0.0, deadline - time.monotonic()))
                break
            except (psycopg2.Error, ValueError) as error:
                if time.monotonic() >= deadline:
                    _logger.error("Relay stops without having written its last results: %s", database.words(error))
                    break
                if self.pump.failed(connection, error):
                    database.close_quietly(connection)
                    connection = self._attach(deadline)
                    if connection is None:
                        return
                time.sleep(0.1)
        database.close_quietly(connection)

    def _attach(self, deadline=None):
        """A connection with our worker number on it; tries until there is one, a stop, or the deadline."""
        wait = 0.1
        while True:
            connection = None
            try:
                connection = database.open_connection(self._connect)
                with connection.cursor() as cr:
                    self.pump.attach(cr)
                connection.commit()
                return connection
            except psycopg2.Error as error:
                if connection is not None:
                    database.close_quietly(connection)
                _logger.warning("Relay has no database, tries again in %.1f s: %s", wait, database.words(error))
            if deadline is None and self._stopping.is_set() and self.pump.idle:
                return None
            if deadline is not None and time.monotonic() >= deadline:
                return None
            time.sleep(wait)
            wait = min(wait * 2, LONGEST_RECONNECT)

    # -- fan-out ----------------------------------------------------------------------------------------------

    def _lead(self):
        """Thread of the router: lead when possible, listen always, come back after every failure."""
        connection = None
        while not self._stopping.is_set():
            try:
                if connection is None:
                    connection = database.open_connection(self._connect)
                    self.router.attach(connection)
                if not self.router.run_pass(connection, self._stopping.is_set) or self._stopping.is_set():
                    self.router.wait(connection, self._poll, self._stop_reader)
            except Exception as error:
                # nothing may end this thread: without it no event reaches anybody
                if isinstance(error, psycopg2.Error):
                    _logger.warning("Router failed and tries again: %s", database.words(error))
                else:
                    _logger.exception("Router failed and tries again")
                if connection is not None:
                    database.close_quietly(connection)
                connection = None
                self._stopping.wait(0.5)
        if connection is not None:
            self.router.resign(connection)
            database.close_quietly(connection)
