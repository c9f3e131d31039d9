"""A discrepancy of stock: what is counted, and the fact that is told about it."""

from odoo import _, api, fields, models


class Discrepancy(models.Model):
    _name = "logistics.discrepancy"
    _inherit = ["logistics.discrepancy", "logistics.source"]

    product_id = fields.Many2one("product.product", compute="_compute_product_id", store=True, index="btree_not_null")
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True, ondelete="set null")
    lot_id = fields.Many2one("stock.lot", readonly=True, ondelete="set null")
    location_id = fields.Many2one("stock.location", readonly=True, ondelete="set null")
    balance_line_id = fields.Many2one(
        "logistics.balance.line", string="Reported Line", readonly=True, ondelete="set null", index="btree_not_null"
    )
    quant_id = fields.Many2one(
        "stock.quant",
        string="Count Under Way",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The counted quantity that was entered in Odoo for it; applied, it settles the discrepancy.",
    )

    @api.depends("res_model", "res_id")
    def _compute_product_id(self):
        for row in self:
            product = row.res_id if row.res_model == "product.product" else False
            row.product_id = self.env["product.product"].browse(product or []).exists()

    # -- what is told -----------------------------------------------------------------------------------------

    def _logistics_subject(self):
        return self.balance_line_id.label or self.name

    def _logistics_root(self):
        """Stock facts are told in order per product and warehouse: a reordering rule where there is one."""
        rule = self.env["stock.warehouse.orderpoint"].search(
            [("product_id", "=", self.product_id.id), ("warehouse_id", "=", self.warehouse_id.id)], limit=1
        )
        return rule or self

    def _logistics_scope(self):
        return {"company": self.company_id, "warehouse": self.warehouse_id, "partner": None}

    def _logistics_data(self, type_name):
        line = self.balance_line_id
        return {
            "warehouse": self.warehouse_id.code or "",
            "sku": self.product_id.default_code or line.sku or "",
            "product": self.product_id.display_name or "",
            "lot": self.lot_id.name or "",
            "location": self.location_id.complete_name or "",
            "quantity": line.quantity,
            "expected": line.own_quantity,
            "difference": self.difference,
            "uom": self.product_id.uom_id.name or "",
            "as_of": line.as_of.isoformat(timespec="seconds") + "Z" if line.as_of else None,
            "system": self.system_id.code,
        }

    def write(self, vals):
        """The fact is told again when the difference becomes another one, not when it is the same again."""
        before = {row.id: row.difference for row in self}
        result = super().write(vals)
        if "difference" in vals:
            for row in self.filtered(lambda row: row.state == "open" and row.balance_line_id):
                if before[row.id] != row.difference:
                    row._withdraw_count(_("The difference is another one now."))
                    row._logistics_emit("logistics.stock.discrepancy_detected")
        return result

    def _tell(self):
        super()._tell()
        if self.balance_line_id:
            self._logistics_emit("logistics.stock.discrepancy_detected")
