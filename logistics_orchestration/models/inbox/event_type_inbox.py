"""What a message type means for the order of the inbox."""

from odoo import api, fields, models, tools

# Words about these build on each other: what comes after one that nobody understood yet must not overtake it. Scans
# and the like carry their own time, and what is late is recognised as such.
_HOLDING_FAMILIES = ("fulfillment", "picking", "receipt", "return")


class EventType(models.Model):
    _inherit = "logistics.event.type"

    inbound_hold = fields.Selection(
        [("hold", "Holds what follows"), ("pass", "Lets others pass")],
        string="While Not Understood",
        help="What a message of this type in quarantine does to later messages of the same system about the same "
        "document. Empty: those about fulfilment, picks, receipts and returns hold, others let pass.",
    )

    @api.model
    @tools.ormcache("name")
    def _inbound_holds(self, name):
        """Whether a message of this type (full name) that is not understood holds later ones of its document."""
        found = self._newest(name)
        if found.inbound_hold:
            return found.inbound_hold == "hold"
        return name.removeprefix("logistics.").split(".", 1)[0] in _HOLDING_FAMILIES
