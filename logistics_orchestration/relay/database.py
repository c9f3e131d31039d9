"""Connections of the engine and the locks that stand for a living process."""

import logging

import psycopg2
import psycopg2.extensions

from . import schema

_logger = logging.getLogger(__name__)

# seconds that calls under way get at the end of a drain: longer than any allowed timeout
FINISH = 70.0

# A broken query or a lock nobody gives up must not stop deliveries for ever: the transaction fails and is done again.
# The keepalives let the server notice a dead machine within half a minute, which frees its locks.
_SESSION = """
    SET lock_timeout = '5s';
    SET statement_timeout = '60s';
    SET idle_in_transaction_session_timeout = '60s';
    SET tcp_keepalives_idle = 10;
    SET tcp_keepalives_interval = 5;
    SET tcp_keepalives_count = 3;
    SET enable_seqscan = off;
    SET enable_bitmapscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET jit = off
"""


def open_connection(connect):
    """A connection at READ COMMITTED with the engine's session settings.

    The planner settings keep it on the small partial indexes: statistics of a table that goes from empty to full and
    back within minutes are always wrong, and a plan that reads the table is the one thing that must not happen.

    :param connect: function without arguments that returns a new psycopg2 connection
    """
    connection = connect()
    connection.set_session(
        isolation_level=psycopg2.extensions.ISOLATION_LEVEL_READ_COMMITTED, readonly=False, autocommit=False
    )
    with connection.cursor() as cr:
        cr.execute(_SESSION)
    connection.commit()
    return connection


def is_lost(error):
    """Whether an exception means that the connection is gone (and with it every lock of its session)."""
    return isinstance(error, (psycopg2.OperationalError, psycopg2.InterfaceError)) and (
        error.pgcode is None or error.pgcode.startswith(("08", "57P", "25P03"))
    )


def together(cr, *statements):
    """Run several statements in one round trip; results are those of the last one.

    Each still takes a snapshot of its own, as READ COMMITTED wants it.

    :param statements: (query, parameters), or None for nothing
    """
    cr.execute(b";\n".join(cr.mogrify(query, params) for query, params in filter(None, statements)))


def words(error):
    """One line of an exception for the log. Messages of PostgreSQL may quote values: only their first line."""
    text = getattr(error, "pgerror", None) or str(error) or type(error).__name__
    return text.strip().splitlines()[0]


def close_quietly(connection):
    """Close a connection that may be broken."""
    try:
        connection.close()
    except psycopg2.Error as error:
        _logger.debug("closing a broken connection: %s", type(error).__name__)


def take_leader(cr):
    """Try to become the one process that fans out."""
    cr.execute("SELECT pg_try_advisory_lock(%s, %s)", [schema.LOCK_WORKER, schema.LEADER])
    return cr.fetchone()[0]


def release_leader(cr):
    """Stop being the leader."""
    cr.execute("SELECT pg_advisory_unlock(%s, %s)", [schema.LOCK_WORKER, schema.LEADER])


def take_worker_number(cr, wanted=None):
    """Take a free worker number: a session lock that lives exactly as long as this connection.

    :param int wanted: number this process had before its connection broke
    :returns: the number, from 1
    """
    for number in [*([wanted] if wanted else []), *range(1, 10_000)]:
        cr.execute("SELECT pg_try_advisory_lock(%s, %s)", [schema.LOCK_WORKER, number])
        if cr.fetchone()[0]:
            return number
    raise RuntimeError("No free worker number: more than 9,999 relay processes on one database")


def release_worker_number(cr, number):
    """Give the number back."""
    cr.execute("SELECT pg_advisory_unlock(%s, %s)", [schema.LOCK_WORKER, number])


def living_relays(cr):
    """Numbers of the relay processes that are alive on this database."""
    cr.execute(
        """
        SELECT objid FROM pg_locks
         WHERE locktype = 'advisory' AND classid = %s AND objid > 0 AND objsubid = 2 AND granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """,
        [schema.LOCK_WORKER],
    )
    return sorted(row[0] for row in cr.fetchall())
