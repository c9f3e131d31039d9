"""Products that may stand in for another one, by somebody's decision: no guess is ever made."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class ProductSubstitute(models.Model):
    _name = "logistics.product.substitute"
    _description = "Product Substitute"
    _order = "product_id, sequence, id"
    _check_company_auto = True

    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    product_id = fields.Many2one(
        "product.product", required=True, index=True, ondelete="cascade", check_company=True,
        domain="[('type', '=', 'product')]",
    )  # fmt: skip
    substitute_id = fields.Many2one(
        "product.product", string="May Be Replaced By", required=True, ondelete="cascade", check_company=True,
        domain="[('type', '=', 'product'), ('id', '!=', product_id)]",
    )  # fmt: skip
    ratio = fields.Float(default=1.0, required=True, help="Units of the substitute that stand for one of the product.")
    note = fields.Char(help="What a customer has to know.")

    _sql_constraints = [
        (
            "unique_pair",
            "UNIQUE (company_id, product_id, substitute_id)",
            "This substitute is named for the product already.",
        )
    ]

    @api.constrains("product_id", "substitute_id", "ratio")
    def _check_substitute(self):
        for row in self:
            if row.product_id == row.substitute_id:
                raise ValidationError(_("%(product)s cannot stand in for itself.", product=row.product_id.display_name))
            if row.ratio <= 0:
                raise ValidationError(_("Ratio: write more than 0."))

    @api.depends("product_id", "substitute_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.product_id.display_name or ''} → {row.substitute_id.display_name or ''}"
