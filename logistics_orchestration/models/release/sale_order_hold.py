"""Holds on an order: placing by the automation, what evaluation does to them, procurement that waits for them."""

from odoo import _, models

from ..gate.release_gate import FAILING


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _logistics_moves(self):
        """Open stock moves on the orders' way out of the warehouse: all steps of pick, pack and ship."""
        groups = self.procurement_group_id
        if not groups:
            return self.env["stock.move"]
        moves = self.env["stock.move"].search(
            [
                ("group_id", "in", groups.ids),
                ("state", "in", ("waiting", "confirmed", "partially_available", "assigned")),
            ]
        )
        return moves.filtered(lambda move: move._logistics_is_outbound())

    # -- placed by the automation ------------------------------------------------------------------------------

    def _logistics_place_hold(self, hold_type, reason):
        """Place a hold of ``hold_type`` on each order; one that stands already for the same reason is kept.

        :returns: the holds
        """
        return self.env["logistics.hold"]._place(self, hold_type, reason)

    def _logistics_hold_procurement(self):
        """Before stock rules run: hold the orders that fail a gate whose hold blocks procurement."""
        if not self:
            return
        gates = self.env["logistics.release.gate"].search([("hold_type_id.block_procurement", "=", True)])
        if not gates:
            return
        results = self.env["logistics.release.gate"]._run(self, gates)
        self._logistics_waive(results)
        results = {order_id: found for order_id, found in results.items() if found}
        orders = self.filtered(lambda order: order.id in results)
        self.env["logistics.release.evaluation"]._write_all(
            orders, results, "procurement", "confirmation", self.browse()
        )
        for order in orders:
            order._logistics_hold_failed(results[order.id])

    def _logistics_hold_failed(self, results):
        """Place a hold for every failed gate of one order, or renew the reason of the one that stands."""
        self.ensure_one()
        Gate = self.env["logistics.release.gate"]
        results = self._logistics_split_results(results)
        self._logistics_look_again(results)
        for result in results:
            if result["verdict"] not in FAILING:
                continue
            standing = self.logistics_hold_ids.filtered(
                lambda hold, result=result: hold.state == "active" and hold.gate_id.id == result["gate_id"]
            )
            error = result["verdict"] == "error"
            vals = {"reason": result["words"], "line_ids": [(6, 0, result["line_ids"])], "gate_error": error}
            if standing:
                known = (standing.reason, standing.gate_error, set(standing.line_ids.ids))
                if known != (result["words"], error, set(result["line_ids"])):
                    standing.write(vals)
                continue
            gate = Gate.browse(result["gate_id"])
            vals.update(order_id=self.id, type_id=gate.hold_type_id.id, gate_id=gate.id, origin="gate")
            self.env["logistics.hold"].create(vals)

    def _logistics_lift_passed(self, results):
        """Lift the self-lifting holds of gates that do not fail any more (or do not apply any more)."""
        self.ensure_one()
        by_gate = {result["gate_id"]: result for result in results}
        failing = {gate_id for gate_id, result in by_gate.items() if result["verdict"] in FAILING}
        for hold in self.logistics_hold_ids:
            if hold.state != "active" or hold.origin != "gate" or hold.gate_id.id in failing:
                continue
            if not hold.type_id.auto_release:
                continue
            result = by_gate.get(hold.gate_id.id)
            reason = result["words"] if result else _("The gate does not apply any more")
            hold._release(reason, auto=True, evaluate=False)

    def _logistics_held_lines(self):
        """Lines that line holds stop."""
        self.ensure_one()
        return self.logistics_hold_ids.filtered(lambda hold: hold.state == "active").line_ids

    def _logistics_free_lines(self, holds):
        """Lines of the order that no line hold stops."""
        self.ensure_one()
        return self.order_line.filtered(lambda line: not line.display_type) - holds.line_ids

    # -- after holds were lifted -------------------------------------------------------------------------------

    def _logistics_after_holds(self):
        """What comes next for orders some of whose holds were lifted by a person."""
        for order in self.filtered(lambda order: order.state == "sale"):
            if order.logistics_release_state == "released":
                order._logistics_emit("logistics.order.released")  # held lines follow those released before
            elif order.logistics_release_state == "pending":
                order._logistics_evaluate("hold_lifted")

    def _logistics_launch_procurement(self):
        """Start what holds kept from starting: transfers, purchases, manufacturing, bought services."""
        for order in self.filtered(lambda order: order.state == "sale"):
            lines = order.order_line
            locked = order.locked
            if locked:
                # stock rules skip locked orders; the lock guards against users, not against what they confirmed
                order.with_context(tracking_disable=True).locked = False
            lines._action_launch_stock_rule()
            lines._purchase_service_generation()
            if locked:
                order.with_context(tracking_disable=True).locked = True
