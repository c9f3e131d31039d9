"""One carrier in a policy: preferred, never taken, or asked when another does not answer."""

from odoo import fields, models


class RatePolicyLine(models.Model):
    _name = "logistics.rate.policy.line"
    _description = "Carrier in a Policy"
    _order = "policy_id, use, sequence, id"
    _rec_name = "carrier_id"

    policy_id = fields.Many2one("logistics.rate.policy", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    use = fields.Selection(
        [("preferred", "Preferred"), ("excluded", "Never"), ("fallback", "If another does not answer")],
        required=True,
        default="preferred",
    )
    carrier_id = fields.Many2one("delivery.carrier", string="Shipping Method", required=True, ondelete="cascade")

    _sql_constraints = [
        ("once", "UNIQUE(policy_id, use, carrier_id)", "This shipping method stands in the policy already."),
    ]
