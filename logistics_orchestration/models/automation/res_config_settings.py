"""Logistics settings: the switches at a glance."""

from odoo import fields, models

from .switch import CAPABILITIES


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    logistics_enforced = fields.Char(compute="_compute_logistics_enforced", string="Enforced Capabilities")

    def _compute_logistics_enforced(self):
        labels = dict(self.env["logistics.switch"]._fields["capability"]._description_selection(self.env))
        for settings in self:
            company = settings.company_id or self.env.company
            on = [
                labels[key] for key, _label in CAPABILITIES if self.env["logistics.switch"]._is_enforced(key, company)
            ]
            settings.logistics_enforced = ", ".join(on) or "-"

    def action_open_logistics_switches(self):
        """The switches, to change them."""
        return self.env["ir.actions.act_window"]._for_xml_id("logistics_orchestration.action_switch")
