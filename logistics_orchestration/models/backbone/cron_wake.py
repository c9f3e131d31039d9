"""Waking a scheduled action soon, once, and never too late.

Odoo wakes its cron threads at once for what is due now, and else looks once a minute. What is due in five seconds
would wait for that minute, and an inbox that takes a thousand messages a second would write a thousand triggers. So:

* a trigger in the future gets a timer in this process that wakes the cron threads then (a process that dies loses only
  the wake-up: the trigger row is there and found within the minute);
* calls that are about to commit share one trigger with others of the same second. Such a call is covered only by a
  trigger that is committed and fires clearly after it, so nothing waits unseen.
"""

import logging
import threading
import time
from datetime import timedelta

import odoo
from odoo import SUPERUSER_ID, api, fields

from .testing import in_test

_logger = logging.getLogger(__name__)

# How long after the statement its transaction may take to commit, to be covered by a trigger to come.
_MARGIN = 0.5
_LONGEST = 90.0
_lock = threading.Lock()
_fires = {}  # (database, action): when its committed triggers fire, monotonic
_timers = set()  # (database, second) that have a timer


def _recent(key, now):
    return [moment for moment in _fires.get(key, ()) if moment > now - 1.0]


def covered(dbname, cron_id, delay=0.0):
    """Whether a committed trigger of this process stands for a call that wants one in ``delay`` seconds."""
    key, now = (dbname, cron_id), time.monotonic()
    soonest = now + max(delay, _MARGIN)
    return any(soonest <= moment <= now + max(delay * 1.1, delay + 2.5) for moment in _recent(key, now))


def wake(cron, delay=0.0, share=False):
    """Have a scheduled action called in ``delay`` seconds after this transaction was committed.

    :param cron: ir.cron record (sudo is the caller's)
    :param float delay: seconds from now
    :param bool share: let one trigger stand for several calls; only where the transaction is about to commit
    """
    key = (cron.env.cr.dbname, cron.id)
    now = time.monotonic()
    fires = _recent(key, now)
    if share and covered(*key, delay):
        return
    wait = 0
    if delay or (share and fires):
        # whole seconds, rounded up: a run that begins earlier must not take the trigger with it
        wait = int(max(delay, 1.0)) + 1
    cron._trigger(fields.Datetime.now() + timedelta(seconds=wait and wait + 1))

    def committed():
        with _lock:
            _fires[key] = [*_recent(key, now), now + wait]
        if wait:
            _notify_later(cron.env.cr.dbname, wait + 1)

    if not in_test():
        cron.env.cr.postcommit.add(committed)


def _notify_later(dbname, seconds):
    """Wake the cron threads of every process in ``seconds``; one timer per second is enough."""
    if seconds > _LONGEST:
        return  # the minute's look finds it soon enough
    slot = (dbname, int(time.monotonic() + seconds))
    with _lock:
        if slot in _timers:
            return
        _timers.add(slot)
    timer = threading.Timer(seconds + 0.05, _notify, [dbname, slot])
    timer.daemon = True
    timer.start()


def _notify(dbname, slot):
    with _lock:
        _timers.discard(slot)
    try:
        with odoo.registry(dbname).cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["ir.cron"]._notifydb()
    except Exception as error:
        # nobody waits for it: the cron threads look by themselves once a minute
        _logger.info("The cron threads could not be woken and will look by themselves: %s", type(error).__name__)
