"""Where the relay and Odoo meet: waking it, seeing whether it lives, and delivering where none runs."""

import logging

import psycopg2

import odoo
from odoo import api, models

from ...relay.database import living_relays
from ..backbone.testing import in_test

_logger = logging.getLogger(__name__)

DRAIN_SECONDS = 20


class _TestConnection:
    """The test's one cursor dressed up as a connection: tests have a single transaction that is never committed.

    A savepoint stands for the transaction, so that a failed batch can be rolled back as in real life.
    """

    def __init__(self, cr):
        self._connection = cr._cnx
        self._run("SAVEPOINT relay")

    def _run(self, statement):
        with self._connection.cursor() as cr:
            cr.execute(statement)

    def cursor(self):
        return self._connection.cursor()

    def commit(self):
        self._run("RELEASE SAVEPOINT relay")
        self._run("SAVEPOINT relay")

    def rollback(self):
        self._run("ROLLBACK TO SAVEPOINT relay")

    def close(self):
        self._run("RELEASE SAVEPOINT relay")


class RelayCron(models.Model):
    _inherit = "logistics.outbox.message"

    @api.model
    def _notify_relay(self):
        """Wake the relay processes. Called after commit, on a connection of its own: NOTIFY locks the whole database
        at commit, and a business transaction may be long. A lost notification costs a second: they also poll."""
        try:
            with odoo.sql_db.db_connect(self.env.cr.dbname).cursor() as cr:
                cr.execute("NOTIFY logistics_outbox")
        except Exception as error:
            # the transaction is committed: whatever happens here must not look like its failure
            _logger.warning("The relay could not be woken and will look by itself: %s", type(error).__name__)

    @api.model
    def _notify_relay_after_commit(self):
        """Wake the relay processes when this transaction has been committed; once, however often it is asked for."""
        self.env["logistics.event"]._wake_relay()

    @api.model
    def _living_relays(self):
        """Numbers of the relay processes that work on this database now, on whatever machine."""
        return living_relays(self.env.cr)

    @api.model
    def _drain(self, seconds=DRAIN_SECONDS, threads=16, **options):
        """Deliver what is due, for at most ``seconds``, on a connection of its own (in tests: on the test's).

        :returns: number of messages delivered
        """
        # loaded where it is used: urllib3 and the transport are of no use to the other workers
        from ...relay.database import open_connection
        from ...relay.drain import drain

        box = self.env["logistics.system"]._secret_box()
        if in_test():
            self.env.cr.flush()
            connection = _TestConnection(self.env.cr)
        else:
            _database, info = odoo.sql_db.connection_info_for(self.env.cr.dbname)
            connection = open_connection(lambda: psycopg2.connect(**info))
        try:
            return drain(connection, box, seconds, threads, **options)
        finally:
            connection.close()
            self.env.invalidate_all()

    @api.model
    def _cron_drain(self):
        """Scheduled action: deliver for a while where no relay process is alive.

        Odoo keeps a transaction open for the whole run of a scheduled action, which keeps dead rows from being removed:
        therefore a short run, and none at all beside a relay process.
        """
        if self._living_relays():
            return
        delivered = self._drain(DRAIN_SECONDS)
        if delivered:
            _logger.info("No relay process runs: %s messages delivered by the scheduled action", delivered)
