"""Where a statement differs from what Odoo holds, beyond tolerance: for a person to settle."""

from odoo import fields, models


class Discrepancy(models.Model):
    _name = "logistics.discrepancy"
    _description = "Discrepancy"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"

    name = fields.Char(required=True)
    fact = fields.Char(required=True, readonly=True)
    own_value = fields.Char(readonly=True, string="Odoo Says")
    stated_value = fields.Char(readonly=True, string="System Says")
    difference = fields.Float(readonly=True)
    statement_id = fields.Many2one("logistics.statement", readonly=True, ondelete="restrict")
    system_id = fields.Many2one("logistics.system", readonly=True, ondelete="restrict", index=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("accepted", "Accepted"), ("rejected", "Rejected")],
        default="open",
        required=True,
        tracking=True,
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)

    def action_accept(self):
        """A person settled the difference in the record; the case is done."""
        self.write({"state": "accepted"})
        return True

    def action_reject(self):
        """Odoo's own value stands."""
        self.write({"state": "rejected"})
        return True
