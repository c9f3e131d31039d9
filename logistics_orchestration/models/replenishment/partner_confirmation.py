"""A supplier's own time to confirm, and how well it keeps its dates."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class Partner(models.Model):
    _inherit = "res.partner"

    logistics_ack_hours = fields.Float(
        string="Confirms Within (Working Hours)", help="Time to confirm an order; 0: the company's figure."
    )
    logistics_reconfirm_days = fields.Integer(
        string="Asked Again Before (Days)", help="Days before goods are due; 0: the company's figure."
    )
    logistics_promise_count = fields.Integer(compute="_compute_logistics_promises", string="Promises")
    logistics_slip_count = fields.Integer(
        compute="_compute_logistics_promises", string="Slips", help="Promises that were later than the one before."
    )
    logistics_slip_average = fields.Float(
        compute="_compute_logistics_promises",
        string="Average Slip (Days)",
        digits=(16, 1),
        help="Last promise against the first, over the lines promised.",
    )

    @api.constrains("logistics_ack_hours", "logistics_reconfirm_days")
    def _check_logistics_confirmation(self):
        for partner in self:
            if partner.logistics_ack_hours < 0 or partner.logistics_reconfirm_days < 0:
                raise ValidationError(
                    _("Confirms Within and Asked Again Before of %(name)s: write 0 or more.", name=partner.name)
                )

    def _compute_logistics_promises(self):
        # sudo: figures for whoever sees the supplier; the promises open with the user's own rights
        promises = self.env["logistics.supplier.promise"].sudo()
        for partner in self:
            family = ("partner_id", "child_of", partner.ids or [0])
            mine = promises.search([family, ("company_id", "in", self.env.companies.ids)], order="given_at, id")
            slips = [of_line._slip() for of_line in mine.grouped("purchase_line_id").values()]
            partner.logistics_promise_count = len(mine)
            partner.logistics_slip_count = sum(slip["count"] for slip in slips)
            partner.logistics_slip_average = sum(slip["days"] for slip in slips) / len(slips) if slips else 0.0

    def action_logistics_promises(self):
        """Smart button: every date this supplier gave."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_supplier_promise")
        return dict(action, domain=[("partner_id", "child_of", self.id)], context={})
