"""How far each table has been counted into the meters (see meter.py for why a mark moves in two steps)."""

from odoo import api, fields, models
from odoo.tools import SQL

from .meter import SETTLE_SECONDS, SOURCES


class MeterMark(models.Model):
    _name = "logistics.meter.mark"
    _description = "Counted So Far"
    _log_access = False
    _order = "name"

    name = fields.Char(string="Table", required=True, readonly=True)
    up_to = fields.Integer(readonly=True, default=0, help="Rows up to this id are in the meters.")
    seen = fields.Integer(readonly=True, default=0, help="Where the mark goes when every older transaction has ended.")
    seen_xid = fields.Char(readonly=True, help="The next transaction's number at that time.")
    seen_at = fields.Datetime(readonly=True)

    _sql_constraints = [("once", "UNIQUE(name)", "A table has one mark.")]

    @api.model
    def _positions(self):
        """{table: id up to which its rows are in the meters}"""
        self.env.cr.execute("SELECT name, up_to FROM logistics_meter_mark")
        return dict(self.env.cr.fetchall())

    @api.model
    def _lock(self):
        """Marks to be moved now: {table: (up to, seen, whether it may move there)}. Two never count at once."""
        cr = self.env.cr
        cr.execute(
            "INSERT INTO logistics_meter_mark (name, up_to, seen) SELECT t, 0, 0 FROM unnest(%s) t"
            " ON CONFLICT (name) DO NOTHING",
            [list(SOURCES)],
        )
        cr.execute(
            """
            SELECT name, up_to, seen,
                   seen_xid IS NULL OR (seen_xid::xid8 <= pg_snapshot_xmin(pg_current_snapshot())
                   AND seen_at <= timezone('UTC', now()) - make_interval(secs => %s))
              FROM logistics_meter_mark FOR UPDATE
            """,
            [SETTLE_SECONDS],
        )
        return {name: (up_to, seen, settled) for name, up_to, seen, settled in cr.fetchall()}

    @api.model
    def _move(self, table, up_to):
        """The mark has reached what was seen; look how far it may go the next time.

        It may when every transaction that runs now has ended, this one (whose number may be above its snapshot) too.
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE logistics_meter_mark
                   SET up_to = %s, seen = GREATEST(%s, COALESCE((SELECT max(id) FROM %s), 0)),
                       seen_xid = GREATEST(pg_snapshot_xmax(pg_current_snapshot())::text::numeric,
                                           pg_current_xact_id()::text::numeric + 1)::text,
                       seen_at = timezone('UTC', now())
                 WHERE name = %s
                """,
                up_to,
                up_to,
                SQL.identifier(table),
                table,
            )
        )
        self.invalidate_model()
