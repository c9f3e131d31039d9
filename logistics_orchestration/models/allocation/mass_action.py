"""Comparing the warehouses of many orders at once."""

from odoo import api, fields, models


class MassAction(models.Model):
    _inherit = "logistics.mass.action"

    kind = fields.Selection(selection_add=[("allocate", "Compare Warehouses")], ondelete={"allocate": "cascade"})

    @api.model
    def _kinds(self):
        spec = {"model": "sale.order", "method": "action_logistics_allocate", "reason": False}
        return {**super()._kinds(), "allocate": spec}

    def _about(self, record):
        return self._order_about(record) if self.kind == "allocate" else super()._about(record)

    def _outcome(self, record):
        # sudo: where the order is shipped from, for whoever asked
        return record.sudo()._logistics_allocation_summary() if self.kind == "allocate" else super()._outcome(record)
