"""How much of an order line may be billed: what is proven to have arrived, less what is disputed.

What was shipped on a logistics shipment needs a verified proof of delivery; what left any other way (before the app was
there, over the counter) is billed as Odoo always did. While billing only observes nothing of this changes a quantity.
"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_is_zero


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    logistics_unproven_qty = fields.Float(
        string="Unproven Quantity",
        digits="Product Unit of Measure",
        readonly=True,
        copy=False,
        help="Shipped, but without a verified proof that it arrived in good order.",
    )
    logistics_disputed = fields.Boolean(
        string="Disputed",
        readonly=True,
        copy=False,
        help="The customer disputes its invoice: nothing more of it is billed.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._logistics_refuse_proof(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._logistics_refuse_proof(vals)
        return super().write(vals)

    def _logistics_refuse_proof(self, vals):
        if not self.env.su and {"logistics_unproven_qty", "logistics_disputed"} & vals.keys():
            raise UserError(_("What is proven and disputed follows from proofs of delivery and disputes."))

    @api.depends("logistics_unproven_qty", "logistics_disputed")
    def _compute_qty_to_invoice(self):
        super()._compute_qty_to_invoice()
        for line in self:
            if line.qty_to_invoice > 0 and (line.logistics_unproven_qty or line.logistics_disputed):
                line._logistics_limit_qty_to_invoice()

    def _logistics_limit_qty_to_invoice(self):
        """Keep back what may not be billed yet; never below zero, so that nothing is credited by itself."""
        self.ensure_one()
        if not self.order_id._logistics_enforced("billing"):
            return
        if self.logistics_disputed:
            self.qty_to_invoice = 0.0
        elif self.product_id.invoice_policy == "delivery":
            self.qty_to_invoice = max(min(self.qty_to_invoice, self._logistics_eligible_qty() - self.qty_invoiced), 0.0)

    def _logistics_eligible_qty(self):
        """Quantity that is proven, invoiced or not."""
        self.ensure_one()
        return max(self.qty_delivered - self.logistics_unproven_qty, 0.0)

    def _logistics_overbilled_qty(self):
        """Quantity on invoices (drafts too) that is not proven."""
        self.ensure_one()
        if self.product_id.invoice_policy != "delivery" or not self.logistics_unproven_qty:
            return 0.0
        over = min(self.qty_invoiced - self._logistics_eligible_qty(), self.logistics_unproven_qty)
        return 0.0 if over < 0 or float_is_zero(over, precision_rounding=self.product_uom.rounding) else over

    # -- what is proven ------------------------------------------------------------------------------------------

    def _logistics_refresh_proof(self):
        """Count again what is shipped without proof, after a shipment, a proof or a return."""
        lines = self.sudo()  # sudo: follows from what was shipped and proven, whoever did it
        moves = lines.move_ids & lines.move_ids.picking_id.filtered("logistics_shipment_ids").move_ids
        proven = {}
        # sudo: as above
        pod_lines = self.env["logistics.pod.line"].sudo().search([("move_id", "in", moves.ids)])
        for pod_line in pod_lines.filtered(lambda line: line.pod_id.state == "verified"):
            proven[pod_line.move_id] = proven.get(pod_line.move_id, 0.0) + pod_line.delivered
        for line in lines:
            unproven = line._logistics_count_unproven(line.move_ids & moves, proven)
            if unproven != line.logistics_unproven_qty:
                line.logistics_unproven_qty = unproven

    def _logistics_count_unproven(self, moves, proven):
        """Quantity of this line, in its unit, that left on ``moves`` and is neither proven nor back."""
        self.ensure_one()
        open_qty, total_qty = {}, {}
        for move in moves.filtered(lambda m: m.state == "done" and m.location_dest_id.usage != "internal"):
            quantity = move.product_uom._compute_quantity(move.quantity, move.product_id.uom_id)
            back = sum(
                returned.product_uom._compute_quantity(returned.quantity, returned.product_id.uom_id)
                for returned in move.returned_move_ids
                if returned.state == "done" and returned.to_refund
            )
            rest = max(quantity - min(proven.get(move, 0.0), quantity) - back, 0.0)
            open_qty[move.product_id] = open_qty.get(move.product_id, 0.0) + rest
            total_qty[move.product_id] = total_qty.get(move.product_id, 0.0) + quantity
        if set(open_qty) <= {self.product_id}:
            rest = open_qty.get(self.product_id, 0.0)
            return self.product_id.uom_id._compute_quantity(rest, self.product_uom) if rest else 0.0
        # a kit: its components travel; it is proven as far as its least proven component
        share = max(open_qty[product] / total_qty[product] for product in open_qty if total_qty[product])
        return self.qty_delivered * share

    def _logistics_block_reasons(self):
        """Why (part of) this line may not be billed, in words."""
        self.ensure_one()
        reasons = []
        name = self.product_id.display_name or self.name
        if self.logistics_disputed:
            reasons.append(_("%(product)s: the customer disputes its invoice.", product=name))
        if self.logistics_unproven_qty:
            shipments = self.move_ids.picking_id.logistics_shipment_ids.filtered(
                lambda s: s.milestone != "cancelled"
                and (s.pod_state != "verified" or s.pod_ids.filtered("has_remarks"))
            )
            reasons.append(
                _(
                    "%(product)s: %(quantity)s %(uom)s without proof of delivery in good order (%(shipments)s).",
                    product=name,
                    quantity=self.logistics_unproven_qty,
                    uom=self.product_uom.name,
                    shipments=", ".join(s._logistics_proof_words() for s in shipments) or _("not shipped again"),
                )
            )
        return reasons
