"""Where it happens: a database, the processes around it, and how each of them is killed and started again."""

import contextlib
import os
import sys
import time
from pathlib import Path

import psutil
import psycopg2
from relay.signature import generate_secret

from tests.chaos.facts import BareFacts, OdooFacts
from tests.relay.bare import KEY
from tools import databases, odoo_conf, postgres
from tools.common import LOCAL, SetupError, free_port
from tools.stack import Process, Stack

RELAY = Path(__file__).with_name("relay_with_failpoints.py")
# a relay dies by itself after about so many steps; a busy one takes some hundred per second
STEPS_OF_A_LIFE = 1500


class Stage:
    """Relays on a database; what else there is, the kinds of stages add.

    :param server: :class:`tools.postgres.Server`
    :param str database: name of the database
    :param Path folder: for pid files and logs
    :param int relays: how many
    :param int threads: calls at once of each
    :param cluster: :class:`tools.postgres.Cluster` that may be crashed, or None
    :param float chance: probability per step that a relay dies by itself
    """

    def __init__(self, server, database, folder, relays=3, threads=8, cluster=None, chance=1 / STEPS_OF_A_LIFE):
        self.server, self.database, self.folder = server, database, folder
        self.relays = [f"relay-{number}" for number in range(1, relays + 1)]
        self.threads, self.cluster, self.chance = threads, cluster, chance
        self._seed = 0

    # -- processes ------------------------------------------------------------------------------------------------

    def process(self, name):
        """One of the processes by name."""
        return Process(self.folder / "run" / f"{name}.json", self.folder / "log" / f"{name}.log")

    def running(self, name):
        """The psutil process; raises :class:`psutil.NoSuchProcess` like psutil when it is gone."""
        found = self.process(name).running()
        if not found:
            raise psutil.NoSuchProcess(0)
        return found

    def alive(self, name):
        """Whether it runs."""
        return bool(self.process(name).running())

    def working(self):
        """Relays that have come as far as their database connection."""
        with self.cursor() as cr:
            cr.execute("SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'logistics-relay-%'")
            pids = {int(name.rsplit("-", 1)[1]) for (name,) in cr.fetchall()}
        found = {name: self.process(name).running() for name in self.relays}
        return [name for name, process in found.items() if process and process.pid in pids]

    def kill(self, name):
        """SIGKILL, children too."""
        self.process(name).kill()

    def start_relay(self, name):
        """Start a relay that dies at a random step sooner or later."""
        self._seed += 1
        command, environment = self._relay()
        environment.update(CHAOS_CHANCE=str(self.chance), CHAOS_SEED=str(self._seed), PYTHONUNBUFFERED="1")
        self.process(name).start([sys.executable, str(RELAY), *command], environment)

    def crash_postgres(self):
        """PostgreSQL stops as when its machine fails, and comes back."""
        self.cluster.crash()
        self.cluster.start()

    def open(self):
        """Start what is needed before there is anything to deliver."""

    def restart_the_dead(self):
        """What beside the relays has ended by itself runs again."""

    def start_relays(self):
        """Start all relays."""
        for name in self.relays:
            self.start_relay(name)

    def calm(self):
        """Whole again: every process new, no relay dies by itself any more."""
        self.chance = 0.0
        for name in self.relays:
            self.kill(name)
            self.start_relay(name)

    def stop(self):
        """Stop everything."""
        for name in self.relays:
            self.process(name).stop()

    # -- the database ---------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def cursor(self, patience=60.0):
        """A cursor in autocommit mode; waits for a server that is just coming back."""
        deadline = time.monotonic() + patience
        while True:
            try:
                connection = psycopg2.connect(
                    host=self.server.host or None, port=self.server.port, user=self.server.user,
                    password=self.server.password or None, dbname=self.database,
                )  # fmt: skip
                break
            except psycopg2.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        connection.autocommit = True
        try:
            with connection.cursor() as cr:
                yield cr
        finally:
            connection.close()

    def forgive(self):
        """Open breakers, pauses and suspensions are right after so many faults, but only make a run longer."""
        with contextlib.suppress(psycopg2.Error), self.cursor() as cr:
            cr.execute(
                "UPDATE logistics_system SET breaker_state = 'closed', breaker_failures = 0, breaker_until = NULL,"
                " paused_until = NULL, failing_since = NULL, state = 'active'"
                " WHERE breaker_state <> 'closed' OR paused_until IS NOT NULL OR state <> 'active'"
            )


class BareStage(Stage):
    """The engine's tables without Odoo; quick to set up, and its PostgreSQL may be crashed.

    :param world: :class:`tests.relay.bare.World`
    """

    def __init__(self, world, folder, **options):
        super().__init__(world.server, world.name, folder, **options)
        self.world = world
        self.secret = world.secret

    def _relay(self):
        server = self.server
        dsn = psycopg2.extensions.make_dsn(
            host=server.host or None, port=server.port, user=server.user, password=server.password or None,
            dbname=self.database,
        )  # fmt: skip
        return [], {**os.environ, "RELAY_DSN": dsn, "RELAY_KEY": KEY, "RELAY_THREADS": str(self.threads)}

    def facts(self, partner_url, systems, chance):
        """Clients that make facts; see :mod:`.facts`."""
        return BareFacts(self, partner_url, systems, chance)


class OdooStage(Stage):
    """The suite on a real Odoo: HTTP workers, the process of scheduled actions, ``odoo-bin logistics_relay``.

    :param odoo: folder of Odoo's source
    :param Path data_dir: Odoo's data folder, where the secret key is
    """

    def __init__(self, server, odoo, database, folder, data_dir, **options):
        super().__init__(server, database, folder, **options)
        self.stack = Stack(folder.name, server, odoo, database, data_dir=data_dir, workers="2")
        self.secret = generate_secret()

    def process(self, name):
        return self.stack.process(name)

    def _relay(self):
        odoo_bin = self.stack.odoo / "odoo-bin"
        command = [str(odoo_bin), "logistics_relay", "-d", self.database, "--threads", str(self.threads)]
        return command, databases.odoo_environment(self.stack.conf, self.server)

    def open(self):
        self.stack.start_odoo(wait=False)
        self.stack.start_cron()
        self.stack.wait_for_odoo()

    def restart_the_dead(self):
        # Odoo ends when its database is away at the wrong moment
        if not self.alive("odoo"):
            self.restart_odoo()
        if not self.alive("cron"):
            self.start_cron()

    def restart_odoo(self):
        """Start the web server again; the clients wait for it themselves."""
        with contextlib.suppress(SetupError):  # the port is not free yet: calm() or the next act starts it
            self.stack.start_odoo(wait=False)

    def start_cron(self):
        self.stack.start_cron()

    def workers(self):
        """Process ids of Odoo's HTTP workers."""
        master = self.running("odoo")
        found = [child.pid for child in master.children() if "gevent" not in child.cmdline()]
        return found or [master.pid]

    def crash_postgres(self):
        super().crash_postgres()
        # Odoo's own scheduler threads end with their connection; a service manager would restart the process
        self.kill("cron")
        self.stack.start_cron()

    def calm(self):
        self.restart_the_dead()
        super().calm()

    def stop(self):
        self.stack.stop()

    def facts(self, partner_url, systems, chance):
        return OdooFacts(self, partner_url, systems, chance)


def make_cluster(name, **settings):
    """A private PostgreSQL for one run, with the settings of a real one (it waits for the disk)."""
    # after a crash it would otherwise open each of thousands of files to make sure of it
    return postgres.Cluster(name, durable=True, recovery_init_sync_method="syncfs", **settings)


def prepare_odoo(server, odoo, database, data_dir, folder):
    """A database with the suite's backbone on this server, made once and kept."""
    if not databases.exists(server, database):
        for old in databases.names(server, database.rsplit("_", 1)[0] + "_"):
            databases.drop(server, old, data_dir)
        conf = odoo_conf.write(folder / "prepare.conf", server, odoo, data_dir, http_port=free_port())
        with databases.making(server, database, data_dir) as draft:
            databases.create(server, draft)
            log = LOCAL / "log" / folder.name / "prepare.log"
            databases.install(odoo, conf, draft, ["logistics_orchestration"], log)
