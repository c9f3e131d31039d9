"""On time and in full, per order line: its first delivery against the first promise.

OTIF = lines whose first delivery arrived within the company's days around the FIRST confirmed date, with the ordered
quantity less the company's tolerance / lines due. The date is when the consignee had it where a shipment is tracked,
else when the transfer left. What the customer moved is not silently dropped: the last promise is beside the first.
"""

from odoo import fields, models
from odoo.tools import SQL

from ..backbone.record_link import open_form


class OtifReport(models.Model):
    _name = "logistics.otif.report"
    _description = "On Time In Full Analysis"
    _auto = False
    _order = "promised_at desc"
    _rec_name = "order_id"

    order_id = fields.Many2one("sale.order", string="Sales Order", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", string="Product Category", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    carrier_id = fields.Many2one("delivery.carrier", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    promised_at = fields.Datetime(string="First Promise", readonly=True)
    last_promised_at = fields.Datetime(string="Last Promise", readonly=True)
    promise_moved = fields.Boolean(readonly=True, help="The date was changed after the confirmation.")
    delivered_at = fields.Datetime(string="First Delivery", readonly=True)
    ordered_quantity = fields.Float(string="Ordered", readonly=True, digits="Product Unit of Measure")
    first_quantity = fields.Float(string="Delivered First", readonly=True, digits="Product Unit of Measure")
    days_late = fields.Float(readonly=True, group_operator="avg", help="After the first promise; below zero: early.")
    lines = fields.Integer(string="Lines Due", readonly=True)
    on_time = fields.Float(string="On Time (%)", readonly=True, group_operator="avg")
    in_full = fields.Float(string="In Full (%)", readonly=True, group_operator="avg")
    otif = fields.Float(string="On Time In Full (%)", readonly=True, group_operator="avg")
    on_time_last = fields.Float(string="On Time to Last Promise (%)", readonly=True, group_operator="avg")

    @property
    def _table_query(self):
        return SQL(
            """
            (WITH sent AS (
                SELECT m.sale_line_id, p.id AS picking_id, p.carrier_id,
                       COALESCE(arrived.at, p.date_done) AS at, sum(m.quantity / u.factor * lu.factor) AS quantity
                  FROM stock_move m
                  JOIN stock_picking p ON p.id = m.picking_id
                  JOIN stock_picking_type t ON t.id = p.picking_type_id AND t.code = 'outgoing'
                  JOIN sale_order_line l ON l.id = m.sale_line_id
                  JOIN uom_uom u ON u.id = m.product_uom
                  JOIN uom_uom lu ON lu.id = l.product_uom
                 CROSS JOIN LATERAL (
                       SELECT min(s.delivered_at) AS at FROM logistics_shipment s
                         JOIN logistics_shipment_stock_picking_rel r ON r.logistics_shipment_id = s.id
                        WHERE r.stock_picking_id = p.id) arrived
                 WHERE m.state = 'done'
                 GROUP BY m.sale_line_id, p.id, p.carrier_id, COALESCE(arrived.at, p.date_done)
            ), first AS (
                SELECT DISTINCT ON (sale_line_id) * FROM sent ORDER BY sale_line_id, at, picking_id
            ), line AS (
                SELECT l.id, l.order_id, l.product_id, o.partner_id, o.team_id, o.warehouse_id, o.company_id,
                       COALESCE(f.carrier_id, o.carrier_id) AS carrier_id, f.at AS delivered_at,
                       l.product_uom_qty AS ordered_quantity, COALESCE(f.quantity, 0) AS first_quantity,
                       COALESCE(o.logistics_first_promise_at, o.commitment_date,
                                o.date_order + make_interval(days => l.customer_lead::int)) AS promised_at,
                       COALESCE(o.commitment_date,
                                o.date_order + make_interval(days => l.customer_lead::int)) AS last_promised_at,
                       o.logistics_first_promise_at IS NOT NULL AS promise_moved,
                       make_interval(days => COALESCE(c.logistics_otif_early_days, 0)) AS early,
                       make_interval(days => COALESCE(c.logistics_otif_late_days, 0)) AS late,
                       COALESCE(c.logistics_otif_tolerance, 0) / 100 AS tolerance
                  FROM sale_order_line l
                  JOIN sale_order o ON o.id = l.order_id AND o.state = 'sale'
                  JOIN res_company c ON c.id = o.company_id
                  JOIN product_product pp ON pp.id = l.product_id
                  JOIN product_template pt ON pt.id = pp.product_tmpl_id AND pt.type IN ('product', 'consu')
                  LEFT JOIN first f ON f.sale_line_id = l.id
                 WHERE l.display_type IS NULL AND l.product_uom_qty > 0
                   AND COALESCE(l.is_delivery, false) IS NOT TRUE
            ), judged AS (
                SELECT line.*,
                       COALESCE(delivered_at::date BETWEEN promised_at::date - early
                                                       AND promised_at::date + late, false) AS is_on_time,
                       COALESCE(delivered_at::date BETWEEN last_promised_at::date - early
                                                       AND last_promised_at::date + late, false) AS is_on_time_last,
                       first_quantity >= ordered_quantity * (1 - tolerance) - 0.000001 AS is_in_full
                  FROM line
                 WHERE delivered_at IS NOT NULL
                    OR promised_at::date + late < timezone('UTC', now())::date
            )
            SELECT j.id, j.order_id, j.product_id, pt.categ_id, j.partner_id, j.team_id, j.carrier_id, j.warehouse_id,
                   j.company_id, j.promised_at, j.last_promised_at, j.promise_moved, j.delivered_at,
                   j.ordered_quantity, j.first_quantity,
                   EXTRACT(EPOCH FROM COALESCE(j.delivered_at, timezone('UTC', now())) - j.promised_at) / 86400
                       AS days_late,
                   1 AS lines,
                   CASE WHEN j.is_on_time THEN 100 ELSE 0 END AS on_time,
                   CASE WHEN j.is_in_full THEN 100 ELSE 0 END AS in_full,
                   CASE WHEN j.is_on_time AND j.is_in_full THEN 100 ELSE 0 END AS otif,
                   CASE WHEN j.is_on_time_last THEN 100 ELSE 0 END AS on_time_last
              FROM judged j
              JOIN product_product pp ON pp.id = j.product_id
              JOIN product_template pt ON pt.id = pp.product_tmpl_id)
            """
        )

    def action_open_order(self):
        """The sales order of this row."""
        self.ensure_one()
        return open_form(self.order_id)
