"""What a proof of delivery says about one product of one move: delivered in order, damaged, refused."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class PodLine(models.Model):
    _name = "logistics.pod.line"
    _description = "Proof of Delivery Line"
    _inherit = ["logistics.pod.part"]
    _order = "pod_id, id"

    pod_id = fields.Many2one("logistics.pod", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="pod_id.company_id", store=True)
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="restrict")
    move_id = fields.Many2one("stock.move", readonly=True, ondelete="restrict", index=True)
    sale_line_id = fields.Many2one(related="move_id.sale_line_id", store=True, index="btree_not_null")
    uom_id = fields.Many2one(related="product_id.uom_id")
    shipped = fields.Float(readonly=True, digits="Product Unit of Measure")
    delivered = fields.Float(digits="Product Unit of Measure", help="Taken in good order; only this is billed.")
    damaged = fields.Float(digits="Product Unit of Measure", help="Taken, but damaged.")
    refused = fields.Float(digits="Product Unit of Measure", help="Not taken.")

    @api.constrains("delivered", "damaged", "refused")
    def _check_quantities(self):
        for line in self:
            if min(line.delivered, line.damaged, line.refused) < 0:
                raise ValidationError(
                    _(
                        "%(pod)s, %(product)s: quantities are 0 or more.",
                        pod=line.pod_id.name,
                        product=line.product_id.display_name,
                    )
                )

    @api.model
    def _prepare_rows(self, parcels, quantities):
        """Lines for what is in ``parcels``: in order, unless ``quantities`` says otherwise.

        What was told per product is dealt out over its moves in their order; what exceeds the shipped quantity stays on
        the last one, so that the completeness rule can name it.

        :returns: list of dicts with move, product, shipped, delivered, damaged, refused
        """
        shipped = {}
        for parcel in parcels:
            for line in parcel._get_move_lines():
                shipped[line.move_id, line.product_id] = (
                    shipped.get((line.move_id, line.product_id), 0.0) + line.quantity_product_uom
                )
        rows = []
        left = {
            product: self._told(quantities[product], sum(q for (_m, p), q in shipped.items() if p == product))
            for product in quantities
        }
        last = {product: move for move, product in shipped}
        for (move, product), quantity in shipped.items():
            row = {
                "move": move,
                "product": product,
                "shipped": quantity,
                "delivered": quantity,
                "damaged": 0.0,
                "refused": 0.0,
            }
            if product in left:
                room = quantity
                for key in ("delivered", "damaged", "refused"):
                    take = left[product][key] if last[product] == move else min(left[product][key], room)
                    row[key] = take
                    left[product][key] -= take
                    room = max(room - take, 0.0)
            rows.append(row)
        return rows

    @api.model
    def _told(self, amounts, shipped):
        """All three quantities; where "delivered" was left out it is what is neither damaged nor refused."""
        damaged, refused = amounts.get("damaged", 0.0), amounts.get("refused", 0.0)
        delivered = amounts.get("delivered", max(shipped - damaged - refused, 0.0))
        return {"delivered": delivered, "damaged": damaged, "refused": refused}

    def _logistics_line_data(self):
        return {
            "sku": self.product_id.default_code or "",
            "product": self.product_id.display_name,
            "shipped": self.shipped,
            "delivered": self.delivered,
            "damaged": self.damaged,
            "refused": self.refused,
            "uom": self.uom_id.name,
        }
