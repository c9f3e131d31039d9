"""Storing what came in: one statement per request, without the ORM."""

import json
import logging

import psycopg2

from odoo import SUPERUSER_ID, _, api, fields, models

from ...relay.envelope import EnvelopeError
from ...relay.inbound import ADAPTERS, known_id, name_messages
from .inbox_errors import Quarantine

_logger = logging.getLogger(__name__)


def _json_text(data):
    """Data as the database takes it: half a character (a lone surrogate) becomes "?"."""
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "replace").decode()


class InboxReceive(models.Model):
    _inherit = "logistics.inbox.message"

    @api.model
    def _receive(self, system, external_id, raw, headers):
        """Store one verified message in our own envelope; nothing is understood yet.

        :param system: the logistics.system that sent it
        :param str external_id: the partner's id of the message, the key against duplicates
        :param bytes raw: the body as it came
        :param dict headers: request headers without credentials
        :returns: (id of the stored message, "accepted" or "duplicate")
        :raises EnvelopeError: the body is no message we can read
        """
        (message,) = ADAPTERS["native"].read(raw, {})
        return self._store(system.id, system.company_id.id, [(known_id(external_id), message)], headers)[0]

    @api.model
    def _store(self, system_id, company_id, named, headers, look_first=False):
        """Store messages, all or none, and wake the worker.

        The same message at the same moment on another connection is a serialization failure here: roll back and call
        again with ``look_first``, which inserts only what is not there.

        :param list named: (external id, :class:`~...relay.inbound.Incoming`) pairs
        :param dict headers: request headers without credentials
        :returns: (id, "accepted" or "duplicate") of each, in their order
        """
        cr = self.env.cr
        known = self._find_stored(system_id, [uid for uid, _message in named]) if look_first else {}
        fresh = [(uid, message) for uid, message in named if uid not in known]
        messages = [message for _uid, message in fresh]
        cr.execute(
            """
            INSERT INTO logistics_inbox_message (system_id, company_id, external_id, type, subject, order_key,
                   occurred_at, raw, data, state, headers, received_at, next_attempt_at, attempt_count,
                   duplicate_count, create_uid, write_uid, create_date, write_date)
            SELECT %(system)s, %(company)s, m.*, 'received', %(headers)s, %(now)s, %(now)s, 0, 0,
                   %(uid)s, %(uid)s, %(now)s, %(now)s
              FROM unnest(%(ids)s::varchar[], %(types)s::varchar[], %(subjects)s::varchar[], %(keys)s::varchar[],
                          %(moments)s::timestamp[], %(raws)s::text[], %(datas)s::jsonb[]) AS m
            ON CONFLICT (system_id, external_id) DO NOTHING RETURNING external_id, id
            """,
            {
                "system": system_id,
                "company": company_id,
                "ids": [uid for uid, _message in fresh],
                "types": [message.type for message in messages],
                "subjects": [message.subject for message in messages],
                "keys": [message.order_key for message in messages],
                "moments": [message.occurred_at for message in messages],
                "raws": [message.raw for message in messages],
                "datas": [None if message.data is None else _json_text(message.data) for message in messages],
                "headers": json.dumps(headers),
                "now": fields.Datetime.now(),
                "uid": SUPERUSER_ID,
            },
        )
        stored = dict(cr.fetchall())
        if stored:
            self._work_wake(share=True)
        again = [uid for uid, _message in named if uid not in stored]
        if again:
            self._count_again(system_id, again)
            known = self._find_stored(system_id, again)
        return [(stored[uid], "accepted") if uid in stored else (known.get(uid), "duplicate") for uid, _m in named]

    @api.model
    def _count_again(self, system_id, external_ids):
        """Count repeats, where nobody else has the row: the partner gets its answer now, the count is for people."""
        cr = self.env.cr
        try:
            with cr.savepoint(flush=False):
                cr.execute(
                    """
                    UPDATE logistics_inbox_message SET duplicate_count = duplicate_count + 1
                     WHERE id IN (SELECT id FROM logistics_inbox_message
                                   WHERE system_id = %s AND external_id = ANY(%s) ORDER BY id
                                     FOR NO KEY UPDATE SKIP LOCKED)
                    """,
                    [system_id, external_ids],
                    log_exceptions=False,
                )
        except psycopg2.errors.SerializationFailure:
            # changed since this transaction began: it goes uncounted
            _logger.debug("Repeats of %s were not counted", external_ids)

    @api.model
    def _find_stored(self, system_id, external_ids):
        """{external id: id} of those that are stored."""
        self.env.cr.execute(
            "SELECT external_id, id FROM logistics_inbox_message WHERE system_id = %s AND external_id = ANY(%s)",
            [system_id, external_ids],
        )
        return dict(self.env.cr.fetchall())

    def _read_again(self):
        """A request whose adapter broke when it came: read it now, and store what is in it.

        :raises Quarantine: it still cannot be read
        """
        system = self.system_id
        try:
            raw = self.raw.encode()
            messages = ADAPTERS[system.inbound_adapter].read(raw, self.headers or {})
            named = name_messages(messages, raw, self.headers or {}, system.inbound_id_path or "")
        except EnvelopeError as error:
            raise Quarantine(str(error)) from error
        except Exception as error:
            # the adapter is plain code that changes nothing here; its fault is told, and mended by an update
            raise Quarantine(
                _(
                    "The adapter of %(system)s cannot read it: %(error)s. Replay it when the adapter is mended.",
                    system=system.name,
                    error=f"{type(error).__name__}: {error}",
                )
            ) from error
        # the request's own id is this message's: its parts get the same with their number
        parts = [
            (f"{uid[:240]}#{number}" if uid == self.external_id else uid, message)
            for number, (uid, message) in enumerate(named, 1)
        ]
        self._store(system.id, system.company_id.id, parts, self.headers or {})
        return None
