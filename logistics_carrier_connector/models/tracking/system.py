"""A system that sends tracking messages: in whose language, how it signs, and what to enter on its side."""

from odoo import api, fields, models

from ...tracking import SENDERS


def _settings(sender):
    """The fields of a system that follow from its sender."""
    return {
        "inbound_scheme": sender.scheme,
        "inbound_header": sender.header or False,
        "inbound_encoding": sender.encoding,
        "inbound_prefix": sender.prefix or False,
    }


class System(models.Model):
    _inherit = "logistics.system"

    inbound_adapter = fields.Selection(
        selection_add=[(sender.code, sender.name) for sender in SENDERS.values()],
        ondelete=dict.fromkeys(SENDERS, "set default"),
    )
    inbound_help = fields.Char(compute="_compute_inbound_help", string="On Its Side")

    @api.depends("inbound_adapter")
    def _compute_inbound_help(self):
        for system in self:
            sender = SENDERS.get(system.inbound_adapter)
            system.inbound_help = sender.help if sender else False

    @api.onchange("inbound_adapter")
    def _onchange_inbound_adapter(self):
        """Each sender signs in its own way."""
        super()._onchange_inbound_adapter()
        if self.inbound_adapter in SENDERS:
            self.update(_settings(SENDERS[self.inbound_adapter]))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("inbound_adapter") in SENDERS and "inbound_scheme" not in vals:
                vals.update({**_settings(SENDERS[vals["inbound_adapter"]]), **vals})
        return super().create(vals_list)
