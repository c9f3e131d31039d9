"""What a customer's article numbers mean here."""

from odoo import api, fields, models


class ProductCode(models.Model):
    _name = "logistics.product.code"
    _description = "Customer's Article Number"
    _order = "partner_id, code"
    _rec_name = "code"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade", index=True, check_company=True
    )
    code = fields.Char(string="Customer's Code", required=True)
    product_id = fields.Many2one("product.product", required=True, ondelete="cascade", index=True, check_company=True)
    label = fields.Char(string="Customer's Words")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)

    _sql_constraints = [
        ("code_unique", "UNIQUE(partner_id, code, company_id)", "This customer's code is mapped already."),
    ]

    @api.model
    def _product(self, partner, codes):
        """The product of the first of ``codes`` that is mapped for ``partner`` or its company, or an empty record."""
        partners = partner | partner.commercial_partner_id
        rows = self.search(
            [("partner_id", "in", partners.ids), ("code", "in", list(codes)), ("company_id", "=", self.env.company.id)]
        )
        by_code = {row.code: row.product_id for row in rows}
        return next((by_code[code] for code in codes if code in by_code), self.env["product.product"])
