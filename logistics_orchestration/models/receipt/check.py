"""A check of what one receipt line brings: a short list of questions, answered at the dock.

Every receipt a plan is about leaves a check, also one that is not looked at (``skipped``): sampling counts them.
"""

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import float_compare

from ..backbone.record_link import open_form

STATES = [
    ("todo", "To Check"),
    ("passed", "Passed"),
    ("failed", "Failed"),
    ("waived", "Waived"),
    ("repeated", "Repeated"),
    ("skipped", "Not Sampled"),
    ("cancelled", "Cancelled"),
]
# (from, to, who, event): docs/states.md is held to this table.
TRANSITIONS = [
    ("new", "todo", "Odoo", "the receipt is ready and the plan says so"),
    ("new", "skipped", "Odoo", "the receipt is ready and the plan leaves it out"),
    ("todo", "passed", "warehouse", "every required question is answered, none failed"),
    ("todo", "failed", "warehouse", "every required question is answered, one failed"),
    ("todo", "waived", "manager", "the goods are taken unchecked, with a reason"),
    ("todo", "cancelled", "Odoo", "the receipt is cancelled or the goods did not come"),
    ("passed", "repeated", "manager", "it is checked again, with a reason"),
    ("failed", "repeated", "manager", "it is checked again, with a reason"),
    ("failed", "waived", "manager", "the goods are taken all the same, with a reason"),
]
DECIDED = ("passed", "failed", "waived")


class ReceiptCheck(models.Model):
    _name = "logistics.receipt.check"
    _description = "Receipt Check"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False, default=lambda self: _("New"))
    state = fields.Selection(STATES, default="todo", required=True, readonly=True, index=True, tracking=True)
    plan_id = fields.Many2one(
        "logistics.receipt.check.plan",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    picking_id = fields.Many2one(
        "stock.picking",
        string="Receipt",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, index=True, ondelete="restrict", check_company=True
    )
    partner_id = fields.Many2one("res.partner", string="Supplier", readonly=True, index=True, ondelete="restrict")
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True, ondelete="restrict", check_company=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    quantity = fields.Float(
        string="Received",
        digits="Product Unit of Measure",
        compute="_compute_quantity",
        help="As the receipt says now.",
    )
    product_uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    failed_quantity = fields.Float(
        string="Goes to Quarantine",
        digits="Product Unit of Measure",
        help="How much of a failed check is not good; 0: all of it.",
    )
    line_ids = fields.One2many("logistics.receipt.check.line", "check_id", string="Checklist")
    open_count = fields.Integer(compute="_compute_open_count", string="Open Questions")
    decided_by = fields.Many2one("res.users", readonly=True, copy=False)
    decided_at = fields.Datetime(readonly=True, copy=False)
    reason = fields.Char(readonly=True, copy=False, help="Why it was waived or is checked again.")
    repeat_of_id = fields.Many2one("logistics.receipt.check", string="Repeats", readonly=True, ondelete="restrict")
    repeat_ids = fields.One2many("logistics.receipt.check", "repeat_of_id", string="Repeated By")
    receipt_done = fields.Boolean(compute="_compute_quantity")

    @api.depends("picking_id.move_ids.quantity", "picking_id.state")
    def _compute_quantity(self):
        for check in self:
            moves = check.sudo()._moves()  # sudo: figures of the receipt for whoever checks
            check.quantity = sum(
                move.product_uom._compute_quantity(move.quantity, move.product_id.uom_id, round=False) for move in moves
            )
            check.receipt_done = check.picking_id.state == "done"

    @api.depends("line_ids.verdict", "line_ids.required")
    def _compute_open_count(self):
        for check in self:
            check.open_count = len(check.line_ids.filtered(lambda line: line._is_open()))

    @api.constrains("failed_quantity")
    def _check_failed_quantity(self):
        for check in self:
            if check.failed_quantity < 0:
                raise ValidationError(_("Goes to Quarantine, %(name)s: write 0 or more.", name=check.name))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("state", "todo") == "todo":
                vals["name"] = self.env["ir.sequence"].next_by_code("logistics.receipt.check") or _("New")
        return super().create(vals_list)

    def _moves(self):
        """The receipt's lines this check is about."""
        return self.picking_id.move_ids.filtered(
            lambda move: move.product_id in self.product_id and move.state != "cancel"
        )

    def _latest(self):
        """The check that counts: this one, or the last that repeats it."""
        check = self
        while check.repeat_ids:
            check = check.repeat_ids.sorted("id")[-1]
        return check

    def _wire(self):
        """What others are told about this check."""
        self.ensure_one()
        failed = (self.failed_quantity or self.quantity) if self.state == "failed" else 0.0
        return {
            "check": self.name,
            "sku": self.product_id.default_code or "",
            "product": self.product_id.display_name,
            "verdict": self.state,
            "quantity": self.quantity,
            "failed_quantity": failed,
            "reason": self.reason or "",
            "answers": [
                {
                    "question": line.name,
                    "verdict": line.verdict or "",
                    "value": line.value if line.kind == "measure" and line.measured else None,
                    "unit": line.unit or "",
                }
                for line in self.line_ids
            ],
        }

    # -- what people do ---------------------------------------------------------------------------------------

    def action_all_good(self):
        """Button: what is open and needs neither measure nor photo has passed."""
        for check in self:
            check._must_be_open()
            for line in check.line_ids.filtered(lambda line: not line.verdict and line.kind == "pass_fail"):
                if not line.photo_required or line.photo:
                    line.verdict = "pass"
            if not check.open_count:
                check.action_finish()
        return True

    def action_finish(self):
        """Button: the answers are complete; the verdict follows from them.

        :raises UserError: a required question is open
        """
        for check in self:
            check._must_be_open()
            waiting = check.line_ids.filtered(lambda line: line._is_open())
            if waiting:
                raise UserError(
                    _("%(check)s: answer %(questions)s first.",
                      check=check.name, questions=", ".join(waiting.mapped("name")))
                )  # fmt: skip
            failed = check.line_ids.filtered(lambda line: line.verdict == "fail")
            if (
                float_compare(
                    check.failed_quantity, check.quantity, precision_rounding=check.product_id.uom_id.rounding
                )
                > 0
            ):
                raise UserError(
                    _("%(check)s: %(failed)g to quarantine, only %(quantity)g came.",
                      check=check.name, failed=check.failed_quantity, quantity=check.quantity)
                )  # fmt: skip
            check._decide("failed" if failed else "passed")
        return True

    def action_waive(self, reason=None):
        """Button: the goods are taken as they are.

        :param str reason: asked for when not given
        """
        self._must_be_manager()
        if wrong := self.filtered(lambda check: check.state not in ("todo", "failed") or check.receipt_done):
            raise UserError(_("%(check)s is settled: there is nothing to waive.", check=wrong[0].name))
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, "action_waive", _("Why are the goods taken?"))
        for check in self:
            check._decide("waived", reason)
        return True

    def action_repeat(self, reason=None):
        """Button: check again, from the start; the earlier answers stay as they are.

        :param str reason: asked for when not given
        """
        self._must_be_manager()
        if wrong := self.filtered(lambda check: check.state not in ("passed", "failed") or check.receipt_done):
            raise UserError(_("%(check)s cannot be repeated: it is open, or its receipt is done.", check=wrong[0].name))
        if not reason:
            return self.env["logistics.reason.wizard"]._ask(self, "action_repeat", _("Why is it checked again?"))
        for check in self:
            check.write({"state": "repeated", "reason": reason})
            again = check.plan_id._make_check(check.picking_id, check.product_id, check.partner_id, check)
            again.message_post(body=_("Repeats %(check)s: %(reason)s", check=check.name, reason=reason))
        return self.repeat_ids.sorted("id")[-1:].action_open()

    def action_open(self):
        """The form of this check."""
        return open_form(self)

    def _must_be_open(self):
        if self.state != "todo":
            states = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(_("%(check)s is %(state)s already.", check=self.name, state=states[self.state].lower()))

    def _must_be_manager(self):
        if not self.env.su and not self.env.user.has_group("logistics_orchestration.group_manager"):
            raise AccessError(_("Waiving or repeating a check is for Logistics Managers. Ask one of them."))

    def _decide(self, state, reason=None):
        self.write(
            {"state": state, "reason": reason, "decided_by": self.env.user.id, "decided_at": fields.Datetime.now()}
        )
        # sudo: others are told the same, whoever checks
        self.picking_id.sudo()._logistics_checked()
