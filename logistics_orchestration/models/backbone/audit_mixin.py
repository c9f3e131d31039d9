"""Rows that are written once and never touched again.

Two guards, because one can be walked around: the ORM refuses with a readable message, and a trigger in PostgreSQL
refuses everything else (SQL, another module, a cascade). Only the retention purge passes: it sets
``logistics.purge`` to ``on`` for its own transaction. It may delete rows, and empty the columns a model names in
``_purge_columns`` (content that is kept shorter than the fact itself).
"""

from odoo import _, api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_FUNCTION = """
    CREATE OR REPLACE FUNCTION logistics_refuse_change() RETURNS trigger AS $$
    BEGIN
        IF current_setting('logistics.purge', true) = 'on' AND TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        IF current_setting('logistics.purge', true) = 'on' AND TG_OP = 'UPDATE' AND TG_NARGS = 1
           AND to_jsonb(OLD) - string_to_array(TG_ARGV[0], ',') = to_jsonb(NEW) - string_to_array(TG_ARGV[0], ',') THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'Table % is append-only: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'raise_exception';
    END
    $$ LANGUAGE plpgsql
"""


class AuditMixin(models.AbstractModel):
    _name = "logistics.audit.mixin"
    _description = "Append-only Record"

    # columns that the retention purge may change in a row that stays
    _purge_columns = ()

    def init(self):
        super().init()
        if self._abstract:
            return
        trigger = SQL.identifier(f"{self._table}_append_only")
        table = SQL.identifier(self._table)
        self.env.cr.execute(_FUNCTION)
        self.env.cr.execute(
            SQL(
                "CREATE OR REPLACE TRIGGER %s BEFORE UPDATE OR DELETE ON %s"
                " FOR EACH ROW EXECUTE FUNCTION logistics_refuse_change(%s)",
                trigger,
                table,
                SQL("%s", ",".join(self._purge_columns)) if self._purge_columns else SQL(),
            )
        )

    def write(self, vals):
        if self and vals:
            raise UserError(
                _(
                    "%(model)s is an audit trail: entries are never changed. Add a new one instead.",
                    model=self._description,
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if not self.env.context.get("logistics_purge"):
            raise UserError(
                _(
                    "%(model)s is an audit trail: entries are removed by the retention rule only.",
                    model=self._description,
                )
            )
