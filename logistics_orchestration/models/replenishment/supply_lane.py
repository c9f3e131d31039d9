"""What it costs to get goods sooner: terms for expediting a supplier's delivery or moving stock between warehouses."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class SupplyLane(models.Model):
    _name = "logistics.supply.lane"
    _description = "Supply Lane"
    _order = "kind, supplier_id, from_warehouse_id, warehouse_id, id"
    _check_company_auto = True

    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [("expedite", "Expedite a supplier"), ("transfer", "Transfer from a warehouse")],
        default="expedite",
        required=True,
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    supplier_id = fields.Many2one("res.partner", index="btree_not_null", check_company=True)
    from_warehouse_id = fields.Many2one("stock.warehouse", check_company=True)
    warehouse_id = fields.Many2one(
        "stock.warehouse", string="To Warehouse", check_company=True, help="Empty: any warehouse of the company."
    )
    lead_days = fields.Float(string="Lead Time (Days)", help="From asking to arrival.")
    cost_fixed = fields.Monetary(string="Cost per Delivery")
    cost_unit = fields.Monetary(string="Cost per Unit")
    cost_percent = fields.Float(string="Cost (% of Goods)")
    currency_id = fields.Many2one(related="company_id.currency_id")
    note = fields.Char()

    @api.constrains("kind", "supplier_id", "from_warehouse_id", "warehouse_id", "lead_days")
    def _check_lane(self):
        for lane in self:
            if lane.kind == "expedite" and not lane.supplier_id:
                raise ValidationError(_("Supplier: name whose delivery can be expedited on these terms."))
            if lane.kind == "transfer" and not lane.from_warehouse_id:
                raise ValidationError(_("From Warehouse: name where the stock comes from."))
            if lane.from_warehouse_id and lane.from_warehouse_id == lane.warehouse_id:
                raise ValidationError(_("To Warehouse: it is the one the stock comes from already."))
            if lane.lead_days < 0 or min(lane.cost_fixed, lane.cost_unit, lane.cost_percent) < 0:
                raise ValidationError(_("Lead time and costs of a supply lane: write 0 or more."))

    @api.depends("kind", "supplier_id", "from_warehouse_id", "warehouse_id")
    def _compute_display_name(self):
        for lane in self:
            origin = lane.supplier_id if lane.kind == "expedite" else lane.from_warehouse_id
            lane.display_name = f"{origin.display_name or ''} → {lane.warehouse_id.display_name or _('any warehouse')}"

    @api.model
    def _find(self, kind, warehouse, supplier=None, origin=None):
        """The terms that count: those for exactly this warehouse before those for any; empty when there are none."""
        domain = [
            ("kind", "=", kind),
            ("company_id", "=", warehouse.company_id.id),
            ("warehouse_id", "in", (warehouse.id, False)),
        ]
        if supplier is not None:
            domain.append(("supplier_id", "in", (supplier.id, supplier.commercial_partner_id.id)))
        if origin is not None:
            domain.append(("from_warehouse_id", "=", origin.id))
        return self.search(domain).sorted(lambda lane: (not lane.warehouse_id, lane.id))[:1]

    def _cost(self, quantity, goods_value):
        """What it costs for ``quantity`` in the product's unit, in the company's currency; 0 without terms."""
        return self.cost_fixed + self.cost_unit * quantity + goods_value * self.cost_percent / 100
