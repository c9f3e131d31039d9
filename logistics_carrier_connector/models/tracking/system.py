"""A system that sends tracking messages: in whose language, how it signs, and what to enter on its side."""

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.logistics_orchestration.relay.url_guard import UrlRefused, parse_url

from ...tracking import SENDERS
from ...tracking.registering import REGISTRARS


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
    tracker_url = fields.Char(
        string="Numbers Are Registered At",
        help="The address that is told which numbers to watch. Empty: the sender's published one.",
    )
    tracker_help = fields.Char(compute="_compute_inbound_help")

    @api.depends("inbound_adapter")
    def _compute_inbound_help(self):
        for system in self:
            sender = SENDERS.get(system.inbound_adapter)
            system.inbound_help = sender.help if sender else False
            registrar = REGISTRARS.get(system.inbound_adapter)
            system.tracker_help = registrar.auth if registrar else False

    @api.constrains("tracker_url", "allow_http")
    def _check_tracker_url(self):
        for system in self.filtered("tracker_url"):
            try:
                parse_url(system.tracker_url, system.allow_http)
            except UrlRefused as error:
                raise ValidationError(
                    _("Where %(name)s registers numbers: %(error)s.", name=system.name, error=error)
                ) from error

    def _tracker_address(self):
        """Where numbers are registered; empty where no address is known."""
        self.ensure_one()
        registrar = REGISTRARS.get(self.inbound_adapter)
        return self.tracker_url or (registrar.url if registrar else "")

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
