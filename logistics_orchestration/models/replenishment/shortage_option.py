"""What can be done about a shortage: options priced side by side, one row each, the best one marked.

An option is what was seen when it was priced: choosing, deciding and carrying out hold it against what is true then.
Prices are found in ``shortage_price``, choosing is in ``shortage_option_choose``, what is done then in
``shortage_option_carry_out``.
"""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

KINDS = [
    ("expedite", "Expedite"),
    ("alternate", "Another supplier"),
    ("transfer", "Transfer"),
    ("substitute", "Substitute"),
    ("replan", "Re-plan"),
]
STATES = [
    ("proposed", "Proposed"),
    ("requested", "Waits for a decision"),
    ("done", "Carried out"),
    ("rejected", "Rejected"),
    ("superseded", "Superseded"),
]
# (from, to, who, event): docs/states.md is held to this table.
TRANSITIONS = [
    ("proposed", "requested", "planner, buyer", "the option is chosen"),
    ("requested", "done", "Odoo", "nobody has to decide, or the decision is yes"),
    ("requested", "rejected", "approver, manager", "the decision is no, or nobody decided in time"),
    ("requested", "superseded", "Odoo", "cost, quantity, date or the order behind it changed"),
    ("proposed", "superseded", "Odoo", "another option was carried out"),
]
# What makes two looks the same option.
IDENTITY = ("kind", "purchase_line_id", "supplier_id", "from_warehouse_id", "substitute_id")
# What others have to agree to, by the names approvals know it by.
DECISIONS = {"alternate": "emergency_procurement", "expedite": "expedite"}


class ShortageOption(models.Model):
    _name = "logistics.shortage.option"
    _description = "Shortage Option"
    _inherit = ["logistics.source"]
    _order = "shortage_id desc, is_best desc, score, id"
    _check_company_auto = True

    shortage_id = fields.Many2one("logistics.shortage", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="shortage_id.company_id", store=True, index=True)
    product_id = fields.Many2one(related="shortage_id.product_id", store=True)
    product_uom_id = fields.Many2one(related="product_id.uom_id", string="Unit of Measure")
    warehouse_id = fields.Many2one(related="shortage_id.warehouse_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    state = fields.Selection(STATES, default="proposed", required=True, readonly=True, index=True)
    purchase_line_id = fields.Many2one(
        "purchase.order.line", string="Late Line", readonly=True, ondelete="cascade", help="What would come too late."
    )
    supplier_id = fields.Many2one("res.partner", readonly=True, ondelete="cascade")
    from_warehouse_id = fields.Many2one("stock.warehouse", readonly=True, ondelete="cascade")
    substitute_id = fields.Many2one("product.product", readonly=True, ondelete="cascade")
    words = fields.Char(string="Option", readonly=True)
    quantity = fields.Float(
        digits="Product Unit of Measure", readonly=True, help="Bought, moved or pulled forward; of the product's unit."
    )
    covers = fields.Float(
        digits="Product Unit of Measure", readonly=True, help="How much of what is missing it brings."
    )
    need = fields.Float(digits="Product Unit of Measure", readonly=True)
    arrival_on = fields.Date(string="On the Shelf", readonly=True)
    late_days = fields.Integer(readonly=True, help="Days after the first need. 0: in time.")
    cost = fields.Monetary(readonly=True, help="What has to be spent.")
    extra_cost = fields.Monetary(readonly=True, help="Beyond what would have been spent anyway.")
    risk = fields.Selection([("low", "Low"), ("medium", "Medium"), ("high", "High")], required=True, readonly=True)
    risk_reason = fields.Char(string="Why", readonly=True)
    score = fields.Monetary(
        readonly=True, help="Extra cost, delay, what is not covered and risk, in money. Lowest is best."
    )
    score_delay = fields.Monetary(string="Of It: Delay", readonly=True)
    score_uncovered = fields.Monetary(string="Of It: Not Covered", readonly=True)
    score_risk = fields.Monetary(string="Of It: Risk", readonly=True)
    is_best = fields.Boolean(string="Best", readonly=True)
    priced_at = fields.Datetime(readonly=True)
    snapshot = fields.Json(readonly=True, copy=False, help="What the choice was made on.")
    reason = fields.Text(readonly=True, copy=False)
    requested_by_id = fields.Many2one("res.users", string="Chosen By", readonly=True, copy=False, ondelete="set null")
    requested_at = fields.Datetime(string="Chosen On", readonly=True, copy=False)
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="set null")
    outcome = fields.Char(readonly=True, copy=False, help="Why it was refused or superseded, or what was made of it.")
    carried_out_at = fields.Datetime(readonly=True, copy=False)
    result_model = fields.Char(readonly=True, copy=False)
    result_id = fields.Many2oneReference(
        string="Result ID", model_field="result_model", readonly=True, copy=False, help="What carrying it out made."
    )
    can_choose = fields.Boolean(compute="_compute_can")
    can_decide = fields.Boolean(compute="_compute_can")

    def init(self):
        super().init()
        # one question at a time per shortage, also when two planners choose at the same instant
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS logistics_shortage_option_asked_idx"
            " ON logistics_shortage_option (shortage_id) WHERE state = 'requested'"
        )

    def write(self, vals):
        allowed = {(before, after) for before, after, _who, _event in TRANSITIONS}
        for option in self if "state" in vals else ():
            if vals["state"] != option.state and (option.state, vals["state"]) not in allowed:
                raise UserError(_("%(option)s is %(state)s already.", option=option.words, state=option.state))
        return super().write(vals)

    @api.depends("words")
    def _compute_display_name(self):
        for option in self:
            option.display_name = option.words or ""

    @api.depends_context("uid")
    @api.depends("state", "shortage_id.state", "shortage_id.option_ids.state")
    def _compute_can(self):
        for option in self:
            option.can_choose = not option._why_not_choose()
            option.can_decide = not option._why_not_decide()

    # -- logistics.source -------------------------------------------------------------------------------------

    def _logistics_root(self):
        """To-dos about an option stand on its shortage."""
        return self.shortage_id

    def _logistics_scope(self):
        return self.shortage_id._logistics_scope()

    def _logistics_subject(self):
        return f"{self.shortage_id.name}: {self.words}"

    def action_open_result(self):
        """What carrying it out made, with the rights of who opens it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.result_model,
            "res_id": self.result_id,
            "views": [[False, "form"]],
        }
