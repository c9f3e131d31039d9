"""Which of a system's raw codes means what: kept per system, versioned, and never guessed.

A code is looked up among the rows of its own system first, then in the list its system names (``status_source``), else
in that of its adapter, then in the native one. What is not found is quarantined: an unmapped code never moves a status.
"""

from typing import NamedTuple

from odoo import _, api, fields, models, tools
from odoo.exceptions import ValidationError

from .codes import EXCEPTION, MILESTONE

NATIVE = "native"
_MEANING = {"milestone", "exception_code", "action_required"}


class Meaning(NamedTuple):
    """What the codes of one scan say together, and the version of the row that decided."""

    milestone: str | None
    exception: str | None
    action_required: bool
    label: str
    version: int


class Unmapped(Exception):
    """A code that nobody has mapped yet, and where the partner said it."""

    def __init__(self, code, field):
        super().__init__(code)
        self.code = code
        self.field = field


class StatusMap(models.Model):
    _name = "logistics.status.map"
    _description = "Status Code Map"
    _inherit = ["logistics.cached.mixin"]
    _order = "source, system_id, field, raw_code, version desc"
    _rec_name = "raw_code"
    _rec_names_search = ["raw_code", "label"]

    system_id = fields.Many2one(
        "logistics.system",
        ondelete="cascade",
        index=True,
        help="Only codes of this system; empty: a list others can use.",
    )
    source = fields.Char(
        default=NATIVE, required=True, index=True, help="Name of the list, e.g. native, easypost, x12_214."
    )
    field = fields.Char(
        help="Where the partner says it, e.g. status or substatus; the same code may mean more than one thing."
    )
    raw_code = fields.Char(required=True, index=True, help="The code exactly as the partner sends it.")
    label = fields.Char(translate=True, help="The partner's words for it.")
    milestone = fields.Selection(MILESTONE, help="Empty: it says nothing about how far the parcel is.")
    exception_code = fields.Selection(EXCEPTION, string="Exception")
    action_required = fields.Boolean(help="The partner waits for somebody on our side.")
    version = fields.Integer(default=1, required=True, readonly=True)
    active = fields.Boolean(default=True)
    note = fields.Char()
    company_id = fields.Many2one(related="system_id.company_id", store=True, index=True)

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_status_map_code_idx ON logistics_status_map"
            " (COALESCE(system_id, 0), source, COALESCE(field, ''), raw_code) WHERE active"
        )

    @api.depends("raw_code", "source", "system_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.system_id.name or row.source}: {row.raw_code}"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["raw_code"] = (vals.get("raw_code") or "").strip()
            if vals.get("active", True):
                self._refuse_taken(dict(self.default_get(["source"]), **vals))
        return super().create(vals_list)

    def write(self, vals):
        """A change of meaning is a new version; the old one is kept, archived, so that old scans can be explained."""
        if {"raw_code", "field", "source", "system_id", "active"} & vals.keys():
            for row in self:
                now = dict(row._key(), **{name: vals[name] for name in (*row._key(), "active") if name in vals})
                if now.get("active", row.active):
                    row._refuse_taken(now)
        if self.env.context.get("install_mode") or not _MEANING & vals.keys():
            return super().write(vals)
        for row in self:
            if any(row[name] != vals[name] for name in _MEANING & vals.keys()):
                row.with_context(active_test=False).copy({"active": False, "version": row.version})
                super(StatusMap, row).write({"version": row.version + 1})
        return super().write(vals)

    def _key(self):
        return {"raw_code": self.raw_code, "field": self.field, "source": self.source, "system_id": self.system_id.id}

    def _refuse_taken(self, key):
        """One row per code: refuse a second one by name, before the database does without."""
        same = self.search(
            [
                ("id", "not in", self.ids),
                ("raw_code", "=", key.get("raw_code")),
                ("field", "=", key.get("field") or False),
                ("source", "=", key.get("source")),
                ("system_id", "=", key.get("system_id") or False),
            ],
            limit=1,
        )
        if same:
            raise ValidationError(
                _(
                    "Code %(code)s of %(list)s is mapped already. Change that row instead.",
                    code=same.raw_code,
                    list=same.system_id.name or same.source,
                )
            )

    @api.model
    def _sources(self, system):
        """Names of the shared lists that speak for ``system``, the closest first."""
        if system.status_source:
            return [system.status_source]
        adapter = system.inbound_adapter or NATIVE
        return [adapter] if adapter == NATIVE else [adapter, NATIVE]

    @api.model
    def _lookup(self, system, raw_code, field=None):
        """The row that says what ``raw_code`` of ``system`` means, or an empty record.

        :param str field: where the partner said it; rows without field fit any
        """
        return self.browse(self._lookup_id(system.id, str(raw_code or "").strip(), field or None) or [])

    @api.model
    @tools.ormcache("system_id", "raw_code", "field")
    def _lookup_id(self, system_id, raw_code, field):
        system = self.env["logistics.system"].browse(system_id)
        sources = self._sources(system)
        rows = self.search(
            [
                ("raw_code", "=", raw_code),
                "|",
                ("system_id", "=", system.id),
                "&",
                ("system_id", "=", False),
                ("source", "in", sources),
            ]
        )
        if field:
            rows = rows.filtered(lambda row: not row.field or row.field == field)
        return rows.sorted(
            lambda row: (
                not row.system_id,
                sources.index(row.source) if not row.system_id else 0,
                row.field != field if field else bool(row.field),
                -row.version,
            )
        )[:1].id

    @api.model
    def _translate(self, system, codes):
        """What the codes of one scan mean together.

        A partner may say the same thing twice, finely and coarsely, or the status and the reason apart. The finest code
        comes first: the milestone is the first one any of them names, the exception that of the first code which says
        anything at all, so that a coarse "exception" adds nothing to a fine "returning".

        :param list codes: (code, field or None) pairs, the finest first
        :returns: a :class:`Meaning`
        :raises Unmapped: one of them is not mapped: then none of them counts
        """
        rows = []
        for code, field in codes:
            row = self._lookup(system, code, field)
            if not row:
                raise Unmapped(code, field)
            rows.append(row)
        telling = [row for row in rows if row.milestone or row.exception_code] or rows[:1]
        milestone = next((row.milestone for row in telling if row.milestone), None)
        first = telling[0]
        return Meaning(
            milestone or None,
            first.exception_code or None,
            any(row.action_required for row in telling),
            first.label or "",
            first.version,
        )

    def action_show_versions(self):
        """Every version of this code."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Versions of %(code)s", code=self.raw_code),
            "res_model": self._name,
            "views": [[False, "tree"]],
            "domain": [
                ("raw_code", "=", self.raw_code),
                ("source", "=", self.source),
                ("system_id", "=", self.system_id.id),
                ("field", "=", self.field),
            ],
            "context": {"active_test": False},
        }
