"""What happens to the processes: kills, freezes, cut connections. All of it drawn from one seeded chance."""

import os
import signal
import time
from collections import Counter

import psutil
import psycopg2

# what may be cut: everything the relays and Odoo have open on the database
CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE %s
"""


class Monkey:
    """Breaks a stage.

    :param stage: see :mod:`.stage`
    :param chance: :class:`random.Random`
    :param weights: {act: how often}; acts are the methods named ``_do_...``
    :param progress: function that returns how many transactions were done so far
    """

    # Odoo needs seconds to come back: no second blow before the clients have got so much done again
    NEEDED = {"kill_odoo": 15, "kill_postgres": 15, "cut_all": 8, "kill_worker": 8}

    def __init__(self, stage, chance, weights, progress):
        self.stage, self.chance = stage, chance
        self.weights, self._progress = weights, progress
        self._last_blow = 0
        self.done = Counter()
        self.calls_at_risk = 0
        self._born = time.monotonic()

    @property
    def kills(self):
        """Processes ended without warning, whoever they were."""
        return sum(count for act, count in self.done.items() if act.startswith(("kill", "die")))

    def act(self):
        """One act; a stage that is just down for it is left alone."""
        self._bury()
        names = list(self.weights)
        name = self.chance.choices(names, [self.weights[act] for act in names])[0]
        if name in self.NEEDED:
            if self._progress() < self._last_blow + self.NEEDED[name]:
                name = "kill_relay"
            else:
                self._last_blow = self._progress()
        try:
            getattr(self, f"_do_{name}")()
        except (psutil.NoSuchProcess, psycopg2.Error):
            return
        self.done[name] += 1

    def _bury(self):
        """What a service manager does. Relays that died at one of their own points count as killed."""
        self.stage.restart_the_dead()
        for name in self.stage.relays:
            if not self.stage.alive(name):
                self.done["die_at_a_step"] += 1
                self.calls_at_risk += self.stage.threads
                self.stage.start_relay(name)

    # -- acts -----------------------------------------------------------------------------------------------------

    def _victim(self):
        """A relay that works, if there is one; one in five may be still starting."""
        if self.chance.random() < 0.2:
            return self.chance.choice(self.stage.relays)
        working = self.stage.working()
        if not working:
            raise psutil.NoSuchProcess(0)
        return self.chance.choice(working)

    def _do_kill_relay(self):
        name = self._victim()
        self.calls_at_risk += self.stage.threads
        self.stage.kill(name)
        self.stage.start_relay(name)

    def _do_kill_worker(self):
        os.kill(self.chance.choice(self.stage.workers()), signal.SIGKILL)

    def _do_kill_odoo(self):
        self.stage.kill("odoo")
        self.stage.restart_odoo()

    def _do_kill_cron(self):
        # it delivers only where no relay lives; then it has calls of its own
        self.calls_at_risk += 16
        self.stage.kill("cron")
        self.stage.start_cron()

    def _do_kill_postgres(self):
        self.calls_at_risk += self.stage.threads * len(self.stage.relays)
        self.stage.crash_postgres()

    def _do_freeze(self):
        """A machine that stands still for a while: its claims stay its own."""
        process = self.stage.running(self._victim())
        process.suspend()
        time.sleep(self.chance.uniform(0.1, 1.0))
        process.resume()

    def _do_freeze_and_lose(self):
        """It stands still, is taken for dead, its messages go to others, and then it wakes up."""
        process = self.stage.running(self._victim())
        self.calls_at_risk += self.stage.threads
        process.suspend()
        try:
            self._cut(f"%relay-{process.pid}")
            time.sleep(self.chance.uniform(0.5, 3.0))
        finally:
            process.resume()

    def _do_cut(self):
        """All connections of the relays break, as behind a restarted switch."""
        self.calls_at_risk += self.stage.threads * len(self.stage.relays)
        self._cut("%relay-%")

    def _do_cut_all(self):
        """All connections to the database break, Odoo's too."""
        self.calls_at_risk += self.stage.threads * len(self.stage.relays)
        self._cut("%")

    def _cut(self, pattern):
        with self.stage.cursor() as cr:
            cr.execute(CUT, [pattern])
