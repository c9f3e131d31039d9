"""The Odoo databases the measurements need, made once and kept: Odoo alone, and the suite on top of it."""

import contextlib
import json
import subprocess
import sys

from tools import databases, odoo_conf, odoo_source, templates
from tools.common import LOCAL, ROOT, SetupError, digest, run
from tools.stack import Stack

FOLDER = LOCAL / "bench"
DATA = FOLDER / "data"
LOG = LOCAL / "log" / "bench"
QUEUE_JOB = "odoo-addon-queue-job==17.0.1.5.4"
TARGET = FOLDER / "queue_job"
OWN_ADDONS = ROOT / "tests" / "bench" / "addons"


def _make(context, name, modules, origin=None, conf=None):
    """A database with modules, once; older ones of its kind go."""
    server = context.server
    if databases.exists(server, name):
        return name
    for old in databases.names(server, name.rsplit("_", 1)[0] + "_"):
        databases.drop(server, old, DATA)
    context.say(f"  making database {name.rsplit('_', 1)[0]}")
    with databases.making(server, name, DATA) as draft:
        if origin:
            databases.copy(server, origin, draft, DATA)
        else:
            databases.create(server, draft)
        conf = conf or odoo_conf.write(FOLDER / "bench.conf", server, context.odoo(), DATA)
        databases.install(context.odoo(), conf, draft, modules, LOG / f"{name}.log")
    return name


def plain(context):
    """Odoo with the modules the suite stands on."""
    modules = templates.dependencies()
    return _make(context, f"bench_plain_{digest([], ','.join(modules))}", modules)


def suite(context):
    """The same with the suite."""
    origin = plain(context)
    return _make(context, f"bench_suite_{digest(templates.sources(), origin)}", templates.addons(), origin)


def queue_job():
    """OCA queue_job in a folder of its own, from PyPI; the virtual environment stays as it is.

    :raises SetupError: it cannot be had
    """
    addons = TARGET / "odoo" / "addons"
    if not (addons / "queue_job" / "__manifest__.py").is_file():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", TARGET, QUEUE_JOB]
        run(command, log=LOG / "pip.log", what=f"pip install {QUEUE_JOB}")
    return addons


def peers(context):
    """Odoo with queue_job and the bench's own document, and the addons path it needs."""
    path = f"{odoo_source.addons_path(context.odoo())},{queue_job()},{OWN_ADDONS}"
    conf = odoo_conf.write(FOLDER / "peers.conf", context.server, context.odoo(), DATA, addons_path=path)
    mark = digest([*OWN_ADDONS.rglob("*.py"), *OWN_ADDONS.rglob("*.csv")], QUEUE_JOB + plain(context))
    return _make(context, f"bench_peers_{mark}", ["logistics_bench"], plain(context), conf), path


@contextlib.contextmanager
def running(context, origin, **options):
    """Odoo on a copy of a database, thrown away afterwards."""
    name = "bench_running"
    databases.copy(context.server, origin, name, DATA)
    try:
        with Stack("bench", context.server, context.odoo(), name, data_dir=DATA, **options) as stack:
            stack.start_odoo()
            yield stack
    finally:
        databases.drop(context.server, name, DATA)


class Asked:
    """A program of ours that answers one line of JSON per line it is told; its own noise goes to a log."""

    def __init__(self, name, command, environment):
        self.log = LOG / f"{name}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("w") as stream:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                text=True,
            )

    def ask(self, line=""):
        """Say something and read what it says; raises SetupError when it has ended."""
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        if not said:
            words = self.log.read_text().strip().splitlines()[-3:]
            raise SetupError(f"{self.log.stem} ended: {' / '.join(words)}")
        return json.loads(said)

    def close(self):
        """End it."""
        self._process.stdin.close()
        self._process.wait(30)
