"""How much is taken in: a rate per system over all processes, and a bound on what strangers can cost us. Plain Python.

*Rate per system*: the generic cell rate algorithm over one row in the database (``busy_until`` moves on by 60 / rate
seconds per request and may be at most a minute ahead), of which each process takes about a second's worth of requests
at a time into its memory. So the rate holds over any number of processes, and a busy system costs one small statement
a second instead of a hot row per request. What a process took and did not use within two seconds is lost: the limit
is never passed; with many processes and little traffic it may be reached early.

*Strangers* (unknown address, wrong signature) are counted per remote address, in memory only. They never lock out
anybody who signs properly: behind a proxy all partners may have one address.
"""

import math
import threading
import time
from collections import OrderedDict

# A request flood of one system may be this many seconds of its rate ahead.
BURST_SECONDS = 60
_SHARE_SECONDS = 1.0
_SHARE_LIFE = 2.0
_MAX_SHARE = 200

_TAKE = """
    INSERT INTO logistics_inbound_gate AS g (system_id, busy_until)
    VALUES (%(system)s, (clock_timestamp() AT TIME ZONE 'UTC') + %(step)s * interval '1 second')
    ON CONFLICT (system_id) DO UPDATE
       SET busy_until = GREATEST(g.busy_until, clock_timestamp() AT TIME ZONE 'UTC') + %(step)s * interval '1 second'
     WHERE GREATEST(g.busy_until, clock_timestamp() AT TIME ZONE 'UTC')
           <= (clock_timestamp() AT TIME ZONE 'UTC') + (%(burst)s - %(step)s) * interval '1 second'
    RETURNING 1
"""
_WAIT = """
    SELECT GREATEST(0.0, EXTRACT(EPOCH FROM busy_until - (clock_timestamp() AT TIME ZONE 'UTC'))
                         + %(step)s - %(burst)s)::float
      FROM logistics_inbound_gate WHERE system_id = %(system)s
"""


def take(cr, system_id, per_minute, count):
    """Take ``count`` requests of a system's rate, all or none.

    :param cr: a cursor in a transaction of its own (the row must not stay locked)
    :returns: 0 when granted, else seconds until they can be
    """
    values = {"system": system_id, "step": count * 60.0 / per_minute, "burst": BURST_SECONDS}
    cr.execute(_TAKE, values)
    if cr.fetchone():
        return 0.0
    cr.execute(_WAIT, values)
    row = cr.fetchone()
    return max(row[0] if row else 0.0, 0.05)


class RateGate:
    """This process's share of every system's rate.

    :param clock: seconds that only go forward, for tests
    """

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._shares = {}  # key: [requests left, until when]
        self._closed = {}  # key: until when nothing can be had

    def enter(self, key, per_minute, taker):
        """Let one request in.

        :param key: of the system
        :param int per_minute: its rate; 0 is no limit
        :param taker: ``taker(count)`` takes from the database: 0 when granted, else seconds to wait
        :returns: 0 when it may come in, else seconds to wait (at least 1)
        """
        if per_minute <= 0:
            return 0
        now = self._clock()
        with self._lock:
            share = self._shares.get(key)
            if share and share[0] > 0 and now < share[1]:
                share[0] -= 1
                return 0
            closed = self._closed.get(key, 0)
        if now < closed:
            return math.ceil(closed - now)
        want = max(1, min(_MAX_SHARE, int(per_minute / 60 * _SHARE_SECONDS)))
        wait = taker(want)
        with self._lock:
            if wait:
                # asked again within a second, so that a raised limit is felt soon
                self._closed[key] = now + min(wait, _SHARE_SECONDS)
                return max(1, math.ceil(wait))
            self._closed.pop(key, None)
            share = self._shares.get(key)
            left = share[0] if share and now < share[1] else 0
            self._shares[key] = [left + want - 1, now + _SHARE_LIFE]
        return 0


class Strangers:
    """Refused requests per remote address: how many of them are still worth a look-up, a log line or a count.

    :param int limit: refusals per ``seconds`` that are answered in full
    :param int size: addresses remembered; the longest silent one is forgotten first
    """

    def __init__(self, limit=30, seconds=60, size=10_000, clock=time.monotonic):
        self.limit, self.seconds, self._size = limit, seconds, size
        self._clock = clock
        self._lock = threading.Lock()
        self._seen = OrderedDict()  # address: [count, start of its window]

    def tired_of(self, address):
        """Seconds until ``address`` gets full answers again; 0 while it does."""
        with self._lock:
            entry = self._seen.get(address)
            if not entry or entry[0] < self.limit:
                return 0
            left = entry[1] + self.seconds - self._clock()
            return max(1, math.ceil(left)) if left > 0 else 0

    def refused(self, address):
        """Count one refusal."""
        now = self._clock()
        with self._lock:
            entry = self._seen.pop(address, None)
            if not entry or now - entry[1] >= self.seconds:
                entry = [0, now]
            entry[0] += 1
            self._seen[address] = entry
            while len(self._seen) > self._size:
                self._seen.popitem(last=False)


class Tally:
    """Things that are counted in memory and written together, at most once in a while per key.

    :param float every: seconds between two writes of one key
    """

    def __init__(self, every=1.0, clock=time.monotonic):
        self._every = every
        self._clock = clock
        self._lock = threading.Lock()
        self._counts = {}
        self._written = {}

    def add(self, key):
        """Count one; returns how many to write now (0: later)."""
        now = self._clock()
        with self._lock:
            self._counts[key] = self._counts.get(key, 0) + 1
            if now - self._written.get(key, -1e9) < self._every:
                return 0
            self._written[key] = now
            return self._counts.pop(key)


# Counters may be lost in a crash of the database; they are not worth a write-ahead log.
GATE_TABLE = """
    CREATE UNLOGGED TABLE IF NOT EXISTS logistics_inbound_gate (
        system_id integer PRIMARY KEY REFERENCES logistics_system (id) ON DELETE CASCADE,
        busy_until timestamp
    ) WITH (fillfactor = 50)
"""
