"""What is looked at when goods come in: which goods, how often, and the questions. All of it is data."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .sampling import is_sampled

# receipts a failure is remembered for, at most
HISTORY = 100


class ReceiptCheckPlan(models.Model):
    _name = "logistics.receipt.check.plan"
    _description = "Receipt Check Plan"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The first plan that fits a receipt line counts.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    warehouse_id = fields.Many2one("stock.warehouse", check_company=True, help="Empty: every warehouse.")
    product_categ_id = fields.Many2one(
        "product.category", string="Product Category", help="With those below it. Empty: every category."
    )
    product_id = fields.Many2one("product.product", check_company=True, help="Empty: every product.")
    partner_id = fields.Many2one("res.partner", string="Supplier", help="Empty: every supplier.")
    sampling = fields.Selection(
        [("all", "Every receipt"), ("nth", "One of so many"), ("percent", "A percentage")],
        default="all",
        required=True,
    )
    every_nth = fields.Integer(string="One of", default=5)
    percent = fields.Float(string="Percentage", default=20.0)
    tightened = fields.Integer(
        string="After a Failure, Check the Next",
        default=3,
        help="So many receipts in a row, whatever the sampling says.",
    )
    line_ids = fields.One2many("logistics.receipt.check.plan.line", "plan_id", string="Checklist", copy=True)
    series_ids = fields.One2many("logistics.receipt.check.series", "plan_id", string="Sampled So Far", readonly=True)
    check_count = fields.Integer(compute="_compute_check_count", string="Checks")

    def _compute_check_count(self):
        groups = self.env["logistics.receipt.check"]._read_group(
            [("plan_id", "in", self.ids), ("state", "!=", "skipped")], ["plan_id"], ["__count"]
        )
        counts = {plan.id: count for plan, count in groups}
        for plan in self:
            plan.check_count = counts.get(plan.id, 0)

    @api.constrains("sampling", "every_nth", "percent", "tightened", "line_ids", "active")
    def _check_plan(self):
        for plan in self:
            if plan.sampling == "nth" and plan.every_nth < 1:
                raise ValidationError(_("One of, plan %(name)s: write 1 or more.", name=plan.name))
            if plan.sampling == "percent" and not 0 < plan.percent <= 100:
                raise ValidationError(_("Percentage, plan %(name)s: write more than 0, 100 at most.", name=plan.name))
            if not 0 <= plan.tightened <= HISTORY:
                raise ValidationError(
                    _("After a Failure, plan %(name)s: write 0 to %(most)s.", name=plan.name, most=HISTORY)
                )
            if plan.active and not plan.line_ids:
                raise ValidationError(_("Checklist, plan %(name)s: write at least one question.", name=plan.name))

    def _fits(self, move):
        """Whether this plan is about what ``move`` brings."""
        self.ensure_one()
        category, product = self.product_categ_id, move.product_id
        supplier = move.picking_id.partner_id.commercial_partner_id
        return (
            (not self.warehouse_id or self.warehouse_id == move.picking_type_id.warehouse_id)
            and (not self.product_id or self.product_id == product)
            and (not category or product.categ_id.parent_path.startswith(category.parent_path))
            and (not self.partner_id or self.partner_id.commercial_partner_id == supplier)
        )

    def _recent(self, product, supplier):
        """Verdicts of the last receipts of a product from a supplier, as many as a failure is remembered for."""
        if not self.tightened:
            return []
        checks = self.env["logistics.receipt.check"].search(
            [
                ("plan_id", "=", self.id),
                ("product_id", "=", product.id),
                ("partner_id", "=", supplier.id),
                ("repeat_of_id", "=", False),
                ("state", "!=", "cancelled"),
            ],
            order="id desc",
            limit=self.tightened,
        )
        verdicts = {"failed": False, "skipped": None}
        return [verdicts.get(check._latest().state, True) for check in checks]

    def _samples(self, product, supplier):
        """Whether the next receipt of ``product`` from ``supplier`` is checked; it counts from here on."""
        self.ensure_one()
        number = self.env["logistics.receipt.check.series"]._draw(self, product, supplier)
        return is_sampled(self.sampling, self.every_nth, self.percent, number, self._recent(product, supplier))

    def _make_check(self, picking, product, supplier, repeats=None):
        """The check of one product on a receipt, or the mark that it was left out; a repeat is always checked."""
        self.ensure_one()
        wanted = bool(repeats) or self._samples(product, supplier)
        questions = ("sequence", "name", "kind", "lower", "upper", "unit", "photo_required", "required")
        return self.env["logistics.receipt.check"].create(
            {
                "state": "todo" if wanted else "skipped",
                "plan_id": self.id,
                "picking_id": picking.id,
                "product_id": product.id,
                "partner_id": supplier.id,
                "warehouse_id": picking.picking_type_id.warehouse_id.id,
                "company_id": picking.company_id.id,
                "repeat_of_id": repeats.id if repeats else False,
                "line_ids": [
                    fields.Command.create({name: line[name] for name in questions}) for line in self.line_ids if wanted
                ],
            }
        )

    def action_open_checks(self):
        """Smart button: what was checked by this plan."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_receipt_check")
        return dict(action, domain=[("plan_id", "=", self.id)], context={})
