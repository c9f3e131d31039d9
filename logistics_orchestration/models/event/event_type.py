"""The catalogue: which facts the suite tells, and the shape of what it tells."""

import contextlib
import functools
import json
from typing import NamedTuple

import fastjsonschema

from odoo import _, api, fields, models, tools
from odoo.exceptions import ValidationError

from ...relay.catalogue import schema_breaks, schema_document, schema_url
from ...relay.envelope import envelope_text
from ...relay.mapping import MappingError, known, parse_field_list, required

FIRST_VERSION = "17.0.1.0.0"


@functools.lru_cache(maxsize=1024)
def _validator(schema):
    """Compiled validator of a JSON Schema given as text. Compiling takes milliseconds, so each text is compiled once
    per process; the registry's own cache is emptied far too often for that."""
    return fastjsonschema.compile(json.loads(schema), use_default=False)


class Entry(NamedTuple):
    """What emission needs to know of a type, kept in the registry's cache."""

    id: int
    version: int
    schema: str
    strict: bool
    voids: tuple
    void_scope: str

    def misfit(self, data):
        """Words for where ``data`` does not fit the schema (path, value, rule), or an empty string."""
        try:
            _validator(self.schema)(data)
        except fastjsonschema.JsonSchemaException as error:
            value = getattr(error, "value", None)
            return f"{error} (it is {json.dumps(value, default=str)[:200]})"
        return ""


class EventType(models.Model):
    _name = "logistics.event.type"
    _description = "Logistics Event Type"
    _inherit = ["logistics.cached.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "name, version desc"

    name = fields.Char(
        required=True, index=True, help="Dotted name partners subscribe to, e.g. logistics.order.released."
    )
    version = fields.Integer(
        default=1, required=True, help="A breaking change of the data is a new version beside the old one."
    )
    description = fields.Text(translate=True)
    res_model = fields.Char(string="Record Model", help="Technical name of the model the fact is about.")
    authority = fields.Selection(
        [
            ("odoo", "Odoo"),
            ("warehouse", "Warehouse system"),
            ("carrier", "Carrier"),
            ("finance", "Finance system"),
            ("supplier", "Supplier"),
            ("any", "Whoever acts"),
        ],
        default="odoo",
        required=True,
        help="Who owns the fact, unless an authority rule says otherwise.",
    )
    schema = fields.Text(required=True, default='{"type": "object"}', help="JSON Schema of the event's data.")
    example = fields.Text(required=True, default="{}", help="An example of the event's data, as JSON.")
    valid_minutes = fields.Integer(
        string="Valid for (Minutes)", default=0, help="An older event is not sent any more; 0: it is valid for ever."
    )
    valid_table = fields.Char(readonly=True)
    valid_column = fields.Char(readonly=True)
    valid_values = fields.Char(
        string="Valid While",
        help="Values of the record's field, by commas, with which the event is still wanted just before it is sent. "
        "Empty: any, as long as the record is there.",
    )
    supersede = fields.Selection(
        [("none", "Each is sent"), ("latest", "Only the latest of a record")],
        default="none",
        required=True,
        help="Only the latest: what still waits of older events about the same record is cancelled by a newer one.",
    )
    active = fields.Boolean(default=True)
    since = fields.Char(default=FIRST_VERSION, help="Version of the addon that told it first.")
    strict = fields.Boolean(
        tracking=True,
        help="Data that does not fit the schema stops what is being done. Otherwise it is noted, somebody is told, and "
        "the event goes out.",
    )
    user_id = fields.Many2one(
        "res.users", string="Responsible", help="Is told when data does not fit the schema; else the administrators."
    )
    personal_paths = fields.Text(
        string="Personal Data",
        help="Paths of the data that tell about a person, one per line (consignee.phone, lines[].name). Partners get "
        "them only where they need personal data, or a subscription's field list names them.",
    )
    subscription_count = fields.Integer(compute="_compute_counts", string="Subscriptions")
    event_count = fields.Integer(compute="_compute_counts", string="Events")
    misfit_count = fields.Integer(compute="_compute_counts", string="Misfits")

    _sql_constraints = [
        ("name_version_unique", "UNIQUE(name, version)", "This event type exists already in this version."),
    ]

    @api.constrains("schema", "example")
    def _check_schema(self):
        for event_type in self:
            try:
                schema = json.loads(event_type.schema or "")
                fastjsonschema.compile(schema)
            except (ValueError, fastjsonschema.JsonSchemaDefinitionException) as error:
                raise ValidationError(
                    _("Schema of %(name)s is not a valid JSON Schema: %(error)s", name=event_type.name, error=error)
                ) from error
            try:
                fastjsonschema.validate(schema, json.loads(event_type.example or ""))
            except (ValueError, fastjsonschema.JsonSchemaException) as error:
                raise ValidationError(
                    _("Example of %(name)s does not fit its schema: %(error)s", name=event_type.name, error=error)
                ) from error

    @api.constrains("personal_paths", "schema")
    def _check_personal_paths(self):
        for event_type in self.filtered("personal_paths"):
            schema = json.loads(event_type.schema)
            try:
                paths = parse_field_list(event_type.personal_paths) or ()
            except MappingError as error:
                raise ValidationError(
                    _("Personal data of %(name)s: %(error)s", name=event_type.name, error=error)
                ) from error
            for path in paths:
                if not known(path, schema, json.loads(event_type.example)):
                    words = _("the schema has no %(path)s", path=".".join(path))
                elif required(path, schema):
                    words = _("%(path)s can be left out, so the schema must not require it", path=".".join(path))
                else:
                    continue
                raise ValidationError(_("Personal data of %(name)s: %(error)s.", name=event_type.name, error=words))

    def _compute_counts(self):
        events = dict(self.env["logistics.event"]._read_group([("type_id", "in", self.ids)], ["type_id"], ["__count"]))
        misfits = dict(
            self.env["logistics.event"]._read_group(
                [("type_id", "in", self.ids), ("schema_error", "!=", False)], ["type_id"], ["__count"]
            )
        )
        subscriptions = dict(
            self.env["logistics.subscription"]._read_group(
                [("event_type_ids", "in", self.ids)], ["event_type_ids"], ["__count"]
            )
        )
        for event_type in self:
            event_type.event_count = events.get(event_type, 0)
            event_type.misfit_count = misfits.get(event_type, 0)
            event_type.subscription_count = subscriptions.get(event_type, 0)

    # -- a schema only grows --------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._laid_out(vals) for vals in vals_list])

    def write(self, vals):
        if "schema" in vals:
            self._check_growth(vals["schema"])
        return super().write(self._laid_out(vals))

    @api.model
    def _laid_out(self, vals):
        """Values with schema and example laid out for people to read; what is no JSON is left for the checks."""
        vals = dict(vals)
        for name in {"schema", "example"} & set(vals):
            with contextlib.suppress(ValueError, TypeError):
                vals[name] = json.dumps(json.loads(vals[name]), indent=2, ensure_ascii=False)
        return vals

    def _check_growth(self, text):
        """Partners rely on a version of a schema once events of it were told: it may only grow from then on.

        :raises ValidationError: naming what would break, and the way out
        """
        try:
            new = json.loads(text or "")
        except ValueError:
            return  # what is no JSON is refused in words of its own
        for event_type in self:
            breaks = schema_breaks(json.loads(event_type.schema), new) if isinstance(new, dict) else []
            # sudo: events of every company count
            if breaks and self.env["logistics.event"].sudo().search([("type_id", "=", event_type.id)], limit=1):
                raise ValidationError(
                    _(
                        "Partners rely on version %(version)s of %(name)s. This would break it: %(breaks)s.\n"
                        "Add to the schema only, or make version %(next)s beside this one.",
                        version=event_type.version,
                        name=event_type.name,
                        breaks="; ".join(breaks),
                        next=event_type.version + 1,
                    )
                )

    # -- for emission -----------------------------------------------------------------------------------------------

    @api.model
    def _newest(self, name):
        """The newest active catalogue entry called ``name``, with sudo, or an empty record."""
        # sudo: whoever acts may cause an event; the catalogue itself is not theirs to read
        return self.sudo().search([("name", "=", name)], order="version desc", limit=1)

    @api.model
    @tools.ormcache("name")
    def _current(self, name):
        """The :class:`Entry` of the newest active catalogue entry called ``name``.

        :raises ValidationError: the catalogue does not know the name.
        """
        found = self._newest(name)
        if not found:
            raise ValidationError(
                _("Event type %(name)s is not in the catalogue. Add it under Configuration > Event Types.", name=name)
            )
        return Entry(
            found.id,
            found.version,
            found.schema,
            found.strict,
            tuple(found.voids_type_ids.mapped("name")),
            found.void_scope,
        )

    def _schema_error(self, data):
        """Words for why ``data`` does not fit this type, or an empty string when it does."""
        self.ensure_one()
        return Entry(self.id, self.version, self.schema, self.strict, (), "").misfit(data)

    def _tell_misfit(self, subject, error):
        """Have somebody look why data does not fit: one to-do per type while it is open."""
        self.ensure_one()
        summary = _("Data does not fit the schema")
        if self.activity_ids.filtered(lambda activity: activity.summary == summary):
            return
        admins = self.env.ref("logistics_orchestration.group_integration_admin").users
        users = self.user_id or admins.filtered(lambda user: user.active and not user.share)
        for user in users or self.env.ref("base.user_admin"):
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=_(
                    "First seen with %(subject)s: %(error)s. It was sent all the same. Correct what tells it, or let "
                    "the schema grow.",
                    subject=subject,
                    error=error,
                ),
                user_id=user.id,
            )

    def _document(self):
        """This type for :mod:`relay.catalogue`."""
        self.ensure_one()
        return {
            "name": self.name,
            "version": self.version,
            "description": self.description or "",
            "schema": json.loads(self.schema),
            "example": json.loads(self.example),
        }

    def _heard(self):
        """Names (without ``logistics.``) of these types that partners may say to us: those with a handler."""
        inbox = self.env["logistics.inbox.message"]
        names = {event_type.name.removeprefix("logistics.") for event_type in self}
        return sorted(name for name in names if hasattr(inbox, "_handle_" + name.replace(".", "_")))

    def _example_envelope(self):
        """JSON text of the whole envelope around this type's example."""
        self.ensure_one()
        event = {
            "uid": "01980000-0000-7000-8000-000000000001",
            "type": self.name,
            "subject": "EXAMPLE",
            "occurred_at": fields.Datetime.to_datetime("2026-03-05 08:00:00"),
            "company_id": self.env.company.id,
            "correlation_uid": "6a8f9b7e-0000-5000-8000-000000000001",
            "causation_uid": None,
            "ordering_key": f"{self.res_model or 'document'}/1",
            "certainty": "actual",
            "data": json.loads(self.example or "{}"),
        }
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url")  # sudo: a public address
        source = f"/odoo/{self.env.cr.dbname}/{self.env.company.id}"
        return envelope_text(event, source, schema_url(base, self.name, self.version))

    def _schema_document(self, base=""):
        """JSON Schema of this type's data, as it is served."""
        return schema_document(self._document(), base)

    # -- user interface -------------------------------------------------------------------------------------------

    def action_open_events(self):
        """Events of this type."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_event")
        return dict(action, domain=[("type_id", "in", self.ids)], context={})

    def action_open_misfits(self):
        """Events of this type whose data does not fit its schema."""
        action = self.action_open_events()
        return dict(action, domain=[*action["domain"], ("schema_error", "!=", False)])

    def action_open_subscriptions(self):
        """Who is told facts of this type."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_subscription")
        return dict(action, domain=[("event_type_ids", "in", self.ids)])
