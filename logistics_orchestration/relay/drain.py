"""Delivering for a limited time in the calling thread's transaction rhythm: where no relay process runs.

Used by Odoo's scheduled action, by ``logistics_relay --once`` and by tests. Fan-out, claims and results take turns on
one connection; only the calls are made in threads.
"""

import time

import psycopg2

from . import database
from .pump import Pump
from .router import Router


def drain(connection, box, seconds=20.0, threads=16, transport=None, patience=0.0):
    """Deliver what is due until nothing is left or the time is over.

    :param connection: psycopg2 connection (or an object with ``cursor``, ``commit`` and ``rollback``); ours alone
    :param box: :class:`~.secretbox.SecretBox`
    :param float seconds: longest duration; calls under way are waited for beyond it, by their timeouts
    :param float patience: go on for this long when nothing is due, for retries that come due meanwhile
    :returns: number of messages delivered
    """
    pump = Pump(box, threads, transport)
    router = Router(pump.wake, lambda: pump.number)
    with connection.cursor() as cr:
        pump.attach(cr)
    connection.commit()
    deadline = time.monotonic() + seconds
    quiet_since = None
    timeout = 0.0
    try:
        while time.monotonic() < deadline:
            routed = router.run_pass(connection)
            news = pump.collect(0.0 if routed else timeout)
            try:
                claimed, soon = pump.turn(connection)
            except (psycopg2.Error, ValueError) as error:
                if pump.failed(connection, error):
                    raise
                timeout = 0.1
                continue
            timeout = 0.2 if soon is None else min(0.2, soon)
            if routed or news or claimed or not pump.idle or soon is not None:
                quiet_since = None
                timeout = timeout if pump.workers.flying or soon is not None else 0.0
                continue
            now = time.monotonic()
            quiet_since = quiet_since or now
            if now - quiet_since >= patience:
                break
            timeout = min(0.2, patience)
    finally:
        pump.finish(connection, database.FINISH)
        router.resign(connection)
        connection.commit()
    return pump.delivered
