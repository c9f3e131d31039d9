"""Dock-to-stock: how long each receipt line took from its arrival at the dock to being pickable."""

from odoo import api, fields, models


class DockTime(models.Model):
    _name = "logistics.dock.time"
    _description = "Dock-to-Stock Time"
    _order = "putaway_at desc, id desc"
    _rec_name = "picking_id"
    _check_company_auto = True

    move_id = fields.Many2one("stock.move", required=True, readonly=True, ondelete="cascade", index=True)
    picking_id = fields.Many2one("stock.picking", string="Receipt", readonly=True, ondelete="cascade", index=True)
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="restrict")
    product_categ_id = fields.Many2one("product.category", readonly=True, ondelete="restrict")
    partner_id = fields.Many2one("res.partner", string="Supplier", readonly=True, ondelete="restrict")
    warehouse_id = fields.Many2one("stock.warehouse", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    dock = fields.Char(readonly=True)
    quantity = fields.Float(digits="Product Unit of Measure", readonly=True)
    arrived_at = fields.Datetime(readonly=True)
    putaway_at = fields.Datetime(string="Put Away", readonly=True)
    hours = fields.Float(string="Working Hours", readonly=True, group_operator="avg", help="Of the working calendar.")

    _sql_constraints = [("move_unique", "UNIQUE(move_id)", "The time of this receipt line is known already.")]

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_dock_time_scope_idx ON logistics_dock_time"
            " (warehouse_id, partner_id, putaway_at DESC)"
        )

    @api.model
    def _measure(self, receipts, putaway_at):
        """Keep the time of receipt lines whose goods are all on the shelf now; without an arrival there is no time."""
        known = self.search([("move_id", "in", receipts.ids)]).move_id
        vals_list = []
        for move in receipts - known:
            picking = move.picking_id
            arrived_at = picking.logistics_arrived_at
            if not arrived_at:
                continue
            warehouse = picking.picking_type_id.warehouse_id
            calendar = warehouse._logistics_receiving_calendar()
            hours = (putaway_at - arrived_at).total_seconds() / 3600
            if calendar:
                hours = calendar.get_work_hours_count(arrived_at, putaway_at, compute_leaves=True)
            vals_list.append(
                {
                    "move_id": move.id,
                    "picking_id": picking.id,
                    "product_id": move.product_id.id,
                    "product_categ_id": move.product_id.categ_id.id,
                    "partner_id": picking.partner_id.commercial_partner_id.id,
                    "warehouse_id": warehouse.id,
                    "company_id": move.company_id.id,
                    "dock": picking.logistics_dock,
                    "quantity": move.product_qty,
                    "arrived_at": arrived_at,
                    "putaway_at": putaway_at,
                    "hours": max(hours, 0.0),
                }
            )
        return self.create(vals_list)
