"""Which list of status codes a partner speaks."""

from odoo import _, fields, models


class System(models.Model):
    _inherit = "logistics.system"

    status_source = fields.Char(
        string="Status Code List",
        help="Shared list its codes are taken from where it has no rows of its own; empty: native.",
    )
    status_map_ids = fields.One2many("logistics.status.map", "system_id", string="Own Status Codes")

    def action_open_status_map(self):
        """The codes this system may send."""
        self.ensure_one()
        sources = self.env["logistics.status.map"]._sources(self)
        return {
            "type": "ir.actions.act_window",
            "name": _("Status Codes of %(system)s", system=self.name),
            "res_model": "logistics.status.map",
            "views": [[False, "tree"], [False, "form"]],
            "domain": ["|", ("system_id", "=", self.id), "&", ("system_id", "=", False), ("source", "in", sources)],
            "context": {"default_system_id": self.id},
        }
