"""How a fact gets into the log.

``_emit`` only collects. At pre-commit (also at every flushing savepoint, which Odoo treats alike) what was collected is
written in one go: advisory locks on the sorted ordering keys, then ONE statement that inserts the events and the
pointers the relay fans out from. The lock is held until the end of the transaction, so for one key the order of ids is
the order of commits. A savepoint that is rolled back takes its events with it, because entering it has already
written what came before and leaving it empties the collection.

What must not happen here: no network call, no look at subscriptions or at the outbox (their state in this
transaction's snapshot is old).
"""

import json

from psycopg2.extensions import AsIs

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, date_utils

from ...relay.catalogue import schema_url
from ...relay.envelope import HARD_LIMIT, SOFT_LIMIT, envelope_text, link_data, without_nan
from ...relay.uids import uuid5_text, uuid7

PENDING = "logistics.event"
_COLUMNS = (
    "uid", "type_id", "type", "res_model", "res_id", "subject", "ordering_key", "occurred_at", "certainty", "source",
    "correlation_uid", "causation_uid", "origin_uid", "depth", "company_id", "body", "full_body", "size", "oversize",
    "schema_error", "user_id", "user_name",
)  # fmt: skip
_NOW = AsIs("now() AT TIME ZONE 'UTC'")


class EventEmission(models.Model):
    _inherit = "logistics.event"

    # Tests of the suite refuse every fact that does not fit its schema, not only those of strict types.
    _all_strict = False

    @api.model
    def _emit(self, type_name, record, data, *, certainty="actual", occurred_at=None, source=None):
        """Collect one fact about ``record``; it is written and committed with the transaction, or not at all.

        :param str type_name: catalogue name, e.g. ``logistics.order.released``
        :param record: one record of a model that is a ``logistics.source``
        :param dict data: JSON-able facts (see the type's schema)
        :param str certainty: planned, estimated, requested or actual
        :param datetime occurred_at: naive UTC; now when not given
        :param str source: code of the partner system that said so; Odoo itself when not given
        :returns: the event's uid (str, UUIDv7)
        :raises ValidationError: unknown type name; data that does not fit the schema of a strict type
        """
        record.ensure_one()
        entry = self.env["logistics.event.type"]._current(type_name)
        root = record._logistics_root()
        scope = record._logistics_scope()
        company = scope.get("company") or self.env.company
        key = f"{root._name}/{root.id}"
        cause = self._cause()
        uid = str(uuid7())
        event = {
            "uid": uid,
            "type_id": entry.id,
            "type": type_name,
            "res_model": record._name,
            "res_id": record.id,
            "subject": record._logistics_subject() or "",
            "ordering_key": key,
            "occurred_at": occurred_at or fields.Datetime.now(),
            "certainty": certainty,
            # what a handler of an inbox message does was said by that partner; its consequences are Odoo's own
            "source": source or (cause.get("inbox_id") and cause.get("source")) or "odoo",
            "correlation_uid": cause.get("correlation_uid") or self._correlation(key),
            "causation_uid": cause.get("uid") or None,
            "origin_uid": cause.get("origin_uid") or cause.get("uid") or self._beginning_of(uid),
            "depth": cause.get("depth", 0),
            "chain": cause.get("chain", []),
            "company_id": company.id,
            "user_id": self.env.user.id,
            "user_name": self.env.user.partner_id.name,
            "data": data,
        }
        self._write_envelope(event, entry)
        self._check_fit(event, entry)
        precommit = self.env.cr.precommit
        if PENDING not in precommit.data:
            precommit.data[PENDING] = []
            precommit.add(self.env["logistics.event"]._write_pending)
        precommit.data[PENDING].append(event)
        if self.env.context.get("import_file"):
            # a test run of an import undoes its work behind Odoo's back, so what is told must be in the database
            self._write_pending()
        for voided in entry.voids:
            record._logistics_void_by(type_name, voided, entry.void_scope)
        self._moment(record, event)
        return uid

    @api.model
    def _is_pending(self, type_names):
        """Whether facts of these types were told in this transaction and are not written yet."""
        return any(event["type"] in type_names for event in self.env.cr.precommit.data.get(PENDING, ()))

    def _correlation(self, key):
        """One id for a whole flow, without a look-up: derived from database and root document."""
        # sudo: a plain id, no secret
        return uuid5_text(self.env["ir.config_parameter"].sudo().get_param("database.uuid"), key)

    # -- envelope: exact bytes, and their limits ----------------------------------------------------------------

    def _write_envelope(self, event, entry):
        """Put the CloudEvents text of an event into it; where it is too large for partners, with a link to the data."""
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url")  # sudo: a public address
        where = (f"/odoo/{self.env.cr.dbname}/{event['company_id']}", schema_url(base, event["type"], entry.version))
        try:
            text = envelope_text(event, *where, date_utils.json_default)
        except ValueError:
            # no partner could read it; the schema check then says where a number is missing
            event["data"] = without_nan(event["data"])
            text = envelope_text(event, *where, date_utils.json_default)
        raw = text.encode()
        event.update(body=text, full_body=None, size=len(raw), oversize=len(raw) > SOFT_LIMIT)
        if len(raw) > HARD_LIMIT:
            linked = {**event, "data": link_data(base, event["uid"], raw)}
            event.update(body=envelope_text(linked, *where), full_body=text)

    # -- schema ---------------------------------------------------------------------------------------------------

    def _check_fit(self, event, entry):
        """Note on the event where its data does not fit its type's schema, and have somebody look.

        :raises ValidationError: the type is strict
        """
        error = entry.misfit(event["data"])
        if error:
            # dates and the like become text on the wire, and it is the wire that has a schema
            error = entry.misfit(json.loads(event["full_body"] or event["body"])["data"])
        event["schema_error"] = error or None
        if not error:
            return
        if entry.strict or self._all_strict:
            raise ValidationError(
                _(
                    "%(type)s (version %(version)s) about %(subject)s was refused, because it is strict and its data "
                    "does not fit its schema: %(error)s.\nCorrect what tells it (the rule or the document), or switch "
                    "'Strict' off under Configuration > Event Types.",
                    type=event["type"],
                    version=entry.version,
                    subject=event["subject"] or event["uid"],
                    error=error,
                )
            )
        # sudo: whoever caused the fact need not have a right on the catalogue
        self.env["logistics.event.type"].sudo().browse(entry.id)._tell_misfit(event["subject"], error)

    # -- writing ------------------------------------------------------------------------------------------------

    def _write_pending(self):
        """Pre-commit: write what was collected, keys locked in sorted order: no two transactions deadlock."""
        cr = self.env.cr
        events = cr.precommit.data.pop(PENDING, [])
        if not events:
            return
        # One trip to the database: somebody waits for this commit. No statement inside sees another's work anyway.
        # Who it was stands in user_id and user_name: a create_uid would tie an audit trail to rows that may go.
        rows = [(*(event[column] for column in _COLUMNS), _NOW, _NOW) for event in events]
        statement = SQL(
            """
            %s;
            WITH fact AS (
                INSERT INTO logistics_event (uid, type_id, type_name, res_model, res_id, subject, ordering_key,
                       occurred_at, certainty, source, correlation_uid, causation_uid, origin_uid, depth, company_id,
                       body, full_body, size, oversize, schema_error, user_id, user_name, create_date, write_date)
                VALUES %s
                RETURNING id)
            INSERT INTO logistics_outbox_pointer (event_id) SELECT id FROM fact ORDER BY id
            """,
            self._lock_keys(sorted({event["ordering_key"] for event in events})),
            SQL(", ").join(rows),
        )
        cr.execute(statement)
        self._wake_relay()

    @staticmethod
    def _lock_keys(keys):
        """The locks of ordering keys as SQL, taken in the order of what is locked; nearly always it is one."""
        if len(keys) == 1:
            return SQL("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", keys[0])
        return SQL(
            "SELECT pg_advisory_xact_lock(h) FROM"
            " (SELECT DISTINCT hashtextextended(k, 0) AS h FROM unnest(%s) k ORDER BY 1) AS keys",
            keys,
        )

    @api.model
    def _forget_pending(self, mark):
        """A business call failed: what it told and is not in the database yet was not so.

        :param mark: what :meth:`_pending_mark` said at the call's beginning
        """
        pending = self.env.cr.precommit.data.get(PENDING)
        if pending:
            # another list: what was there before has been written meanwhile, all of this came later
            del pending[mark[1] if pending is mark[0] else 0 :]

    @api.model
    def _pending_mark(self):
        pending = self.env.cr.precommit.data.get(PENDING)
        return pending, len(pending or ())

    def _wake_relay(self):
        """After commit, tell idle relay processes that there is work. Not inside: NOTIFY takes a database-wide lock."""
        cr = self.env.cr
        if cr.postcommit.data.get("logistics.wake"):
            return
        cr.postcommit.data["logistics.wake"] = True
        cr.postcommit.add(self.env["logistics.outbox.message"]._notify_relay)
