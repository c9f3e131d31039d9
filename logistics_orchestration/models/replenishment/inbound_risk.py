"""Inbound at risk: an order's line that will be on the shelf later than it is needed.

On the shelf is: what the supplier promised (else what Odoo plans), plus the time it travels, plus dock to stock. Needed
is the day the stock would run out without it. One row per line is open; others are told when it gets worse, once each
time.
"""

from odoo import api, fields, models

from ..backbone.record_link import open_form


class InboundRisk(models.Model):
    _name = "logistics.inbound.risk"
    _description = "Inbound at Risk"
    _order = "state, late_days desc, id"

    state = fields.Selection(
        [("open", "At risk"), ("over", "Over")], default="open", required=True, readonly=True, index=True
    )
    purchase_line_id = fields.Many2one("purchase.order.line", required=True, readonly=True, ondelete="cascade")
    order_id = fields.Many2one(related="purchase_line_id.order_id", string="Purchase Order", store=True, index=True)
    partner_id = fields.Many2one(related="order_id.partner_id", string="Supplier", store=True)
    user_id = fields.Many2one(related="order_id.user_id", string="Buyer", store=True)
    product_id = fields.Many2one(related="purchase_line_id.product_id", store=True)
    product_categ_id = fields.Many2one(related="product_id.categ_id", store=True)
    shortage_id = fields.Many2one("logistics.shortage", required=True, readonly=True, index=True, ondelete="cascade")
    warehouse_id = fields.Many2one(related="shortage_id.warehouse_id", store=True)
    company_id = fields.Many2one(related="shortage_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    quantity = fields.Float(digits="Product Unit of Measure", readonly=True, help="Still to come.")
    promised_on = fields.Date(string="Promised For", readonly=True, help="By the supplier, else as planned in Odoo.")
    is_promised = fields.Boolean(string="Promised", readonly=True, help="The supplier itself gave the date.")
    transit_days = fields.Float(readonly=True)
    dock_days = fields.Float(string="Dock to Stock (Days)", readonly=True)
    available_on = fields.Date(string="On the Shelf", readonly=True)
    needed_on = fields.Date(readonly=True)
    late_days = fields.Integer(readonly=True, group_operator="max")
    told_days = fields.Integer(
        string="Told Late Days",
        readonly=True,
        help="How late it was when others were told last; told again when worse.",
    )
    value_at_risk = fields.Monetary(related="shortage_id.value_at_risk", store=True)
    order_count = fields.Integer(related="shortage_id.order_count", string="Orders at Risk")
    opened_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    closed_at = fields.Datetime(readonly=True)

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_inbound_risk_open_idx"
            " ON logistics_inbound_risk (purchase_line_id, shortage_id) WHERE state = 'open'"
        )

    @api.depends("order_id", "product_id")
    def _compute_display_name(self):
        for risk in self:
            risk.display_name = f"{risk.order_id.name or ''} {risk.product_id.display_name or ''}".strip()

    def _tell(self):
        """Tell others that the line is at risk, or more so than they know."""
        for risk in self:
            if risk.state != "open" or risk.late_days <= risk.told_days:
                continue
            risk.told_days = risk.late_days
            line = risk.purchase_line_id
            risk.order_id._logistics_emit(
                "logistics.purchase.at_risk",
                {
                    "purchase": risk.order_id.name,
                    "supplier": risk.partner_id.display_name,
                    "lines": [line._logistics_line_data()],
                    "needed_at": f"{risk.needed_on.isoformat()}T00:00:00Z",
                    "expected_at": f"{risk.available_on.isoformat()}T00:00:00Z",
                    "late_days": risk.late_days,
                    "shortage": risk.shortage_id.name,
                    "value_at_risk": risk.value_at_risk,
                },
                certainty="estimated",
            )

    def action_open_shortage(self):
        """The shortage behind it, with its options."""
        self.ensure_one()
        return open_form(self.shortage_id)
