"""What runs in the Docker image: `python -m tools.container odoo|cron|relay|init|story|health|bin ...`.

The configuration is made from the repository's odoo.conf and the environment: PGHOST, PGPORT, PGUSER, PGPASSWORD,
DATABASE, DATA_DIR, WORKERS, PROXY_MODE, ADMIN_PASSWD. LOGISTICS_SECRET_KEY stays in the environment, where the addons
read it.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import requests

from tools import databases, odoo_conf, odoo_source, postgres, templates
from tools.common import SetupError, digest, phase, run_main, say
from tools.postgres import Server

PORT = 8069
PRIVATE_NETWORKS = "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16"
CONF = Path(os.environ.get("ODOO_RC") or "/tmp/odoo.conf")
DATA_DIR = Path(os.environ.get("DATA_DIR") or "/var/lib/odoo")


def database() -> str:
    """Return the one database of this deployment."""
    return os.environ.get("DATABASE") or "logistics"


def configure(server: Server, odoo: Path) -> Path:
    """Write odoo.conf from the environment."""
    given = {
        "workers": os.environ.get("WORKERS"),
        "proxy_mode": os.environ.get("PROXY_MODE"),
        "admin_passwd": os.environ.get("ADMIN_PASSWD"),
    }
    return odoo_conf.write(
        CONF,
        server,
        odoo,
        DATA_DIR,
        db_name=database(),
        dbfilter=f"^{database()}$",
        http_interface="0.0.0.0",  # noqa: S104  the container's own network; what is published is the composer's choice
        http_port=PORT,
        **{name: value for name, value in given.items() if value},
    )


def wait_for(server: Server, seconds: float = 60) -> None:
    """Wait until the server accepts connections."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with databases.connection(server):
                return
        except SetupError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def initialise(server: Server, odoo: Path, conf: Path) -> None:
    """Make the database and install the suite, or bring it up to this image's code; DEMO=1 brings demo data."""
    mark = digest(templates.sources())
    demo = os.environ.get("DEMO", "").lower() in ("1", "true", "yes")
    logs = DATA_DIR / "log"
    if not databases.exists(server, database()):
        with phase("Database"), databases.making(server, database(), DATA_DIR) as draft:
            databases.create(server, draft)
            databases.install(odoo, conf, draft, templates.addons(), logs / "install.log", demo=demo)
            databases.note(server, draft, source=mark)
    elif databases.comment(server, database()).get("source") != mark:
        with phase("Database, upgrade"):
            databases.install(odoo, conf, database(), templates.addons(), logs / "upgrade.log", demo=demo, upgrade=True)
            databases.note(server, database(), source=mark)


def tell_story() -> None:
    """Connect the simulated partners and, once per database, drive one order all the way."""
    from tests import story  # only the demo's image has it
    from tests.rpc import Rpc
    from tests.simulators.process import SimulatorControl

    client = Rpc(os.environ.get("ODOO_URL") or "http://odoo:8069", database())
    kinds = ("carrier", "warehouse", "finance", "supplier")
    simulators = {kind: SimulatorControl(f"http://{kind}:9300") for kind in kinds}
    with phase("Partner systems"):
        systems = story.connect(client, simulators)
        # Between containers the partners live in a private network, not on this machine as in `make demo`.
        client.execute("logistics.system", "write", list(systems.values()), {"allowed_networks": PRIVATE_NETWORKS})
        accounts = client.execute("logistics.carrier.account", "search", [("system_id", "in", list(systems.values()))])
        client.execute("logistics.carrier.account", "write", accounts, {"allowed_networks": PRIVATE_NETWORKS})
    server = postgres.configured()
    if not databases.comment(server, database()).get("story"):
        with phase("One order, all the way"):
            told = story.run(client, simulators)
        databases.note(server, database(), story=told)


def healthy() -> bool:
    """Tell whether this container's Odoo answers."""
    return requests.get(f"http://127.0.0.1:{PORT}/web/health", timeout=5).status_code == 200


def main() -> int:
    """Become what the first argument says."""
    role, *rest = sys.argv[1:] or ["odoo"]
    if role == "health":
        return 0 if healthy() else 1
    if role == "story":
        tell_story()
        return 0
    server = postgres.configured()
    if not server:
        raise SetupError("no PostgreSQL: set PGHOST, PGUSER and PGPASSWORD")
    odoo = odoo_source.find()
    conf = configure(server, odoo)
    wait_for(server)
    if role == "init":
        initialise(server, odoo, conf)
        say(f"{database()} is ready")
        return 0
    arguments = {
        "odoo": ["--max-cron-threads=0", *rest],
        "cron": ["--no-http", "--workers=0", *rest],
        "relay": ["logistics_relay", "-d", database(), *rest],
        "bin": rest,
    }.get(role)
    if arguments is None:
        raise SetupError(f"unknown role {role!r}: odoo, cron, relay, init, story, health, or bin (odoo-bin itself)")
    # Becomes the process itself, so that the container's stop signal reaches it.
    command = [sys.executable, str(odoo / "odoo-bin"), *arguments]
    os.execve(sys.executable, command, databases.odoo_environment(conf, server))  # noqa: S606  no shell is wanted


if __name__ == "__main__":
    run_main(main)
