"""How a company decides which warehouse ships an order: what counts how much, and how far it may be split."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError
from odoo.osv import expression
from odoo.tools.safe_eval import safe_eval

WEIGHTS = ("cost", "distance", "coverage", "shipments")


class AllocationPolicy(models.Model):
    _name = "logistics.allocation.policy"
    _description = "Allocation Policy"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The first policy that fits an order decides.")
    active = fields.Boolean(default=True)
    # -- for which orders --
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, help="Empty: all companies.")
    team_id = fields.Many2one("crm.team", string="Channel", check_company=True, help="Sales team; empty: all.")
    partner_category_ids = fields.Many2many(
        "res.partner.category",
        "logistics_allocation_policy_category_rel",
        string="Customer Tags",
        help="Only customers with one of these tags; empty: all.",
    )
    order_domain = fields.Char(string="Applies To", help="Only orders that match; empty: all.")
    warehouse_ids = fields.Many2many(
        "stock.warehouse",
        "logistics_allocation_policy_warehouse_rel",
        string="Warehouses",
        check_company=True,
        help="Only these may ship; empty: every warehouse of the order's company.",
    )
    # -- what counts --
    weight_cost = fields.Float(string="Cost", default=35.0, help="Freight and handling.")
    weight_distance = fields.Float(string="Distance", default=25.0)
    weight_coverage = fields.Float(string="Stock", default=30.0, help="The share of the goods that is there.")
    weight_shipments = fields.Float(string="Few Shipments", default=10.0)
    handling_cost = fields.Float(
        string="Handling per Shipment",
        help="Added to the freight of each shipment, in the company's currency, where the warehouse has no own figure.",
    )
    # -- what is allowed without asking --
    max_shipments = fields.Integer(
        string="Shipments per Order", default=2, help="More than these need an approval; 1: never split by itself."
    )
    max_extra_cost = fields.Float(
        string="Extra Cost of a Split",
        default=25.0,
        help="A split that costs this much more than the cheapest single shipment needs an approval;"
        " in the company's currency.",
    )
    partial_allowed = fields.Boolean(
        string="Ship What Is There",
        default=True,
        help="When no warehouses together have everything: what is there goes, the rest follows,"
        " as far as the customer's terms allow.",
    )
    answer_hours = fields.Float(
        string="Answers Within (Hours)",
        help="A warehouse that has not answered by then loses the order to the next; 0: the warehouse's own figure.",
    )
    priority_tag_ids = fields.Many2many(
        "res.partner.category",
        "logistics_allocation_policy_priority_rel",
        string="Account Manager Is Told For",
        help="For customers with one of these tags the salesperson is told when their order is moved, has to be"
        " split, or finds no warehouse.",
    )

    # -- checks ------------------------------------------------------------------------------------------------

    @api.constrains("weight_cost", "weight_distance", "weight_coverage", "weight_shipments")
    def _check_weights(self):
        for policy in self:
            weights = policy._weights()
            negative = [name for name, weight in weights.items() if weight < 0]
            if negative:
                field = self._fields[f"weight_{negative[0]}"]._description_string(self.env)
                raise ValidationError(
                    _("Policy %(name)s, %(field)s: write a weight of 0 or more.", name=policy.name, field=field)
                )
            if not sum(weights.values()):
                raise ValidationError(
                    _("Policy %(name)s: give Cost, Distance, Stock or Few Shipments a weight.", name=policy.name)
                )

    @api.constrains("max_shipments", "max_extra_cost", "answer_hours", "handling_cost")
    def _check_figures(self):
        least = {"max_shipments": 1, "max_extra_cost": 0, "answer_hours": 0, "handling_cost": 0}
        for policy in self:
            for field, minimum in least.items():
                if policy[field] < minimum:
                    label = self._fields[field]._description_string(self.env)
                    raise ValidationError(
                        _(
                            "Policy %(name)s, %(field)s: write %(minimum)s or more.",
                            name=policy.name,
                            field=label,
                            minimum=minimum,
                        )
                    )

    @api.constrains("order_domain")
    def _check_order_domain(self):
        for policy in self.filtered("order_domain"):
            try:
                with self.env.cr.savepoint():
                    self.env["sale.order"].search(policy._domain(), limit=1)
            except Exception as error:
                raise ValidationError(
                    _(
                        "Policy %(name)s, Applies To: %(domain)s is no condition on sales orders (%(error)s)."
                        " Build it with the editor.",
                        name=policy.name,
                        domain=policy.order_domain,
                        error=error,
                    )
                ) from error

    def _domain(self):
        self.ensure_one()
        return safe_eval((self.order_domain or "").strip() or "[]", {"uid": self.env.uid})

    # -- use ---------------------------------------------------------------------------------------------------

    def _weights(self):
        """{part of the score: weight}."""
        self.ensure_one()
        return {name: self[f"weight_{name}"] for name in WEIGHTS}

    @api.model
    def _for_order(self, order):
        """The policy that decides about ``order``, or none."""
        policies = self.search([("company_id", "in", [order.company_id.id, False])])
        return next((policy for policy in policies if policy._fits(order)), self.browse())

    def _fits(self, order):
        self.ensure_one()
        tags = order.partner_id.category_id | order.partner_id.commercial_partner_id.category_id
        if self.team_id and self.team_id != order.team_id:
            return False
        if self.partner_category_ids and not self.partner_category_ids & tags:
            return False
        domain = self._domain()
        if not domain:
            return True
        return bool(order.search_count(expression.AND([[("id", "=", order.id)], domain])))

    def _is_priority(self, partner):
        """Whether the account manager is told about what happens to this customer's orders."""
        self.ensure_one()
        return bool(self.priority_tag_ids & (partner.category_id | partner.commercial_partner_id.category_id))
