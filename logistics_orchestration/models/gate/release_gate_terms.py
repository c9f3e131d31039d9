"""Gate kind ``terms``: would this delivery break what the customer agreed to about deliveries in parts?"""

from odoo import _, fields, models

from .stock_facts import StockFacts


class ReleaseGate(models.Model):
    _inherit = "logistics.release.gate"

    kind = fields.Selection(selection_add=[("terms", "Customer's delivery terms")], ondelete={"terms": "cascade"})

    def _facts_terms(self, orders):
        counts = self.env["stock.picking"]._read_group(
            [
                ("sale_id", "in", orders.ids),
                ("state", "=", "done"),
                ("picking_type_code", "=", "outgoing"),
            ],
            ["sale_id"],
            ["__count"],
        )
        return {
            "stock": StockFacts.of(orders, self.env.context.get("logistics_run")),
            "done": {order.id: count for order, count in counts},
        }

    def _gate_terms(self, order, facts):
        """Complete or not at all; in at most so many deliveries."""
        partner = order.partner_id.commercial_partner_id
        complete, limit = partner.logistics_ship_complete, partner.logistics_max_shipments
        done = facts["done"].get(order.id, 0)
        short, _keys = facts["stock"].shortages(order)
        inputs = {"ship_complete": complete, "max_shipments": limit, "done": done, "short": len(short)}
        lacking = ", ".join(dict.fromkeys(product.name for product, _warehouse, _need, _quantity in short))
        words = ""
        if limit and done >= limit and order._logistics_lines_to_ship():
            words = _("%(done)s of at most %(limit)s deliveries have left already", done=done, limit=limit)
        elif short and complete:
            words = _(
                "%(customer)s takes it complete or not at all; short: %(lacking)s",
                customer=partner.name,
                lacking=lacking,
            )
        elif short and limit and done + 1 >= limit:
            words = _(
                "this is the last of %(limit)s deliveries that %(customer)s takes; short: %(lacking)s",
                limit=limit,
                customer=partner.name,
                lacking=lacking,
            )
        if not short:
            facts["stock"].take(order)
        if words:
            return {"passed": False, "words": words, "inputs": inputs}
        if not complete and not limit:
            return {"passed": True, "words": _("Any number of deliveries"), "inputs": inputs}
        return {"passed": True, "words": _("Within the customer's terms"), "inputs": inputs}
