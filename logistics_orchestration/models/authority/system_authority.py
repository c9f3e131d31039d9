"""What a system owns, said on its form."""

from odoo import _, fields, models


class SystemAuthority(models.Model):
    _inherit = "logistics.system"

    owned_facts = fields.Char(compute="_compute_owned_facts", string="It Owns")
    statement_count = fields.Integer(compute="_compute_statement_count", string="Statements")
    discrepancy_count = fields.Integer(compute="_compute_statement_count", string="Open Discrepancies")

    def _compute_owned_facts(self):
        rules = self.env["logistics.authority.rule"]
        # sudo: what is said is no secret, whoever may read rules
        facts = sorted(set(rules.sudo().search([]).mapped("fact")))
        for system in self:
            owned = []
            for fact in facts if system._origin.id else []:
                rule = rules._find(fact, system._origin).sudo()  # sudo: see above
                if rule.fact == fact and rule.owner == "system":
                    owned.append(fact)
            system.owned_facts = ", ".join(owned) or _("Nothing: all it says is kept as statements")

    def _compute_statement_count(self):
        counts = {}
        for model, domain in (("logistics.statement", []), ("logistics.discrepancy", [("state", "=", "open")])):
            groups = self.env[model]._read_group([("system_id", "in", self.ids), *domain], ["system_id"], ["__count"])
            counts[model] = {system.id: count for system, count in groups}
        for system in self:
            system.statement_count = counts["logistics.statement"].get(system.id, 0)
            system.discrepancy_count = counts["logistics.discrepancy"].get(system.id, 0)

    def action_open_authority(self):
        """The rules that name this system, its kind, or any system."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_authority_rule")
        domain = [("system_id", "in", [self.id, False]), ("system_kind", "in", [self.kind, False])]
        return dict(action, domain=domain, context={"default_system_id": self.id})

    def action_open_statements(self):
        """What this system said about facts that are not its own."""
        return self._action_records("logistics_orchestration.action_statement", [])

    def action_open_discrepancies(self):
        """Where what it says differs and nobody has settled it."""
        return self._action_records("logistics_orchestration.action_discrepancy", [("state", "=", "open")])
