"""`make demo`: Odoo with the four apps and demo data, the relay, partner simulators, and one order gone all the way."""

from __future__ import annotations

import os
from pathlib import Path

from tests import story
from tools import databases, odoo_conf, odoo_source, postgres, stack, templates
from tools.common import LOCAL, SetupError, digest, need_disk, phase, port_is_free, run_main, say, shown
from tools.postgres import Server

DATABASE = "logistics_demo"
NAME = "demo"
FOLDER = LOCAL / NAME
DATA_DIR = FOLDER / "data"
LOGS = LOCAL / "log" / NAME


def http_port() -> int:
    """Return the port to serve on: $HTTP_PORT, else Odoo's usual one; a busy one is refused."""
    given = os.environ.get("HTTP_PORT") or "8069"
    if not given.isdigit() or not 0 < int(given) < 65536:
        raise SetupError(f"HTTP_PORT={given} is no port: give a number, e.g. `make demo HTTP_PORT=8070`")
    port = int(given)
    if not port_is_free(port, interface()):
        raise SetupError(f"port {port} is busy: stop what listens there, or run `make demo HTTP_PORT={port + 1}`")
    return port


def interface() -> str:
    """Return the address to serve on; the demo's password is known to all, so this machine alone unless told."""
    return os.environ.get("HTTP_INTERFACE") or "127.0.0.1"


def prepare_database(server: Server, odoo: Path) -> None:
    """Make the demo database, or bring an older one up to the present code."""
    mark = digest(templates.sources())
    conf = odoo_conf.write(FOLDER / "install.conf", server, odoo, DATA_DIR)
    if not databases.exists(server, DATABASE):
        with phase("Demo database"), databases.making(server, DATABASE, DATA_DIR) as draft:
            databases.create(server, draft)
            databases.install(odoo, conf, draft, templates.addons(), LOGS / "install.log", demo=True)
            databases.note(server, draft, source=mark)
    elif databases.comment(server, DATABASE).get("source") != mark:
        with phase("Demo database, upgrade to the present code"):
            databases.install(odoo, conf, DATABASE, templates.addons(), LOGS / "upgrade.log", demo=True, upgrade=True)
            databases.note(server, DATABASE, source=mark)


def tell_story(server: Server, running: stack.Stack) -> dict:
    """Connect the partners and, once per database, drive an order from confirmation to its released invoice."""
    with phase("Partner systems"):
        story.connect(running, running.simulators)
    known = databases.comment(server, DATABASE).get("story")
    if not known:
        with phase("One order, all the way"):
            known = story.run(running, running.simulators)
        databases.note(server, DATABASE, story=known)
    return known


def main() -> int:
    """Set the demo up, start it and leave it running."""
    need_disk()
    odoo = odoo_source.find()
    with phase("Earlier demo"):
        stack.stop_processes(NAME)
    port = http_port()
    server = postgres.configured()
    if not server:
        with phase("PostgreSQL"):
            server = postgres.demo_cluster().start()
    prepare_database(server, odoo)
    running = stack.Stack(NAME, server, odoo, DATABASE, http_port=port, data_dir=DATA_DIR, interface=interface())
    with phase("Odoo, relay and partner simulators"):
        running.start()
    try:
        told = tell_story(server, running)
    except (RuntimeError, TimeoutError) as error:
        where = f"Odoo goes on at {running.url}, the logs are in {shown(running.logs)}/"
        raise SetupError(f"the story broke off ({where}): {error}") from None
    say(farewell(running, told))
    return 0


def farewell(running: stack.Stack, told: dict) -> str:
    """Return what a visitor needs to know."""
    partners = ", ".join(f"{kind} {control.url}" for kind, control in sorted(running.simulators.items()))
    order, invoice = told.get("order", "the order"), told.get("invoice", "")
    return f"""
Odoo runs at {running.url} (login admin, password admin). Look at
  Logistics > Control Tower          what needs somebody now
  Logistics > Orders                 {order}: its flow page shows the way it went, to invoice {invoice}
  Logistics > Shipments              the shipment, its milestones and its proof of delivery
  Logistics > Integrations           systems, events, outbox and inbox: every message, as it was sent
Partner simulators: {partners} (GET /_log shows what each received and sent)
Logs: {shown(running.logs)}/   `make stop` ends it; `make demo` starts it again with the same data."""


if __name__ == "__main__":
    run_main(main)
