"""One look at which warehouse ships an order: the candidates with their scores, what was decided and by whom.

An order may have been looked at many times; the allocation *in force* is what its transfers follow. A rule decides
what the customer's terms and the policy allow; the rest waits for a person or for goods.
"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..backbone.record_link import open_form

STATES = [
    ("observed", "Observed"),
    ("proposed", "To Decide"),
    ("waiting", "Waits for Goods"),
    ("exhausted", "No Warehouse Left"),
    ("in_force", "In Force"),
    ("superseded", "Replaced"),
]
# (from, to, who, event): without events of their own, requests and holds tell what follows; who is odoo (the rule), or
# person (also somebody's decision on a hold or an approval)
TRANSITIONS = [
    ("new", "observed", "odoo", ""),
    ("new", "proposed", "odoo", ""),
    ("new", "waiting", "odoo", ""),
    ("new", "exhausted", "odoo", ""),
    ("new", "in_force", "odoo", ""),
    ("observed", "in_force", "person", ""),
    ("observed", "superseded", "odoo", ""),
    ("proposed", "in_force", "person", ""),
    ("proposed", "superseded", "odoo", ""),
    ("waiting", "in_force", "person", ""),
    ("waiting", "superseded", "odoo", ""),
    ("exhausted", "in_force", "person", ""),
    ("exhausted", "superseded", "odoo", ""),
    ("in_force", "in_force", "person", ""),
    ("in_force", "superseded", "odoo", ""),
]
_ALLOWED = {row[:3] for row in TRANSITIONS}


class Allocation(models.Model):
    _name = "logistics.allocation"
    _description = "Warehouse Allocation"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False, default=lambda self: _("New"))
    state = fields.Selection(STATES, required=True, readonly=True, copy=False, index=True)
    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, ondelete="cascade", index=True, check_company=True
    )
    partner_id = fields.Many2one(related="order_id.partner_id", store=True, string="Customer")
    user_id = fields.Many2one(related="order_id.user_id", store=True, string="Salesperson")
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="order_id.currency_id")
    amount_total = fields.Monetary(related="order_id.amount_total", string="Order Value", store=True)
    policy_id = fields.Many2one("logistics.allocation.policy", readonly=True, ondelete="set null")
    policy_name = fields.Char(readonly=True, help="The policy's name at that time.")
    home_id = fields.Many2one(
        "stock.warehouse", string="Order's Own Warehouse", readonly=True, ondelete="set null", check_company=True
    )
    trigger = fields.Char(readonly=True, help="What made us look: confirmation, a rejection, a receipt, a person.")
    words = fields.Text(string="Why", readonly=True)
    candidate_ids = fields.One2many("logistics.allocation.candidate", "allocation_id", readonly=True)
    chosen_id = fields.Many2one("logistics.allocation.candidate", readonly=True, ondelete="set null")
    asked_id = fields.Many2one(
        "logistics.allocation.candidate",
        string="Asked For",
        readonly=True,
        ondelete="set null",
        help="Carried out when somebody agrees to the split.",
    )
    fingerprint = fields.Char(readonly=True, help="The same look with the same result has the same fingerprint.")
    chosen_warehouses = fields.Char(related="chosen_id.name", string="Ships From", store=True)
    chosen_score = fields.Float(related="chosen_id.score", string="Score", store=True, group_operator="avg")
    chosen_cost = fields.Monetary(related="chosen_id.cost", string="Cost", store=True)
    chosen_shipments = fields.Integer(
        related="chosen_id.shipments", string="Shipments", store=True, group_operator="avg"
    )
    chosen_by = fields.Selection([("rule", "Rule"), ("person", "Person")], readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    decided_at = fields.Datetime(readonly=True)
    refused = fields.Json(readonly=True, help="Warehouses that rejected or did not answer: {id: why}.")

    def init(self):
        super().init()
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS logistics_allocation_open_idx ON logistics_allocation (order_id)"
            " WHERE state <> 'superseded'"
        )

    @api.model_create_multi
    def create(self, vals_list):
        """Keep a look; its name comes from the sequence."""
        for vals in vals_list:
            if vals.get("name", _("New")) == _("New"):
                vals["name"] = self.env["ir.sequence"].next_by_code("logistics.allocation") or _("New")
        return super().create(vals_list)

    def _move_to(self, state, who, **vals):
        """Move allocations to ``state``.

        :param str who: odoo or person
        :raises UserError: the table knows no such move
        """
        labels = dict(self._fields["state"]._description_selection(self.env))
        for allocation in self:
            if (allocation.state, state, who) not in _ALLOWED:
                raise UserError(
                    _(
                        "%(name)s is %(state)s and cannot become %(target)s.",
                        name=allocation.name,
                        state=labels[allocation.state].lower(),
                        target=labels[state].lower(),
                    )
                )
            allocation.write({"state": state, **vals})

    def _supersede(self):
        """Another look has replaced these."""
        self.filtered(lambda a: a.state != "superseded")._move_to("superseded", "odoo")

    def _refused_sites(self):
        """{warehouse id: why} of those that will not do it."""
        return {int(key): why for key, why in (self.refused or {}).items()}

    def action_open_order(self):
        """Open the order."""
        self.ensure_one()
        return open_form(self.order_id)
