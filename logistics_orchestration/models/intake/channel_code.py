"""What a channel's codes for customers, addresses and units mean here, as a person said."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

KINDS = [("customer", "Customer"), ("address", "Delivery address"), ("unit", "Unit of measure")]


class ChannelCode(models.Model):
    _name = "logistics.channel.code"
    _description = "Mapped Code of a Channel"
    _order = "channel_id, kind, code"
    _rec_name = "code"
    _check_company_auto = True

    channel_id = fields.Many2one("logistics.channel", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="channel_id.company_id", store=True)
    kind = fields.Selection(KINDS, required=True)
    code = fields.Char(string="The Buyer's Code", required=True)
    partner_id = fields.Many2one("res.partner", string="Contact", check_company=True, ondelete="cascade")
    uom_id = fields.Many2one("uom.uom", string="Unit", ondelete="cascade")
    label = fields.Char(string="The Buyer's Words")

    _sql_constraints = [
        ("code_unique", "UNIQUE(channel_id, kind, code)", "This code is mapped already."),
    ]

    @api.constrains("kind", "partner_id", "uom_id")
    def _check_meaning(self):
        for row in self:
            if not (row.uom_id if row.kind == "unit" else row.partner_id):
                raise ValidationError(_("%(code)s: say what it means.", code=row.code))

    @api.model
    def _meaning(self, channel, kind, codes):
        """The row of the first of ``codes`` that is mapped, or an empty record."""
        rows = self.search([("channel_id", "=", channel.id), ("kind", "=", kind), ("code", "in", list(codes))])
        by_code = {row.code: row for row in rows}
        return next((by_code[code] for code in codes if code in by_code), self.browse())
