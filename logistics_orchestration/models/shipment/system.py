"""Which list of status codes a partner speaks."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get


class System(models.Model):
    _inherit = "logistics.system"

    status_source = fields.Char(
        string="Status Code List",
        help="Shared list its codes are taken from where it has no rows of its own; empty: that of its adapter.",
    )
    inbound_tz = fields.Selection(
        _tz_get,
        string="Time Zone of Its Times",
        help="In which it means a time without zone whose place tells none either; empty: UTC.",
    )
    tracking_reuse_days = fields.Integer(
        string="Numbers Used Again After (Days)",
        default=120,
        required=True,
        help="Carriers use tracking numbers again. What happened this long before a parcel was made, or after its end, "
        "is about another parcel. 0: never.",
    )
    status_map_ids = fields.One2many("logistics.status.map", "system_id", string="Own Status Codes")

    @api.constrains("tracking_reuse_days")
    def _check_reuse(self):
        for system in self:
            if system.tracking_reuse_days < 0:
                raise ValidationError(
                    _("Numbers of %(name)s are used again after 0 (never) or more days.", name=system.name)
                )

    def write(self, vals):
        if {"status_source", "inbound_adapter"} & vals.keys():
            self.env.registry.clear_cache()
        return super().write(vals)

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
