"""A part of a proof of delivery (a quantity, a piece of evidence): people change it only while the proof is open."""

from odoo import api, models


class PodPart(models.AbstractModel):
    _name = "logistics.pod.part"
    _description = "Part of a Proof of Delivery"

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        if not self.env.su:
            parts.pod_id._check_open()
        return parts

    def write(self, vals):
        if not self.env.su:
            self.pod_id._check_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_open(self):
        if not self.env.su:
            self.pod_id._check_open()
