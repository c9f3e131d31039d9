"""A system that sends orders: in which language, and into which channels."""

from odoo import api, fields, models

_SHOPIFY = {
    "inbound_scheme": "hmac_sha256",
    "inbound_header": "x-shopify-hmac-sha256",
    "inbound_encoding": "base64",
    "inbound_prefix": False,
}


class System(models.Model):
    _inherit = "logistics.system"

    inbound_adapter = fields.Selection(
        selection_add=[
            ("shopify", "Shopify order webhooks"),
            ("x12", "X12 (850)"),
            ("edifact", "EDIFACT (ORDERS)"),
        ],
        ondelete={"shopify": "set default", "x12": "set default", "edifact": "set default"},
    )
    channel_ids = fields.One2many("logistics.channel", "system_id", string="Sales Channels")

    @api.onchange("inbound_adapter")
    def _onchange_inbound_adapter(self):
        """A shop signs in its own way."""
        if self.inbound_adapter == "shopify":
            self.update(_SHOPIFY)

    def action_open_channels(self):
        """The channels whose orders this system sends."""
        return dict(
            self._action_records("logistics_orchestration.action_channel", []),
            context={"default_system_id": self.id},
        )
