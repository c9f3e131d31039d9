"""What comes in when: one row per receipt line from a supplier, as a view of the database that stores nothing."""

from odoo import fields, models, tools

from ..backbone.record_link import open_form


class InboundSchedule(models.Model):
    _name = "logistics.inbound.schedule"
    _description = "Inbound Schedule"
    _auto = False
    _order = "expected_at, id"
    _rec_name = "picking_id"

    picking_id = fields.Many2one("stock.picking", string="Receipt", readonly=True)
    order_id = fields.Many2one("purchase.order", string="Purchase Order", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Supplier", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    product_categ_id = fields.Many2one("product.category", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    dock = fields.Char(readonly=True)
    quantity = fields.Float(digits="Product Unit of Measure", readonly=True, help="In the product's unit.")
    expected_at = fields.Datetime(string="Expected", readonly=True, help="Once it is received: when that was.")
    deadline_at = fields.Datetime(string="Promised", readonly=True)
    arrived_at = fields.Datetime(string="Arrived", readonly=True)
    late_days = fields.Integer(readonly=True, group_operator="max", help="Days after the promised day.")
    is_late = fields.Boolean(string="Late", readonly=True, help="Expected day passed, or planned after the promise.")
    announced = fields.Boolean(readonly=True, help="A ship notice of the supplier names it.")
    status = fields.Selection(
        [("expected", "Expected"), ("late", "Late"), ("arrived", "At the Dock"), ("done", "Received")], readonly=True
    )

    def init(self):
        tools.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            """
            CREATE VIEW logistics_inbound_schedule AS
            SELECT row.*,
                   CASE WHEN row.state = 'done' THEN 'done'
                        WHEN row.arrived_at IS NOT NULL THEN 'arrived'
                        WHEN row.is_late THEN 'late'
                        ELSE 'expected' END AS status
              FROM (
                SELECT m.id, m.picking_id, l.order_id, p.partner_id, m.product_id, t.categ_id AS product_categ_id,
                       k.warehouse_id, m.company_id, p.logistics_dock AS dock, m.product_qty AS quantity, m.state,
                       m.date AS expected_at, m.date_deadline AS deadline_at, p.logistics_arrived_at AS arrived_at,
                       GREATEST(0, COALESCE(m.date, m.date_deadline)::date - m.date_deadline::date) AS late_days,
                       (m.state <> 'done' AND p.logistics_arrived_at IS NULL
                        AND (m.date < (now() AT TIME ZONE 'UTC') OR m.date::date > m.date_deadline::date)) AS is_late,
                       EXISTS (SELECT 1 FROM logistics_ship_notice_picking_rel r
                                 JOIN logistics_ship_notice n ON n.id = r.notice_id AND n.state IN ('open', 'received')
                                WHERE r.picking_id = m.picking_id) AS announced
                  FROM stock_move m
                  JOIN stock_picking p ON p.id = m.picking_id
                  JOIN stock_picking_type k ON k.id = p.picking_type_id AND k.code = 'incoming'
                  JOIN stock_location f ON f.id = m.location_id AND f.usage = 'supplier'
                  JOIN product_product v ON v.id = m.product_id
                  JOIN product_template t ON t.id = v.product_tmpl_id
             LEFT JOIN purchase_order_line l ON l.id = m.purchase_line_id
                 WHERE m.state NOT IN ('draft', 'cancel')
              ) row
            """
        )

    def action_open_receipt(self):
        """Open the receipt this line is on."""
        self.ensure_one()
        return open_form(self.picking_id)
