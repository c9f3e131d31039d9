"""Who waits because of a shortage: order by order, what cannot be met before new supply could be here."""

from odoo import fields, models

from ..backbone.record_link import open_record


class ShortageDemand(models.Model):
    _name = "logistics.shortage.demand"
    _description = "Demand at Risk"
    _order = "needed_on, id"

    shortage_id = fields.Many2one("logistics.shortage", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="shortage_id.company_id", store=True, index=True)
    product_id = fields.Many2one(related="shortage_id.product_id", store=True)
    warehouse_id = fields.Many2one(related="shortage_id.warehouse_id", store=True)
    kind = fields.Selection(
        [("sale", "Sales order"), ("production", "Manufacturing order"), ("transfer", "Transfer")],
        required=True,
        readonly=True,
    )
    # a manufacturing order is known only where mrp is installed
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(string="Document ID", model_field="res_model", required=True, readonly=True)
    document = fields.Char(required=True, readonly=True)
    kit = fields.Char(string="Part Of", readonly=True, help="The kits it is sold in; each waits as a whole.")
    sale_order_id = fields.Many2one("sale.order", readonly=True, ondelete="cascade", index="btree_not_null")
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True, ondelete="set null")
    needed_on = fields.Date(required=True, readonly=True)
    quantity = fields.Float(digits="Product Unit of Measure", readonly=True, help="Still to be delivered or consumed.")
    missing = fields.Float(string="At Risk", digits="Product Unit of Measure", readonly=True)
    product_uom_id = fields.Many2one(related="product_id.uom_id", string="Unit of Measure")
    value = fields.Monetary(
        string="Value at Risk",
        readonly=True,
        help="Order value of the quantity at risk; for a manufacturing order the cost of what cannot be made.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    def action_open(self):
        """The order that waits, with the rights of who opens it."""
        self.ensure_one()
        return open_record(self)
