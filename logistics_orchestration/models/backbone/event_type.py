"""The catalogue: which facts the suite tells, and the shape of what it tells."""

import json

import fastjsonschema

from odoo import _, api, fields, models, tools
from odoo.exceptions import ValidationError


class EventType(models.Model):
    _name = "logistics.event.type"
    _description = "Logistics Event Type"
    _inherit = ["logistics.cached.mixin"]
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

    @api.model
    @tools.ormcache("name")
    def _current(self, name):
        """Id and version of the newest active catalogue entry called ``name``.

        :raises ValidationError: the catalogue does not know the name.
        """
        # sudo: whoever acts may cause an event; the catalogue itself is not theirs to read
        found = self.sudo().search([("name", "=", name)], order="version desc", limit=1)
        if not found:
            raise ValidationError(
                _("Event type %(name)s is not in the catalogue. Add it under Configuration > Event Types.", name=name)
            )
        return found.id, found.version

    def _schema_error(self, data):
        """Words for why ``data`` does not fit this type, or an empty string when it does."""
        self.ensure_one()
        try:
            fastjsonschema.validate(json.loads(self.schema), data)
        except fastjsonschema.JsonSchemaException as error:
            return str(error)
        return ""
