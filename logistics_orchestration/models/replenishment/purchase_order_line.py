"""Lines of a purchase: the shortages they cover and what the supplier promised for them."""

from odoo import fields, models
from odoo.tools import float_compare


class PurchaseOrderLine(models.Model):
    _inherit = "purchase.order.line"

    logistics_shortage_ids = fields.Many2many(
        "logistics.shortage",
        "logistics_shortage_purchase_line_rel",
        "purchase_line_id",
        "shortage_id",
        string="Shortages",
        copy=False,
        readonly=True,
    )
    logistics_promise_ids = fields.One2many("logistics.supplier.promise", "purchase_line_id", string="Promises")

    def _logistics_line_data(self):
        """What a supplier is told about one line."""
        self.ensure_one()
        return {
            "line": self.id,
            "sku": self.product_id.default_code or "",
            "product": self.product_id.display_name,
            "quantity": self.product_qty,
            "uom": self.product_uom.name,
            "planned_at": self.date_planned.isoformat(timespec="seconds") + "Z" if self.date_planned else None,
        }

    def _logistics_outstanding(self):
        """Lines of live orders of which something is still to come."""
        return self.filtered(
            lambda line: not line.display_type
            and line.state != "cancel"
            and float_compare(line.qty_received, line.product_qty, precision_rounding=line.product_uom.rounding) < 0
        )

    def _logistics_apply_promise(self, promised_at):
        """Plan the receipt for the promised date, the way Odoo does for a vendor's own answer."""
        self.ensure_one()
        if self.date_planned != promised_at:
            self._update_date_planned(promised_at)
