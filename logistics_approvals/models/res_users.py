"""Requests that wait for somebody who leaves are asked of others at once."""

from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            # sudo: whoever archives a user need not read requests
            self.env["logistics.approval.request"].sudo().search(
                [("state", "=", "requested"), ("approver_ids", "in", self.ids)]
            )._route()
        return result
