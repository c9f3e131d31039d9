"""``odoo-bin logistics_relay``: the relay as a process of its own.

Odoo imports every addon that has a ``cli`` folder for each of its subcommands, so nothing heavy is imported up here.
"""

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

from odoo.cli import Command

_logger = logging.getLogger(__name__)


class LogisticsRelay(Command):
    """Deliver logistics events to partner systems"""

    name = "logistics_relay"

    def run(self, args):
        """Run until SIGTERM or SIGINT (exit code 0), or with ``--once`` until nothing is due."""
        options, rest = self._parser().parse_known_args(args)
        from odoo.tools import config

        config.parse_config([*rest, *(["-d", options.database] if options.database else [])])
        database = config["db_name"]
        if not database or "," in database:
            sys.exit("logistics_relay works on one database: name it with -d DATABASE")
        if not 1 <= options.threads <= 256:
            sys.exit("--threads: between 1 and 256")
        connect = self._connector(database)
        box = self._secret_box(config)
        self._check_installed(connect, database)
        if options.once:
            self._once(connect, box, options)
        else:
            self._forever(connect, box, options)

    @staticmethod
    def _parser():
        parser = argparse.ArgumentParser(
            prog=f"{Path(sys.argv[0]).name} logistics_relay",
            description="Delivers logistics events to partner systems: fan-out, signed webhooks, retries. Several "
            "processes may work on one database, on several machines. Other options are Odoo's own "
            "(--db_host, --log-level, ...); a configuration file is given as ODOO_RC=odoo.conf.",
        )
        parser.add_argument("-d", "--database", help="database to deliver for")
        parser.add_argument("--threads", type=int, default=32, help="calls at once (default 32)")
        parser.add_argument("--once", action="store_true", help="deliver what is due, then end")
        parser.add_argument(
            "--seconds", type=float, default=3600.0, help="with --once: end after this many seconds at the latest"
        )
        return parser

    @staticmethod
    def _connector(database):
        import psycopg2

        from odoo.sql_db import connection_info_for

        _name, info = connection_info_for(database)
        info["application_name"] = f"logistics-relay-{os.getpid()}"
        return lambda: psycopg2.connect(**info)

    @staticmethod
    def _secret_box(config):
        from ..relay.secretbox import SecretBox, SecretBoxError, load_key

        try:
            return SecretBox(load_key(config.get("logistics_secret_key"), os.environ, config["data_dir"]))
        except SecretBoxError as error:
            sys.exit(str(error))

    @staticmethod
    def _check_installed(connect, database):
        """Say what is wrong in one line; a database that is down for the moment is waited for by the relay itself."""
        import psycopg2

        try:
            connection = connect()
        except psycopg2.OperationalError as error:
            if "does not exist" in str(error):
                sys.exit(f"Database {database} does not exist")
            _logger.warning("The database cannot be reached yet; the relay keeps trying")
            return
        with connection, connection.cursor() as cr:
            cr.execute("SELECT to_regclass('logistics_outbox_message') IS NOT NULL")
            if not cr.fetchone()[0]:
                sys.exit(f"logistics_orchestration is not installed in database {database}")
        connection.close()

    @staticmethod
    def _forever(connect, box, options):
        from ..relay.loop import Relay

        relay = Relay(connect, box, threads=options.threads)
        signal.signal(signal.SIGTERM, relay.stop)
        signal.signal(signal.SIGINT, relay.stop)
        relay.run()

    @staticmethod
    def _once(connect, box, options):
        from ..relay.database import open_connection
        from ..relay.drain import drain

        connection = open_connection(connect)
        delivered = drain(connection, box, options.seconds, options.threads)
        connection.close()
        _logger.info("%s messages delivered", delivered)
