"""Observe, then enforce: what the suite may do, per capability and scope.

Without a switch a capability observes: facts and verdicts are recorded, nothing anybody does changes.
"""

from odoo import _, api, fields, models, tools
from odoo.exceptions import ValidationError

CAPABILITIES = [
    ("release", "Order release"),
    ("fulfillment", "Fulfilment requests"),
    ("shipment", "Shipments"),
    ("billing", "Billing after proof of delivery"),
    ("replenishment", "Replenishment"),
    ("receipt", "Receipts: ship notices and checks"),
    ("balance", "Stock balances"),
    ("approvals", "Approvals"),
    ("exceptions", "Exceptions"),
    ("carrier", "Carrier booking"),
]


class Switch(models.Model):
    _name = "logistics.switch"
    _description = "Capability Switch"
    _inherit = ["logistics.cached.mixin"]
    _order = "capability, company_id, warehouse_id, partner_id"
    _check_company_auto = True

    capability = fields.Selection(CAPABILITIES, required=True)
    mode = fields.Selection([("observe", "Observe"), ("enforce", "Enforce")], default="observe", required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", check_company=True, ondelete="cascade", help="Only for this warehouse; empty: all."
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", ondelete="cascade", help="Only for this customer; empty: all."
    )
    observation_count = fields.Integer(compute="_compute_observation", string="Would Have Acted")
    observation_amount = fields.Float(compute="_compute_observation", string="Value Concerned")

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_switch_scope_idx ON logistics_switch"
            " (capability, company_id, COALESCE(warehouse_id, 0), COALESCE(partner_id, 0))"
        )

    @api.constrains("warehouse_id", "partner_id")
    def _check_scope(self):
        for switch in self:
            if switch.warehouse_id and switch.partner_id:
                raise ValidationError(
                    _("Switch %(name)s: choose a warehouse or a customer, not both.", name=switch.display_name)
                )

    @api.depends("capability", "mode")
    def _compute_display_name(self):
        labels = dict(self._fields["capability"]._description_selection(self.env))
        modes = dict(self._fields["mode"]._description_selection(self.env))
        for switch in self:
            switch.display_name = f"{labels.get(switch.capability, '')}: {modes.get(switch.mode, '')}"

    def _compute_observation(self):
        totals = {
            (capability, company.id): (count, amount)
            for capability, company, count, amount in self.env["logistics.observation"]._read_group(
                [("capability", "in", self.mapped("capability"))],
                ["capability", "company_id"],
                ["__count", "amount:sum"],
            )
        }
        for switch in self:
            count, amount = totals.get((switch.capability, switch.company_id.id), (0, 0.0))
            switch.observation_count, switch.observation_amount = count, amount

    @api.model
    @tools.ormcache("capability", "company_id")
    def _modes(self, capability, company_id):
        """All switches of a capability in a company: {(warehouse id, partner id): enforced}."""
        # sudo: whoever acts must see the mode in force, also where they may not read switches
        switches = self.sudo().search([("capability", "=", capability), ("company_id", "=", company_id)])
        return {(switch.warehouse_id.id, switch.partner_id.id): switch.mode == "enforce" for switch in switches}

    @api.model
    def _is_enforced(self, capability, company, warehouse=None, partner=None):
        """Whether ``capability`` acts here: a customer's switch counts before a warehouse's, that before the company's.

        :param str capability: one of CAPABILITIES
        :param company: res.company record
        :param warehouse: stock.warehouse record or None
        :param partner: the customer (res.partner) or None
        :raises ValueError: unknown capability
        """
        if capability not in dict(CAPABILITIES):
            raise ValueError(f"unknown capability {capability!r}")
        modes = self._modes(capability, company.id)
        if not modes:
            return False
        scopes = []
        if partner:
            scopes += [(False, partner.id), (False, partner.commercial_partner_id.id)]
        if warehouse:
            scopes.append((warehouse.id, False))
        scopes.append((False, False))
        return next((modes[scope] for scope in scopes if scope in modes), False)

    def action_enforce(self):
        """Let the capability act in this scope."""
        self.write({"mode": "enforce"})
        return True

    def action_observe(self):
        """Go back to watching only."""
        self.write({"mode": "observe"})
        return True

    def action_open_observations(self):
        """What it would have done."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_observation")
        return dict(
            action, domain=[("capability", "=", self.capability), ("company_id", "=", self.company_id.id)], context={}
        )
