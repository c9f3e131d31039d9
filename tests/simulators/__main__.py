"""Command line of the simulators: `python -m tests.simulators carrier --port 9301 ...`."""

import argparse
import json
import os
import signal
import sys
import threading

from .carrier import Carrier
from .faults import ControlError
from .finance import Finance
from .server import SimulatorServer
from .supplier import Supplier
from .warehouse import Warehouse

KINDS = {cls.kind: cls for cls in (Carrier, Warehouse, Finance, Supplier)}


def _parser():
    parser = argparse.ArgumentParser(prog="python -m tests.simulators", description="A partner system for rehearsals.")
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one; it is printed in the first line")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--odoo", default="http://localhost:8069", help="base URL of Odoo")
    parser.add_argument("--slug", default="", help="inbound slug of this partner's system in Odoo")
    # The environment as well: a command line is visible to every user of the machine.
    parser.add_argument("--secret-in", default=os.environ.get("SIMULATOR_SECRET_IN", ""), help="whsec_ Odoo signs with")
    parser.add_argument("--secret-out", default=os.environ.get("SIMULATOR_SECRET_OUT", ""), help="whsec_ we sign with")
    parser.add_argument("--token", default=os.environ.get("SIMULATOR_TOKEN", ""), help="bearer token of the REST API")
    parser.add_argument("--auto", action="store_true", help="answer and go on by itself")
    parser.add_argument("--log", metavar="FILE", help="also append the log there as JSON lines")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=JSON", help="any setting of /_control")
    return parser


def main(argv=None):
    """Serve until SIGTERM or SIGINT."""
    args = _parser().parse_args(argv)
    settings = {
        "odoo": args.odoo,
        "slug": args.slug,
        "secret_in": args.secret_in,
        "secret_out": args.secret_out,
        "token": args.token,
        "auto": args.auto,
    }
    try:
        for item in args.set:
            name, _, value = item.partition("=")
            settings[name] = json.loads(value)
        simulator = KINDS[args.kind](args.log, **settings)
    except (ControlError, ValueError) as error:
        sys.exit(f"{args.kind}: {error}")
    try:
        server = SimulatorServer(simulator, args.port, args.host)
    except OSError as error:
        sys.exit(f"{args.kind}: cannot listen on {args.host}:{args.port}: {error}. Choose another --port.")
    for number in (signal.SIGTERM, signal.SIGINT):
        # `shutdown` waits for the serving loop, which is this thread: ask for it from another.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
    print(json.dumps({"kind": args.kind, "port": simulator.port, "pid": os.getpid()}), flush=True)
    with server:
        server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
