"""What a supplier answered for each line of an order, in its own codes: append-only, whatever Odoo made of it."""

from odoo import api, fields, models

from .line_answer import CODES


class SupplierAnswer(models.Model):
    _name = "logistics.supplier.answer"
    _description = "Supplier Answer"
    _inherit = ["logistics.audit.mixin"]
    _order = "given_at desc, id desc"
    _check_company_auto = True

    purchase_line_id = fields.Many2one(
        "purchase.order.line", required=True, readonly=True, ondelete="restrict", index=True, check_company=True
    )
    order_id = fields.Many2one(
        "purchase.order", required=True, readonly=True, ondelete="restrict", index=True, check_company=True
    )
    partner_id = fields.Many2one(
        "res.partner", string="Supplier", required=True, readonly=True, ondelete="restrict", index=True
    )
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    code = fields.Selection(CODES, string="Answer", required=True)
    ordered_quantity = fields.Float(digits="Product Unit of Measure", help="As ordered when the answer came.")
    promised_quantity = fields.Float(digits="Product Unit of Measure", help="With a date.")
    undated_quantity = fields.Float(digits="Product Unit of Measure", help="To come, the supplier does not say when.")
    refused_quantity = fields.Float(digits="Product Unit of Measure", help="Will not come.")
    promised_at = fields.Datetime(string="Promised For", help="The last of the dates given for the line.")
    price_unit = fields.Float(string="Supplier's Price", digits="Product Price", help="0: nothing was said about it.")
    ordered_price = fields.Float(digits="Product Price")
    substitute = fields.Char(help="The article offered instead.")
    note = fields.Char(string="Supplier's Words")
    effect = fields.Char(help="What Odoo did about it, or would have done while it observes.")
    channel = fields.Selection(
        [("system", "Supplier's system"), ("link", "Mail link"), ("person", "Entered by a person")], required=True
    )
    source_name = fields.Char(string="Said By")
    message_ref = fields.Char(string="Message", help="The supplier's id of its message, or the link it used.")
    given_at = fields.Datetime(required=True, default=fields.Datetime.now)

    @api.depends("order_id", "code")
    def _compute_display_name(self):
        for answer in self:
            answer.display_name = f"{answer.order_id.name or ''} {answer.code or ''}".strip()
