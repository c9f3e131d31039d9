"""Gate kind ``system``: does the warehouse's own system listen?"""

from odoo import _, fields, models


class ReleaseGate(models.Model):
    _inherit = "logistics.release.gate"

    kind = fields.Selection(selection_add=[("system", "Warehouse system is up")], ondelete={"system": "cascade"})

    def _facts_system(self, orders):
        """{warehouse id: its system}; read once per warehouse."""
        systems = self.env["logistics.system"]
        return {warehouse.id: systems._for_warehouse(warehouse) for warehouse in orders.warehouse_id}

    def _gate_system(self, order, facts):
        """The system that runs the order's warehouse is active and its breaker is closed; or people run it."""
        system = facts.get(order.warehouse_id.id) or self.env["logistics.system"]
        if not system:
            return {"passed": True, "words": _("People run this warehouse"), "inputs": {}}
        states = dict(system._fields["state"]._description_selection(self.env))
        up = system.state == "active" and system.breaker_state != "open"
        if up:
            words = _("%(system)s is up", system=system.name)
        elif system.state != "active":
            words = _("%(system)s is not reached: %(state)s", system=system.name, state=states[system.state])
        else:
            words = _("%(system)s does not answer", system=system.name)
        return {
            "passed": up,
            "words": words,
            "inputs": {"system": system.code, "state": system.state, "breaker": system.breaker_state},
        }
