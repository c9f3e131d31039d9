"""A reader of the event log by logical replication: what Debezium's outbox event router does with it, in a page.

``pgoutput`` is PostgreSQL's own output plugin and Debezium's. Of its messages (protocol version 1) only those
matter here that an insert-only publication sends.
"""

import select
import struct
import time
from typing import NamedTuple

import psycopg2
from psycopg2.extras import LogicalReplicationConnection

PUBLICATION = "CREATE PUBLICATION logistics_events FOR TABLE logistics_event WITH (publish = 'insert')"
SLOT = "logistics_events"


class Change(NamedTuple):
    """One inserted row and the place of its transaction's commit in the log."""

    commit: int
    row: dict


class Reader:
    """Reads transactions from the slot. Usable in a ``with`` statement; what was not confirmed comes again."""

    def __init__(self, dsn):
        self._dsn = dsn

    def __enter__(self):
        self._connection = psycopg2.connect(self._dsn, connection_factory=LogicalReplicationConnection)
        self._cr = self._connection.cursor()
        options = {"proto_version": "1", "publication_names": "logistics_events"}
        self._cr.start_replication(slot_name=SLOT, options=options, decode=False)
        self._relations, self._commit = {}, 0
        self._last = None
        return self

    def __exit__(self, *_error):
        self._connection.close()

    def transactions(self, quiet=1.0):
        """Yield the changes of each transaction, in the order of commits, until nothing has come for a while."""
        changes = []
        heard = time.monotonic()
        while time.monotonic() - heard < quiet:
            message = self._cr.read_message()
            if message is None:
                select.select([self._connection], [], [], 0.1)
                continue
            heard = time.monotonic()
            self._last = message
            kind, payload = message.payload[:1], message.payload[1:]
            if kind == b"B":
                self._commit = struct.unpack(">q", payload[:8])[0]
                changes = []
            elif kind == b"R":
                self._relation(payload)
            elif kind == b"I":
                changes.append(Change(self._commit, self._row(payload)))
            elif kind == b"C":
                yield changes
            else:
                raise ValueError(f"an insert-only publication sent {kind!r}")

    def confirm(self):
        """The slot may forget what was read so far."""
        # one position further: the end of the commit itself
        self._cr.send_feedback(flush_lsn=self._last.data_start + self._last.data_size, reply=True)

    def _relation(self, payload):
        (oid,) = struct.unpack(">i", payload[:4])
        _schema, table, rest = payload[4:].split(b"\0", 2)
        (count,) = struct.unpack(">h", rest[1:3])
        rest, columns = rest[3:], []
        for _column in range(count):
            name, rest = rest[1:].split(b"\0", 1)
            columns.append(name.decode())
            rest = rest[8:]
        self._relations[oid] = (table.decode(), columns)

    def _row(self, payload):
        oid, mark, count = struct.unpack(">ich", payload[:7])
        if mark != b"N":
            raise ValueError("not a new row")
        rest, values = payload[7:], []
        for _column in range(count):
            kind, rest = rest[:1], rest[1:]
            if kind == b"t":
                (size,) = struct.unpack(">i", rest[:4])
                values.append(rest[4 : 4 + size].decode())
                rest = rest[4 + size :]
            else:
                values.append(None)
        return dict(zip(self._relations[oid][1], values, strict=True))


def route(config, row):
    """What the outbox event router makes of a row: (topic, key, id, value).

    :param dict config: a connector's configuration, its transformation called ``outbox``
    """
    prefix = "transforms.outbox."
    topic = config[f"{prefix}route.topic.replacement"].replace(
        "${routedByValue}", row[config[f"{prefix}route.by.field"]]
    )
    key, uid, value = (row[config[f"{prefix}table.field.event.{name}"]] for name in ("key", "id", "payload"))
    return topic, key, uid, value
