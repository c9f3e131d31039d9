"""Numbers of a shipment that gets another carrier are watched through that carrier's system."""

from odoo import fields, models


class Shipment(models.Model):
    _inherit = "logistics.shipment"

    tracker_count = fields.Integer(compute="_compute_tracker_count", string="Watched Numbers")

    def _compute_tracker_count(self):
        found = self.env["logistics.tracker"].search([("parcel_id", "in", self.parcel_ids.ids)])
        for shipment in self:
            shipment.tracker_count = len(found.filtered(lambda row, one=shipment: row.parcel_id in one.parcel_ids))

    def write(self, vals):
        result = super().write(vals)
        if vals.get("carrier_id"):
            self.env["logistics.tracker"]._watch(self.parcel_ids)
        return result

    def action_open_trackers(self):
        """The numbers of this shipment that are watched by a system."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("logistics_carrier_connector.action_tracker")
        return dict(action, domain=[("parcel_id", "in", self.parcel_ids.ids)], context={})
