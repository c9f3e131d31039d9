"""How long confirmed orders wait for their release, and how many need nobody (release latency, touch-less share)."""

from odoo import fields, models
from odoo.tools import SQL

from ..backbone.record_link import open_form
from ..release.sale_order import RELEASE_STATES


class ReleaseReport(models.Model):
    _name = "logistics.release.report"
    _description = "Order Release Analysis"
    _auto = False
    _order = "confirmed_at desc"
    _rec_name = "order_id"

    order_id = fields.Many2one("sale.order", string="Sales Order", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", string="Company Currency", readonly=True)
    release_state = fields.Selection(RELEASE_STATES, readonly=True)
    confirmed_at = fields.Datetime(readonly=True)
    released_at = fields.Datetime(string="First Released", readonly=True)
    latency_hours = fields.Float(
        string="Release Latency (h)",
        readonly=True,
        group_operator="avg",
        help="From confirmation to the first release.",
    )
    waiting_hours = fields.Float(
        string="Waiting (h)", readonly=True, group_operator="max", help="Of orders that are not released yet."
    )
    released = fields.Integer(string="Orders Released", readonly=True)
    touchless = fields.Integer(
        string="Released by Itself", readonly=True, help="Nobody released it by hand or lifted a hold."
    )
    touchless_share = fields.Float(
        string="Touch-less (%)", readonly=True, group_operator="avg", help="Of the orders that were released."
    )
    was_held = fields.Boolean(string="Was on Hold", readonly=True)
    hold_count = fields.Integer(string="Holds", readonly=True)
    amount_total = fields.Monetary(string="Order Value", readonly=True, currency_field="currency_id")

    @property
    def _table_query(self):
        # The log of events keeps when something first happened; the order itself only when it last did.
        return SQL(
            """
            (SELECT o.id, o.id AS order_id, o.partner_id, o.user_id, o.team_id, o.warehouse_id, o.company_id,
                   c.currency_id, o.logistics_release_state AS release_state, confirmed.at AS confirmed_at,
                   released.at AS released_at,
                   EXTRACT(EPOCH FROM released.at - confirmed.at) / 3600 AS latency_hours,
                   CASE WHEN released.at IS NULL AND o.state = 'sale'
                        THEN EXTRACT(EPOCH FROM timezone('UTC', now()) - confirmed.at) / 3600 END AS waiting_hours,
                   (released.at IS NOT NULL)::int AS released,
                   (released.at IS NOT NULL AND NOT by_hand.is)::int AS touchless,
                   CASE WHEN released.at IS NOT NULL THEN CASE WHEN by_hand.is THEN 0 ELSE 100 END END
                        AS touchless_share,
                   held.number > 0 AS was_held, held.number AS hold_count,
                   o.amount_total / COALESCE(NULLIF(o.currency_rate, 0), 1) AS amount_total
              FROM sale_order o
              JOIN res_company c ON c.id = o.company_id
             CROSS JOIN LATERAL (
                   SELECT min(e.occurred_at) AS at FROM logistics_event e
                    WHERE e.res_model = 'sale.order' AND e.res_id = o.id
                      AND e.type_name = 'logistics.order.confirmed') confirmed
             CROSS JOIN LATERAL (
                   SELECT min(e.occurred_at) AS at FROM logistics_event e
                    WHERE e.res_model = 'sale.order' AND e.res_id = o.id
                      AND e.type_name = 'logistics.order.released') released
             CROSS JOIN LATERAL (
                   SELECT count(*) AS number, COALESCE(bool_or(h.state = 'released' AND NOT COALESCE(h.auto_released,
                          false)), false) AS lifted FROM logistics_hold h WHERE h.order_id = o.id) held
             CROSS JOIN LATERAL (
                   SELECT COALESCE(o.logistics_release_manual, false) OR held.lifted AS is) by_hand
             WHERE confirmed.at IS NOT NULL)
            """
        )

    def action_open_order(self):
        """The sales order of this row."""
        self.ensure_one()
        return open_form(self.order_id)
