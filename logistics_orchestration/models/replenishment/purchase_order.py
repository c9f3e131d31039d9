"""A purchase order's side: what the supplier is told, what it promised, and what it covers."""

from odoo import _, api, fields, models


class PurchaseOrder(models.Model):
    _name = "purchase.order"
    _inherit = ["purchase.order", "logistics.source"]

    logistics_shortage_count = fields.Integer(compute="_compute_logistics_counts", string="Shortages")
    logistics_promise_count = fields.Integer(compute="_compute_logistics_counts", string="Promises")
    logistics_answer_ids = fields.One2many("logistics.supplier.answer", "order_id", string="Supplier Answers")
    logistics_answer_count = fields.Integer(compute="_compute_logistics_counts", string="Answers")
    logistics_price_line_ids = fields.One2many(
        "purchase.order.line",
        "order_id",
        string="Supplier's Prices",
        domain=[("logistics_price_state", "!=", False)],
        readonly=True,
    )
    logistics_slip_days = fields.Integer(
        compute="_compute_logistics_counts",
        string="Slip (Days)",
        help="Of the line that slipped most since its first promise.",
    )
    logistics_slip_count = fields.Integer(compute="_compute_logistics_counts", string="Slips")

    @api.depends("order_line.logistics_shortage_ids", "order_line.logistics_promise_ids", "logistics_answer_ids")
    def _compute_logistics_counts(self):
        for order in self:
            # sudo: two figures; the records behind them open with the user's own rights
            lines = order.sudo().order_line
            order.logistics_shortage_count = len(lines.logistics_shortage_ids)
            order.logistics_promise_count = len(lines.logistics_promise_ids)
            order.logistics_answer_count = len(lines.logistics_answer_ids)
            order.logistics_slip_days = max(lines.mapped("logistics_slip_days"), default=0)
            order.logistics_slip_count = sum(lines.mapped("logistics_slip_count"))

    # -- logistics.source -------------------------------------------------------------------------------------

    def _logistics_scope(self):
        return {
            "company": self.company_id,
            "warehouse": self.picking_type_id.warehouse_id,
            "partner": self.partner_id,
        }

    def _logistics_data(self, type_name):
        return self._logistics_purchase_data(self.order_line.filtered(lambda line: not line.display_type))

    def _logistics_purchase_data(self, lines):
        """What a supplier is told about ``lines``."""
        self.ensure_one()
        # sudo: whose systems these are is no secret of the buyer's
        systems = self.env["logistics.system"].sudo()._for_supplier(self.partner_id, self.company_id)
        return {
            "purchase": self.name,
            "supplier": self.partner_id.display_name,
            "supplier_reference": self.partner_ref or "",
            "systems": systems.mapped("code"),
            "warehouse": self.picking_type_id.warehouse_id.code or "",
            "currency": self.currency_id.name,
            "amount_total": self.amount_total,
            "lines": [line._logistics_line_data() for line in lines],
        }

    def _logistics_request(self, lines):
        """Tell the supplier of new or increased ``lines``; while only observing, note what would have been told."""
        self.ensure_one()
        if not self._logistics_enforced("replenishment"):
            self._logistics_observe(
                "replenishment",
                _("Would have told %(supplier)s of %(count)s line(s)", supplier=self.partner_id.name, count=len(lines)),
                amount=self.currency_id._convert(
                    sum(lines.mapped("price_subtotal")),
                    self.company_id.currency_id,
                    self.company_id,
                    fields.Date.context_today(self),
                ),
            )
            return
        self._logistics_emit(
            "logistics.purchase.requested", data=self._logistics_purchase_data(lines), certainty="requested"
        )

    # -- choke point ------------------------------------------------------------------------------------------

    def button_cancel(self):
        """A cancelled order covers nothing, and what the supplier was not told yet is not told any more."""
        with self.env["logistics.event"]._business_call():
            result = super().button_cancel()
            for order in self:
                told = order._logistics_void(
                    ["logistics.purchase.requested"], _("Order %(name)s was cancelled", name=order.name)
                )
                if told:
                    order._logistics_activity(
                        _("Tell the supplier that this order is cancelled"),
                        _("%(supplier)s has been asked for it already.", supplier=order.partner_id.display_name),
                    )
            # sudo: buyers change what a shortage knows without rights on shortages
            self.sudo().order_line.logistics_shortage_ids._refresh()
        return result

    # -- smart buttons ----------------------------------------------------------------------------------------

    def action_logistics_shortages(self):
        """The shortages this order covers."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_shortage")
        return dict(action, domain=[("purchase_line_ids.order_id", "in", self.ids)], context={})

    def action_logistics_promises(self):
        """Every date the supplier gave for this order; a new one can be added."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_supplier_promise")
        return dict(
            action,
            domain=[("order_id", "=", self.id)],
            context={"default_order_id": self.id, "default_purchase_line_id": self.order_line[:1].id},
        )
