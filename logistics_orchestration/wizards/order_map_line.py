"""One word of a buyer's that is not known, and what it means."""

from odoo import fields, models

_KINDS = [
    ("customer", "Customer"),
    ("address", "Delivery address"),
    ("product", "Product"),
    ("unit", "Unit of measure"),
    ("price_list", "Price list"),
]


class OrderMapLine(models.TransientModel):
    _name = "logistics.order.map.line"
    _description = "Unknown Word of an Order"

    wizard_id = fields.Many2one("logistics.order.map", required=True, ondelete="cascade")
    kind = fields.Selection(_KINDS, required=True, readonly=True)
    code = fields.Char(string="The Buyer's Code", readonly=True)
    label = fields.Char(string="The Buyer's Words", readonly=True)
    words = fields.Char(string="What Is Wrong", readonly=True)
    product_id = fields.Many2one("product.product", domain=[("sale_ok", "=", True)])
    partner_id = fields.Many2one("res.partner", string="Contact")
    uom_id = fields.Many2one("uom.uom", string="Unit")

    def _is_said(self):
        """Whether a meaning was chosen."""
        self.ensure_one()
        return bool(self.code and (self.product_id or self.partner_id or self.uom_id))

    def _keep(self):
        """Store the meaning, or correct the one that is there."""
        self.ensure_one()
        channel = self.wizard_id.channel_id
        if self.kind == "product":
            rows = self.env["logistics.product.code"]
            partner = self.wizard_id.partner_id.commercial_partner_id
            key = {"partner_id": partner.id, "code": self.code, "company_id": channel.company_id.id}
            vals = {"product_id": self.product_id.id, "label": self.label}
        else:
            rows = self.env["logistics.channel.code"]
            key = {"channel_id": channel.id, "kind": self.kind, "code": self.code}
            vals = {"partner_id": self.partner_id.id, "uom_id": self.uom_id.id, "label": self.label}
        row = rows.search([(name, "=", value) for name, value in key.items()], limit=1)
        if row:
            row.write(vals)
        else:
            rows.create({**key, **vals})
