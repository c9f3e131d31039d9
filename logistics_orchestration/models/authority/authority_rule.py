"""Who owns which fact: only the owner changes it, everybody else makes a statement.

All of it is data: what each kind of system owns by its nature is a rule too (of no company and no system), created
once and an administrator's from then on. The most specific rule counts: the fact itself before its family, then
system, warehouse, company, kind of system. A fact without any rule is Odoo's own.
"""

from odoo import _, api, fields, models, tools
from odoo.exceptions import ValidationError

from ..system.system import KINDS

_DEFAULTS = {
    "warehouse": ("fulfillment", "picking", "stock", "return", "receipt"),
    "carrier": ("shipment", "delivery", "pod", "freight_cost", "customs"),
    "finance": ("invoice", "freight_cost"),
    "supplier": ("purchase",),
    "crm": ("order",),
    "planning": ("order", "purchase"),
    "middleware": ("order", "approval", "exception", "shipment", "pod"),
}
_WRITTEN = "logistics.authority_defaults"


class AuthorityRule(models.Model):
    _name = "logistics.authority.rule"
    _description = "Authority Rule"
    _inherit = ["logistics.cached.mixin"]
    _order = "fact, warehouse_id, system_id, id"
    _check_company_auto = True

    fact = fields.Char(
        required=True, help="Event type without 'logistics.', e.g. picking.completed; picking.* for all."
    )
    owner = fields.Selection([("odoo", "Odoo"), ("system", "The system")], required=True, default="system")
    system_id = fields.Many2one("logistics.system", ondelete="cascade", check_company=True, help="Empty: any system.")
    system_kind = fields.Selection(KINDS, string="Kind of System", help="Empty: any kind.")
    warehouse_id = fields.Many2one("stock.warehouse", ondelete="cascade", check_company=True, help="Empty: any.")
    tolerance = fields.Float(help="A statement that differs by no more than this is no discrepancy.")
    tolerance_percent = fields.Float(
        string="Tolerance %", help="The same in percent of Odoo's own figure; the larger of the two counts."
    )
    auto_limit = fields.Float(
        string="Adjusted by Itself up to",
        help="Stock balances only: where the balance capability is enforced and the system owns the fact, a difference "
        "of no more than this is adjusted in Odoo without a person. 0: never.",
    )
    note = fields.Char(string="Why")
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    active = fields.Boolean(default=True)
    words = fields.Char(compute="_compute_words", string="In Words")

    def init(self):
        super().init()
        self.env.cr.execute("DROP INDEX IF EXISTS logistics_authority_rule_scope_idx")
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_authority_rule_owner_idx ON logistics_authority_rule"
            " (fact, COALESCE(system_id, 0), COALESCE(warehouse_id, 0), COALESCE(company_id, 0),"
            " COALESCE(system_kind, '')) WHERE active"
        )

    @api.model
    def _create_defaults(self):
        """Write what each kind of system owns by its nature; once, so that what an administrator deletes stays away."""
        # sudo: a plain mark that it was done
        parameters = self.env["ir.config_parameter"].sudo()
        if parameters.get_param(_WRITTEN):
            return
        self.create(
            [
                {"fact": f"{family}.*", "owner": "system", "system_kind": kind, "company_id": False}
                for kind, families in _DEFAULTS.items()
                for family in families
            ]
        )
        parameters.set_param(_WRITTEN, "1")

    @api.constrains("fact")
    def _check_fact(self):
        for rule in self:
            family, dot, rest = (rule.fact or "").partition(".")
            if not dot or not family or not rest or "*" in family or ("*" in rest and rest != "*"):
                raise ValidationError(
                    _("Fact %(fact)s: write picking.completed, or picking.* for all of a family.", fact=rule.fact)
                )

    @api.constrains("tolerance", "tolerance_percent", "auto_limit")
    def _check_limits(self):
        for rule in self:
            if min(rule.tolerance, rule.tolerance_percent, rule.auto_limit) < 0:
                raise ValidationError(_("%(fact)s: tolerance and limit are 0 or more.", fact=rule.fact))

    @api.depends("fact", "owner", "system_id", "system_kind", "warehouse_id", "company_id")
    def _compute_words(self):
        kinds = dict(self._fields["system_kind"]._description_selection(self.env))
        for rule in self:
            who = rule.system_id.name or (
                _("Every system of kind %(kind)s", kind=kinds[rule.system_kind])
                if rule.system_kind
                else _("Any system")
            )
            where = _(" in %(warehouse)s", warehouse=rule.warehouse_id.name) if rule.warehouse_id else ""
            if rule.owner == "system":
                rule.words = _("%(who)s owns %(fact)s%(where)s", who=who, fact=rule.fact or "", where=where)
            else:
                rule.words = _(
                    "Odoo owns %(fact)s%(where)s; what it is told is a statement (%(who)s)",
                    who=who,
                    fact=rule.fact or "",
                    where=where,
                )

    @api.depends("words")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = rule.words

    # -- asking -----------------------------------------------------------------------------------------------

    @api.model
    @tools.ormcache("fact", "system_id", "warehouse_id")
    def _find_id(self, fact, system_id, warehouse_id):
        # sudo: whoever processes a message must see the rule in force
        system = self.env["logistics.system"].sudo().browse(system_id)
        rules = self.sudo().search(  # sudo: see above
            [
                ("fact", "in", [fact, fact.split(".", 1)[0] + ".*"]),
                ("company_id", "in", [system.company_id.id, False]),
                ("system_id", "in", [system.id, False]),
                ("system_kind", "in", [system.kind, False]),
                ("warehouse_id", "in", [warehouse_id, False]),
            ]
        )
        return rules.sorted(
            lambda r: (
                r.fact == fact,
                bool(r.system_id),
                bool(r.warehouse_id),
                bool(r.company_id),
                bool(r.system_kind),
            ),
            reverse=True,
        )[:1].id

    @api.model
    def _find(self, fact, system, warehouse=None):
        """The most specific rule for ``fact`` said by ``system``, or an empty record."""
        return self.browse(self._find_id(fact, system.id, warehouse.id if warehouse else False) or [])

    @api.model
    def _owns(self, fact, system, warehouse=None):
        """Whether ``system`` may change ``fact`` in Odoo."""
        rule = self._find(fact, system, warehouse).sudo()  # sudo: the rule in force, whoever processes
        return bool(rule) and rule.owner == "system"

    def _within(self, difference):
        """Whether a :class:`~.difference.Difference` is no more than this rule tolerates (no rule: nothing is)."""
        if difference.amount is None:
            return False
        rule = self.sudo()  # sudo: the rule in force, whoever processes
        most = max(rule.tolerance, abs(difference.base) * rule.tolerance_percent / 100)
        return abs(difference.amount) <= most + 1e-9
