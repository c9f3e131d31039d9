"""No stale intent, as data: until when a fact of a type is worth telling, and what it makes void.

The relay looks at what the fields say just before it sends (validity) and when it fans out (latest only); it has no
ORM, so the chosen field is kept as table and column. What a fact makes void is cancelled in the transaction that tells
it, by the emission.
"""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class EventTypeIntent(models.Model):
    _inherit = "logistics.event.type"

    valid_minutes = fields.Integer(
        string="Valid for (Minutes)", help="Not sent any more when it has waited for longer; 0: always worth sending."
    )
    valid_field_id = fields.Many2one(
        "ir.model.fields",
        string="Valid While",
        ondelete="set null",
        domain="[('model', '=', res_model), ('ttype', 'in', ('char', 'selection')), ('store', '=', True)]",
        help="A field of the record the fact is about; looked at just before sending.",
    )
    valid_values = fields.Char(string="Is One Of", help="Technical values by commas, e.g. requested,accepted.")
    valid_table = fields.Char(compute="_compute_valid_column", store=True)
    valid_column = fields.Char(compute="_compute_valid_column", store=True)
    supersede = fields.Selection(
        [("none", "Every one"), ("latest", "Only the latest about a record")],
        string="Of Several Waiting",
        default="none",
        required=True,
        help="Only the latest: while an older one about the same record still waits, it is cancelled.",
    )
    voids_type_ids = fields.Many2many(
        "logistics.event.type",
        "logistics_event_type_voids_rel",
        "event_type_id",
        "voided_type_id",
        string="Makes Void",
        help="When this is told, what is still owed of these is cancelled in the same transaction.",
    )
    void_scope = fields.Selection(
        [("record", "The same record"), ("root", "The same root document (e.g. the order)")],
        string="About",
        default="record",
        required=True,
    )

    @api.depends("valid_field_id.model", "valid_field_id.name")
    def _compute_valid_column(self):
        for event_type in self:
            field = event_type.valid_field_id
            model = field and self.env.get(field.model)
            event_type.valid_table = model._table if model is not None and field else False
            event_type.valid_column = field.name if field else False

    @api.constrains("valid_field_id", "valid_values", "res_model", "valid_minutes")
    def _check_validity(self):
        for event_type in self:
            if event_type.valid_minutes < 0:
                raise ValidationError(_("Valid minutes of %(name)s: 0 (always) or more.", name=event_type.name))
            field = event_type.valid_field_id.sudo()  # sudo: what a field is called is no secret
            if not field:
                continue
            if field.model != event_type.res_model or not field.store or field.ttype not in ("char", "selection"):
                raise ValidationError(
                    _(
                        "%(name)s: 'Valid while' must be a stored text or selection field of %(model)s.",
                        name=event_type.name,
                        model=event_type.res_model or _("its record model (enter it first)"),
                    )
                )
            values = [value.strip() for value in (event_type.valid_values or "").split(",") if value.strip()]
            if not values:
                raise ValidationError(
                    _(
                        "%(name)s: enter the values of %(field)s it is valid with.",
                        name=event_type.name,
                        field=field.field_description,
                    )
                )
            allowed = (
                self.env[field.model]._fields[field.name].get_values(self.env) if field.ttype != "char" else values
            )
            if wrong := [value for value in values if value not in allowed]:
                raise ValidationError(
                    _(
                        "%(name)s: %(field)s is never %(value)s. Possible: %(values)s.",
                        name=event_type.name,
                        field=field.field_description,
                        value=wrong[0],
                        values=", ".join(allowed),
                    )
                )

    @api.constrains("voids_type_ids")
    def _check_voids(self):
        for event_type in self:
            if event_type.name in event_type.voids_type_ids.mapped("name"):
                raise ValidationError(
                    _(
                        "%(name)s cannot make itself void. Choose 'Only the latest' under 'Of several waiting'.",
                        name=event_type.name,
                    )
                )
