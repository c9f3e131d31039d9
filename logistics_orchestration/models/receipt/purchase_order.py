"""A purchase order's ship notices."""

from odoo import api, fields, models


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    logistics_notice_ids = fields.One2many("logistics.ship.notice", "order_id", string="Ship Notices")
    logistics_notice_count = fields.Integer(compute="_compute_logistics_notice_count", compute_sudo=True)

    @api.depends("logistics_notice_ids")
    def _compute_logistics_notice_count(self):
        for order in self:
            order.logistics_notice_count = len(order.logistics_notice_ids)

    def action_logistics_notices(self):
        """Smart button: what the supplier said it shipped."""
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_ship_notice")
        return dict(action, domain=[("order_id", "in", self.ids)], context={})
