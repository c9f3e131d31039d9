"""The append-only log of business facts, and how a fact gets into it.

``_emit`` only collects. At pre-commit (also at every flushing savepoint, which Odoo treats alike) what was collected is
written in one go: advisory locks on the sorted ordering keys, then ONE statement that inserts the events and the
pointers the relay fans out from. The lock is held until the end of the transaction, so for one key the order of ids is
the order of commits. A savepoint that is rolled back takes its events with it, because entering it has already
written what came before and leaving it empties the collection.

What must not happen here: no network call, no look at subscriptions or at the outbox (their state in this
transaction's snapshot is old).
"""

import json
import uuid
import weakref
from contextlib import contextmanager

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import date_utils

from ...relay.uids import uuid7

PENDING = "logistics.event"
# Handlers wait for the end of the outermost business call; the state belongs to one transaction.
_calls = weakref.WeakKeyDictionary()
_CHAIN_LIMIT = 25
# columns of the log that are of no use to a rule
KEPT_FROM_HANDLERS = ("body", "type_id", "user_id", "user_name")


class _Call:
    """Depth of nested business calls in one transaction and the handlers that wait for its end."""

    __slots__ = ("depth", "draining", "moments")

    def __init__(self):
        self.depth = 0
        self.moments = []
        self.draining = False


class Event(models.Model):
    _name = "logistics.event"
    _description = "Logistics Event"
    _inherit = ["logistics.audit.mixin"]
    _order = "id desc"
    _rec_name = "uid"
    _purge_columns = ("body", "body_sha256")

    uid = fields.Char(string="Event ID", required=True, readonly=True, help="UUIDv7, the CloudEvents id.")
    type_id = fields.Many2one(
        "logistics.event.type", string="Catalogue Entry", required=True, readonly=True, ondelete="restrict", index=True
    )
    type_name = fields.Char(string="Type", required=True, readonly=True)
    res_model = fields.Char(string="Record Model", readonly=True)
    res_id = fields.Many2oneReference(string="Record ID", model_field="res_model", readonly=True)
    subject = fields.Char(readonly=True)
    ordering_key = fields.Char(readonly=True, help="Root document: partners get all facts with the same key in order.")
    occurred_at = fields.Datetime(required=True, readonly=True)
    certainty = fields.Selection(
        [("planned", "Planned"), ("estimated", "Estimated"), ("requested", "Requested"), ("actual", "Actual")],
        required=True,
        readonly=True,
        default="actual",
    )
    source = fields.Char(readonly=True, help="Who said so: odoo, or the code of a partner system.")
    correlation_uid = fields.Char(readonly=True, help="Same for all events of one flow.")
    causation_uid = fields.Char(readonly=True, help="The event (or inbox message) that led to this one.")
    body = fields.Text(readonly=True, help="The exact bytes sent to partners that take no mapping of their own.")
    body_sha256 = fields.Char(readonly=True, help="SHA-256 of the body, kept when retention has emptied it.")
    data = fields.Json(compute="_compute_data")
    user_id = fields.Integer(string="User ID", readonly=True)
    user_name = fields.Char(readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    message_ids = fields.One2many("logistics.outbox.message", "event_id", readonly=True)

    _sql_constraints = [("uid_unique", "UNIQUE(uid)", "An event is written once.")]

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_event_record_idx ON logistics_event (res_model, res_id, id)"
        )
        self.env.cr.execute("CREATE INDEX IF NOT EXISTS logistics_event_key_idx ON logistics_event (ordering_key, id)")
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_event_type_idx ON logistics_event (type_name, occurred_at)"
        )

    @api.depends("body")
    def _compute_data(self):
        for event in self:
            event.data = json.loads(event.body or "{}").get("data")

    @api.depends("type_name", "subject")
    def _compute_display_name(self):
        for event in self:
            event.display_name = f"{event.type_name} · {event.subject or event.uid}"

    # -- emission ---------------------------------------------------------------------------------------------

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
        :raises ValidationError: unknown type name
        """
        record.ensure_one()
        type_id, version = self.env["logistics.event.type"]._current(type_name)
        root = record._logistics_root()
        scope = record._logistics_scope()
        company = scope.get("company") or self.env.company
        key = f"{root._name}/{root.id}"
        cause = self.env.context.get("logistics_event") or {}
        occurred_at = occurred_at or fields.Datetime.now()
        event = {
            "uid": str(uuid7()),
            "type_id": type_id,
            "type": type_name,
            "res_model": record._name,
            "res_id": record.id,
            "subject": record._logistics_subject() or "",
            "ordering_key": key,
            "occurred_at": occurred_at,
            "certainty": certainty,
            # what a handler of an inbox message does was said by that partner; its consequences are Odoo's own
            "source": source or (cause.get("inbox_id") and cause.get("source")) or "odoo",
            "correlation_uid": cause.get("correlation_uid") or str(self._correlation(key)),
            "causation_uid": cause.get("uid") or None,
            "company_id": company.id,
            "user_id": self.env.user.id,
            "user_name": self.env.user.name,
            "data": data,
        }
        event["body"] = self._envelope(event, version)
        precommit = self.env.cr.precommit
        if PENDING not in precommit.data:
            precommit.data[PENDING] = []
            precommit.add(self.env["logistics.event"]._write_pending)
        precommit.data[PENDING].append(event)
        self._moment(record, event)
        return event["uid"]

    def _correlation(self, key):
        """One id for a whole flow, without a look-up: derived from database and root document."""
        namespace = self.env["ir.config_parameter"].sudo().get_param("database.uuid")  # sudo: a plain id, no secret
        return uuid.uuid5(uuid.UUID(namespace), key)

    def _envelope(self, event, version):
        """The CloudEvents 1.0 JSON text of an event (design, "On the wire")."""
        return json.dumps(
            {
                "specversion": "1.0",
                "id": event["uid"],
                "source": f"/odoo/{self.env.cr.dbname}/{event['company_id']}",
                "type": event["type"],
                "subject": event["subject"],
                "time": event["occurred_at"].isoformat(timespec="seconds") + "Z",
                "dataschema": f"/logistics/schemas/{event['type']}/{version}",
                "datacontenttype": "application/json",
                "companyid": str(event["company_id"]),
                "correlationid": event["correlation_uid"],
                "causationid": event["causation_uid"] or "",
                "orderingkey": event["ordering_key"],
                "certainty": event["certainty"],
                "data": event["data"],
            },
            ensure_ascii=False,
            separators=(",", ":"),
            default=date_utils.json_default,
        )

    def _write_pending(self):
        """Pre-commit: write what was collected, keys locked in sorted order: no two transactions deadlock."""
        cr = self.env.cr
        events = cr.precommit.data.pop(PENDING, [])
        if not events:
            return
        cr.execute(
            "SELECT pg_advisory_xact_lock(h) FROM"
            " (SELECT DISTINCT hashtextextended(k, 0) AS h FROM unnest(%s) k ORDER BY 1) AS keys",
            [[event["ordering_key"] for event in events]],
        )
        columns = (
            "uid", "type_id", "type", "res_model", "res_id", "subject", "ordering_key", "occurred_at", "certainty",
            "source", "correlation_uid", "causation_uid", "company_id", "body", "user_id", "user_name",
            "user_id", "user_id",
        )  # fmt: skip
        cr.execute(
            """
            WITH fact AS (
                INSERT INTO logistics_event (uid, type_id, type_name, res_model, res_id, subject, ordering_key,
                       occurred_at, certainty, source, correlation_uid, causation_uid, company_id, body,
                       user_id, user_name, create_uid, write_uid, create_date, write_date)
                SELECT f.*, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM unnest(%s::varchar[], %s::int[], %s::varchar[], %s::varchar[], %s::int[], %s::varchar[],
                              %s::varchar[], %s::timestamp[], %s::varchar[], %s::varchar[], %s::varchar[],
                              %s::varchar[], %s::int[], %s::text[], %s::int[], %s::varchar[], %s::int[], %s::int[]) AS f
                RETURNING id)
            INSERT INTO logistics_outbox_pointer (event_id) SELECT id FROM fact ORDER BY id
            """,
            [[event[column] for event in events] for column in columns],
        )
        self.invalidate_model()
        self._wake_relay()

    def _wake_relay(self):
        """After commit, tell idle relay processes that there is work. Not inside: NOTIFY takes a database-wide lock."""
        cr = self.env.cr
        if cr.postcommit.data.get("logistics.wake"):
            return
        cr.postcommit.data["logistics.wake"] = True
        cr.postcommit.add(self.env["logistics.outbox.message"]._notify_relay)

    # -- handlers: run once, after the outermost business call ------------------------------------------------

    @contextmanager
    def _business_call(self):
        """Wrap an overridden choke point: moments recorded inside run their handlers when the outermost block ends."""
        call = self._call()
        call.depth += 1
        mark = len(call.moments)
        try:
            yield
        except BaseException:
            del call.moments[mark:]
            raise
        finally:
            call.depth -= 1
        if not call.depth:
            self._drain_moments(call)

    def _call(self):
        transaction = self.env.transaction
        if transaction not in _calls:
            _calls[transaction] = _Call()
        return _calls[transaction]

    def _moment(self, record, event):
        """Queue the handlers of one fact; at once when no business call is under way."""
        call = self._call()
        call.moments.append((record._name, record.id, event, self.env))
        if not call.depth and not call.draining:
            self._drain_moments(call)

    def _drain_moments(self, call):
        """Run waiting handlers in the order of their facts; facts they cause queue up behind."""
        if call.draining:
            return
        call.draining = True
        try:
            while call.moments:
                model, res_id, event, env = call.moments.pop(0)
                depth = (env.context.get("logistics_event") or {}).get("depth", 0)
                if depth >= _CHAIN_LIMIT:
                    raise UserError(
                        _(
                            "The automation of %(type)s causes itself again and again (%(depth)s steps). "
                            "Look at the rules with trigger 'On logistics event' and break the loop.",
                            type=event["type"],
                            depth=depth,
                        )
                    )
                handler_event = {key: value for key, value in event.items() if key not in KEPT_FROM_HANDLERS}
                handler_event["depth"] = depth + 1
                env["base.automation"]._logistics_handle(env[model].browse(res_id), handler_event)
        except BaseException:
            call.moments.clear()
            raise
        finally:
            call.draining = False

    # -- user interface ---------------------------------------------------------------------------------------

    def action_open_record(self):
        """Open the document this fact is about."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [[False, "form"]],
        }

    def action_open_messages(self):
        """The deliveries owed or made for this fact."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_outbox_message")
        return dict(action, domain=[("event_id", "=", self.id)], context={})
