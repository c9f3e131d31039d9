"""Who owns which fact: only the owner changes it, everybody else makes a statement."""

from odoo import api, fields, models

# Without a rule, what a system is decides which families of facts it owns.
DEFAULT_FAMILIES = {
    "warehouse": ("fulfillment", "picking", "stock", "return", "receipt"),
    "carrier": ("shipment", "delivery", "pod", "freight_cost", "customs"),
    "finance": ("invoice", "freight_cost"),
    "supplier": ("purchase",),
    "crm": ("order",),
    "planning": ("order", "purchase"),
    "middleware": ("order", "approval", "exception", "shipment", "pod"),
}


class AuthorityRule(models.Model):
    _name = "logistics.authority.rule"
    _description = "Authority Rule"
    _order = "fact, warehouse_id, system_id, id"
    _check_company_auto = True

    fact = fields.Char(
        required=True, help="Event type without 'logistics.', e.g. picking.completed; picking.* for all."
    )
    owner = fields.Selection([("odoo", "Odoo"), ("system", "The system")], required=True, default="system")
    system_id = fields.Many2one("logistics.system", ondelete="cascade", check_company=True, help="Empty: any system.")
    warehouse_id = fields.Many2one("stock.warehouse", ondelete="cascade", check_company=True, help="Empty: any.")
    tolerance = fields.Float(help="A statement that differs by no more than this is no discrepancy.")
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    active = fields.Boolean(default=True)

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_authority_rule_scope_idx ON logistics_authority_rule"
            " (fact, COALESCE(system_id, 0), COALESCE(warehouse_id, 0), COALESCE(company_id, 0)) WHERE active"
        )

    @api.model
    def _find(self, fact, system, warehouse=None):
        """The most specific rule for ``fact`` said by ``system``, or an empty record."""
        family = fact.split(".", 1)[0] + ".*"
        rules = self.search(
            [
                ("fact", "in", [fact, family]),
                ("company_id", "in", [system.company_id.id, False]),
                ("system_id", "in", [system.id, False]),
                ("warehouse_id", "in", [warehouse.id if warehouse else False, False]),
            ]
        )
        return rules.sorted(
            lambda r: (r.fact == fact, bool(r.system_id), bool(r.warehouse_id), bool(r.company_id)), reverse=True
        )[:1]

    @api.model
    def _owns(self, fact, system, warehouse=None):
        """Whether ``system`` may change ``fact`` in Odoo."""
        rule = self._find(fact, system, warehouse)
        if rule:
            return rule.owner == "system"
        return fact.split(".", 1)[0] in DEFAULT_FAMILIES.get(system.kind, ())
