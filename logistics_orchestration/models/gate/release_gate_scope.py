"""For which orders a gate is asked: sales channel and customer category, beside company, warehouse and condition."""

from odoo import fields, models


class ReleaseGate(models.Model):
    _inherit = "logistics.release.gate"

    team_ids = fields.Many2many(
        "crm.team",
        "logistics_release_gate_team_rel",
        string="Channels",
        check_company=True,
        help="Only orders of these sales teams; empty: all.",
    )
    category_ids = fields.Many2many(
        "res.partner.category",
        "logistics_release_gate_category_rel",
        string="Customer Categories",
        help="Only customers with one of these tags, on themselves or on their company; empty: all.",
    )

    def _in_scope(self, order):
        if not super()._in_scope(order) or (self.team_ids and order.team_id not in self.team_ids):
            return False
        if not self.category_ids:
            return True
        partner = order.partner_id
        return bool(self.category_ids & (partner.category_id | partner.commercial_partner_id.category_id))
