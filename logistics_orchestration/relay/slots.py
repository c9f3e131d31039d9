"""In-flight slots: how many calls to one system are under way, over all relay processes of all machines.

A slot is a session advisory lock, one per allowed call. Not a count of rows: while any transaction of the installation
is old (an import, a scheduler run), PostgreSQL cannot clean up after updates, and whatever counts changing rows gets
slower with every message. Locks have no history, and they go with the process that held them.
"""

from . import schema

# Part of the lock number that counts the slots of one system; System.max_in_flight is at most this.
PER_SYSTEM = 64


class Slots:
    """The slots this process holds. They belong to one connection; :meth:`forget` them when it is gone."""

    def __init__(self):
        self._held = {}
        self._unsure = False

    def forget(self):
        """The connection is gone and its locks with it."""
        self._held.clear()
        self._unsure = False

    def doubt(self):
        """A statement failed: what is held is not known for sure; begin anew the next time."""
        self._unsure = True

    def _begin_anew(self, cr):
        cr.execute(
            """
            SELECT pg_advisory_unlock(%s, objid::int) FROM pg_locks
             WHERE locktype = 'advisory' AND classid = %s AND objsubid = 2 AND pid = pg_backend_pid() AND granted
            """,
            [schema.LOCK_SLOT, schema.LOCK_SLOT],
        )
        self.forget()

    def adjust(self, cr, wanted):
        """Hold as many slots as wanted per system where there are any; give back what is too much.

        :param wanted: {system id: (slots wanted, slots there are)}; systems that are not named keep none
        :returns: {system id: slots held}
        """
        if self._unsure:
            self._begin_anew(cr)
        surplus, candidates = [], []
        for system_id in list(self._held):
            count = wanted.get(system_id, (0, 0))[0]
            held = self._held[system_id]
            while len(held) > count:
                surplus.append(self._number(system_id, held.pop()))
            if not held:
                del self._held[system_id]
        for system_id, (count, cap) in wanted.items():
            held = self._held.get(system_id, [])
            missing = count - len(held)
            if missing > 0:
                free = [slot for slot in range(min(cap, PER_SYSTEM)) if slot not in held]
                candidates.append((system_id, missing, free))
        if surplus:
            cr.execute("SELECT pg_advisory_unlock(%s, s) FROM unnest(%s::int[]) AS s", [schema.LOCK_SLOT, surplus])
        while candidates:
            candidates = self._try(cr, candidates)
        return {system_id: len(held) for system_id, held in self._held.items()}

    def _try(self, cr, candidates):
        """Try as many slots as are missing per system; returns what is worth another try."""
        tried = []
        for system_id, missing, free in candidates:
            tried += [(system_id, slot) for slot in free[:missing]]
        cr.execute(
            "SELECT s, pg_try_advisory_lock(%s, s) FROM unnest(%s::int[]) AS s",
            [schema.LOCK_SLOT, [self._number(system_id, slot) for system_id, slot in tried]],
        )
        got = {number for number, taken in cr.fetchall() if taken}
        again = []
        for system_id, missing, free in candidates:
            for slot in free[:missing]:
                if self._number(system_id, slot) in got:
                    self._held.setdefault(system_id, []).append(slot)
            left = missing - sum(self._number(system_id, slot) in got for slot in free[:missing])
            if left and free[missing:]:
                again.append((system_id, left, free[missing:]))
        return again

    @staticmethod
    def _number(system_id, slot):
        return system_id * PER_SYSTEM + slot
