"""Messages that may be what kills the relay: claimed alone, so that the blame falls on nobody else.

A process that dies leaves its claims without a result. Whoever was claimed :data:`SUSPECT_CLAIMS` times so is a
suspect; most are innocent, they flew beside the guilty one. A suspect is therefore sent by a process that has nothing
else under way and takes nothing else until there is a result. Only claims made so are counted against it
(``suspect_count``); after :data:`POISON_CLAIMS` of them it is given up (see reaper.py). Any result clears it.

One process at a time does this, so that with several of them the others go on.
"""

import time

from . import schema

# From this many claims without a result on, a message is a suspect and waits longer each time.
SUSPECT_CLAIMS = 3
# So many claims alone without a result: it is the message.
POISON_CLAIMS = 5
POISON = f"poison: the relay process ended {POISON_CLAIMS} times while sending this message alone"

# Seconds between two looks for suspects, and at least the share of time that belongs to the others.
_EVERY = 1.0

USUAL, WAIT, ALONE = "usual", "wait", "alone"


class Isolation:
    """Whether this process may claim as usual, must let its calls land first, or may claim one suspect."""

    def __init__(self):
        self.forget()

    def forget(self):
        """The connection is gone, and the lock with it."""
        self._state = None
        self._since = 0.0
        self._next = 0.0
        self.message = self.system = None

    def look(self, cr, systems, flying):
        """What the claim may do now; with ALONE, :attr:`message` of :attr:`system` is the one to claim.

        :param systems: ids of the systems that may be called
        :param bool flying: whether calls of this process are under way
        """
        if self._state == "claimed" and not flying:
            self.end(cr)
        if self._state is None:
            if time.monotonic() < self._next or not self._find(cr, systems) or not self._lock(cr):
                return USUAL
            self._state, self._since = "landing", time.monotonic()
        if flying:
            return WAIT
        if not self._find(cr, systems):
            self.end(cr)
            return USUAL
        return ALONE

    def claimed(self):
        """The suspect was claimed: nothing else until its result is there."""
        self._state = "claimed"

    def end(self, cr):
        """Back to the usual, for at least as long as this took."""
        now = time.monotonic()
        self._state = None
        self._next = now + max(_EVERY, now - self._since)
        cr.execute("SELECT pg_advisory_unlock(%s, 0)", [schema.LOCK_ALONE])

    def _find(self, cr, systems):
        self._next = time.monotonic() + _EVERY
        cr.execute(
            """
            SELECT id, system_id FROM logistics_outbox_message
             WHERE state = 'pending' AND is_head AND claim_count >= 3 AND system_id = ANY(%s)
               AND next_attempt_at <= timezone('UTC', statement_timestamp())
             ORDER BY next_attempt_at LIMIT 1
            """,
            [list(systems)],
        )
        self.message, self.system = cr.fetchone() or (None, None)
        return self.message is not None

    @staticmethod
    def _lock(cr):
        cr.execute("SELECT pg_try_advisory_lock(%s, 0)", [schema.LOCK_ALONE])
        return cr.fetchone()[0]
